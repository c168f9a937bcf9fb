"""From what people type about check-ins and absence to ends of work, days and hours."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time, timedelta

from handlers.parsing import apart, read_cover, read_reason, small_number, take_days, take_hours, take_time
from models.attendance import LeaveKind, LeavePart, Way

_WAY = re.compile(r"(?P<out>下班|签退)卡?|(?P<in>上班|签到)卡?")
_WEEKDAY = re.compile(r"周|星期|礼拜")


def take_way(text: str) -> tuple[Way | None, str]:
    """(which end of work a text names, None if neither; the text without it): 昨天下班忘了."""
    found = _WAY.search(text)
    if found is None:
        return None, text
    rest = " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
    return Way.OUT if found["out"] else Way.IN, rest


def take_past_day(text: str, today: date) -> tuple[date | None, str]:
    """(the day named in a text about what has been, the text without it).

    A weekday means the last one: who says 周三 on a Friday means the day before yesterday.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    days, rest = take_days(apart(text), today)
    if not days:
        return None, rest
    week = timedelta(days=7)
    ahead = _WEEKDAY.search(text) is not None and today < days[0] < today + week
    return days[0] - week if ahead else days[0], rest


_ABOUT_VISITS = re.compile(r"我|要|的|有|哪些|哪几个|几个|几家|客户|谁|计划|安排|情况|吗|呢|\W")


def more_than_a_day(rest: str) -> bool:
    """Whether more is left of a question about the visits of a day than what is said around it."""
    return bool(_ABOUT_VISITS.sub("", rest))


_KINDS = (
    (LeaveKind.ANNUAL, "年假|年休假?|公休"),
    (LeaveKind.SICK, "病假|看病|生病|发烧|感冒|医院|不舒服|体检|拔牙"),
    (LeaveKind.MARRIAGE, "婚假|结婚"),
    (LeaveKind.MATERNITY, "陪产假?|产假|产检|生孩子"),
    (LeaveKind.BEREAVEMENT, "丧假|奔丧"),
    (LeaveKind.COMPENSATORY, "调休|补休|倒休"),
    (LeaveKind.OTHER, "其他假?|其它假?"),
    (LeaveKind.PERSONAL, "事假|有事|私事|家里有事"),
)
_NAMES = re.compile(
    r"年假|年休假?|病假|婚假|陪产假|产假|丧假|调休|补休|其他假?|其它假?|事假|请假|休假|(?<!\S)假(?!\S)"
)
_PARTS = ((LeavePart.MORNING, "上午|早上|前半天"), (LeavePart.AFTERNOON, "下午|后半天"))
_WHOLE = re.compile("全天|一整天|整天|一天|半天假?")
_WISH = re.compile("(?:我?想要?|要|打算)(?=请|休|半|一|$|\\s)|请(?=半|一)")
_SO_MANY = re.compile(r"(?<![\d月日号])([一二两三四五六七八九十]{1,2}|\d{1,2})个?(?:工作)?天")
_AROUND = re.compile(r"(?:^|(?<=\s))(?:从|到|至|请|休|起|因为|原因|[-~—–至到:：,，]+)+(?=\s|$)")
_BETWEEN = re.compile(r"(?<=[\d日号天一二三四五六])\s*[-~—–至到]+\s*(?=[\d今明后大本下这周星礼])")
_OF_WORD = re.compile(r"(?:我要|我想)?请([病年事])假")
_HANDING = re.compile("给|代班")


def kind_of_word(text: str) -> LeaveKind | None:
    """The kind of leave that the very word of the command says: 请病假 今天下午."""
    found = _OF_WORD.match(text.strip())
    kinds = {"病": LeaveKind.SICK, "年": LeaveKind.ANNUAL, "事": LeaveKind.PERSONAL}
    return None if found is None else kinds[found[1]]


@dataclass(frozen=True)
class LeaveSaid:
    """A leave as somebody types it; what is not said is None or empty."""

    first: date | None = None
    last: date | None = None
    part: LeavePart | None = None
    hours: tuple[time, time] | None = None
    workdays: int = 0
    """So many workdays from the first on, where no last day is named."""
    kind: LeaveKind | None = None
    words: str = ""
    half: bool = False
    """Half a day, without saying which half."""


_SPAN = re.compile(
    r"(?:(?P<number>\d+(?:\.\d+)?|[一二两三四五六七八九十]+)个?(?P<half>半)?|(?P<only>半)个?)(?:小时|钟头)"
)


def take_span(text: str) -> tuple[int, str]:
    """(so many minutes as a text says, 0 if it says none; the text without it): 2小时, 两个半小时."""
    found = _SPAN.search(text)
    if found is None:
        return 0, text
    number = found["number"] or "0"
    hours = float(number) if number[0].isdecimal() else small_number(number.replace("两", "二"))
    minutes = round(hours * 60) + (30 if found["half"] or found["only"] else 0)
    return minutes, " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


def is_cover(text: str, today: date) -> bool:
    """Whether a leave is somebody else's with somebody who stands in: 李四 3月9日 到 3月13日 给 王五."""
    names, _ = read_cover(text, today)
    if len(names) != 2 or _HANDING.search(text) is None or not text.strip().startswith(names[0]):
        return False
    return not any(re.search(phrases, names[0]) for _, phrases in _KINDS)


def first_name(text: str, today: date) -> str:
    """The name that a text begins with, if it may be one."""
    names, _ = read_cover(text, today)
    return names[0] if names and text.strip().startswith(names[0]) else ""


def read_leave(text: str, today: date) -> LeaveSaid:
    """What 「明天下午 看病」, 「3月9日到11日 年假」 or 「今天 14:00-16:00 接孩子」 mean.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    plain = _BETWEEN.sub(" 到 ", unicodedata.normalize("NFKC", text))
    hours, rest = take_hours(text)
    days, rest = take_days(apart(rest if hours else plain), today)
    part = None
    for meant, phrases in _PARTS:
        found = re.search(phrases, rest)
        if part is None and hours is None and found is not None:
            part, rest = meant, f"{rest[: found.start()]} {rest[found.end() :]}"
    many = _SO_MANY.search(rest)
    count = small_number(many[1]) if many is not None and len(days) < 2 and part is None else 0
    half = "半天" in rest and part is None and hours is None and len(days) < 2
    rest = _WISH.sub(" ", rest)
    rest = _WHOLE.sub(" ", _SO_MANY.sub(" ", rest) if count else rest)
    kind = next((meant for meant, phrases in _KINDS if re.search(phrases, rest)), None)
    words = " ".join(_AROUND.sub(" ", _NAMES.sub(" ", rest)).split())
    first = days[0] if days else today if part or hours or count else None
    last = days[-1] if days else first
    if first is not None and last is not None and last < first and _WEEKDAY.search(plain):
        last += timedelta(days=-(-(first - last).days // 7) * 7)
    if first is not None and last is not None and last < first and last.day >= first.day:
        last = first.replace(day=last.day)
    return LeaveSaid(first, last, part, hours, count, kind, words, half)


_NO_DAY = re.compile("[月年季周]度?[底末初]|月头")
"""What is a reason here and no day: the end of a month."""
_EVENING = re.compile("([昨今明])晚上?")
_HOUR = re.compile("([一二两三四五六七八九十]{1,3})(?=点)")
"""An hour in words, where it can only be a time: 加到十点."""
_LATE = re.compile("晚|下班后")
_NIGHT = {12: 0} | {hour: hour + 12 for hour in range(5, 12)}
"""The hour that is meant in the evening: 今晚到九点, 今晚到十二点."""
_KEPT_WORD = "\N{OBJECT REPLACEMENT CHARACTER}"

_BESIDE = re.compile(
    r"(?:^|(?<=\s))(?:从|到|至|加到|加班到|一直到|晚上|下班后|因为|原因|[-~—–至到:：,，]+)+(?=\s|$)"
)


@dataclass(frozen=True)
class OvertimeSaid:
    """Overtime as somebody types it; what is not said is None, 0 or empty."""

    day: date | None
    hours: tuple[time | None, time] | None
    minutes: int
    words: str


def read_overtime(text: str, today: date, claimable: Collection[date]) -> OvertimeSaid:
    """What 「今晚 18:00-20:30 月底冲刺」 or 「昨天 两小时 写报告」 means.

    A weekday that lies ahead is the last one where that can still be asked for.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    hours: tuple[time | None, time] | None
    plain = _HOUR.sub(lambda found: str(small_number(found[1].replace("两", "二"))), text)
    hours, rest = take_hours(_EVENING.sub(r"\1天晚上", plain))
    minutes, rest = take_span(rest) if hours is None else (0, rest)
    reasons = _NO_DAY.findall(rest)
    days, rest = take_days(apart(_NO_DAY.sub(_KEPT_WORD, rest)), today)
    if hours is None and not minutes:
        until, rest = take_time(rest)
        if until is not None and _LATE.search(text):
            until = until.replace(hour=_NIGHT.get(until.hour, until.hour))
        hours = None if until is None else (None, until)
    for word in reasons:
        rest = rest.replace(_KEPT_WORD, word, 1)
    before, reason = read_reason(rest)
    day = days[0] if days else None
    if day is not None and day > today and _WEEKDAY.search(text):
        last_week = day - timedelta(days=7)
        day = last_week if last_week in claimable else day
    return OvertimeSaid(day, hours, minutes, reason or " ".join(_BESIDE.sub(" ", before).split()))
