"""What figures did around a course: those who learned it beside those who did not (domain.md section 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from models import staff, training
from models.base import in_chunks
from models.coaching import rules
from models.coaching.rules import Change, Effect
from models.performance import CATALOGUE, Around, Figure, Window
from models.staff import Employee
from models.training import Enrolment


@dataclass(frozen=True)
class Seen:
    """One measure of a course: its effect, None with too few people, of whom there are so many."""

    measure: str
    trained: int
    """Who has done it, and of whom the days after are over."""
    effect: Effect | None


def effects(around: Around, course_id: int, *, among: Sequence[Employee]) -> Sequence[Seen]:
    """The effect of a course on each measure that it is about, among these people.

    Somebody counts whose `training.effect_days` after the day they did it are over. Their peers have the same
    role and had not done the course by the end of these days.
    """
    session, values = around.session, around.policy.training
    newest = training.current_version(session, course_id)
    if newest is None:
        return []
    measures = [code for code in newest.measures if code in CATALOGUE]
    done = _done(around, course_id, among)
    span = timedelta(days=values.effect_days)
    today = around.at.date()
    by_day: dict[date, list[Employee]] = {}
    for person in among:
        day = done.get(person.id)
        if day is not None and today - timedelta(days=values.effect_back_days) <= day and day + span < today:
            by_day.setdefault(day, []).append(person)
    pairs: dict[str, list[tuple[Change, Sequence[Change]]]] = {code: [] for code in measures}
    for day, trained in sorted(by_day.items()):
        peers = [one for one in among if done.get(one.id, date.max) > day + span]
        _add_day(around, day, span, trained, peers, pairs)
    trained_in_all = sum(map(len, by_day.values()))
    return [
        Seen(code, trained_in_all, rules.effect(pairs[code], least=values.effect_least)) for code in measures
    ]


def _add_day(
    around: Around,
    day: date,
    span: timedelta,
    trained: Sequence[Employee],
    peers: Sequence[Employee],
    pairs: Mapping[str, list[tuple[Change, Sequence[Change]]]],
) -> None:
    one_day = timedelta(days=1)
    everybody = [*trained, *peers]
    before = around.figures(everybody, Window(day - span, day - one_day), pairs)
    after = around.figures(everybody, Window(day + one_day, day + span), pairs)
    for code, found in pairs.items():
        changes = {one.id: _change(one.id, before[one.id][code], after[one.id][code]) for one in everybody}
        for person in trained:
            own = changes[person.id]
            if own is not None:
                others = [changes[one.id] for one in peers if one.role == person.role]
                found.append((own, [one for one in others if one is not None]))


def _change(person: int, before: Figure, after: Figure) -> Change | None:
    if before.value is None or after.value is None:
        return None
    return Change(person, before.value, after.value)


def _done(around: Around, course_id: int, among: Sequence[Employee]) -> Mapping[int, date]:
    """Employee → the day on which they did the course for the first time."""
    found: dict[int, date] = {}
    for some in in_chunks([one.id for one in among]):
        rows = around.session.execute(
            select(Enrolment.employee_id, Enrolment.completed_at)
            .where(
                Enrolment.course_id == course_id,
                Enrolment.employee_id.in_(some),
                Enrolment.completed_at.is_not(None),
            )
            .order_by(Enrolment.completed_at.desc())
        )
        for person, at in rows:
            assert at is not None
            found[person] = at.date()
    return found


def looked_at(around: Around, actor: Employee, action: str) -> Sequence[Employee]:
    """Everybody in a scored role within the actor's reach for an action, by id.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    allowed = staff.require(actor, action, around.policy.rights)
    people = around.session.scalars(
        select(Employee)
        .where(staff.active(around.at), staff.person_in_reach(allowed, actor, around.at))
        .order_by(Employee.id)
    ).all()
    found = staff.with_posts(around.session, people, at=around.at)
    return [one for one in found if one.role in around.policy.performance.weights]
