"""What people ask about performance: which measure, over which days, of which bucket, of whom."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from handlers.base import Context
from handlers.meant import person_called
from handlers.periods import find_days
from models import performance, staff
from models.performance import CATALOGUE, LEADING, SEE, Around, Asked, Window, month_of
from models.performance import Unit as Measured
from models.staff import Employee, Role, Unit

DAY = timedelta(days=1)
TEN_THOUSAND = Decimal(10_000)

_DAYS = re.compile(r"(?P<day>前天|昨天|昨日|今天|今日)")
_AGO = {"前天": 2, "昨天": 1, "昨日": 1, "今天": 0, "今日": 0}
_LAST_DAYS = re.compile(r"(?:最近|近|过去)\s*(?P<days>\d{1,2})\s*(?:天|日)")
_BUCKET = re.compile(r"(?<![a-z])m\s*(?P<bucket>[0-7])(?![\d.])\s*\+?", re.IGNORECASE)
_RANK = re.compile(
    r"(?:业绩|绩效)?(?:排名|排行榜?|名次)|(?:我)?(?:排)?第几名?|谁(?:是|排)?(?:的)?(?:业绩)?第一名?|第一名(?:是谁)?"
    r"|谁(?:的)?\s*(?:业绩|收得|收的|回款)?\s*(?:最好|最多|最高|最差|垫底|好)|排个名"
)
_COLLECTED = re.compile(
    r"(?:收|回|催|回款|收款|催回|收回|收到)(?:回|款)?(?:了|来|来了)?(?:多少|几个)(?:钱)?|回款怎么样"
)
_TABLE = re.compile(
    r"(?:业绩|绩效)的?(?:明细表|表格?|报表|月表|月报)|(?:表格|报表)|导出|下载|excel|xlsx", re.IGNORECASE
)
_EVERYBODY = re.compile(r"(?:我们|咱们|整个|全)?(?:团队|部门|公司|组里|大家|全员)|(?:我们|咱们|本|整|全)组")
_FILLERS = re.compile(
    r"^(?:我想|我要|我|请|帮我|帮忙|看看|看一下|看下|查查|查一下|查|看|给我|的|在)+"
    r"|^(?:为什么|为啥)+|(?:怎么算的?|怎么算出来的|怎么来的|哪来的|为什么|为啥|明细)+$"
    r"|(?:的|业绩|战绩|成绩|绩效|数据|报表|情况|怎么样|咋样|如何|怎样|多少|是|了|呢|吗|有|一下|多高|好不好)+$"
)


@dataclass(frozen=True)
class Question:
    """What somebody wants to know; what was not said is empty."""

    window: Window
    measure: str = ""
    bucket: int | None = None
    ranking: bool = False
    everybody: bool = False
    """Whether the whole of the own unit is meant."""
    rest: str = ""
    """Who is meant: a person, or a unit."""


def read_question(text: str, today: date, measures: Mapping[str, Sequence[str]]) -> Question:
    """What 「二组 M2 回款率 十月」 asks; without a time it is this month."""
    rest = unicodedata.normalize("NFKC", text).strip().rstrip("?。!,")
    window, rest = _window(rest, today)
    bucket, rest = _take(_BUCKET, rest)
    measure = ""
    words = sorted(((word, code) for code, some in measures.items() for word in some), key=_longest)
    for word, code in words:
        if word in rest:
            measure, rest = code, rest.replace(word, " ", 1)
            break
    ranking, rest = _take(_RANK, rest)
    if not measure and ranking is None:
        collected, rest = _take(_COLLECTED, rest)
        measure = "recovered_amount" if collected else ""
    everybody, rest = _take(_EVERYBODY, rest)
    return Question(
        window or month_of(today),
        measure,
        None if bucket is None else int(bucket["bucket"]),
        ranking is not None,
        everybody is not None,
        _plain(rest),
    )


def name_in(text: str) -> str:
    """Who is meant in what is left of 「再收多少到目标」."""
    return _plain(text).strip("?？ 目标到")


def of_table(text: str) -> str:
    """The question in 「二组业绩表」, of which a table is wanted."""
    return " ".join(_TABLE.sub(" ", text).split())


def _window(text: str, today: date) -> tuple[Window | None, str]:
    found, rest = _take(_DAYS, text)
    if found is not None:
        day = today - timedelta(days=_AGO[found["day"]])
        return Window(day, day), rest
    found, rest = _take(_LAST_DAYS, text)
    if found is not None:
        return Window(today - timedelta(days=max(int(found["days"]), 1) - 1), today), rest
    days, rest = find_days(text, today)
    return (None if days is None else Window(days[0], days[1] - DAY)), rest


def _take(pattern: re.Pattern[str], text: str) -> tuple[re.Match[str] | None, str]:
    found = pattern.search(text)
    return found, text if found is None else f"{text[: found.start()]} {text[found.end() :]}"


def _longest(pair: tuple[str, str]) -> int:
    return -len(pair[0])


def _plain(text: str) -> str:
    words = " ".join(text.split())
    while True:
        plain = _FILLERS.sub("", words).strip(" :,、，")
        if plain == words:
            return plain
        words = plain


@dataclass(frozen=True)
class Query:
    """Words as in the chat: 「M2 回款率 十月」; empty is this month."""

    asked: str = ""


def said(ctx: Context) -> str:
    """What was said: behind the command's word, or the whole sentence."""
    return ctx.args if ctx.args or ctx.message is None else ctx.message.text


# --- whom -------------------------------------------------------------------------------------------

Subject = Employee | Unit


@dataclass(frozen=True)
class Several:
    """Units of which one is meant."""

    units: Sequence[Unit]


def around(ctx: Context) -> Around:
    """What questions about performance need."""
    return Around(ctx.session, ctx.now, ctx.policy, ctx.calendar)


def names_of(ctx: Context) -> Mapping[str, str]:
    """Code of a measure → what it is called."""
    called = {code: words[0] for code, words in ctx.policy.performance.measures.items()}
    return {**ctx.words("performance_words/more_names"), **called}


def asked_by(ctx: Context, text: str) -> Question:
    """What the words ask."""
    more = {code: (name,) for code, name in ctx.words("performance_words/more_names").items()}
    return read_question(text, ctx.now.date(), {**more, **ctx.policy.performance.measures})


def subject_of(ctx: Context, question: Question) -> Subject | Several:
    """Whom a question is about: somebody or a unit within reach, else the asker or what they lead.

    Raises:
        NotPermitted, NobodyCalled, SeveralCalled: as `person_called` says.
    """
    person = ctx.slots.person("who")
    team = next(iter(ctx.slots.teams.get("who", ())), None)
    if person is not None:
        return person_called(ctx, SEE, person.wecom_id)
    if team is not None:
        return _one_of(ctx, team.name)
    if question.rest:
        try:
            return _one_of(ctx, question.rest)
        except staff.UnitNotFound:
            return person_called(ctx, SEE, question.rest)
    if question.everybody or (ctx.employee.role not in _WORKING and _sees_more(ctx)):
        return _one_of(ctx, "")
    return ctx.employee


_WORKING = (Role.COLLECTOR, Role.FIELD_REP, *LEADING)


def _sees_more(ctx: Context) -> bool:
    allowed = staff.reach(ctx.employee, SEE, ctx.policy.rights)
    return bool(allowed.everything or allowed.teams or allowed.subtrees)


def _one_of(ctx: Context, asked: str) -> Unit | Several:
    units = staff.find_units(ctx.session, actor=ctx.employee, action=SEE, asked=asked, policy=ctx.policy)
    return units[0] if len(units) == 1 else Several(units)


def view_of(ctx: Context, subject: Subject, asked: Asked) -> performance.View:
    """The figures of somebody, or of a unit."""
    if isinstance(subject, Unit):
        return performance.view_of_unit(around(ctx), subject, asked, actor=ctx.employee)
    return performance.view_of(around(ctx), subject, asked, actor=ctx.employee)


class Numbers:
    """Figures as a picture shows them, with what they are called: much money in ten thousand yuan."""

    def __init__(
        self, ctx: Context, words: Mapping[str, str], code: str, values: Sequence[Decimal | None]
    ) -> None:
        unit = str(CATALOGUE[code].unit) if code else ""
        much = unit == Measured.MONEY and any(abs(value) >= TEN_THOUSAND for value in values if value)
        step = TEN_THOUSAND if much else Decimal(1)
        self.shown = [None if value is None else round(float(value / step), 2) for value in values]
        name = names_of(ctx)[code] if code else words["score"]
        sign = words["much"] if much else words.get(unit, "")
        self.name = f"{name}{sign}"


# --- as a key: what a button or a deferred answer keeps ------------------------------------------------

_KEY = re.compile(r"([pu])(\d{1,9})\.(\w*)\.(\d{8})\.(\d{8})\.([0-7]?)(?:\.(\d{1,4}))?")


def key_of(subject: Subject, asked: Asked, *, measure: str | None = None, page: int = 0) -> str:
    """A question as the rest of a button's key."""
    window = asked.window
    kind = "u" if isinstance(subject, Unit) else "p"
    return (
        f"{kind}{subject.id}.{asked.measure if measure is None else measure}"
        f".{window.first:%Y%m%d}.{window.last:%Y%m%d}.{'' if asked.bucket is None else asked.bucket}.{page}"
    )


def asked_again(ctx: Context, key: str) -> tuple[Subject, Asked, int] | None:
    """The way back, of what the asker may still see; None if the key is no question."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    kind, number, measure, first, last, bucket, page = found.groups()
    try:
        window = Window(*(date.fromisoformat(day) for day in (first, last)))
    except ValueError:
        return None
    known: Subject | None
    known = ctx.session.get(Unit, int(number)) if kind == "u" else ctx.session.get(Employee, int(number))
    if known is None or (measure and measure not in performance.CATALOGUE):
        return None
    scope: dict[str, Any] = {"actor": ctx.employee, "action": SEE, "policy": ctx.policy}
    try:
        if isinstance(known, Unit):
            staff.require_for_unit(ctx.session, unit_id=known.id, **scope)
        else:
            staff.require_for_person(ctx.session, person=known, at=ctx.now, **scope)
    except staff.OutOfReach:
        return None
    return known, Asked(window, measure, int(bucket) if bucket else None), int(page or 0)
