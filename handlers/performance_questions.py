"""What people ask about performance: which measure, over which days, of which bucket, of whom."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from handlers.base import Context, Reply
from handlers.meant import person_called
from handlers.periods import find_days
from models import lifecycle, performance, staff
from models.calendar import add_months
from models.performance import CATALOGUE, LEADING, SEE, Around, Asked, Window, month_of
from models.performance import Unit as Measured
from models.staff import Employee, Named, Role, Unit

DAY = timedelta(days=1)
TEN_THOUSAND = Decimal(10_000)
MOST_NAMESAKES = 6
"""People of one name on a card."""

_DAYS = re.compile(r"(?P<day>大前天|前天|昨天|昨日|今天|今日)")
_AGO = {"大前天": 3, "前天": 2, "昨天": 1, "昨日": 1, "今天": 0, "今日": 0}
_LAST_DAYS = re.compile(r"(?:最近|近|过去)\s*(?P<days>\d{1,2})\s*(?:天|日)")
_ONE = (
    r"(?:(?P<year>20\d{2}|今年|去年)\s*[年./-]?\s*)?"
    r"(?<![a-zA-Z.\d])(?P<month>\d{1,2})\s*[月/-]\s*(?P<day>\d{1,2})\s*[日号]?(?![\d%.])"
)
_TO = r"\s*(?:到|至|~|—)\s*(?:(?P<to_month>\d{1,2})\s*[月/-]\s*)?(?P<to_day>\d{1,2})\s*[日号]?(?![\d%.])"
_FROM_TO = re.compile(_ONE.removesuffix(r"(?![\d%.])") + _TO)
_DAY_OF_MONTH = re.compile(_ONE)
_DAYS_ALONE = re.compile(r"(?<![\d.])(?P<day>\d{1,2})\s*[日号]" + _TO)
_DAY_ALONE = re.compile(r"(?<![\d.])(?P<day>\d{1,2})\s*[日号](?!\s*楼)")
_AHEAD = re.compile(r"明天|明日|后天|下下?个?(?:周|星期|礼拜)[一二三四五六日天]?|下下?个?(?:月|季度)|明年")
_NO_TIME = re.compile(r"\d+\s*[月日号天周]|[一二三四五六七八九十]+[月号]")
_BUCKET = re.compile(r"(?<![a-z])m\s*(?P<bucket>[0-7])(?![\d.])\s*\+?", re.IGNORECASE)
_RANK = re.compile(
    r"(?:业绩|绩效)?(?:排名|排行榜?|名次)|(?:我)?(?:排)?第几名?|谁(?:是|排)?(?:的)?(?:业绩)?第一名?|第一名(?:是谁)?"
    r"|谁(?:的)?\s*(?:业绩|收得|收的|回款)?\s*(?:最好|最多|最高|最差|垫底|好)|排个名"
)
_COLLECTED = re.compile(
    r"(?:收|回|催|回款|收款|催回|收回|收到)(?:回|款)?(?:了|来|来了)?(?:多少|几个)(?:钱)?|回款怎么样"
)
_TABLE = re.compile(
    r"(?:业绩|绩效)的?(?:明细表|表格?|报表|月表|月报)|(?:表格|报表|月报)|导出|下载|excel|xlsx", re.IGNORECASE
)
_PAID = re.compile(
    r"(?:还款|回款|到账|收款)的?(?:明细|记录|流水|清单)?(?!率|额|金额)|(?:发|给)(?:给)?我|发一下"
)
_EVERYBODY = re.compile(
    r"(?:我们|咱们|整个|全)?(?:团队|部门|(?<!分)公司|组里|大家|全员)|(?:我们|咱们|本|整|全)组"
)
_FILLERS = re.compile(
    r"^(?:我想|我要|我|请|帮我|帮忙|看看|看一下|看下|查查|查一下|查|看|给我|发我|的|在|把|导出|平均)+"
    r"|^(?:为什么|为啥|怎么(?!算|来|得)|什么是|啥是)+|(?:怎么算的?|怎么算出来的|怎么来的|哪来的|为什么|为啥|明细)+$"
    r"|(?:这么|那么|才这么|怎么这么|又)?(?:低|高|少|差|多|降了|掉了|下降|没了)+(?:了|呢)?$"
    r"|(?:是什么意思|什么意思|啥意思|是什么|是啥|怎么回事|怎么了|怎么搞的)$"
    r"|(?:怎么)?(?:才|只有|只)?(?:百分之[一二三四五六七八九十百]+|\d+(?:\.\d+)?%)$"
    r"|(?:的|业绩|战绩|成绩|绩效|数据|报表|情况|怎么样|咋样|如何|怎样|多少|是|了|呢|吗|有|一下|多高|好不好|发我|发给我|给我"
    r"|图|图表|雷达图|趋势图?|走势图?|曲线|记录|流水|清单|平均|最近|做得|做的|干得|完成得)+$"
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
    unclear: str = ""
    """What is said of a time that is none: 13月."""


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
    plain = _plain(rest)
    wrong = _NO_TIME.search(plain)
    return Question(
        window or month_of(today),
        measure,
        None if bucket is None else int(bucket["bucket"]),
        ranking is not None,
        everybody is not None,
        plain,
        "" if wrong is None else wrong[0],
    )


def name_in(text: str) -> str:
    """Who is meant in what is left of 「再收多少到目标」."""
    return _plain(text).strip("?？ 目标到")


_GAP = (
    r"还|再|差|收|要|需要|多少|几个?|钱|元|块|才|就|能|可以|够|到|达到|达标|达|完成|目标|任务|离|距离|距"
    r"|的|任|呢|吗|啊|标|得|了|会|业绩"
)
_GAP_FILLERS = re.compile(rf"^(?:我|离|距离|距|请问|那|到|达到|完成|\s)+|(?:{_GAP}|\s)+$")


def gap_name_in(text: str) -> str:
    """Who is meant in what is left of 「张三还差多少才能达标」."""
    words = _plain(text)
    while (plain := _GAP_FILLERS.sub("", words).strip("?？，, ")) != words:
        words = plain
    return words


_WHO_IS = re.compile(r"(?:谁|哪个组?|哪组|哪一个)的?(?P<rest>.*)$")
_ASKING = re.compile(r"(?:收|回|做|干|催)[得的]|[更最]?(?:多|高|好|低|少|差|强|厉害)?[些点]?[呢啊]?$")
_COMPARE = re.compile(r"对比|比较|比一下|比一比|比比|相比|一下|\bvs\b", re.IGNORECASE)
_BETWEEN = re.compile(r"和|跟|与|比|[、,，\s]+")
_TEAMS = re.compile(r"[一二三四五六七八九十]+组")


def without_asking(text: str) -> str:
    """「张三和李四谁回款率高」 without the asking words: the measure stays."""
    return _WHO_IS.sub(lambda found: " " + _ASKING.sub(" ", found["rest"]), text)


def names_beside(text: str) -> Sequence[str]:
    """The people or units in what is left of 「对比 张三 李四」."""
    words = _COMPARE.sub(" ", text).strip()
    parts = [one for part in _BETWEEN.split(words) if (one := _plain(part))]
    return _TEAMS.findall(words) if len(parts) == 1 else parts


def of_table(text: str) -> str:
    """The question in 「二组业绩表」, of which a table is wanted."""
    return " ".join(_PAID.sub(" ", _TABLE.sub(" ", text)).split())


def _window(text: str, today: date) -> tuple[Window | None, str]:
    found, rest = _take(_DAYS, text)
    if found is not None:
        day = today - timedelta(days=_AGO[found["day"]])
        return Window(day, day), rest
    found, rest = _take(_LAST_DAYS, text)
    if found is not None:
        return Window(today - timedelta(days=max(int(found["days"]), 1) - 1), today), rest
    for pattern in (_FROM_TO, _DAYS_ALONE, _DAY_OF_MONTH, _DAY_ALONE):
        found, rest = _take(pattern, text)
        if found is not None:
            window = _said_days(found, today)
            if window is not None:
                return window, rest
            break
    found, rest = _take(_AHEAD, text)
    if found is not None:
        return _ahead_of(found[0], today), rest
    days, rest = find_days(text, today)
    return (None if days is None else Window(days[0], days[1] - DAY)), rest


def _said_days(found: re.Match[str], today: date) -> Window | None:
    """The day, or the days, that a date names; without a year the nearest that is not half a year ahead."""
    said = found.groupdict()
    year = said.get("year")
    month = int(said.get("month") or today.month)
    try:
        first = date(today.year if not year or not year.isdecimal() else int(year), month, int(said["day"]))
        if year == "去年" or (not year and first > today + 180 * DAY):
            first = first.replace(year=first.year - 1)
        last = first
        if said.get("to_day"):
            last = date(first.year, int(said.get("to_month") or first.month), int(said["to_day"]))
            if last < first and said.get("to_month"):
                first = first.replace(year=first.year - 1)
    except ValueError:
        return None
    return Window(first, last) if first <= last else None


def _ahead_of(words: str, today: date) -> Window:
    """Days that are still to come; there is nothing to see of them, so that the first one is enough."""
    if "年" in words:
        first = date(today.year + 1, 1, 1)
    elif "季" in words:
        first = add_months(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), 3)
    elif "月" in words:
        first = add_months(today.replace(day=1), 1)
    elif "天" in words[:2] or "日" in words[:2]:
        first = today + DAY * (2 if words[0] == "后" else 1)
    else:
        first = today + DAY * (7 - today.weekday())
    return Window(first, first)


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
    return ctx.args if ctx.args or ctx.message is None else ctx.sentence or ctx.message.text


def asked_in_chat(ctx: Context) -> Question:
    """What was asked; of a whole sentence that was understood, whom it names stands in the slots alone."""
    question = asked_by(ctx, said(ctx))
    return question if ctx.args else replace(question, rest="", unclear="")


# --- whom -------------------------------------------------------------------------------------------

Subject = Employee | Unit


@dataclass(frozen=True)
class Several:
    """Units, or people of one name, of which one is meant."""

    units: Sequence[Unit] = ()
    people: Sequence[Named] = ()


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
        NotPermitted, NobodyCalled: as `person_called` says.
    """
    try:
        return _subject_of(ctx, question)
    except lifecycle.SeveralCalled as error:
        return Several(people=error.facts["people"])


def which(ctx: Context, several: Several, asked: Asked, tap: str) -> Reply:
    """Ask which one is meant; a tap goes on with all that was asked."""
    if several.units:
        return Reply(
            "performance/which_unit",
            units=several.units,
            data={"units": [one.name for one in several.units]},
        )
    known = [ctx.session.get_one(Employee, one.id) for one in several.people[:MOST_NAMESAKES]]
    people = staff.with_posts(ctx.session, known, at=ctx.now)
    units = {one.id: ctx.session.get(Unit, one.unit_id) for one in people if one.unit_id is not None}
    return Reply(
        "performance/which_person",
        name=people[0].name,
        tap=tap,
        people=[(one, units.get(one.id), key_of(one, asked)) for one in people],
        more=len(several.people) - len(people),
        data={"people": [one.wecom_id for one in several.people]},
    )


def _subject_of(ctx: Context, question: Question) -> Subject | Several:
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


def called(ctx: Context, name: str) -> Subject | Several:
    """The unit or the person of this name, within reach.

    Raises:
        NotPermitted, NobodyCalled: as `person_called` says.
    """
    try:
        return _one_of(ctx, name)
    except staff.UnitNotFound:
        pass
    try:
        return person_called(ctx, SEE, name)
    except lifecycle.SeveralCalled as error:
        return Several(people=error.facts["people"])


_WORKING = (Role.COLLECTOR, Role.FIELD_REP, *LEADING)


def _sees_more(ctx: Context) -> bool:
    allowed = staff.reach(ctx.employee, SEE, ctx.policy.rights)
    return bool(allowed.everything or allowed.teams or allowed.subtrees)


def _one_of(ctx: Context, asked: str) -> Unit | Several:
    units = staff.find_units(ctx.session, actor=ctx.employee, action=SEE, asked=asked, policy=ctx.policy)
    return units[0] if len(units) == 1 else Several(units)


def earned_by(ctx: Context, people: Sequence[Employee], window: Window) -> list[dict[str, Any]]:
    """What follows from the quality of these people's work over a month, rule by rule."""
    names = names_of(ctx)
    found: dict[str, dict[str, Any]] = {}
    for one in performance.earned(around(ctx), people, window):
        rule = {
            "rule": one.rule.name,
            "name": names[one.rule.measure],
            "unit": CATALOGUE[one.rule.measure].unit,
        }
        found.setdefault(one.rule.name, {**rule, "people": []})["people"].append(
            {"name": one.person.name, "account": one.person.wecom_id, "value": one.figure.value}
        )
    return list(found.values())


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
