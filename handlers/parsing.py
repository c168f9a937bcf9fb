"""From what people type to what they mean: normal form, command word, and the nearest known word."""

import importlib.util
import re
import runpy
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from models.errors import DomainError


class Misunderstood(DomainError):
    """The words after a command could not be read (facts: usage)."""


_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_BEFORE = " /#@「『“\"'《"
_AFTER = " 。．.!！?？~～,，、;；:：…」』”\"'》"
LONGEST = 500
"""The longest text in which a nearly right word is looked for, in characters."""
_POLITE_BEFORE = (
    "麻烦你帮我", "麻烦帮我", "麻烦你", "麻烦", "请帮我", "帮我", "给我", "帮忙",
    "我想要", "我想", "我要", "我来", "请", "来", "我",
)  # fmt: skip
_POLITE_AFTER = (
    "谢谢你", "谢谢", "一下子", "一下", "哈", "啦", "了", "吧", "呀", "啊", "哦", "呗", "哟", "喽"
)  # fmt: skip
_INSIDE = ("一下", "个")
"""Words people put into a command: 打个卡, 打一下卡."""
_NOT = ("不", "别", "没", "取消", "下班")
"""Words that turn a command into its opposite; nothing is proposed then."""

NEAR = 0.6
"""From this likeness on a word is proposed."""
HEARD = 0.1
"""How much less it counts to sound alike than to look alike."""


def normalise(text: str) -> str:
    """NFKC, one space between words, no invisible marks, pictures, quotes or closing punctuation."""
    plain = "".join(
        mark for mark in _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)) if _readable(mark)
    )
    return " ".join(plain.split()).lstrip(_BEFORE).rstrip(_AFTER).lower()


def _readable(mark: str) -> bool:
    return unicodedata.category(mark) not in ("So", "Sk", "Cn", "Co")


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
                text, changed = text.removesuffix(after).strip(_AFTER), True
    return text


def readings(text: str) -> list[str]:
    """The forms in which a text may be a command, most literal first; `text` is normalised."""
    close = text.replace(" ", "")
    forms = [text, bare(text), close, bare(close)]
    short = bare(close)
    for inside in _INSIDE:
        short = short.replace(inside, "")
    forms.append(short)
    half = len(short) // 2
    if half and short[:half] * 2 == short:
        forms.append(short[:half])  # 打卡打卡
    return list(dict.fromkeys(form for form in forms if form))


def nearest(text: str, words: Iterable[str]) -> list[str]:
    """The known words that look or sound most like `text`, best first, at most three."""
    if len(text) > LONGEST:
        return []
    asked = (readings(text) or [text])[-1]
    if asked.startswith(_NOT):
        return []
    heard = _sound(asked)
    scored = [(_likeness(asked, heard, word), word) for word in words]
    best = sorted((pair for pair in scored if pair[0] >= NEAR), key=lambda pair: (-pair[0], pair[1]))
    return [word for _, word in best[:3]]


def _likeness(text: str, heard: str, word: str) -> float:
    """How much a text, heard as `heard`, looks or sounds like a word, 0 to 1."""
    if len(text) > 3 * len(word) + 4:
        return 0.0  # longer texts never sound like a short word
    return max(_alike(text, word, NEAR), _alike(heard, _sound_of_word(word), NEAR + HEARD) - HEARD)


def _alike(one: str, other: str, near: float) -> float:
    """How alike two strings are, 0 to 1; 0 where that is plainly under `near`."""
    least = near * (len(one) + len(other)) / 2
    if min(len(one), len(other)) < least or set(one).isdisjoint(other) or _in_common(one, other) < least:
        return 0.0
    return SequenceMatcher(None, one, other).ratio()


def _in_common(one: str, other: str) -> int:
    """How many characters two strings share, in any order."""
    return sum(min(one.count(mark), other.count(mark)) for mark in set(one))


def _sound(text: str) -> str:
    """Pinyin without tones; letters stay."""
    table = _pinyin()
    return "".join(table.get(ord(mark), mark) for mark in text if mark != " ")


_sound_of_word = cache(_sound)
"""The same for command words, of which there are few."""


@cache
def _pinyin() -> dict[int, str]:
    """Character → its first reading without tones.

    The character table of pypinyin alone: importing the package loads its phrase tables as well,
    which cost 60 MB and are not needed to compare two words.
    """
    spec = importlib.util.find_spec("pypinyin")
    assert spec is not None
    assert spec.origin is not None
    table = runpy.run_path(str(Path(spec.origin).with_name("pinyin_dict.py")))["pinyin_dict"]
    return {code: _toneless(str(sounds).split(",")[0]) for code, sounds in table.items()}


def _toneless(sound: str) -> str:
    plain = unicodedata.normalize("NFD", sound.replace("ü", "v"))
    return "".join(mark for mark in plain if not unicodedata.combining(mark))


_TABLE = re.compile(r"(?:导出来?|下载|表格|报表|明细|excel|xlsx)(?:一下|一份)?", re.IGNORECASE)
_FILLERS = re.compile(
    r"是多少|有多少|多少|怎么样|怎样|如何|情况|数据|统计|看一下|看看|看|查一下|查|呢|吗|的|[,，、:：;；。.?？!！]"
)
"""Words around a name that say nothing more."""


def wants_table(text: str) -> tuple[bool, str]:
    """(whether a text asks for a table to take away; the rest of the text)."""
    rest = _TABLE.sub(" ", text)
    return rest != text, " ".join(rest.split())


def plain_name(text: str) -> str:
    """The name that is left of a question: 「城东分公司的怎么样？」 is 「城东分公司」."""
    return " ".join(bare(_FILLERS.sub(" ", unicodedata.normalize("NFKC", text)).strip()).split())
