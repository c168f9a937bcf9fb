"""Pictures of lessons: known by their content, small enough, whole (docs/adr/0031)."""

import io
import warnings
from collections.abc import Iterator, Mapping

from models.policy import TrainingPolicy
from models.training.content import Problem, Where, Wrong

_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def media_type(content: bytes) -> str:
    """The type of a picture by its first bytes; empty if it is none that a lesson may have."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if content.startswith(start)), "")


def picture_problems(
    pictures: Mapping[str, bytes], policy: TrainingPolicy, folder: str = ""
) -> Iterator[Problem]:
    """What is wrong with pictures: their type by content, bytes, size in pixels, and whether they are whole.

    The size is read from the head of the file: nothing that would fill the memory is unpacked.
    """
    for name, content in pictures.items():
        where = Where(f"{folder}{name}")
        if not media_type(content):
            yield Problem(where, Wrong.PICTURE_TYPE)
        elif len(content) > policy.picture_bytes:
            yield too_big(where, len(content), policy)
        else:
            yield from _size(where, content, policy)


def too_big(where: Where, size: int, policy: TrainingPolicy) -> Problem:
    """What is said of a picture with too many bytes; whoever reads files can say it before reading."""
    return Problem(where, Wrong.PICTURE_TOO_BIG, {"size": size, "most": policy.picture_bytes})


def _size(where: Where, content: bytes, policy: TrainingPolicy) -> Iterator[Problem]:
    from PIL import Image  # with the first picture and not before: most processes take none

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                wide = max(picture.size)
                if wide > policy.picture_pixels:
                    facts = {"pixels": wide, "most": policy.picture_pixels}
                    yield Problem(where, Wrong.PICTURE_TOO_WIDE, facts)
                    return
                picture.load()
        except Image.DecompressionBombError:
            yield Problem(where, Wrong.PICTURE_TOO_WIDE, {"pixels": 0, "most": policy.picture_pixels})
        except (OSError, SyntaxError, ValueError, EOFError):
            yield Problem(where, Wrong.UNREADABLE, {"what": "picture"})
