"""Days, spans of days, reminders and deadlines as people write them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from handlers.parsing import month_end, small_number, this_or_next_year


@dataclass(frozen=True)
class Times:
    """Now, when the speaker's work ends, and which hours the parts of a day stand for."""

    now: datetime
    ends_at: time = time(18)
    begins: Mapping[str, time] = field(
        default_factory=lambda: {
            "morning": time(10), "noon": time(12), "afternoon": time(15), "evening": time(19)
        }
    )  # fmt: skip
    ends: Mapping[str, time] = field(
        default_factory=lambda: {
            "morning": time(12), "noon": time(14), "afternoon": time(18), "evening": time(21)
        }
    )  # fmt: skip

    def at(self, day: date, hour: time) -> datetime:
        """That hour of that day."""
        return datetime.combine(day, hour, tzinfo=self.now.tzinfo)


_N = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"
_NEAR = {
    "大后天": 3, "大前天": -3, "后天": 2, "前天": -2, "明天": 1, "明日": 1, "明儿": 1, "昨天": -1, "昨日": -1,
    "今天": 0, "今日": 0, "今儿": 0, "当天": 0, "刚才": 0, "刚刚": 0,
}  # fmt: skip
_WEEKDAY = {mark: number for number, mark in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_DAY = re.compile(
    "|".join(
        (
            r"(?P<year>20\d\d|\d\d(?=年))[-./年]\s?(?P<ymonth>\d{1,2})[-./月]\s?(?P<yday>\d{1,2})[日号]?(?!\d)",
            rf"(?P<next>下个?月)(?:的?(?P<next_day>{_N})[日号]|(?P<next_end>底|末)|(?P<next_first>初))",
            rf"(?:(?:这个?|本)月)?(?P<month>{_N})月份?(?:(?P<day>{_N})[日号]?(?![\d个件单笔户])|(?P<end>底|末))",
            r"(?P<month_>\d{1,2})[./](?P<day_>\d{1,2})(?:[日号])?(?![\d./万千kw块元])",
            r"(?P<near>" + "|".join(_NEAR) + r")",
            r"(?P<short>[今明后](?=[早晚中]))",
            rf"(?P<after>{_N})天[之以]?后",
            r"(?P<week>下下|下|这|本|上)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末1-7])"
            r"(?![\d个件单笔户]|[一二两三四五六七八九十](?:[个件单笔户]))",
            r"(?:这个?|本)?(?P<month_end>月底|月末)",
            r"(?:(?:这个?|本)?月)?(?P<alone>\d{1,2}|[一二三四五六七八九十]{1,3})[号日](?![\w]*?(?:案件|案子))(?!线)",
        )
    )
)


def _read_day(text: str, place: int, today: date) -> tuple[int, date] | None:
    found = _DAY.match(text, place)
    if found is None or (place > 0 and text[place].isdecimal() and text[place - 1].isdecimal()):
        return None
    parts = {name: value for name, value in found.groupdict().items() if value}
    try:
        return found.end(), _day_of(parts, today)
    except ValueError:
        return None


def _day_of(parts: Mapping[str, str], today: date) -> date:
    if "year" in parts:
        year = int(parts["year"])
        return date(year if year > 99 else 2000 + year, int(parts["ymonth"]), int(parts["yday"]))
    if "near" in parts:
        return today + timedelta(days=_NEAR[parts["near"]])
    if "short" in parts:
        return today + timedelta(days="今明后".index(parts["short"]))
    if "after" in parts:
        return today + timedelta(days=small_number(parts["after"]))
    if "weekday" in parts:
        mark = parts["weekday"]
        number = _WEEKDAY[mark] if mark in _WEEKDAY else int(mark) - 1
        if "week" not in parts:
            return today + timedelta(days=(number - today.weekday()) % 7)
        weeks = {"上": -1, "下": 1, "下下": 2}.get(parts["week"], 0)
        return today + timedelta(days=number - today.weekday() + 7 * weeks)
    if "next" in parts:
        first = month_end(today) + timedelta(days=1)
        if "next_end" in parts:
            return month_end(first)
        return first if "next_first" in parts else first.replace(day=small_number(parts["next_day"]))
    if "month_end" in parts:
        return month_end(today)
    if "alone" in parts:
        number = small_number(parts["alone"])
        this = today.replace(day=number)
        return this if this >= today else (month_end(today) + timedelta(days=1)).replace(day=number)
    month = small_number(parts.get("month") or parts["month_"])
    if "end" in parts:
        return month_end(this_or_next_year(month, 1, today))
    return this_or_next_year(month, small_number(parts.get("day") or parts["day_"]), today)


_PART = re.compile(
    r"(?P<morning>上午|早上|早晨|一早|早(?!点))|(?P<noon>中午)|(?P<afternoon>下午|午后)|(?P<evening>晚上|傍晚|夜里|晚(?!点))"
)
_CLOCK = re.compile(
    r"(?:(?P<h>\d{1,2})[:：](?P<m>\d{2})(?!\d)|(?P<hour>\d{1,2}|十[一二]|[一二两三四五六七八九十])(?:点|时(?!候))"
    r"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<some>\d{1,2}|[一二三四五]?十[一二三四五六七八九]?|零?[一二三四五六七八九])分?|整|钟)?)"
)


def _read_time(text: str, place: int, part: str | None) -> tuple[int, time] | None:
    found = _CLOCK.match(text, place)
    if found is None:
        return None
    if found["h"]:
        hour, minute = int(found["h"]), int(found["m"])
    else:
        hour = small_number(found["hour"])
        minute = 30 if found["half"] else 0
        if found["quarter"]:
            minute = 15 if found["quarter"] == "一" else 45
        if found["some"]:
            minute = small_number(found["some"].lstrip("零"))
    if (part in ("afternoon", "evening") and hour < 12) or (part == "noon" and hour in (1, 2)):
        hour += 12
    if part is None and 1 <= hour <= 7 and not found["h"]:
        hour += 12  # nobody works at three in the night
    return (found.end(), time(hour, minute)) if hour < 24 and minute < 60 else None


def days(text: str, place: int, times: Times) -> Iterator[tuple[int, date, float]]:
    """(end, day, doubt) of the day that begins here."""
    found = _read_day(text, place, times.now.date())
    if found is not None:
        end, day = found
        part = _PART.match(text, end)
        if part is not None:
            clock = _read_time(text, part.end(), part.lastgroup)
            yield (clock[0] if clock else part.end()), day, 0.05
        yield end, day, 0.0


_LONG = re.compile(
    rf"(?:(?P<days>{_N})天|(?P<weeks>[一两二三1-3]|一个|两个)?个?(?:周|星期|礼拜)(?![一二三四五六日天末\d]))"
)
_SPAN = re.compile(r" ?(?:到|至|[-~—–]|跟|和|、)+ ?")
_WEEK = re.compile(
    r"(?P<which>这|本|下|下下)个?(?:周|星期|礼拜)(?![一二三四五六日天末\d])|(?P<day>[明后今])(?P<other>后|明)[两二]?天"
)
_FROM = re.compile(
    r"(?:开始|起|算起)?(?:连着|一共|共|连续|要|就)?(?P<leave>请病假|请事假|请年假|请假|休年假|休假|休息|请|休|歇)?"
)


def spans(
    text: str, place: int, times: Times, *, leaving: bool = False
) -> Iterator[tuple[int, tuple[date, date], float]]:
    """(end, (first, last), doubt) of the days that begin here: 这周, 3月5号到8号, 周三起三天, 明后两天.

    With `leaving`, only those that hold the word for being away: 明天请假三天.
    """
    today = times.now.date()
    week = None if leaving else _WEEK.match(text, place)
    if week is not None:
        if week["which"]:
            monday = today - timedelta(days=today.weekday())
            monday += timedelta(days={"下": 7, "下下": 14}.get(week["which"], 0))
            yield week.end(), (max(today, monday), monday + timedelta(days=4)), 0.0
        elif week["day"] + week["other"] in ("明后", "今明"):
            first = today + timedelta(days=1 if week["day"] == "明" else 0)
            yield week.end(), (first, first + timedelta(days=1)), 0.0
    begun = _read_day(text, place, today)
    if begun is None:
        long = _LONG.match(text, place)
        if long is not None and not leaving and (long["days"] or long["weeks"]):
            yield long.end(), (today, today + timedelta(days=_length(long) - 1)), 0.4
        return
    end, first = begun
    part = _PART.match(text, end)
    if part is not None:
        end = part.end()
    between = _SPAN.match(text, end)
    until = _read_day(text, between.end(), today) if between else None
    if until is not None and until[1] < first:
        until = _read_day(text, between.end(), max(today, first)) if between else None
    if until is None and between is not None:
        bare = re.compile(r"(?:周|星期)?(?P<mark>[一二三四五六日天])(?![个件单笔\w])").match(
            text, between.end()
        )
        if bare and text[place:end].find("周") >= 0:
            monday = first - timedelta(days=first.weekday())
            until = bare.end(), monday + timedelta(days=_WEEKDAY[bare["mark"]])
    if until is not None:
        last_end, last = until
        if last < first and re.match(r"周|星期|礼拜", text[between.end() :] if between else ""):
            last = first + timedelta(days=(last.weekday() - first.weekday()) % 7)
        if last >= first and not leaving:
            yield last_end, (first, last), 0.0
    following = _FROM.match(text, end)
    long = _LONG.match(text, following.end()) if following else None
    if following and long and (long["days"] or long["weeks"]) and bool(following["leave"]) == leaving:
        rest = re.compile(r"的?假").match(text, long.end()) if leaving else None
        yield (rest.end() if rest else long.end()), (first, first + timedelta(days=_length(long) - 1)), 0.0
    if leaving:
        return
    yield end, (first, first), 0.02


def _length(found: re.Match[str]) -> int:
    if found["days"]:
        return small_number(found["days"])
    weeks = (found["weeks"] or "一").removesuffix("个")
    return 7 * (int(weeks) if weeks.isdecimal() else {"一": 1, "两": 2, "二": 2, "三": 3}[weeks])


_LATER = re.compile(
    rf"(?P<half>半)个?(?:小时|钟头)[之以]?后|(?P<hours>{_N})个?(?:(?P<more>半)小?时?)?(?:小时|钟头)(?P<more_>半)?[之以]?后"
    rf"|(?P<minutes>\d{{1,3}}|[一二三四五六]?十[五]?)分钟?[之以]?后"
)


def moments(text: str, place: int, times: Times) -> Iterator[tuple[int, datetime, float]]:
    """(end, moment, doubt) of the moment that begins here: 明天下午三点, 周五上午, 半小时后, 三点半."""
    later = _LATER.match(text, place)
    if later is not None:
        minutes = 30 if later["half"] or later["more"] or later["more_"] else 0
        if later["hours"]:
            minutes += 60 * small_number(later["hours"])
        if later["minutes"]:
            written = later["minutes"]
            minutes = int(written) if written.isdecimal() else small_number(written)
        yield later.end(), times.now + timedelta(minutes=minutes), 0.0
        return
    today = times.now.date()
    found = _read_day(text, place, today)
    end, day = found if found else (place, today)
    while end < len(text) and text[end] in " ，的":
        end += 1
    part = _PART.match(text, end)
    after = part.end() if part else end
    while part and after < len(text) and text[after] == " ":
        after += 1
    clock = _read_time(text, after, part.lastgroup if part else None)
    if clock is not None:
        moment = times.at(day, clock[1])
        if found is None and part is None and moment <= times.now and clock[1].hour < 12:
            moment += timedelta(hours=12)
        if found is None and moment <= times.now:
            moment += timedelta(days=1)
        yield clock[0], moment, 0.0
    elif part is not None and (found is not None or part.lastgroup != "morning"):
        yield part.end(), times.at(day, times.begins[str(part.lastgroup)]), 0.0
    elif found is not None:
        yield found[0], times.at(day, max(times.begins["morning"], times.now.timetz().replace(tzinfo=None))
                                 if day == today else times.begins["morning"]), 0.05  # fmt: skip


_BEFORE = r"(?:[之以]?前|[之以]?内|以里)"
_BY = re.compile(_BEFORE)
_WITHIN = re.compile(
    rf"(?P<half>半)(?:个?小时|个?钟头)(?:[之以]?内|里)|(?P<hours>{_N})个?(?:小时|钟头)(?:[之以]?内|里)"
    rf"|(?P<days>{_N})天(?:[之以]?内|里)"
    r"|(?:这|本)个?(?:周|星期|礼拜)(?:[之以]?[内前]|里)?(?![一二三四五六日天末\d])(?P<week>)"
)
_OFF = re.compile(r"(?:下班|收工|下班儿|交班)(?:[之以]?前)?")


def deadlines(text: str, place: int, times: Times) -> Iterator[tuple[int, datetime, float]]:
    """(end, moment, doubt) of the deadline that begins here: 今天下班前, 周五前, 三点前, 两小时内."""
    today = times.now.date()
    within = _WITHIN.match(text, place)
    if within is not None:
        if within["half"] or within["hours"]:
            hours = 0.5 if within["half"] else small_number(within["hours"])
            yield within.end(), times.now + timedelta(hours=hours), 0.0
        elif within["days"]:
            day = today + timedelta(days=small_number(within["days"]))
            yield within.end(), times.at(day, times.ends_at), 0.0
        else:
            friday = today + timedelta(days=max(4 - today.weekday(), 0))
            yield within.end(), times.at(friday, times.ends_at), 0.0
        return
    found = _read_day(text, place, today)
    end, day = found if found else (place, today)
    off = _OFF.match(text, end)
    if off is not None:
        yield off.end(), times.at(day, times.ends_at), 0.0
        return
    part = _PART.match(text, end)
    after = part.end() if part else end
    clock = _read_time(text, after, part.lastgroup if part else None)
    if clock is not None:
        stop, moment = clock[0], times.at(day, clock[1])
    elif part is not None and (found is not None or part.lastgroup != "morning"):
        stop, moment = part.end(), times.at(day, times.ends[str(part.lastgroup)])
    elif found is not None:
        stop, moment = end, times.at(day, times.ends_at)
    else:
        return
    off = _OFF.match(text, stop)
    if off is not None and clock is None:
        stop = off.end()
    by = _BY.match(text, stop)
    if by and part and clock is None and part.lastgroup == "noon":
        moment = times.at(day, times.begins["noon"])
    yield (by.end() if by else stop), moment, 0.0 if by else 0.05
