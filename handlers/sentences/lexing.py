"""The text of a sentence as it is read: one shape for what phones, fingers and voice input make of it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from handlers.parsing import sound

SPOKEN_MARKS = {
    "逗号": "，",
    "句号": "。",
    "问号": "？",
    "感叹号": "！",
    "顿号": "、",
    "冒号": "：",
    "空格": " ",
}
"""Punctuation that voice input writes out."""
_SPOKEN = re.compile("|".join(SPOKEN_MARKS))
BREAKS = "，,。;；！!？?：:~～…\n"
"""Marks that end a clause."""
_DROPPED = "「」『』“”\"'《》()（）【】[]<>^*_`"
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_WIDE = re.compile(r"[\u3400-\u9fff]")
_JOINING = re.compile(r"[0-9a-z]")


@dataclass(frozen=True)
class Said:
    """A sentence: `text` is what is read, `places` leads from each character back to the words as written."""

    text: str
    written: str
    places: Sequence[int]

    @property
    def pauses(self) -> frozenset[int]:
        """Where something begins behind a mark or a blank, also behind one that is not read."""
        return frozenset(
            place
            for place in range(1, len(self.text))
            if self.text[place - 1] in "，、 。"
            or any(mark.isspace() for mark in self.written[self.places[place - 1] + 1 : self.places[place]])
        )

    def before(self, place: int) -> str:
        """What was written before a place."""
        return self.written[: self.places[place]] if place < len(self.places) else self.written

    def words(self, start: int, end: int) -> str:
        """What was written there, with its own spaces and marks."""
        if start >= end:
            return ""
        last = self.places[end] if end < len(self.places) else len(self.written)
        return self.written[self.places[start] : last].strip(" ，,。;；：:、")


def say(text: str) -> Said:
    """Bring a text into the one shape: NFKC, lower case, no pictures, no blanks between characters."""
    written = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    written = _SPOKEN.sub(lambda found: SPOKEN_MARKS[found[0]], written)
    marks: list[tuple[str, int]] = []
    for place, mark in enumerate(written):
        if mark in _DROPPED or unicodedata.category(mark) in ("So", "Sk", "Cn", "Co"):
            continue
        one = " " if mark.isspace() and mark != "\n" else mark.lower()
        if one == " " and (not marks or marks[-1][0] == " "):
            continue
        marks.append((one, place))
    kept = [
        (mark, place)
        for at, (mark, place) in enumerate(marks)
        if mark != " "
        or (0 < at < len(marks) - 1 and not (_WIDE.match(marks[at - 1][0]) and _WIDE.match(marks[at + 1][0])))
    ]
    shape = "".join("，" if _is_break(kept, at) else mark for at, (mark, _) in enumerate(kept))
    return Said(shape, written, [place for _, place in kept])


def _is_break(marks: Sequence[tuple[str, int]], at: int) -> bool:
    """Whether a mark ends a clause; 「18:00」 and 「1,024」 hold none."""
    if marks[at][0] not in BREAKS:
        return False
    if marks[at][0] not in ",:" or not 0 < at < len(marks) - 1:
        return True
    return not (marks[at - 1][0].isdecimal() and marks[at + 1][0].isdecimal())


_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@lru_cache(maxsize=20_000)
def syllables(text: str) -> tuple[str, ...]:
    """How each character sounds: pinyin without tones; letters and digits stay."""
    return tuple(sound(mark) for mark in text)


@lru_cache(maxsize=20_000)
def slurred(text: str) -> tuple[str, ...]:
    """The same as many people say and type it: zh as z, n as l, ang as an."""
    return tuple(_slur(one) for one in syllables(text))


def _slur(syllable: str) -> str:
    for full, plain in _ALIKE:
        if syllable.startswith(full):
            syllable = plain + syllable[2:]
    if syllable.endswith(("ang", "eng", "ing")):
        syllable = syllable[:-1]
    return "l" + syllable[1:] if syllable.startswith("n") and len(syllable) > 1 else syllable


def joined(text: str, place: int) -> bool:
    """Whether a place lies inside a run of letters or digits."""
    if not 0 < place < len(text):
        return False
    one, other = text[place - 1], text[place]
    return (one.isdecimal() and other.isdecimal()) or (
        one.isascii() and other.isascii() and one.isalpha() and other.isalpha()
    )


def places_of(text: str, word: str) -> Iterator[int]:
    """Where a word stands in a text."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)
