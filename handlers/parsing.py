"""From what people type to what they mean: normal form, command word, and the nearest known word."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from models.errors import DomainError


class Misunderstood(DomainError):
    """The words after a command could not be read (facts: usage)."""


_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_BEFORE = " /#@「『“\"'《"
_AFTER = " 。．.!！?？~～,，、;；:：…」』”\"'》"
LONGEST = 500
"""The longest text in which a nearly right word is looked for, in characters."""
_POLITE_BEFORE = ("麻烦你", "麻烦", "请帮我", "帮我", "我想要", "我想", "我要", "请", "我来")
_POLITE_AFTER = ("一下", "一下子", "啦", "了", "吧", "呀", "啊", "哦", "呗", "谢谢")

NEAR = 0.6
"""From this likeness on a word is proposed."""


def normalise(text: str) -> str:
    """NFKC, one space between words, no invisible marks, quotes or closing punctuation."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(plain.split()).lstrip(_BEFORE).rstrip(_AFTER).lower()


def bare(text: str) -> str:
    """The words without the politeness around them: 「请帮我打卡一下」 is 「打卡」."""
    for before in _POLITE_BEFORE:
        if text.startswith(before) and len(text) > len(before):
            text = text.removeprefix(before).strip()
            break
    changed = True
    while changed:
        changed = False
        for after in _POLITE_AFTER:
            if text.endswith(after) and len(text) > len(after):
                text, changed = text.removesuffix(after).strip(), True
    return text


def nearest(text: str, words: Iterable[str]) -> list[str]:
    """The known words that look or sound most like `text`, best first, at most three."""
    if len(text) > LONGEST:
        return []
    scored = [(likeness(text, word), word) for word in words]
    best = sorted((pair for pair in scored if pair[0] >= NEAR), key=lambda pair: (-pair[0], pair[1]))
    return [word for _, word in best[:3]]


def likeness(text: str, word: str) -> float:
    """How much two words look or sound alike, 0 to 1. Longer texts never sound like a short word."""
    if len(text) > 3 * len(word) + 4:
        return 0.0
    by_sight = SequenceMatcher(None, text, word).ratio()
    return max(by_sight, SequenceMatcher(None, _sound(text), _sound(word)).ratio() - 0.1)


def _sound(text: str) -> str:
    """Pinyin without tones; letters stay."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text)).lower()
