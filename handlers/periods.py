"""The words for a stretch of time in what people type: 三月, 2026年3月, 上季度, 去年, 近12个月, 上周."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta

from models.calendar import add_months

Months = tuple[date, int]
"""The first day of the first month, and how many months."""

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMBER = r"(\d{1,2}|[一二两三四五六七八九十]{1,3})"
_YEAR = r"(\d{4}|\d{2}|今|去|前)\s*年(?:的|度)?\s*"
_YEARS_AGO = {"今": 0, "去": 1, "前": 2}
_LAST = r"(?:最近|近|过去)\s*"


def find_months(text: str, today: date) -> tuple[Months | None, str]:
    """(the months that a text names, None if it names none; the rest of the text).

    A month without a year is the newest one that has begun. What cannot be, such as 十三月, is left in the
    rest, which then fits nothing.
    """
    plain = unicodedata.normalize("NFKC", text)
    for pattern, read in _READERS:
        found = pattern.search(plain)
        if found is None:
            continue
        months = read(found, today)
        if months is not None:
            rest = plain[: found.start()] + " " + plain[found.end() :]
            return months, " ".join(rest.split())
    return None, " ".join(plain.split())


Days = tuple[date, date]
"""The first day, and the day after the last one."""

_WEEKS = (("上上", 2), ("上", 1), ("本", 0), ("这", 0))
_WEEK = re.compile(r"(上上|上|本|这)个?(?:周|星期|礼拜)(?![一二三四五六日天])")


def find_days(text: str, today: date) -> tuple[Days | None, str]:
    """(the days of a week or of months that a text names, None if it names none; the rest of the text)."""
    plain = unicodedata.normalize("NFKC", text)
    week = _WEEK.search(plain)
    if week is not None:
        monday = today - timedelta(days=today.weekday() + 7 * dict(_WEEKS)[week[1]])
        rest = plain[: week.start()] + " " + plain[week.end() :]
        return (monday, monday + timedelta(days=7)), " ".join(rest.split())
    months, rest = find_months(text, today)
    if months is None:
        return None, rest
    return (months[0], add_months(*months)), rest


def _number(words: str) -> int:
    """三 is 3, 十二 is 12; 0 for what is no number."""
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.partition("十")
    if not ten:
        return _DIGITS.get(words, 0)
    return (_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)


def _year(words: str, today: date) -> int | None:
    if words in _YEARS_AGO:
        return today.year - _YEARS_AGO[words]
    year = int(words) + (2000 if len(words) == 2 else 0)
    return year if 2000 <= year <= 2100 else None


def _month_of_year(found: re.Match[str], today: date) -> Months | None:
    year, month = _year(found[1], today), _number(found[2])
    return (date(year, month, 1), 1) if year and 1 <= month <= 12 else None


def _quarter_of_year(found: re.Match[str], today: date) -> Months | None:
    year, quarter = _year(found[1], today), _number(found[2])
    return (date(year, quarter * 3 - 2, 1), 3) if year and 1 <= quarter <= 4 else None


def _whole_year(found: re.Match[str], today: date) -> Months | None:
    year = _year(found[1], today)
    return (date(year, 1, 1), 12) if year else None


def _dashed(found: re.Match[str], today: date) -> Months | None:
    return (date(int(found[1]), int(found[2]), 1), 1) if 1 <= int(found[2]) <= 12 else None


def _last_months(found: re.Match[str], today: date) -> Months | None:
    months = _number(found[1])
    first = add_months(today.replace(day=1), -months)
    return (first, months) if 1 <= months <= 36 else None


def _last_year_round(found: re.Match[str], today: date) -> Months:
    return add_months(today.replace(day=1), -12), 12


def _this_month(found: re.Match[str], today: date) -> Months:
    return today.replace(day=1), 1


def _month_before(found: re.Match[str], today: date) -> Months:
    return add_months(today.replace(day=1), -2 if found[0].startswith("上上") else -1), 1


def _quarter(found: re.Match[str], today: date) -> Months:
    first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return add_months(first, -3 if found[0].startswith("上") else 0), 3


def _quarter_alone(found: re.Match[str], today: date) -> Months | None:
    quarter = _number(found[1])
    if not 1 <= quarter <= 4:
        return None
    first = date(today.year, quarter * 3 - 2, 1)
    return (first if first <= today else add_months(first, -12)), 3


def _month_alone(found: re.Match[str], today: date) -> Months | None:
    month = _number(found[1])
    if not 1 <= month <= 12:
        return None
    first = date(today.year, month, 1)
    return (first if first <= today else add_months(first, -12)), 1


def _bare_year(found: re.Match[str], today: date) -> Months:
    return date(int(found[0]), 1, 1), 12


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Months | None]], ...] = (
    (re.compile(_YEAR + _NUMBER + r"\s*月(?:份)?"), _month_of_year),
    (re.compile(_YEAR + r"第?\s*" + _NUMBER + r"\s*季度?"), _quarter_of_year),
    (re.compile(r"(20\d{2})\s*[-/.]\s*(\d{1,2})(?!\d)"), _dashed),
    (re.compile(_LAST + _NUMBER + r"\s*个?月"), _last_months),
    (re.compile(_LAST + r"[一1]?年"), _last_year_round),
    (re.compile(r"上上个?月|上个?月"), _month_before),
    (re.compile(r"本月|这个月|当月|这月|今月"), _this_month),
    (re.compile(r"(?:本|这个?|上一?个?)季度"), _quarter),
    (re.compile(r"第?\s*" + _NUMBER + r"\s*季度"), _quarter_alone),
    (re.compile(_YEAR.removesuffix(r"\s*")), _whole_year),
    (re.compile(r"(?<![第\d十])(1[0-2]|0?[1-9]|十[一二]?|[一二两三四五六七八九])\s*月(?:份)?"), _month_alone),
    (re.compile(r"(?<!\d)20\d{2}(?!\d)"), _bare_year),
)
