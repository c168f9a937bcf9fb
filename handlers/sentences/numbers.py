"""Numbers as people write them: amounts of money, counts of cases, case numbers."""

import re
from collections.abc import Iterator

from handlers.sentences.values import Count

_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
    "幺": 1,
}
_UNITS = {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000}
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_WRITTEN = re.compile(
    r"(?:\d+(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?|[零〇一二两俩三四五六七八九十百千万幺]|[kw](?![a-z]))+"
)
_MONEY = r"(?:块钱|元钱|块|元|圆|rmb|人民币|¥)"
_MEASURE = r"(?:个|件|单|笔|户|条|份|宗|例|桩|起)"
_NOT_MONEY = re.compile(rf" ?(?:{_MEASURE}|[天号日月点周年人%:批期次分组]|小时|分钟|星期|礼拜|打)")
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
            current = _DIGITS[mark] if current is None else current * 10 + _DIGITS[mark]
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
_AMOUNT_AFTER = re.compile(rf" ?{_MONEY}(?P<jiao>[五5](?!\d))?(?:左右)?")


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
            fen += 50
        if fen > 0:
            bare = after is None and text[start:end].isdecimal() and number < 50
            yield (after.end() if after else end), fen, 0.3 if bare else 0.0


_COUNT = re.compile(rf" ?{_MEASURE}(?:案子|案件|单子)?")
_EACH = re.compile(r"(?:一个人|每个人|每人|一人|各自|各分|各给|各|人均|平均每人)(?:给|分|领|来|要)? ?")
_DOZENS = {"半打": 6, "一打": 12, "两打": 24}
_VAGUE = re.compile(
    r"(?:好?几|一些|若干|一部分|一半|半数|多半|一小半|一大半|几十|十来|十几|二十来|二十几)"
    + rf"{_MEASURE}?(?:案子|案件)?"
)


def counts(text: str, place: int) -> Iterator[tuple[int, Count, float]]:
    """(end, how many, doubt) of the count of cases that begins here: 20个, 二十件, 半打, 一人15个, 几个."""
    each = _EACH.match(text, place)
    start = each.end() if each else place
    vague = _VAGUE.match(text, start)
    if vague is not None:
        yield vague.end(), Count(None, each is not None), 0.0
        return
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
