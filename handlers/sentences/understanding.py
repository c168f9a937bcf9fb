"""From a sentence to the one command it means; else to the question that makes it clear."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any

from handlers.sentences import moments as times_
from handlers.sentences.filters import Books, criteria
from handlers.sentences.forms import MARGIN, TYPES, UNSURE, Form, Heard, Match, Matcher, read_form
from handlers.sentences.lexing import Said, joined, say
from handlers.sentences.moments import Times
from handlers.sentences.numbers import amounts, case_numbers, counts, parts
from handlers.sentences.people import Directory
from handlers.sentences.values import (
    Ask,
    Choice,
    Count,
    Criteria,
    People,
    Reading,
    Slots,
    Team,
    Teams,
    Understood,
)
from handlers.sentences.vocabulary import OUTCOMES, STRATEGIES

SURE = 0.95
"""From this doubt on it is also tried whether the text only sounds wrong."""
FAVOUR = 0.6
"""A reading that the speaker may do wins over one that is better by no more than this, and is not allowed."""
TOO_DOUBTFUL = 3.4
"""From this doubt on nothing is understood, unless only a name is unknown."""
SAID = re.compile(r"(?:客户|他|她|本人|对方)?(?:说|表示|讲)$")
SAID_SO = 0.6
"""The doubt of a contact of which is only told what was said."""
MOST_CHOICES = 5
"""Buttons on one card, beside the one that cancels."""
LONGEST_SENTENCE = 200


@dataclass(frozen=True)
class World:
    """What the words can refer to when somebody says them."""

    times: Times
    directory: Directory = field(default_factory=Directory)
    books: Books = field(default_factory=Books)
    outcomes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the organisation calls the outcomes of a contact, beside the usual words."""


@dataclass(frozen=True)
class Pattern:
    """The sentences of one command: its forms, and the slots that it cannot do without."""

    command: str
    forms: tuple[Form, ...]
    needs: tuple[str, ...] = ()


def pattern(
    command: str,
    forms: Sequence[str],
    *,
    anywhere: Sequence[str] = (),
    needs: Sequence[str] = (),
    remark: bool,
) -> Pattern:
    """The sentences of a command from its forms as they are written.

    Raises:
        FormError: a form cannot be read.
    """
    loose = tuple(read_form(one) for one in anywhere)
    return Pattern(command, tuple(Form(read_form(form), loose, remark) for form in forms), tuple(needs))


def read_slot(type_: str, text: str, place: int, world: World) -> Iterator[tuple[int, Any, float]]:
    """(end, value, doubt) of what begins at a place, read as that type."""
    if type_ == "person":
        yield from world.directory.some(text, place, many=False)
    elif type_ == "person_or_team":
        yield from world.directory.some(text, place, many=False)
        yield from world.directory.team(text, place)
    elif type_ == "people":
        yield from world.directory.some(text, place)
    elif type_ == "people_or_team":
        yield from world.directory.some(text, place)
        yield from world.directory.team(text, place)
    elif type_ == "people_or_teams":
        yield from world.directory.some(text, place)
        yield from world.directory.units(text, place)
    elif type_ == "filter":
        yield from criteria(text, place, world.times, world.books)
    elif type_ == "count":
        yield from counts(text, place)
    elif type_ == "part":
        yield from parts(text, place)
    elif type_ == "cases":
        yield from case_numbers(text, place)
    elif type_ == "amount":
        yield from amounts(text, place)
    elif type_ == "day":
        yield from times_.days(text, place, world.times)
    elif type_ == "days":
        yield from times_.spans(text, place, world.times)
    elif type_ == "moment":
        yield from times_.moments(text, place, world.times)
    elif type_ == "deadline":
        yield from times_.deadlines(text, place, world.times)
    elif type_ == "pool":
        found_ = criteria(text, place, world.times, world.books)
        yield from (one for one in found_ if one[1].status == "pool")
    elif type_ == "leave":
        yield from times_.spans(text, place, world.times, leaving=True)
    elif type_ == "by":
        yield from (one for one in times_.deadlines(text, place, world.times) if one[2] == 0.0)
    elif type_ in ("strategy", "outcome"):
        tables = [STRATEGIES] if type_ == "strategy" else [OUTCOMES, world.outcomes]
        found = [
            (place + len(phrase), code)
            for table in tables
            for code, phrases in table.items()
            for phrase in phrases
            if text.startswith(phrase, place)
        ]
        for end, code in sorted(found, reverse=True)[:1]:
            yield end, code, 0.0 if not SAID.match(text[place:end]) else SAID_SO


@dataclass(frozen=True)
class Found:
    """A reading before it is judged."""

    pattern: Pattern
    match: Match


def _possible(said: Said, patterns: Sequence[Pattern], *, by_ear: bool) -> list[tuple[Pattern, Form]]:
    heard = Heard(said.text, by_ear)
    return [(one, form) for one in patterns for form in one.forms if form.possible(heard)]


def understand(
    text: str,
    patterns: Sequence[Pattern],
    world: Callable[[], World],
    *,
    preferred: frozenset[str] | None = None,
) -> Reading | None:
    """What a sentence means: one command, a question back, or nothing that is known.

    `world` is only asked for if the words could be a sentence. Of equal readings those of `preferred` win.
    """
    said = say(text)
    if not said.text or len(said.text) > LONGEST_SENTENCE:
        return None
    around = cache(world)
    correction = _correction(said)
    if correction is not None:
        wrong = _read(say(said.before(correction.start())), patterns, around, preferred)
        if wrong is not None and wrong.command:
            better = _corrected(said, correction, wrong, patterns, around, preferred)
            if better is not None or _tells(correction["rest"], around()):
                return better
    return _read(said, patterns, around, preferred)


def _read(
    said: Said, patterns: Sequence[Pattern], world: Callable[[], World], preferred: frozenset[str] | None
) -> Reading | None:
    found: list[Found] = []
    around: World | None = None
    for by_ear in (False, True):
        possible = _possible(said, patterns, by_ear=by_ear)
        if not possible:
            continue
        around = around or world()
        matcher = Matcher(said.text, partial(read_slot, world=around), by_ear, said.pauses)
        found += [Found(one, match) for one, form in possible for match in matcher.matches(form)]
        if found and min(one.match.doubt for one in found) < SURE:
            break
    if around is None or not found:
        return None
    return _judge(found, said, around, preferred)


_CORRECTION = re.compile(
    r"(?P<sigh>哦|噢|喔|啊|呃|额|诶|欸|哎呀|哎|唉|嗯|，| )*"
    r"(?P<marker>不对不对|不对|说错了|写错了|打错了|搞错了|弄错了|讲错了|口误|错了|更正一下|更正|纠正一下|不是不是)"
    r"(?:，| )*(?:应该是|应该给|改成|换成|是要|要|是)?(?P<rest>.+)$"
)
_SURE_CORRECTION = (
    "说错了",
    "写错了",
    "讲错了",
    "口误",
    "更正",
    "更正一下",
    "纠正一下",
    "不对不对",
    "不是不是",
)
MOST_CUTS = 14
"""So many characters before a correction may be what it corrects."""


def _corrected(
    said: Said,
    correction: re.Match[str],
    wrong: Reading,
    patterns: Sequence[Pattern],
    world: Callable[[], World],
    preferred: frozenset[str] | None,
) -> Reading | None:
    """「1024给王五 哦不对 给李四」 as 「1024给李四」: what was said last stands for what it fits."""
    first = say(said.before(correction.start()))
    same = [one for one in patterns if one.command == wrong.command]
    named = _named(wrong)
    for cut in range(len(first.text) - 1, max(-1, len(first.text) - 1 - MOST_CUTS), -1):
        if joined(first.text, cut):
            continue
        reading = _read(say(first.before(cut) + " " + correction["rest"]), same, world, preferred)
        if reading is None or (isinstance(reading, Ask) and isinstance(wrong, Understood)):
            continue
        if named.keys() <= _named(reading).keys() and named != _named(reading):
            return reading
    return None


def _correction(said: Said) -> re.Match[str] | None:
    """Where somebody corrects themselves: behind a sigh or a pause, or in words that mean nothing else."""
    for place in range(2, len(said.text)):
        found = _CORRECTION.match(said.text, place)
        if found is None:
            continue
        if found["sigh"] or place in said.pauses or found["marker"] in _SURE_CORRECTION:
            return found
    return None


def _tells(rest: str, world: World) -> bool:
    """Whether words name a number or somebody: something that a first reading must not pass over."""
    if any(mark.isdecimal() for mark in rest):
        return True
    return any(doubt < UNSURE for at in range(len(rest)) for _, _, doubt in world.directory.person(rest, at))


def _named(reading: Reading) -> Mapping[str, Any]:
    """What a sentence names, but for free words."""
    slots = reading.slots
    plain = ("cases", "count", "part", "amount", "day", "days", "moment", "deadline", "strategy", "outcome")
    named = {**slots.people, **slots.teams, **(reading.raw if isinstance(reading, Ask) else {})}
    named |= {one: getattr(slots, one) for one in (*plain, "filter") if getattr(slots, one)}
    return {slot: value for slot, value in named.items() if slot not in ("words", "said")}


def _judge(
    found: Sequence[Found], said: Said, world: World, preferred: frozenset[str] | None
) -> Reading | None:
    found = [one for one in found if _is_whole(one.match.values)]
    if not found:
        return None
    best = min(one.match.doubt for one in found)
    if preferred is not None:
        permitted = [one for one in found if one.pattern.command in preferred]
        if permitted and min(one.match.doubt for one in permitted) <= best + FAVOUR:
            found, best = permitted, min(one.match.doubt for one in permitted)
    near = [one for one in found if one.match.doubt <= best + MARGIN]
    distinct: dict[tuple[str, str], Found] = {}
    for one in sorted(near, key=lambda some: some.match.doubt):
        distinct.setdefault((one.pattern.command, _gist(one.match.values)), one)
    rivals = [
        one for one in distinct.values() if not any(_says_less(one, other) for other in distinct.values())
    ]
    first = rivals[0]
    if best >= TOO_DOUBTFUL and not _names_nobody(first.match.values):
        return None
    commands = list(dict.fromkeys(one.pattern.command for one in rivals))
    if len(commands) > 1:
        whole = [
            one for one in rivals if isinstance(conclude(one.pattern, one.match.values, world), Understood)
        ]
        if len({one.pattern.command for one in whole}) == 1:
            rivals, commands = whole, [whole[0].pattern.command]
            first = rivals[0]
    if len(commands) > 1:
        return Ask("", "command", tuple(Choice(one, one) for one in commands), said.written)
    values = dict(first.match.values)
    for other in rivals[1:]:
        for slot in {**values, **other.match.values}:
            if slot == "words" or values.get(slot) == other.match.values.get(slot):
                continue
            options = [one.match.values.get(slot) for one in rivals]
            values = {name: value for name, value in values.items() if name != slot}
            return _asked(first.pattern.command, slot, options, values, said)
    values = _with_words(values, said)
    if "cases" in values:
        values["said"] = _behind(said.written, values["cases"])
    return conclude(first.pattern, values, world)


def _is_whole(values: Mapping[str, Any]) -> bool:
    """Whether somebody is only left out where somebody is named: 「别给王五」 alone is no command."""
    return "without" not in values or "to" in values or "who" in values


_AROUND_NUMBER = "号案件子单的这那个客户 ,，、:：;；"


def _behind(written: str, numbers: Sequence[int]) -> str:
    """What stands behind the last of the numbers, as it was written."""
    ends = [written.rfind(str(number)) + len(str(number)) for number in numbers if str(number) in written]
    return written[max(ends) :].strip(_AROUND_NUMBER) if ends else written


def _gist(values: Mapping[str, Any]) -> str:
    return repr(sorted((slot, repr(value)) for slot, value in values.items() if slot != "words"))


def _says_less(one: Found, other: Found) -> bool:
    """Whether another reading of the same command has all that this one has, and more."""
    mine, theirs = one.match.values, other.match.values
    return (
        one.pattern.command == other.pattern.command
        and len(mine.keys() - {"words"}) < len(theirs.keys() - {"words"})
        and all(slot == "words" or theirs.get(slot) == value for slot, value in mine.items())
    )


def _names_nobody(values: Mapping[str, Any]) -> bool:
    return any(isinstance(value, People) and not all(value.meant) for value in values.values())


def _with_words(values: Mapping[str, Any], said: Said) -> dict[str, Any]:
    """The values with what was written freely as words."""
    return {
        slot: said.words(*value) if slot == "words" and isinstance(value, tuple) else value
        for slot, value in values.items()
    }


def _asked(command: str, slot: str, options: Sequence[Any], values: Mapping[str, Any], said: Said) -> Ask:
    some = [option for option in options if option is not None]
    return Ask(
        command,
        slot,
        tuple(Choice(label_of(option), option) for option in some[:MOST_CHOICES]),
        raw=_with_words(values, said),
    )


def conclude(one: Pattern, values: Mapping[str, Any], world: World) -> Reading:
    """The command with its slots; a question back where a value is unsure or missing."""
    for slot, value in values.items():
        if isinstance(value, People) and not value.sure:
            return _which_person(one, slot, value, values)
        if isinstance(value, Count) and value.number is None:
            some = tuple(Choice(f"{number}个", Count(number, value.each)) for number in value.options)
            return Ask(one.command, slot, some, raw=_but(values, slot))
    values = _left_over(values)
    cases, to, count = (values.get(slot) for slot in ("cases", "to", "count"))
    if cases and isinstance(to, People) and len(to.meant) > len(cases):
        some = tuple(Choice(who.name, People(((who,),), (who.name,))) for who in to.named)
        return Ask(one.command, "to", some[:MOST_CHOICES], raw=_but(values, "to"))
    if cases and isinstance(count, Count) and not count.each:
        if count.number != len(cases):
            return Ask(one.command, "cases", raw=_but(_but(values, "count"), "cases"))
        values = _but(values, "count")
    deadline = values.get("deadline")
    if isinstance(deadline, datetime) and deadline <= world.times.now:
        choices = default_choices("deadline", values, world)
        return Ask(one.command, "deadline", choices, raw=_but(values, "deadline"))
    for slot in one.needs:
        if not any(option in values for option in slot.split("|")):
            missing = slot.split("|")[0]
            return Ask(one.command, missing, default_choices(missing, values, world), raw=dict(values))
    return Understood(one.command, slots_of(values))


def _left_over(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values without those of whom is said that they get nothing; a whole unit is counted later."""
    without = values.get("without")
    for slot in ("to", "who"):
        some = values.get(slot)
        if isinstance(without, People) and isinstance(some, People):
            kept = [at for at, meant in enumerate(some.meant) if meant[0] not in without.named]
            rest = People(tuple(some.meant[at] for at in kept), tuple(some.said[at] for at in kept))
            values = _but(values, "without") | {slot: rest}
            if not kept:
                values = _but(values, slot)
    return values


def _which_person(one: Pattern, slot: str, value: People, values: Mapping[str, Any]) -> Ask:
    at = next(number for number, some in enumerate(value.meant) if len(some) != 1)
    twice = len({person.name for person in value.meant[at]}) < len(value.meant[at])
    choices = tuple(
        Choice(
            f"{person.name} {person.wecom_id}" if twice else person.name,
            replace(value, meant=(*value.meant[:at], (person,), *value.meant[at + 1 :])),
        )
        for person in value.meant[at][:MOST_CHOICES]
    )
    return Ask(one.command, slot, choices, value.said[at], raw=_but(values, slot))


def _but(values: Mapping[str, Any], slot: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != slot}


def default_choices(slot: str, values: Mapping[str, Any], world: World) -> tuple[Choice, ...]:
    """What a card offers where nothing was said."""
    today = world.times.now.date()
    if slot == "day":
        friday = today + timedelta(days=(4 - today.weekday()) % 7)
        some = dict.fromkeys((today, today + timedelta(days=1), today + timedelta(days=2), friday))
        return tuple(Choice(label_of(day), day) for day in some)
    if slot == "days":
        return tuple(Choice(label_of(day), (day, day)) for day in (today, today + timedelta(days=1)))
    if slot in ("moment", "deadline"):
        tomorrow, times = today + timedelta(days=1), world.times
        offered = [
            Choice("今天下午", times.at(today, times.begins["afternoon"])),
            Choice("明天上午", times.at(tomorrow, times.begins["morning"])),
            Choice("明天下午", times.at(tomorrow, times.begins["afternoon"])),
        ]
        return tuple(one for one in offered if one.value > times.now)
    if slot in ("to", "who", "person"):
        named = {person for value in values.values() if isinstance(value, People) for person in value.named}
        others = [one.who for one in world.directory.people if one.who not in named | {world.directory.me}]
        if len(others) <= MOST_CHOICES:
            return tuple(Choice(one.name, People(((one,),), (one.name,))) for one in others)
    return ()


def read_answer(text: str, ask_slot: str, world: World) -> Any | None:
    """The value of a slot that was asked for, if a whole text is one and only one."""
    said = say(text)
    type_ = TYPES.get(ask_slot)
    if type_ is None or not said.text:
        return None
    if type_ == "words":
        return said.written.strip()
    form = Form(read_form(f"{{{ask_slot}}}"), (), False)
    found = Matcher(said.text, partial(read_slot, world=world)).matches(form)
    if type_ == "count" and not found and said.text.isdecimal():
        return Count(int(said.text))
    if not found or found[0].doubt >= TOO_DOUBTFUL:
        return None
    values = {repr(match.values[ask_slot]): match.values[ask_slot] for match in found}
    return next(iter(values.values())) if len(values) == 1 else None


def label_of(value: Any) -> str:
    """A value in a few characters, for a button."""
    if isinstance(value, People):
        return "、".join(
            some[0].name if some else said for some, said in zip(value.meant, value.said, strict=True)
        )
    if isinstance(value, Team):
        return value.name
    if isinstance(value, Teams):
        return "、".join(team.name for team in value.some)
    if isinstance(value, datetime):
        return f"{value.month}月{value.day}日 {value:%H:%M}"
    if isinstance(value, date):
        return f"{value.month}月{value.day}日"
    if isinstance(value, Count):
        return f"{value.number}个"
    if isinstance(value, int):
        return f"{value / 100:g}元"
    if isinstance(value, tuple) and value and isinstance(value[0], date):
        return "-".join(dict.fromkeys(label_of(one) for one in value))
    if isinstance(value, tuple):
        return "、".join(str(one) for one in value)
    if isinstance(value, Criteria):
        return "、".join(f"M{one}" for one in value.buckets) or "筛选"
    return str(value)


def slots_of(values: Mapping[str, Any]) -> Slots:
    """The values of a reading as the handler gets them."""
    people = {slot: value.named for slot, value in values.items() if isinstance(value, People)}
    teams = {
        slot: value.some if isinstance(value, Teams) else (value,)
        for slot, value in values.items()
        if isinstance(value, Team | Teams)
    }
    count = values.get("count")
    plain = {
        slot: values[slot]
        for slot in (
            "cases",
            "filter",
            "part",
            "amount",
            "day",
            "days",
            "moment",
            "deadline",
            "strategy",
            "outcome",
            "words",
            "said",
        )
        if slot in values
    }
    return Slots(
        people=people,
        teams=teams,
        count=count.number if count else None,
        each=bool(count and count.each),
        **plain,
    )
