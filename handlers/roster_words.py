"""From what people type about shifts and rosters to hours, minutes, days and names."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from handlers.parsing import month_end, small_number, take_days, take_hours, this_or_next_year

_DASHES = re.compile(r"[–—~～−]")
_MINUTES = r"(?P<number>\d{1,3}(?:\.5)?)\s*个?(?P<unit>分钟|分|小时|钟头)"
_FLEX = re.compile(rf"(?:弹性|可晚|浮动)(?:时间)?\s*{_MINUTES}")
_REST = re.compile(rf"(?:中间|中午)?(?:休息|午休|休|歇)(?:时间)?\s*{_MINUTES}")
_NO_FLEX = re.compile(r"(?:不|没有?|取消|无)弹性")
_NO_REST = re.compile(r"(?:不休息|没有?休息|无休息)")
_NO_OUT = re.compile(r"(?:不用|不打|不要|不需要?|免|无需)(?:打)?下班卡?")
_OUT = re.compile(r"(?:要|需要?|得)?打?下班卡")
_SINCE = re.compile(r"(?:起|开始|以后|之后)(?=\s|$)")


def one_line(text: str) -> str:
    """A text with one kind of dash and one space between words."""
    return " ".join(_DASHES.sub("-", unicodedata.normalize("NFKC", text)).split())


@dataclass(frozen=True)
class ShiftSaid:
    """A shift as somebody types it; what is not said is None or empty."""

    name: str = ""
    hours: tuple[time, time] | None = None
    rest_minutes: int | None = None
    flex_minutes: int | None = None
    needs_out: bool | None = None
    since: date | None = None


def read_shift(text: str, today: date) -> ShiftSaid:
    """What 「弹性 9:00-18:00 弹性30分钟 休息60分钟 不用下班卡」 or 「夜班 22:30-06:30 12月1日起」 mean.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    hours, rest = take_hours(one_line(text))
    flex, rest = _take_minutes(_FLEX, _NO_FLEX, rest)
    pause, rest = _take_minutes(_REST, _NO_REST, rest)
    days, rest = take_days(rest, today)
    needs_out = None
    for pattern, said in ((_NO_OUT, False), (_OUT, True)):
        if needs_out is None and pattern.search(rest):
            needs_out, rest = said, pattern.sub(" ", rest)
    words = [word for word in re.split(r"[\s,，;；、:：]+", rest) if word and word not in _AROUND]
    return ShiftSaid(" ".join(words), hours, pause, flex, needs_out, days[0] if days else None)


def _take_minutes(pattern: re.Pattern[str], none: re.Pattern[str], text: str) -> tuple[int | None, str]:
    found = pattern.search(text)
    if found is not None:
        many = float(found["number"]) * (60 if found["unit"] in ("小时", "钟头") else 1)
        return int(many), f"{text[: found.start()]} {text[found.end() :]}"
    found = none.search(text)
    return (None, text) if found is None else (0, f"{text[: found.start()]} {text[found.end() :]}")


_FILLERS = (
    "给 把 让 叫 上 改 改上 改为 改成 换 换成 换到 到 至 从 的 都 全部 "
    "排 排成 安排 起 开始 和 跟 班次 排班 为 是"
)
_AROUND = frozenset(_FILLERS.split())
OFF = frozenset(("休", "休息", "轮休", "排休", "公休", "不上班", "放假", "off"))
"""What a day off is called."""
_BY_ROSTER = re.compile(r"(?:只)?(?:按|看|照)(?:着)?排?班?表(?:上班|来)?|轮班制")
_EACH_WEEKDAY = re.compile(r"(?<![上下这本个])((?:周|星期|礼拜)[一二三四五六日天])(?![一二三四五六日天])")
_WEEK = re.compile(r"(下下|下|本|这|上)个?(?:周|星期|礼拜)(?![一二三四五六日天末1-7])")
_WEEKEND = re.compile(r"(下下|下|本|这)?个?周末")
_MONTH = re.compile(
    r"(?:(?P<next>下个?月)|(?P<this>(?:本|这个?)月)|(?P<number>\d{1,2}|[一二三四五六七八九十]{1,2})月份?)"
    r"(?!\s?[\d底初]|[一二三四五六七八九十]{1,3}[日号])"
)
_NUMBERS = re.compile(r"(\d{1,2})月(\d{1,2})[日号]?\s*(?:-|到|至)\s*(\d{1,2})(?=[日号])")
_BETWEEN = re.compile(r"(?<=[日号一二三四五六天])\s*(?:-|到|至)\s*(?=[\d今明后本下这周星礼])")
_UP_TO = re.compile(r"(?<=[\d日号一二三四五六天\s])(?:到|至)(?=[\d今明后本下这周星礼\s])")
_BEGINNING = re.compile(r"(?<=[日号一二三四五六天])(起|开始|以后|之后)")
_HANDS = re.compile(r"^(?:把|给|让|叫)?(?P<name>.+?)(?:换到|换成|换上|换|改成|改上|改为|从|上|到)?$")
"""What stands around a name without a space."""
_SHORT = re.compile(r"(?<![\d.-])(\d{1,2}[./]\d{1,2})-(\d{1,2}[./]\d{1,2})(?![\d.-])")
_BARE = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天]")
_ONLY_DAY = re.compile(r"\d{1,2}[日号]")
LONGEST = 366


@dataclass(frozen=True)
class Span:
    """The days a text names: single ones, or all from a day on."""

    days: tuple[date, ...] = ()
    since: date | None = None
    stretch: bool = False
    """Whether a stretch was named, such as a week, and not each of its days."""


def take_span(text: str, today: date) -> tuple[Span, str]:
    """(the days named in a text, the text without them): 下周起, 12月1日起, 下周一到周五, 周六 周日, 12月.

    A weekday behind another day is the next one after it. Days of a week or month that are over are left out.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    plain = _BEGINNING.sub(r"\1 ", re.sub(r"[,，、;；]", " ", one_line(text)))
    for pattern, read in ((_WEEK, _week), (_WEEKEND, _weekend), (_MONTH, _month)):
        found = pattern.search(plain)
        if found is None:
            continue
        first, last = read(found, today)
        after = plain[found.end() :]
        begins = re.match(r"\s*(?:起|开始|以后|之后)", after)
        rest = f"{plain[: found.start()]} {after[begins.end() :] if begins else after}"
        if begins:
            return Span(since=max(first, today)), " ".join(rest.split())
        return Span(_between(max(first, today), last), stretch=True), " ".join(rest.split())
    plain = _NUMBERS.sub(r"\1月\2日 到 \1月\3", plain)
    plain = _UP_TO.sub(" 到 ", _BETWEEN.sub(" 到 ", _SHORT.sub(r"\1 到 \2", plain)))
    days: list[date] = []
    left: list[str] = []
    stretch: tuple[date, ...] | None = None
    until = since = False
    for word in _EACH_WEEKDAY.sub(r" \1 ", plain).split():
        found_days, rest = take_days(word, today)
        if not found_days:
            if word in ("到", "至"):
                until = bool(days)
            elif _SINCE.fullmatch(word) and days:
                since = True
            else:
                left.append(word)
            continue
        since = since or _SINCE.search(word) is not None
        day = _after(days[-1], found_days[0], word) if days else found_days[0]
        if until:
            stretch = (*(stretch or tuple(days[:-1])), *_between(days[-1], day))
        elif stretch is not None:
            stretch = (*stretch, day)
        days.append(day)
        left += rest.split()
        until = False
    others = " ".join(left)
    if since and len(days) == 1:
        return Span(since=days[0]), others
    if stretch is not None:
        return Span(tuple(dict.fromkeys(stretch)), stretch=True), others
    return Span(tuple(dict.fromkeys(days))), others


def _after(before: date, day: date, word: str) -> date:
    """A weekday, or a day without its month, is the next one after what was named before it."""
    if _BARE.match(word):
        return day if day > before else day + timedelta(weeks=(before - day).days // 7 + 1)
    if _ONLY_DAY.match(word) and day < before:
        return before.replace(day=day.day) if day.day >= before.day else day
    return day


def _between(first: date, last: date) -> tuple[date, ...]:
    many = min((last - first).days + 1, LONGEST)
    return tuple(first + timedelta(days=n) for n in range(many))


def _week(found: re.Match[str], today: date) -> tuple[date, date]:
    weeks = {"下": 1, "下下": 2, "上": -1}.get(found[1], 0)
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=6)


def _weekend(found: re.Match[str], today: date) -> tuple[date, date]:
    monday, _ = _week(found, today) if found[1] else (today - timedelta(days=today.weekday()), today)
    return monday + timedelta(days=5), monday + timedelta(days=6)


def _month(found: re.Match[str], today: date) -> tuple[date, date]:
    if found["next"]:
        first = month_end(today) + timedelta(days=1)
    elif found["this"]:
        first = today.replace(day=1)
    else:
        number = small_number(found["number"])
        first = this_or_next_year(number, 1, today) if 1 <= number <= 12 else today
    return first, month_end(first)


@dataclass(frozen=True)
class RosterSaid:
    """Who shall work what and when, as somebody types it; what is not said is None or empty."""

    names: tuple[str, ...] = ()
    shift: str | None = None
    """The name of a known shift."""
    off: bool = False
    span: Span = Span()
    by_roster: bool = False

    @property
    def unknown_shift(self) -> str | None:
        """What looks like a shift where none of the known ones was named."""
        if self.shift is not None or self.off:
            return None
        return next((name for name in self.names[1:] if name.endswith("班")), None)


def read_roster(text: str, shifts: Iterable[str], today: date) -> RosterSaid:
    """What 「张三 夜班 12月1日起」, 「二组 早班 下周一到周五」 or 「张三、李四 周六 休息」 mean.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    plain = one_line(text)
    by_roster = _BY_ROSTER.search(plain) is not None
    shift, plain = _take_shift(_BY_ROSTER.sub(" ", plain), shifts)
    span, rest = take_span(plain, today)
    names, off = [], False
    for word in rest.split():
        if word.lower() in OFF:
            off = True
        elif word not in _AROUND and (found := _HANDS.match(word)) is not None:
            names.append(found["name"])
    if not off and names and len(names[-1]) > 2 and names[-1].endswith("休息"):
        names[-1], off = names[-1].removesuffix("休息"), True
    return RosterSaid(tuple(names), shift, off, span, by_roster)


def _take_shift(text: str, shifts: Iterable[str]) -> tuple[str | None, str]:
    """(the known shift that a text names, the text without it): one that stands alone, then the longest."""
    known = sorted(shifts, key=len, reverse=True)
    for pattern in (r"(?<![^\s,，、;；]){}(?![^\s,，、;；])", "{}"):
        for name in known:
            plain = one_line(name)
            found = re.search(pattern.format(re.escape(plain)), text, re.IGNORECASE)
            if plain and found is not None:
                return name, f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def read_table(text: str, today: date) -> tuple[Span, str]:
    """(the days, what is left as the name of a unit) of 「二组 下周」.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    span, rest = take_span(text, today)
    words = [word for word in rest.split() if word not in _AROUND]
    return span, " ".join(words)


_TWO_WEEKS = re.compile(r"(?:两|2|二)个?(?:周|星期|礼拜)|半个月|14天|十四天")


def wants_two_weeks(text: str) -> bool:
    """Whether 「两周」, 「半个月」 or 「14天」 stands in a text."""
    return _TWO_WEEKS.search(text) is not None
