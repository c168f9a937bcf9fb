"""How people say what is pushed to whom: 推送 夜间规则 给 二组、张三; 回执 夜间规则 第2版."""

import re
from collections.abc import Sequence

NEWCOMERS = ("新人", "新员工", "新同事")
EVERYBODY = (
    *("全员", "所有人", "大家", "全体", "每个人", "全公司"),
    *("全组", "我们组", "我组里", "组里", "本组", "组员", "我的人", "我的组员", "我们组的人", "全组的人"),
)
"""Everybody within the reach of who says it."""
_TO = re.compile(r"\s*(?:给|到|让)\s*")
_BETWEEN = re.compile(r"[、,，;；\s]+")
_NUMBER = re.compile(r"\s*第\s*(\d{1,3})\s*版\s*$|\s+[vV](\d{1,3})\s*$")


def take_audience(text: str) -> tuple[str, str]:
    """(the course, for whom) of 「夜间规则 给 二组」, at the last 给; without one all is the course."""
    places = [found for found in _TO.finditer(text) if text[: found.start()].strip() and text[found.end() :]]
    spaced = [found for found in places if found[0].startswith(" ") or found[0].endswith(" ")]
    if not places:
        return text.strip(), ""
    last = (spaced or places)[-1]
    return text[: last.start()].strip(), text[last.end() :].strip()


def one_by_one(whom: str) -> Sequence[str]:
    """The names of a list: 张三、李四 二组."""
    return [part for part in _BETWEEN.split(whom) if part]


def take_version(text: str) -> tuple[str, int | None]:
    """(the course, the number of its version) of 「夜间规则 第2版」."""
    found = _NUMBER.search(text)
    if found is None:
        return text.strip(), None
    return text[: found.start()].strip(), int(found[1] or found[2])
