"""Which cases are meant, as people say it: buckets, products, placements, amounts, and what is overdue."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.parsing import small_number
from handlers.sentences.lexing import joined, say, syllables
from handlers.sentences.moments import Times, days
from handlers.sentences.numbers import amounts
from handlers.sentences.values import Criteria
from handlers.sentences.vocabulary import STATUSES

HIGHEST = 7


@dataclass(frozen=True)
class Books:
    """What there is to choose by: products, and placements by what they are called."""

    products: Sequence[str] = ()
    placements: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


_N = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
_MARK = r"(?:m|em|艾姆|诶姆|哎姆|埃姆|阿姆|爱慕|爱姆)"
_AND_UP = r"(?P<plus>\+| ?(?:及以上|及以后|以上|往上|起|以后|以及以上))?"
_AND_DOWN = r"(?P<less>及以下|以下|以内|及以内)?"
_BUCKET = re.compile(rf"{_MARK} ?(?P<one>[0-7一二三四五六七零])(?![\d.]){_AND_UP}{_AND_DOWN}")
_RANGE = re.compile(rf" ?(?:到|至|[-~—–]) ?{_MARK}? ?(?P<two>[0-7一二三四五六七])(?![\d.个件天])")
_MORE = re.compile(rf" ?(?:[、，,/和跟与及]|以及|还有)? ?(?={_MARK} ?[0-7一二三四五六七])")
_MARKS = {mark: number for number, mark in enumerate("零一二三四五六七")}
_DAYS_BETWEEN = re.compile(
    rf"(?:逾期|拖欠|欠了)?了? ?(?P<a>{_N})天? ?(?:到|至|[-~—–]) ?(?P<b>{_N})天(?:以?内)?"
)
_OVERDUE = re.compile(
    rf"(?:逾期|拖欠|欠款|欠了|拖了)了? ?(?:(?P<days>{_N})天|(?P<half>半)个?月|(?P<months>{_N})个?(?:多)?月)"
    r"(?P<more>及?以上|多|往上)?(?P<less>及?以[内下])?"
)


def _bucket_of(days_past_due: int) -> int:
    return 0 if days_past_due <= 0 else min(HIGHEST, (days_past_due - 1) // 30 + 1)


def _mark(written: str) -> int:
    return int(written) if written.isdecimal() else _MARKS[written]


def buckets(text: str, place: int) -> Iterator[tuple[int, tuple[int, ...], float]]:
    """(end, which, doubt) of the buckets that begin here: M3, M1到M3, M5以上, 31到60天, 逾期两个月."""
    found = _BUCKET.match(text, place)
    if found is not None and not (place and text[place - 1].isascii() and text[place - 1].isalpha()):
        first = _mark(found["one"])
        if found["plus"]:
            end, some = found.end(), tuple(range(first, HIGHEST + 1))
        elif found["less"]:
            end, some = found.end(), tuple(range(min(1, first), first + 1))
        else:
            end, some = found.end(), (first,)
            span = _RANGE.match(text, end)
            if span is not None and _mark(span["two"]) > first:
                end, some = span.end(), tuple(range(first, _mark(span["two"]) + 1))
        more = _MORE.match(text, end)
        if more is not None:
            for last, others, doubt in buckets(text, more.end()):
                yield last, tuple(dict.fromkeys((*some, *others))), doubt
        yield end, some, 0.0 if more is None else 0.1
        return
    between = _DAYS_BETWEEN.match(text, place)
    if between is not None:
        low, high = _bucket_of(small_number(between["a"])), _bucket_of(small_number(between["b"]))
        if low <= high:
            yield between.end(), tuple(range(low, high + 1)), 0.0
    overdue = _OVERDUE.match(text, place)
    if overdue is not None:
        past = 15 if overdue["half"] else small_number(overdue["days"] or overdue["months"])
        past *= 30 if overdue["months"] else 1
        bucket = _bucket_of(past)
        some = (bucket,)
        if overdue["more"]:
            some = tuple(range(_bucket_of(past + 1), HIGHEST + 1))
        elif overdue["less"]:
            some = tuple(range(1, bucket + 1))
        yield overdue.end(), some, 0.0


_FROM = re.compile(r" ?(?:及以上|以上|往上|朝上|开外|起步|起|多的)")
_TO = re.compile(r" ?(?:及以下|以下|以内|之内|往下|朝下|不到)")
_OVER = re.compile(r"(?:金额|欠款|余额|欠)?(?:大于等于|大于|超过|高于|不低于|不少于|多于|在|过)")
_UNDER = re.compile(r"(?:金额|欠款|余额|欠)?(?:小于等于|小于|低于|不超过|少于|不到|没到)")
_BEYOND = re.compile(r" ?(?:以上|以下)")
_ABOUT = re.compile(r"(?:金额|欠款|余额|欠|额度)(?:在|是)?")
_BETWEEN = re.compile(r" ?(?:到|至|[-~—–]) ?")
_AROUND = re.compile(r"(?:之间|左右)的?")


def _sums(text: str, place: int) -> Iterator[tuple[int, Criteria, float]]:
    for pattern in (_OVER, _UNDER):
        found = pattern.match(text, place)
        if found is not None:
            for end, fen, _ in amounts(text, found.end()):
                after = _BEYOND.match(text, end)
                limit = Criteria(amount_from=fen) if pattern is _OVER else Criteria(amount_to=fen)
                yield (after.end() if after else end), limit, 0.0
    about = _ABOUT.match(text, place)
    start = about.end() if about else place
    for end, fen, _ in amounts(text, start):
        between = _BETWEEN.match(text, end)
        if between is not None:
            for last, most, _ in amounts(text, between.end()):
                low = fen
                if low < most and most % 1_000_000 == 0 and low < 10_000:
                    low = fen * 10_000 if text[last - 1] in "万w" else fen  # 1到3万
                after = _AROUND.match(text, last)
                yield (after.end() if after else last), Criteria(amount_from=low, amount_to=most), 0.0
        more = _FROM.match(text, end)
        if more is not None:
            yield more.end(), Criteria(amount_from=fen), 0.0
        less = _TO.match(text, end)
        if less is not None:
            yield less.end(), Criteria(amount_to=fen), 0.0


_NOT_ACCEPTED = re.compile(
    r"(?:(?:一直|迟迟|到现在)?(?:还没有?|没有|没|未|尚未|还未|不)(?:点|去)?(?:接单|接受|领取|签收|接案|接案子|确认接单|接手|接(?![到听通电起])))(?:的)?"
)
_NOT_WORKED = re.compile(
    rf"(?:(?:超过|连续|都|已经|有)?(?P<days>{_N})天(?:以上)?|(?P<week>一个?(?:周|星期|礼拜)|一周)|(?P<half>半个月))?(?:都|还|了)?"
    r"(?:还没有?|没有|没|未)(?:人)?(?:怎么)?(?:跟进过?|动过?|联系过?|打过?电话|打过|打(?![通])|催过?|碰过?|跟过?|处理过?|写催记|作业|更新)(?:了)?(?:的)?"
)
_PROMISED = re.compile(r"(?:有)?(?:承诺|答应|约定|约好|说好)(?:的)?(?:还款|还钱|还|付款|回款)?(?:的)?")
_DUE = re.compile(r"(?:要|该|应该)?(?:有)?(?:到期|兑现|到期的|履约)(?:的)?")
_DUE_PROMISE = re.compile(
    r"(?:要|该|应该|说)?(?:有)?(?:的)?(?:到期的?|要到期的?|要兑现的?|该兑现的?|应还的?|要还款?的?|该还款?的?|要还钱的?|该还钱的?)?(?:的)?(?:承诺|ptp|约定)(?:到期|还款|还|要还|要到期|兑现)?(?:的)?"
)
_PAYING = re.compile(r"(?:要|该|应该|说|答应)(?:还款|还钱|还|付款|打款)(?:的)")


def _states(text: str, place: int, times: Times) -> Iterator[tuple[int, Criteria, float]]:
    found = _NOT_ACCEPTED.match(text, place)
    if found is not None:
        yield found.end(), Criteria(not_accepted=True), 0.0
    found = _NOT_WORKED.match(text, place)
    if found is not None:
        number = (
            small_number(found["days"])
            if found["days"]
            else 7
            if found["week"]
            else 15
            if found["half"]
            else 1
        )
        yield found.end(), Criteria(not_worked_days=number), 0.0
    for end, day, doubt in days(text, place, times):
        for first, second in ((_PROMISED, _DUE), (None, _DUE_PROMISE), (None, _PAYING)):
            after = first.match(text, end) if first else None
            if first and after is None:
                continue
            last = second.match(text, after.end() if after else end)
            if last is not None:
                yield last.end(), Criteria(promise_due=day), doubt
        promised = _PROMISED.match(text, end)
        if promised is not None:
            yield promised.end(), Criteria(promise_due=day), doubt + 0.05
    found = _PROMISED.match(text, place)
    if found is not None:
        for end, day, doubt in days(text, found.end(), times):
            last = _DUE.match(text, end) or re.compile(r"(?:还|还款|付)?(?:的)?").match(text, end)
            yield (last.end() if last else end), Criteria(promise_due=day), doubt
        due = _DUE.match(text, found.end())
        if due is not None:
            yield due.end(), Criteria(promise_due=times.now.date()), 0.0
    for status, phrases in STATUSES.items():
        for phrase in phrases:
            if text.startswith(phrase, place):
                yield place + len(phrase), Criteria(status=status), 0.0


def criteria(text: str, place: int, times: Times, books: Books) -> Iterator[tuple[int, Criteria, float]]:
    """(end, which cases, doubt) of the one property that begins here."""
    for end, some, doubt in buckets(text, place):
        yield end, Criteria(buckets=some), doubt
    yield from _sums(text, place)
    yield from _states(text, place, times)
    for product in books.products:
        name = product.lower()
        end = place + len(name)
        if text.startswith(name, place):
            yield end, Criteria(products=(product,)), 0.0
        elif (
            len(name) > 1
            and len(text) >= end
            and name not in text
            and syllables(text[place:end]) == syllables(name)
        ):
            yield end, Criteria(products=(product,)), 1.0
    for name, ids in books.placements.items():
        for called in dict.fromkeys((name.lower(), name.lower().removesuffix("批"))):
            if text.startswith(called, place):
                end = place + len(called)
                after = re.compile(r"(?:这|那)?(?:一)?(?:批次|批)?").match(text, end)
                yield (after.end() if after else end), Criteria(placements=ids), 0.0


def scattered(words: str, times: Times, books: Books) -> tuple[Criteria, str]:
    """(which cases, the other words) of what stands behind a command, where properties stand among others.

    What contradicts something before it stays among the words.
    """
    said = say(words)
    found, rest, place, kept = Criteria(), [], 0, 0
    while place < len(said.text):
        best = max(
            (
                (end, -doubt, some)
                for end, some, doubt in criteria(said.text, place, times, books)
                if end > place and not joined(said.text, place) and not joined(said.text, end)
            ),
            key=lambda one: one[:2],
            default=None,
        )
        both = None if best is None or best[1] <= -1.0 else found.joined(best[2])
        if best is None or both is None:
            place += 1
            continue
        rest.append(said.words(kept, place))
        found, place = both, best[0]
        kept = place
    rest.append(said.words(kept, len(said.text)))
    return found, " ".join(one for one in rest if one)
