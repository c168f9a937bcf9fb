"""What people type about targets and goals: what, how much, from when on, for whom."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from handlers.periods import find_months
from handlers.sentences.numbers import value_of
from models.calendar import add_months
from models.performance import ANY_BUCKET, KINDS
from models.performance import Unit as Measured
from models.policy import GoalKind, GoalLine, GoalTemplate

HUNDRED = Decimal(100)
TEN_THOUSAND = Decimal(10_000)

_REASON = re.compile(r"(?:因为|原因|理由)\s*[是:]?\s*(?P<reason>\S.*)$")
_BUCKET = re.compile(r"(?<![a-z])m\s*(?P<bucket>[0-7])(?![\d.])\s*\+?", re.IGNORECASE)
_VALUE = re.compile(
    r"(?<![\d.\-])(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>%|万元?|元|块|[次件分](?:/天|每天)?)?"
)
_NEXT_MONTH = re.compile(r"下个?月(?:份)?")
_YEAR = re.compile(r"\d{4}|\d{2}\s*年|今年|明年|去年")
_FILLERS = re.compile(r"(?:^|(?<=\s))(?:的|起|开始|从|目标|定为|定|是|到|为|不超过|[,，、:：])+(?=\s|$)")
_MONEY = ("元", "块", "万", "万元")


@dataclass(frozen=True)
class Said:
    """What somebody wants to be reached; what was not said is empty."""

    measure: str = ""
    value: int | None = None
    """In hundredths."""
    starts_on: date | None = None
    bucket: int = ANY_BUCKET
    reason: str = ""
    rest: str = ""
    """Who is meant: a role, a unit, a person."""


def read_target(text: str, today: date, measures: Mapping[str, Sequence[str]]) -> Said:
    """What 「催收员 M2 回款率 35% 十二月」 says; a month without a year is the next one to come."""
    rest = _PERCENT.sub(_in_figures, unicodedata.normalize("NFKC", text).strip())
    found = _REASON.search(rest)
    reason = found["reason"].strip() if found else ""
    rest = rest[: found.start()] if found else rest
    rest = _NEXT_MONTH.sub(f" {add_months(today.replace(day=1), 1):%Y-%m} ", rest)
    named = _YEAR.search(rest) is not None
    months, rest = find_months(rest, today)
    first = None if months is None else months[0]
    if first is not None and not named and first < today.replace(day=1):
        first = add_months(first, 12)
    bucket, rest = _take(_BUCKET, rest)
    measure = ""
    for word, code in sorted(((w, code) for code, words in measures.items() for w in words), key=_length):
        if word in rest:
            measure, rest = code, rest.replace(word, " ", 1)
            break
    number, rest = _take(_VALUE, rest)
    value = None if number is None or not measure else _value(number, KINDS[measure].unit)
    return Said(
        measure=measure,
        value=value,
        starts_on=first,
        bucket=ANY_BUCKET if bucket is None else int(bucket["bucket"]),
        reason=reason,
        rest=" ".join(_FILLERS.sub(" ", rest).split()),
    )


_PERCENT = re.compile(r"百分之\s*([\d.]+|[零一二两三四五六七八九十百]+)")


def _in_figures(found: re.Match[str]) -> str:
    """百分之五 as 5%, for what counts in percent."""
    said = found[1]
    number = value_of(said)
    return found[0] if number is None else f" {number:g}% "


def _length(pair: tuple[str, str]) -> int:
    return -len(pair[0])


def _take(pattern: re.Pattern[str], text: str) -> tuple[re.Match[str] | None, str]:
    found = pattern.search(text)
    return found, text if found is None else f"{text[: found.start()]} {text[found.end() :]}"


def _value(said: re.Match[str], unit: Measured) -> int | None:
    """In hundredths; None if it is not said in what the measure is counted in, or too finely."""
    sign = said["unit"] or ""
    if (sign == "%" and unit is not Measured.RATE) or (sign in _MONEY and unit is not Measured.MONEY):
        return None
    try:
        number = Decimal(said["number"].replace(",", "")) * HUNDRED
    except InvalidOperation:
        return None
    number *= TEN_THOUSAND if sign.startswith("万") else 1
    return int(number) if number == int(number) else None


# --- goals of probation -------------------------------------------------------------------------------

_AT_LEAST = r"(?:≥|>=|至少|不低于|不少于|做|交|到|达到|完成|[:,，])?"
_NUMBER = r"(?P<number>\d{1,6})"
_UNIT = r"(?:份|次|分|个|条|户|家|%)?"
_WEIGHT = r"(?:占|权重|占比|[,，])?\s*(?P<weight>\d{1,3})\s*%"
_TAIL = re.compile(
    r"^\s*(?:已经|已|现在|目前)?\s*" + _AT_LEAST + r"\s*" + _NUMBER + r"\s*" + _UNIT + r"(?:了)?\s*$"
)


def read_goals(text: str, kinds: Mapping[str, GoalKind]) -> tuple[tuple[GoalLine, ...], str]:
    """(goals, what stands before them) of 「张三 数据报告 3份 40% 客户拜访 5次 30% …」."""
    plain = unicodedata.normalize("NFKC", text)
    names = _named(kinds)
    one = re.compile(
        "(?P<name>"
        + "|".join(map(re.escape, names))
        + r")\s*"
        + r"\s*".join((_AT_LEAST, _NUMBER, _UNIT, _WEIGHT))
    )
    found = list(one.finditer(plain))
    lines = tuple(GoalLine(names[it["name"]], int(it["number"]), int(it["weight"])) for it in found)
    rest = plain[: found[0].start()] if found else plain
    for it in reversed(found):
        plain = f"{plain[: it.start()]} {plain[it.end() :]}"
    return lines, " ".join((rest if not found else plain).strip(" ,，、;；").split())


def name_in(rest: str) -> str:
    """The name that is left of 「张三 到」 once the day is taken out."""
    return " ".join(_FILLERS.sub(" ", rest).split())


def read_progress(text: str, kinds: Mapping[str, GoalKind]) -> tuple[str, str, int] | None:
    """(who, which goal, how much in all) of 「张三 数据报告 2份」."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for name, code in _named(kinds).items():
        who, found, tail = plain.partition(name)
        number = _TAIL.match(tail.strip()) if found else None
        if number is not None and who.strip():
            return who.strip(" 的,，"), code, int(number["number"])
    return None


def take_template(text: str, templates: Mapping[str, GoalTemplate]) -> tuple[str | None, str]:
    """(the template that a text ends with or names, the rest) of 「张三 数据分析」."""
    for code, template in templates.items():
        who, found, rest = unicodedata.normalize("NFKC", text).partition(template.name)
        if found:
            return code, " ".join(f"{who} {rest.replace('模板', ' ')}".split())
    return None, " ".join(text.split())


def _named(kinds: Mapping[str, GoalKind]) -> dict[str, str]:
    """What a goal is called → its code, the longest names first."""
    pairs = [(word, code) for code, kind in kinds.items() for word in kind.words]
    return dict(sorted(pairs, key=lambda pair: -len(pair[0])))
