"""From what people type about check-ins and absence to ends of work, days and hours."""

import re
from datetime import date, timedelta

from handlers.parsing import take_days
from models.attendance import Way

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
    days, rest = take_days(text, today)
    if not days:
        return None, rest
    week = timedelta(days=7)
    ahead = _WEEKDAY.search(text) is not None and today < days[0] < today + week
    return days[0] - week if ahead else days[0], rest
