"""Pictures, voice, video and files: what may be sent, decided by their bytes (protocol 3.7, 4.5)."""

from dataclasses import dataclass, field
from enum import StrEnum

from models.errors import DomainError
from models.messaging.tables import Channel

MEGABYTE = 1024 * 1024
LEAST_BYTES = 6
"""The platform takes more than 5 bytes."""
LONGEST_VOICE_SECONDS = 60


class AttachmentKind(StrEnum):
    """As what a file appears on the phone."""

    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"


COVER = "thumb"
"""What the service account calls the small picture of a video, a song or a mini-program page."""


class AttachmentTooLarge(DomainError):
    """The file is larger than the platform takes."""

    texts = "delivery"


class AttachmentUnreadable(DomainError):
    """The file is not of a format that the platform shows as this kind."""

    texts = "delivery"


class AttachmentTooLong(DomainError):
    """The voice message is longer than a minute."""

    texts = "delivery"


class AttachmentNotSupported(DomainError):
    """This account cannot send this kind at all."""

    texts = "delivery"


@dataclass(frozen=True)
class Attachment:
    """A file to send, as a message of its own.

    Raises:
        DomainError: no account could send it; the subclass says why.
    """

    kind: AttachmentKind
    name: str
    """With its ending: what the receiver of a file reads."""
    content: bytes = field(repr=False)
    cover: "Attachment | None" = None
    """The picture before a video starts, which the service account asks for: JPEG, 64 KB."""

    def __post_init__(self) -> None:
        """Refuse what neither account takes."""
        refusals = [_refusal(self, channel, self.kind) for channel in Channel]
        if refusals[0] is not None and all(refusals):
            raise refusals[0]


@dataclass(frozen=True)
class _Limit:
    most: int
    formats: frozenset[str] | None = None
    """None for any."""


_LIMITS: dict[tuple[Channel, str], _Limit] = {
    (Channel.WECOM, AttachmentKind.IMAGE): _Limit(10 * MEGABYTE, frozenset({"PNG", "JPEG"})),
    (Channel.WECOM, AttachmentKind.VOICE): _Limit(2 * MEGABYTE, frozenset({"AMR"})),
    (Channel.WECOM, AttachmentKind.VIDEO): _Limit(10 * MEGABYTE, frozenset({"MP4"})),
    (Channel.WECOM, AttachmentKind.FILE): _Limit(20 * MEGABYTE),
    (Channel.OFFICIAL, AttachmentKind.IMAGE): _Limit(2 * MEGABYTE, frozenset({"PNG", "JPEG", "GIF"})),
    (Channel.OFFICIAL, AttachmentKind.VOICE): _Limit(2 * MEGABYTE, frozenset({"AMR", "MP3"})),
    (Channel.OFFICIAL, AttachmentKind.VIDEO): _Limit(10 * MEGABYTE, frozenset({"MP4"})),
    (Channel.OFFICIAL, COVER): _Limit(64 * 1024, frozenset({"JPEG"})),
}


def check_attachment(attachment: Attachment, channel: Channel, use: str) -> None:
    """Refuse what this account would refuse; `use` is the kind, or that it is a cover.

    Raises:
        DomainError: the subclass says why.
    """
    refusal = _refusal(attachment, channel, use)
    if refusal is not None:
        raise refusal


def _refusal(attachment: Attachment, channel: Channel, use: str) -> DomainError | None:
    name, content = attachment.name, attachment.content
    limit = _LIMITS.get((channel, use))
    if limit is None:
        return AttachmentNotSupported(name=name, kind=use)
    if len(content) > limit.most:
        return AttachmentTooLarge(name=name, kilobytes=limit.most // 1024)
    found = format_of(content)
    if len(content) < LEAST_BYTES or (limit.formats is not None and found not in limit.formats):
        return AttachmentUnreadable(name=name, formats=sorted(limit.formats or ()))
    if found == "AMR" and use == AttachmentKind.VOICE and amr_seconds(content) > LONGEST_VOICE_SECONDS:
        return AttachmentTooLong(name=name, seconds=LONGEST_VOICE_SECONDS)
    return None


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"#!AMR", "AMR"),
    (b"ID3", "MP3"),
    (b"\xff\xfb", "MP3"),
    (b"\xff\xf3", "MP3"),
)


def format_of(content: bytes) -> str | None:
    """PNG, JPEG, GIF, AMR, MP3 or MP4 by the first bytes; None if it is none of them."""
    for signature, found in _SIGNATURES:
        if content.startswith(signature):
            return found
    return "MP4" if content[4:8] == b"ftyp" else None


_AMR = (b"#!AMR\n", (13, 14, 16, 18, 20, 21, 27, 32, 6))
_AMR_WIDE = (b"#!AMR-WB\n", (18, 24, 33, 37, 41, 47, 51, 59, 61, 6))
"""The header, and the bytes of a frame of 20 ms in each mode (RFC 4867)."""


def amr_seconds(content: bytes) -> float:
    """How long an AMR recording plays."""
    header, sizes = _AMR_WIDE if content.startswith(_AMR_WIDE[0]) else _AMR
    at, frames = len(header), 0
    while at < len(content):
        mode = content[at] >> 3 & 0x0F
        at += sizes[mode] if mode < len(sizes) else 1
        frames += 1
    return frames * 0.02
