"""Numbers as people write them: amounts of money, counts of cases, case numbers."""

import re
from collections.abc import Iterator, Mapping

from handlers.sentences.values import Count

_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
    "仨": 3,
    "幺": 1,
}
_UNITS = {
    "十": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000, "万": 10_000, "w": 10_000,
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_WRITTEN = re.compile(
    r"(?:\d+(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|[零〇一二两俩三四五六七八九十百佰千仟万幺]|[kw](?![a-z]))+"
)
_MONEY = r"(?:块钱|元钱|块|元|圆|rmb|人民币|¥)"
_MEASURE = r"(?:个|件|单|笔|户|条|份|宗|例|桩|起)"
_NOT_MONEY = re.compile(rf" ?(?:{_MEASURE}|天|号|小时|分钟|%|:)|[日月点周年人批期次分组打]|星期|礼拜")
_DIGIT_RUN = re.compile(r"[零〇一二三四五六七八九幺]{3,9}(?![十百千万])")


def value_of(written: str) -> float | None:
    """3000, 三千, 2.5千, 两千五, 1万2, 5k, 1.2万, 二十 as a number; None for what is none."""
    total = section = 0.0
    current: float | None = None
    last, after_zero = 1, False
    place = 0
    while place < len(written):
        found = _NUMBER.match(written, place)
        mark = written[place]
        if found is not None:
            if current is not None:
                return None
            current, place = float(found[0].replace(",", "")), found.end()
            continue
        place += 1
        if mark in _DIGITS:
            if _DIGITS[mark] == 0 and current is None:
                after_zero = True
                continue
            if current is not None:
                return None  # 三五千 names no number
            current = _DIGITS[mark]
            continue
        unit = _UNITS[mark]
        if current is None:
            if unit != 10 and not (unit == 10_000 and section):
                return None
            current = 1 if unit == 10 else 0
        if unit == 10_000:
            total, section = (section + current) * unit, 0.0
        else:
            section += current * unit
        current, last, after_zero = None, unit, False
    if current is not None:
        section += current * last / 10 if last >= 100 and current < 10 and not after_zero else current
    return total + section


def _numeral(text: str, place: int) -> Iterator[tuple[int, float]]:
    """(end, value) of the number that begins here, the longest first."""
    found = _WRITTEN.match(text, place)
    if found is None:
        return
    written = found[0]
    for end in range(len(written), 0, -1):
        if end < len(written) and written[end].isdecimal() and written[end - 1].isdecimal():
            continue
        if (end < len(written) and written[end - 1] == ".") or written[end : end + 1] == ".":
            continue
        number = value_of(written[:end])
        if number is not None:
            yield place + end, number
            return


_AMOUNT_BEFORE = re.compile(r"(?:¥|人民币) ?")
_AMOUNT_AFTER = re.compile(
    rf" ?{_MONEY}(?P<jiao>[1-9一二三四五六七八九](?![\d十百千万个件单笔月号日天点]))?(?:左右)?"
)


def amounts(text: str, place: int) -> Iterator[tuple[int, int, float]]:
    """(end, fen, doubt) of the amount of money that begins here."""
    before = _AMOUNT_BEFORE.match(text, place)
    start = before.end() if before else place
    for end, number in _numeral(text, start):
        after = _AMOUNT_AFTER.match(text, end)
        if after is None and _NOT_MONEY.match(text, end):
            continue
        fen = round(number * 100)
        if after and after["jiao"]:
            fen += 10 * int(value_of(after["jiao"]) or 0)
        if fen > 0:
            bare = after is None and text[start:end].isdecimal() and number < 50
            yield (after.end() if after else end), fen, 0.3 if bare else 0.0


_COUNT = re.compile(rf" ?{_MEASURE}(?:案子|案件|单子)?")
_EACH = re.compile(r"(?:一个人|每个人|每人|一人|各自|各分|各给|各|人均|平均每人)(?:给|分|领|来|要)? ?")
_DOZENS = {"半打": 6, "一打": 12, "两打": 24}
_CASES = r"(?:案子|案件|单子)?"
_VAGUE = re.compile(
    r"(?:(?:好?几|一些|若干|一部分|一半|半数|多半|一小半|一大半|大半|小半|几十|好多)"
    r"|(?P<more>\d{1,3}0|[二两三四五六七八九]?[十百])(?:几|多))" + rf"{_MEASURE}?{_CASES}"
)
_BETWEEN = re.compile(
    rf"(?P<few>一两|一二|两三|二三|三四|三五|四五|五六|六七|七八|八九)(?P<unit>[十百])?{_MEASURE}{_CASES}"
    rf"|(?P<low>\d{{1,3}}) ?(?:到|至|[-~—–]) ?(?P<high>\d{{1,3}}){_MEASURE}{_CASES}"
)
_ABOUT = re.compile(rf"(?P<ten>[二两三四五六七八九]?[十百]|\d{{1,3}}0)来{_MEASURE}?{_CASES}")
_FEW = re.compile(rf"(?P<few>俩|仨)(?![人个])个?{_CASES}")
_TAKING = "分拨挪转匀调领抢拿来要取派移加补给选挑抽捞再"
"""Behind these 俩 and 仨 are a count; elsewhere they sum up the names before them."""
_HALF = re.compile(rf"(?:其中)?(?:一半儿?|半数|二分之一|对半|50%)(?:的)?{_CASES}")
_FRACTION = re.compile(
    r"(?P<of>[三四五十])分之(?P<parts>[一二三四])|(?P<tenths>[一二两三四五六七八九])成|(?P<hundredths>[1-9]\d?)%"
)


def counts(text: str, place: int) -> Iterator[tuple[int, Count, float]]:
    """(end, how many, doubt) of the count of cases that begins here: 20个, 二十件, 半打, 一人15个, 几个."""
    each = _EACH.match(text, place)
    start = each.end() if each else place
    rough = _BETWEEN.match(text, start) or _VAGUE.match(text, start)
    if rough is not None:
        yield rough.end(), Count(None, each is not None, _options(rough.groupdict())), 0.1
        return
    about = _ABOUT.match(text, start)
    if about is not None:
        yield about.end(), Count(int(value_of(about["ten"]) or 0), each is not None), 0.0
        return
    few = _FEW.match(text, start)
    if few is not None and text[start - 1 : start] in _TAKING:
        yield few.end(), Count(_DIGITS[few["few"]], each is not None), 0.0
    for word, number in _DOZENS.items():
        if text.startswith(word, start):
            yield start + len(word), Count(number, each is not None), 0.0
    for end, value in _numeral(text, start):
        measured = _COUNT.match(text, end)
        if value != int(value) or value < 1:
            continue
        if measured is not None:
            yield measured.end(), Count(int(value), each is not None), 0.0
        elif each is not None and not _NOT_MONEY.match(text, end):
            yield end, Count(int(value), True), 0.1


def _options(parts: Mapping[str, str | None]) -> tuple[int, ...]:
    """The numbers that a rough one lies between: 3 and 5 for 三五个, 20 for 二十几个."""
    if few := parts.get("few"):
        unit = _UNITS.get(parts.get("unit") or "", 1)
        return tuple(_DIGITS[mark] * unit for mark in few)
    low, high = parts.get("low"), parts.get("high")
    if low and high:
        return (int(low), int(high)) if int(low) < int(high) else ()
    more = value_of(parts.get("more") or "")
    return (int(more),) if more else ()


def parts(text: str, place: int) -> Iterator[tuple[int, float, float]]:
    """(end, part, doubt) of the part of all cases that begins here: 一半, 三分之一, 两成, 30%."""
    half = _HALF.match(text, place)
    if half is not None:
        yield half.end(), 0.5, 0.0
        return
    found = _FRACTION.match(text, place)
    if found is None:
        return
    if found["of"]:
        part = _DIGITS[found["parts"]] / (_DIGITS.get(found["of"]) or 10)
    else:
        part = int(found["hundredths"]) / 100 if found["hundredths"] else _DIGITS[found["tenths"]] / 10
    if part < 1:
        yield found.end(), round(part, 4), 0.0


_LEAD = re.compile(
    r"(?:案件编号|案子编号|案件号|案件|案子|编号|单号|案号|单子|尾号|no\.?|#|№)? ?[是为：:]? ?"
)
_ONE = re.compile(r"\d{1,9}(?!\d)(?!\.\d)(?!,\d{3}(?!\d))")
_AFTER = re.compile(
    r" ?(?:号案件|号案子|号单子|号客户|这个案子|这个案件|那个案子|这案子|这个单子|这一?单|这户|这个客户|那户"
    r"|这个|那个|案件|案子|号(?!\d))?"
)
_NO_CASE = re.compile(
    rf" ?(?:{_MEASURE}(?!案)|块|元|万|千|百|k|w|天|点|小时|分钟|月(?![底末初])|年|日|次|[:/.\-]\d|%|人|期|组"
    r"|批|以[上下]|号[前之以上下早晚中起到])"
)
_JOIN = re.compile(r" ?(?:[、，,和跟与及&+]|还有|以及|[ ])+ ?")


def case_numbers(text: str, place: int) -> Iterator[tuple[int, tuple[int, ...], float]]:
    """(end, numbers, doubt) of the cases named here: 1024, 1024和1025, 案件1024, 一零二四."""
    numbers: list[int] = []
    ends: list[tuple[int, float]] = []
    start, doubt = place, 0.0
    while True:
        lead = _LEAD.match(text, start)
        first = lead.end() if lead else start
        found = _ONE.match(text, first)
        if (
            found is not None
            and not (first > 0 and text[first - 1].isdecimal())
            and not _NO_CASE.match(text, found.end())
        ):
            number, end = int(found[0]), found.end()
        else:
            spoken = _DIGIT_RUN.match(text, first)
            if spoken is not None:
                number = int("".join(str(_DIGITS[mark]) for mark in spoken[0]))
                end, doubt = spoken.end(), doubt + 0.2
            else:
                whole = next(
                    ((e, int(v)) for e, v in _numeral(text, first) if v == int(v) and v >= 100), None
                )
                if whole is None or text[first].isdecimal() or _NOT_MONEY.match(text, whole[0]):
                    break
                (end, number), doubt = whole, doubt + 0.4
        if number < 1:
            break
        after = _AFTER.match(text, end)
        end = after.end() if after else end
        if end and text[end - 1] == " ":
            end -= 1
        numbers.append(number)
        ends.append((end, doubt))
        between = _JOIN.match(text, end)
        if between is None:
            break
        start = between.end()
    for many in range(len(ends), 0, -1):
        end, doubt = ends[many - 1]
        yield end, tuple(dict.fromkeys(numbers[:many])), doubt + 0.15 * (len(ends) - many)
