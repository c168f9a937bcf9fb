"""From what people type to what they mean: normal form, command word, and the nearest known word."""

import importlib.util
import re
import runpy
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from models.errors import DomainError


class Misunderstood(DomainError):
    """The words after a command could not be read (facts: usage)."""


class NoSuchDay(DomainError):
    """The calendar does not have the day somebody wrote (facts: said)."""


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


def mentioned(text: str, words: Iterable[str]) -> list[str]:
    """The known words that stand somewhere in `text`, the longest reading of each place, at most three."""
    found: dict[str, int] = {}
    for word in sorted((word for word in words if len(word) > 1), key=len, reverse=True):
        place = text.find(word)
        if place >= 0 and not text[:place].endswith(_NOT):
            found[word] = place
            text = text.replace(word, "\0" * len(word))
    return sorted(found, key=lambda word: found[word])[:3]


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


_REASON = re.compile(r"(?:原因|理由|用途)(?:是|为)?\s*[:：]?\s*(?P<reason>.*)$", re.DOTALL)
_FULL = re.compile(r"(?:完整|明文|不打码|全部信息)(?:的|版)?")


def read_export(args: str) -> tuple[str, bool, str]:
    """(the unit, whether full values are wanted, the reason) of what follows 「导出名单」, in any order."""
    text = unicodedata.normalize("NFKC", args)
    found = _REASON.search(text)
    reason = found["reason"].strip() if found else ""
    rest = text[: found.start()] if found else text
    full = _FULL.search(rest) is not None
    return _FULL.sub(" ", rest).strip(_BEFORE + _AFTER), full, reason


def read_reason(args: str) -> tuple[str, str]:
    """(what comes before the reason, the reason) of 「林小雨 城东分公司 原因：两边都要」."""
    text = " ".join(unicodedata.normalize("NFKC", args).split())
    found = _REASON.search(text)
    if found is None:
        return text.strip(_BEFORE + _AFTER), ""
    return text[: found.start()].strip(_BEFORE + _AFTER), found["reason"].strip()


_PHONE = re.compile(r"(?<!\d)(?:\+?86[\s\-]?)?1\d{2}(?:[\s\-]?\d{4}){2}(?!\d)")


def take_phone(args: str) -> tuple[str, str]:
    """(the words around a mobile number, the number as written; empty if there is none)."""
    text = unicodedata.normalize("NFKC", args)
    found = _PHONE.search(text)
    if found is None:
        return read_name(text), ""
    around = f"{text[: found.start()]} {text[found.end() :]}"
    return read_name(re.sub(r"(?:的)?(?:手机号?码?|电话)?(?:改成|改为|换成|到|为)\s", " ", around)), found[0]


_POINTS = re.compile(r"(?P<name>[^\d\s,，、;；:：]+)\s*[:：]?\s*(?P<points>\d{1,3}(?:\.\d)?)\s*分?")
_SAID = re.compile(r"(?:评语|评价|点评|意见)\s*[:：]?\s*(?P<words>.*)$", re.DOTALL)


def take_points(text: str) -> tuple[dict[str, float], str]:
    """(name → points, the words to it) of 「沟通 80 逻辑：75分 评语 思路清楚」."""
    plain = unicodedata.normalize("NFKC", text)
    said = _SAID.search(plain)
    given = plain[: said.start()] if said else plain
    points = {found["name"]: float(found["points"]) for found in _POINTS.finditer(given)}
    return points, said["words"].strip() if said else ""


def digits_in(args: str) -> str:
    """All digits of a text, in their order."""
    return "".join(re.findall(r"[0-9]", unicodedata.normalize("NFKC", args)))


def read_name(args: str) -> str:
    """The name or account in what follows a command word: 「：张三的」 is 「张三」."""
    plain = " ".join(unicodedata.normalize("NFKC", args).split()).strip(_BEFORE + _AFTER)
    return plain.removesuffix("的").strip() or plain


@lru_cache(maxsize=20_000)
def sound(text: str) -> str:
    """How a text sounds: pinyin without tones; letters stay."""
    return _sound(text).lower()


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


_DIGITS = {mark: value for value, mark in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_WEEKDAYS = {mark: number for number, mark in enumerate("一二三四五六日")} | {"天": 6}
_NEAR_DAYS = {
    "大后天": 3,
    "后天": 2,
    "明天": 1,
    "明日": 1,
    "今天": 0,
    "今日": 0,
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
}
_NUMBER = r"[〇零一二两三四五六七八九十]{1,3}|\d{1,2}"
_ALONE, _ENDS = r"(?<![A-Za-z0-9._/-])", r"(?![A-Za-z0-9._/-])"
_SUFFIX = r"(?:起|开始|以后|之后)?"
_DAY = re.compile(
    "|".join(
        (
            r"(?P<year>\d{4})\s?[-./年]\s?(?P<month>\d{1,2})\s?[-./月]\s?(?P<day>\d{1,2})[日号]?(?!\d)",
            _ALONE + r"(?P<compact>20\d{6})" + _ENDS,
            rf"(?P<next>下个?月)(?:(?P<next_day>{_NUMBER})[日号]|(?P<next_end>底))",
            rf"(?P<month_>{_NUMBER})(?:(?<=\d)\s)?月\s?(?:(?P<day_>{_NUMBER})(?:\s?[日号])?|(?P<end_>底))(?!\d)",
            _ALONE + r"(?P<month__>\d{1,2})[./-](?P<day__>\d{1,2})" + _ENDS,
            r"(?P<near>大后天|大前天|后天|前天|明[天日]|今[天日]|昨天)",
            rf"(?P<after>{_NUMBER})天[之以]?后",
            r"(?P<week>下下|下|这|本)个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-7])",
            r"(?:星期|礼拜|(?:(?<=\s)|^)周)(?P<weekday_>[一二三四五六日天1-7])(?=[\s起到至,、]|$)",
            r"(?:这个?|本)?(?P<month_end>月底)",
            rf"(?<![\d一二三四五六七八九十])(?P<alone>{_NUMBER})[号日](?![\w])",
        )
    )
)
_CLOCK = re.compile(
    r"(?P<half>上午|下午|晚上|晚|中午|早上)?(?P<hour>\d{1,2})(?:[:：](?P<minutes>\d{2})|点(?:(?P<some>\d{1,2})分?|(?P<thirty>半)|整|钟)?)"
)
LONG_AGO_DAYS = 180
"""A day without a year that lies so far back is meant for next year."""


def take_days(text: str, today: date) -> tuple[list[date], str]:
    """(the days named in a text in their order, the text without them).

    Days as people write them: 今天, 下周一, 3月9日, 3.9, 2026-03-09, 20260309, 三月九号, 月底, 9号.
    What looks like a day and is none, such as 13.45, stays in the text.

    Raises:
        NoSuchDay: a day written with its month is none, such as 2月30日.
    """
    plain = unicodedata.normalize("NFKC", text)
    found: list[date] = []

    def take(match: re.Match[str]) -> str:
        day = _day_of({name: value for name, value in match.groupdict().items() if value}, today)
        if day is None and "月" in match[0]:
            raise NoSuchDay(said=match[0].strip())
        if day is None:
            return match[0]
        found.append(day)
        return " "

    rest = re.sub(rf"(?:{_DAY.pattern}){_SUFFIX}", take, plain)
    return found, " ".join(rest.split())


def take_time(text: str) -> tuple[time | None, str]:
    """(the time of day named in a text, the text without it): 18:00, 18点半, 下午6点."""
    plain = unicodedata.normalize("NFKC", text)
    match = _CLOCK.search(plain)
    if match is None:
        return None, plain
    hour = int(match["hour"])
    minute = 30 if match["thirty"] else int(match["minutes"] or match["some"] or 0)
    if match["half"] in ("下午", "晚上", "晚") and hour < 12:
        hour += 12
    if hour > 23 or minute > 59:
        return None, plain
    return time(hour, minute), " ".join((plain[: match.start()] + " " + plain[match.end() :]).split())


_WEEKDAY = re.compile(r"(?<![上下这本个])((?:周|星期|礼拜)[一二三四五六日天])(?![一二三四五六日天])")


def apart(text: str) -> str:
    """A text whose weekdays stand apart, where a weekday is more likely than a name: 周五下午 → 周五 下午."""
    return _WEEKDAY.sub(r" \1 ", unicodedata.normalize("NFKC", text)).strip()


def take_moment(text: str, now: datetime) -> tuple[datetime | None, str]:
    """(the moment named in a text, today if no day is; the text without it): 周三 15:00, 明天下午3点半.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    days, rest = take_days(apart(text), now.date())
    clock, rest = take_time(rest)
    if clock is None:
        return None, rest
    return datetime.combine(days[0] if days else now.date(), clock, tzinfo=now.tzinfo), rest


_UP_TO = re.compile(r"\s*(?:[-–—~～]|到|至)\s*")


def take_hours(text: str) -> tuple[tuple[time, time] | None, str]:
    """(the hours from and to named in a text, the text without them): 22:00-23:00, 晚上10点到11点半."""
    plain = unicodedata.normalize("NFKC", text)
    found = list(_CLOCK.finditer(plain))
    for first, second in pairwise(found):
        begin, _ = take_time(first[0])
        end, _ = take_time(second[0])
        if begin is None or end is None or not _UP_TO.fullmatch(plain[first.end() : second.start()]):
            continue
        if first["half"] and not second["half"] and end <= begin and end.hour < 12:
            end = end.replace(hour=end.hour + 12)
        return (begin, end), " ".join(f"{plain[: first.start()]} {plain[second.end() :]}".split())
    return None, plain


_TILL = re.compile(r"(?:^|(?<=\s))(?:一直|直)?(?:到|至|截止|截至|为止)(?=\s|$)")


def read_evidence(text: str) -> str:
    """What proves it, of what is left of 「到 3月31日 录音A17」 without its day."""
    return " ".join(_TILL.sub(" ", text).split())


def _day_of(parts: Mapping[str, str], today: date) -> date | None:
    """The day that the named parts of one expression mean; None if there is no such day."""
    try:
        if "compact" in parts:
            number = parts["compact"]
            return date(int(number[:4]), int(number[4:6]), int(number[6:]))
        if "year" in parts:
            return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        if "near" in parts:
            return today + timedelta(days=_NEAR_DAYS[parts["near"]])
        if "after" in parts:
            return today + timedelta(days=small_number(parts["after"]))
        if "week" in parts or "weekday_" in parts:
            return _weekday(parts, today)
        if "next" in parts:
            following = month_end(today) + timedelta(days=1)
            return (
                month_end(following)
                if "next_end" in parts
                else following.replace(day=small_number(parts["next_day"]))
            )
        if "month_end" in parts:
            return month_end(today)
        if "alone" in parts:
            day = today.replace(day=small_number(parts["alone"]))
            return day if day >= today else (month_end(today) + timedelta(days=1)).replace(day=day.day)
        month = small_number(parts.get("month_") or parts["month__"])
        if "end_" in parts:
            return month_end(this_or_next_year(month, 1, today))
        return this_or_next_year(month, small_number(parts.get("day_") or parts["day__"]), today)
    except ValueError:
        return None


def this_or_next_year(month: int, day: int, today: date) -> date:
    """That day of this year, or of the next one where it lies long ago."""
    this = date(today.year, month, day)
    return this if (today - this).days < LONG_AGO_DAYS else date(today.year + 1, month, day)


def _weekday(parts: Mapping[str, str], today: date) -> date:
    """That day of this week, of a later one, or, where none is named, the next one to come."""
    mark = parts.get("weekday") or parts["weekday_"]
    number = _WEEKDAYS[mark] if mark in _WEEKDAYS else int(mark) - 1
    monday = today - timedelta(days=today.weekday())
    if "week" not in parts:
        return today + timedelta(days=(number - today.weekday()) % 7)
    weeks = {"下": 1, "下下": 2}.get(parts["week"], 0)
    return monday + timedelta(days=number + 7 * weeks)


def month_end(day: date) -> date:
    """The last day of its month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def small_number(number: str) -> int:
    """9, 09, 九, 十二, 三十一."""
    if number.isdecimal():
        return int(number)
    tens, ten, ones = number.rpartition("十")
    if not ten:
        return int("".join(str(_DIGITS[mark]) for mark in number))
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


_GIVING = re.compile(r"^(?P<who>\S+?)\s*(?:转给|交给|给)\s*(?P<to>\S+)$")
_GOING = re.compile(r"^(?P<who>\S+?)(?:\s*(?:调到|调去|到|去|往)\s*|\s+)(?P<where>.+)$")
_DASHED = re.compile(r"(?<!\d)(20\d{2})-(\d{1,2})-(\d{1,2})(?!\d)")
_BETWEEN = re.compile(r"(?<=[\d日号])\s*[-~—–至到]+\s*(?=\d)")
_CONNECTIVES = re.compile(r"(?:^|(?<=\s))(?:交给|代班|休假|请假|从|由|请|让|给|到|至)+")


def read_giving(text: str) -> tuple[str, str] | None:
    """(who, to whom) of 「张三 给 王五」."""
    found = _GIVING.match(unicodedata.normalize("NFKC", text).strip())
    return (found["who"], found["to"]) if found else None


def read_going(text: str) -> tuple[str, str] | None:
    """(who, where) of 「张三 到 城东催收组 组长」."""
    found = _GOING.match(text)
    return (found["who"], found["where"]) if found else None


_TIMES = re.compile(r"(?:^|\s)(?:每天|最多|有效通话|\s)*(?P<times>\d{1,2})\s*(?:次|个)?(?:电话)?$")


def take_times(text: str) -> tuple[str, int | None]:
    """(the words before it, how many times a day) of 「城市银行 内部从严 2次」, if any."""
    found = _TIMES.search(text)
    return (text, None) if found is None else (text[: found.start()].strip(), int(found["times"]))


_NOT_PASSED = ("不通过", "没通过", "未通过", "不合格", "没有通过")
_PASSED = ("通过", "合格")


def read_verdict(words: str) -> tuple[bool | None, str]:
    """(passed or not, None if it is not said; the rest) of what follows 「健康证明」."""
    for passed, phrases in ((False, _NOT_PASSED), (True, _PASSED)):
        for phrase in phrases:
            if phrase in words:
                return passed, " ".join(words.replace(phrase, " ", 1).split())
    return None, " ".join(words.split())


def take_role(words: str, roles: Mapping[str, str]) -> tuple[str | None, str]:
    """(the role named, from what it is called; the rest as the path of a unit) of 「城东催收组 组长」."""
    by_name = {name.lower(): role for name, role in roles.items()}
    parts = [part for part in re.split(r"[\s,，、;；]+", words) if part]
    named = [by_name[part.lower()] for part in parts if part.lower() in by_name]
    others = [part for part in parts if part.lower() not in by_name]
    return (named[0] if named else None), "/".join(others)


def read_cover(text: str, today: date) -> tuple[list[str], list[date]]:
    """(names, days) of 「李四 3月9日 到 3月13日 给 王五」."""
    plain = _DASHED.sub(r"\1年\2月\3日", unicodedata.normalize("NFKC", text))
    days, rest = take_days(_BETWEEN.sub(" ", plain), today)
    names = re.split(r"[\s,，、;；]+", _CONNECTIVES.sub(" ", rest))
    return [name for name in names if name], days


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


ORDINAL = re.compile(
    r"(?:第|选|选第)?(?:(?P<digits>[1-9][0-9]?)|(?P<word>[一二三四五六七八九]))(?:个|号|项|\.|、)?"
)
"""An option by its number; never a code or the end of a phone number, which have more digits."""


def chosen(text: str, options: Sequence[tuple[str, str]]) -> str | None:
    """The key of the option (key, words) that a text names by its number or its words; None if it is none."""
    said = normalise(text).replace(" ", "")
    found = ORDINAL.fullmatch(said)
    if found is not None:
        number = found["digits"] or str("一二三四五六七八九".index(found["word"]) + 1)
        return options[int(number) - 1][0] if int(number) <= len(options) else None
    for key, words in options:
        plain = normalise(words).replace(" ", "")
        if said and said in (plain, plain.partition(".")[2]):
            return key
    return None
