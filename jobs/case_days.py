"""The morning and the evening card: one each for a person and a workday, if there is anything to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from jobs.base import JobContext, Notice
from jobs.case_desk import people_of
from models.cases import reminding
from models.cases.reminding import CardState, Evening, Morning, People, Place
from models.planning import DueItem
from models.staff import Employee

S = TypeVar("S", Morning, Evening)


@dataclass(frozen=True)
class Reader:
    """Somebody who gets the card of the day."""

    person: Employee
    owners: frozenset[int]
    """Whose cases are told: the person's own, and those of whom they stand in for."""
    covered: tuple[Employee, ...]
    """The latter."""
    units: frozenset[int]
    """The units that the person leads."""


def greet(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """What the day brings, at the start of the shift."""
    readers = _readers(ctx, items, evening=False)
    if not readers:
        return []
    figures = reminding.mornings(ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar)
    notices = []
    for item, reader in readers:
        own = reminding.of_people(figures, reader.owners, Morning())
        team = reminding.of_units(figures, reader.units, Morning())
        if not own and not team:
            continue
        values = {
            "person": reader.person,
            "own": own,
            "team": team,
            "covered": _covered(figures, reader),
            "late": _late(ctx, figures, reader),
            "now": ctx.now,
        }
        _note(ctx, reader.person, item.kind)
        notices.append(Notice(reader.person, "case_reminders/morning", values, expires_at=item.expires_at))
    return notices


def sum_up(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """What was done today and what is open for the next workday, before the end of the shift."""
    readers = _readers(ctx, items, evening=True)
    if not readers:
        return []
    figures = reminding.evenings(ctx.session, at=ctx.now, calendar=ctx.calendar)
    people = [reader.person.id for _, reader in readers]
    calls = reminding.calls_of_day(ctx.session, people, at=ctx.now)
    left_out = reminding.cards_of_day(ctx.session, people, at=ctx.now, state=CardState.LEFT_OUT)
    notices = []
    for item, reader in readers:
        own = reminding.of_people(figures, reader.owners, Evening())
        team = reminding.of_units(figures, reader.units, Evening())
        called = calls.get(reader.person.id, 0)
        if not (own or team or called):
            continue
        values = {
            "person": reader.person,
            "own": own,
            "team": team,
            "calls": called,
            "covered": _covered(figures, reader),
            "left_out": left_out.get(reader.person.id, 0),
            "late": _late(ctx, figures, reader),
            "now": ctx.now,
        }
        _note(ctx, reader.person, item.kind)
        notices.append(Notice(reader.person, "case_reminders/evening", values, expires_at=item.expires_at))
    return notices


def _readers(ctx: JobContext, items: Sequence[DueItem], *, evening: bool) -> Sequence[tuple[DueItem, Reader]]:
    """Who gets a card now: on a workday, here, and still on the shift for which it was planned."""
    if not ctx.calendar.is_workday(items[0].due_at.date()):
        return []
    people = people_of(ctx)
    people.load({item.subject_id for item in items})
    led = reminding.leads(ctx.session, ctx.now)
    stand_ins = people.stand_ins()
    found = []
    for item in items:
        id_ = item.subject_id
        person = people.person(id_)
        if person is None or not people.is_here(id_) or not _in_time(ctx, people, item, evening=evening):
            continue
        covered = stand_ins.get(id_, ())
        others = tuple(other for one in covered if (other := people.person(one)) is not None)
        units = led.get(id_, frozenset())
        found.append((item, Reader(person, frozenset({id_, *covered}), others, units)))
    return found


def _in_time(ctx: JobContext, people: People, item: DueItem, *, evening: bool) -> bool:
    """Whether the item is of the shift that the person works now: a changed shift has items of its own."""
    bounds = reminding.day_bounds(people, item.subject_id, item.due_at.date(), ctx.policy)
    return item.due_at == bounds[evening]


def _covered(figures: Mapping[Place, S], reader: Reader) -> Sequence[str]:
    """The names of those whose figures are told with somebody's own."""
    with_figures = {person for person, _ in figures}
    return [other.name for other in reader.covered if other.id in with_figures]


def _late(ctx: JobContext, figures: Mapping[Place, S], reader: Reader) -> Sequence[tuple[str, int]]:
    """Of those somebody leads, who has deadlines that have passed, the most first."""
    found = reminding.late_people(figures, reader.units)
    found = {person: count for person, count in found.items() if person != reader.person.id}
    most = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[: ctx.policy.reminders.most_listed]
    people = people_of(ctx)
    return [(one.name, count) for id_, count in most if (one := people.person(id_)) is not None]


def _note(ctx: JobContext, person: Employee, kind: str) -> None:
    """The card counts towards those of the day."""
    reminding.keep_card(ctx.session, employee_id=person.id, kind=kind, at=ctx.now, state=CardState.SENT)
