"""Lessons: pushed in working hours, one a day, reminded of, gated; leaders hear once (docs/pushes.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.base import CloseCards, JobContext, Notice
from jobs.training_days import Days
from models import distribution, lifecycle, planning, staff, training
from models.performance import CATALOGUE
from models.planning import DueItem
from models.policy import Policy
from models.staff import Employee
from models.training import Due, Enrolment, PushReason
from models.training.timing import DAY, Step, planned_steps
from models.worktime import workdays_before

MORE = "training_more"
"""The kind of the due item that goes on with the people one look did not get to."""
LAGGARDS = "training_laggards"
"""The kind of the due item by which a leader hears of who has not learned it in time: one card for all."""
GATED = "training_gated"
"""The same of who gets no new cases from now on."""
PEOPLE_AT_ONCE = 50
MOMENT = timedelta(seconds=1)
CARD_SPAN = timedelta(hours=71)
"""Buttons of a card answer for 72 hours; an hour before, they are closed."""
GATHERED_MINUTES = 10
"""What happens in so many minutes of the clock leaders hear at their end, on one card."""

Part = Notice | CloseCards


def tend_training(ctx: JobContext) -> list[Part]:
    """Who is gone or new, whose licence lapses, and whatever is due of lessons."""
    session, at, policy = ctx.session, ctx.now, ctx.policy
    training.let_go(session, at=at)
    training.tend_licences(session, at=at, policy=policy, calendar=ctx.calendar)
    training.plan_newcomers(session, at=at)
    return [*_move_deadlines(ctx), *_tend(ctx, ctx.now)]


def spread(ctx: JobContext, items: Sequence[DueItem]) -> list[Part]:
    """A new version is there: it takes over what is open, and a regulation goes to everybody it concerns."""
    for item in items:
        version = ctx.session.get(training.CourseVersion, item.subject_id)
        if version is None:
            continue
        newest = training.current_version(ctx.session, version.course_id)
        if newest is None or newest.id != version.id:
            continue  # an even newer one follows
        course = ctx.session.get_one(training.Course, version.course_id)
        if course.retired_at is not None:
            continue
        training.supersede(ctx.session, version=version, at=ctx.now)
        if course.kind == training.CourseKind.REGULATION and not version.delivered:
            training.broadcast(ctx.session, version=version, actor=None, at=ctx.now, policy=ctx.policy)
        if version.licence:
            training.tend_licences(ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar)
    return []


def forget_receipts(ctx: JobContext) -> list[Part]:
    """Delete receipts and answers older than they are kept (domain.md section 8)."""
    training.forget_receipts(ctx.session, at=ctx.now, years=ctx.policy.training.receipt_years)
    return []


def tend_more(ctx: JobContext, items: Sequence[DueItem]) -> list[Part]:
    """Go on with the people one look did not get to."""
    return _tend(ctx, max(item.due_at for item in items))


def _tend(ctx: JobContext, planned: datetime) -> list[Part]:
    people = training.due_people(ctx.session, at=ctx.now, limit=PEOPLE_AT_ONCE)
    told = _Look(ctx, people).told() if people else []
    if len(people) == PEOPLE_AT_ONCE:
        later = planned + MOMENT
        planning.plan_due(ctx.session, [(MORE, 0, later, later + timedelta(hours=1))])
    return told


class _Look:
    """One look at some people: what they have open, when they work, who leads them."""

    def __init__(self, ctx: JobContext, people: Sequence[Employee]) -> None:
        self._ctx, self._people = ctx, people
        ids = [person.id for person in people]
        self._due = training.due_of(ctx.session, ids, at=ctx.now)
        sent = [
            one.enrolment.sent_on
            for found in self._due.values()
            for one in found
            if one.enrolment.sent_on is not None and one.is_open
        ]
        self._days = days_of(ctx, ids, since=min(sent, default=None))
        self._pushed = training.pushed_on(ctx.session, ids, ctx.now.date())
        versions = {one.version.id for found in self._due.values() for one in found}
        self._minutes = training.minutes_of(ctx.session, versions, ctx.policy)
        self._leaders = Leaders(ctx)

    def told(self) -> list[Part]:
        """What everybody hears."""
        told: list[Part] = []
        for person in self._people:
            found = self._due.get(person.id, ())
            told += self._over(person, [one for one in found if not one.is_open])
            running = [one for one in found if one.is_open and one.enrolment.sent_at is not None]
            told += self._running(person, running)
            told += self._push(person, [one for one in found if one.is_open and not one.enrolment.sent_at])
        self._ctx.session.flush()
        return told

    # --- what is over

    def _over(self, person: Employee, found: Iterable[Due]) -> list[Part]:
        """Cards are closed; whoever was gated hears that cases come again, once nothing gates them."""
        told: list[Part] = []
        gated = False
        for one in found:
            enrolment = one.enrolment
            if enrolment.card_at is not None:
                if enrolment.completed_at is not None:
                    told.append(CloseCards(one.about, "pushes/done_word"))
                else:
                    told.append(CloseCards(one.about, "pushes/taken_back_word"))
            gated = gated or enrolment.gate_told_at is not None
            enrolment.card_at = enrolment.next_at = None
        if not gated or not person.is_here(self._ctx.now):
            return told
        barred = training.barred(self._ctx.session, [person.id], at=self._ctx.now, policy=self._ctx.policy)
        if not barred:
            told.append(Notice(person, "pushes/opened", {"person": person}))
            leader = self._leaders.of(person)
            if leader is not None:
                told.append(Notice(leader, "pushes/opened_for", {"person": person}))
        return told

    # --- what was pushed and is not done

    def _running(self, person: Employee, found: Iterable[Due]) -> list[Part]:
        told: list[Part] = []
        remind: list[Due] = []
        for one in found:
            steps = self._steps(person, one)
            now, enrolment = self._ctx.now, one.enrolment
            passed = [step for step in steps if step.at <= now]
            here = self._days.may_now(person.id)
            reminders = sum(step.step is Step.REMIND for step in passed)
            if enrolment.card_at is not None and enrolment.card_at + CARD_SPAN <= now:
                told.append(CloseCards(one.about, "pushes/expired_word"))
                enrolment.card_at = None
            if here and any(step.step is Step.GATE for step in passed) and enrolment.gate_told_at is None:
                enrolment.gate_told_at = now
                enrolment.reminded = max(enrolment.reminded, reminders)
                self._leaders.tell(GATED, person)
                if not enrolment.because.get("newcomer"):
                    told.append(Notice(person, "pushes/gated", self._values(person, one)))
            elif here and reminders > enrolment.reminded:
                enrolment.reminded = reminders
                remind.append(one)
            if any(step.step is Step.LEADER for step in passed) and enrolment.leader_told_at is None:
                leader = self._leaders.of(person)
                if leader is None or self._leaders.may_now(leader):
                    enrolment.leader_told_at = now
                    self._leaders.tell(LAGGARDS, person)
            enrolment.next_at = self._next(person, one, steps)
        return [*told, *self._remind(person, remind)]

    def _remind(self, person: Employee, found: Sequence[Due]) -> list[Part]:
        if not found:
            return []
        first, *others = sorted(found, key=lambda one: one.order)
        closed: list[Part] = []
        if first.enrolment.card_at is not None:
            closed.append(CloseCards(first.about, "pushes/reminded_word"))
        first.enrolment.card_at = self._ctx.now
        values = self._values(person, first) | {"others": [one.version.title for one in others]}
        until = self._end_of_day()
        return [*closed, Notice(person, "pushes/reminder", values, about=first.about, expires_at=until)]

    def _steps(self, person: Employee, one: Due) -> Sequence["_StepAt"]:
        """What is to happen with a lesson, when: counted from the push, or towards a later deadline."""
        enrolment, policy = one.enrolment, self._ctx.policy.training
        assert enrolment.sent_on is not None
        assert enrolment.sent_at is not None
        base, due = enrolment.sent_on, enrolment.due_at
        if due is not None:
            usual = self._days.deadline(person.id, base, policy.due_workdays)
            if due > usual:
                is_workday = self._ctx.calendar.is_workday
                base = max(base, workdays_before(due.date(), policy.due_workdays, is_workday))
        steps = []
        for planned in planned_steps(policy.reminder_hours, policy.leader_hours):
            day = self._days.nth_day(person.id, base, planned.days)
            clock = policy.leader_at if planned.step is Step.LEADER else enrolment.sent_at.timetz()
            moment = datetime.combine(day, clock, tzinfo=enrolment.sent_at.tzinfo)
            if planned.step is Step.REMIND:
                moment = self._within(person, day, moment + timedelta(hours=planned.hours))
            steps.append(_StepAt(planned.step, moment))
        if enrolment.gates_at is not None:
            steps.append(_StepAt(Step.GATE, enrolment.gates_at))
        return steps

    def _within(self, person: Employee, day: date, moment: datetime) -> datetime:
        """The moment, moved into the time in which somebody may be pushed to on that day."""
        windows = self._days.windows(person.id, day)
        if not windows or any(begin <= moment < end for begin, end in windows):
            return moment
        return next((begin for begin, _ in windows if begin > moment), windows[-1][0])

    def _next(self, person: Employee, one: Due, steps: Sequence["_StepAt"]) -> datetime | None:
        enrolment = one.enrolment
        open_: list[datetime] = []
        reminders = [step.at for step in steps if step.step is Step.REMIND]
        if enrolment.gate_told_at is None:
            open_ += reminders[enrolment.reminded :]
            open_ += [step.at for step in steps if step.step is Step.GATE]
        now = self._ctx.now
        moments = [
            max(moment, self._days.next_free(person.id)) if moment <= now else moment for moment in open_
        ]
        for step in steps:
            if step.step is Step.LEADER and enrolment.leader_told_at is None:
                leader = self._leaders.of(person)
                late = step.at <= now and leader is not None
                moments.append(self._leaders.next_free(leader) if late and leader is not None else step.at)
        if enrolment.card_at is not None:
            moments.append(enrolment.card_at + CARD_SPAN)
        # A moment that is over and could not be dealt with is looked at again with the next tick.
        return min((max(moment, now + MOMENT) for moment in moments), default=None)

    # --- what waits

    def _push(self, person: Employee, waiting: Sequence[Due]) -> list[Part]:
        """What is urgent goes out while they work; of the rest one, if nothing was pushed today."""
        told: list[Part] = []
        days, id_ = self._days, person.id
        pushed = id_ in self._pushed
        for one in sorted(waiting, key=lambda one: one.order):
            if one.regulation:
                if days.may_now(id_, urgent=True):
                    told.append(self._send(person, one))
                    pushed = True
                else:
                    one.enrolment.next_at = days.next_free(id_, urgent=True)
            elif pushed:
                one.enrolment.next_at = days.tomorrow(id_)
            elif days.may_now(id_):
                told.append(self._send(person, one))
                pushed = True
            else:
                one.enrolment.next_at = days.next_free(id_)
        return told

    def _send(self, person: Employee, one: Due) -> Notice:
        enrolment, now = one.enrolment, self._ctx.now
        enrolment.sent_at, enrolment.sent_on, enrolment.card_at = now, now.date(), now
        deadline = self._days.deadline(person.id, now.date(), self._ctx.policy.training.due_workdays)
        ahead = enrolment.gates_at is not None and enrolment.gates_at > now
        enrolment.due_at = enrolment.gates_at if ahead else deadline
        if enrolment.gates_at is None and one.mandatory:
            enrolment.gates_at = deadline
        enrolment.next_at = self._next(person, one, self._steps(person, one))
        values = self._values(person, one)
        return Notice(person, "pushes/lesson", values, about=one.about, expires_at=self._end_of_day())

    def _end_of_day(self) -> datetime:
        """A card that has not left by the quiet time is not worth a disturbance: a reminder follows."""
        quiet = self._ctx.policy.training.quiet_from
        evening = datetime.combine(self._ctx.now.date(), quiet, tzinfo=self._ctx.now.tzinfo)
        return max(evening, self._ctx.now + timedelta(minutes=30))

    def _values(self, person: Employee, one: Due) -> dict[str, Any]:
        return {
            **values_of(self._ctx.session, one, self._ctx.policy),
            "person": person,
            "minutes": self._minutes.get(one.version.id, 1),
            "now": self._ctx.now,
        }


@dataclass(frozen=True)
class _StepAt:
    step: Step
    at: datetime


def days_of(ctx: JobContext, ids: Iterable[int], since: date | None = None) -> Days:
    """The days of some people around the moment of the job."""
    return Days(ctx.session, ids=list(ids), at=ctx.now, policy=ctx.policy, calendar=ctx.calendar, since=since)


def values_of(session: Session, one: Due, policy: Policy) -> dict[str, Any]:
    """What the texts about a lesson may say."""
    by = None
    push = (
        None if one.enrolment.push_id is None else session.get(training.TrainingPush, one.enrolment.push_id)
    )
    if push is not None and push.pushed_by_id is not None:
        by = session.get_one(Employee, push.pushed_by_id).name
    return {
        "enrolment": one.enrolment,
        "version": one.version,
        "reason": str(one.enrolment.reason),
        "because": one.enrolment.because,
        "figure": _figure(one.enrolment.because, policy),
        "by": by,
        "mandatory": one.mandatory,
        "regulation": one.regulation,
        "questions": one.version.draws,
    }


def _figure(because: Mapping[str, Any], policy: Policy) -> Mapping[str, Any] | None:
    """The figure that a reason rests on, with its name and unit; None: it rests on none."""
    if not {"about", "actual", "target"} <= because.keys():
        return None
    about: str = because["about"]
    names = policy.performance.measures
    return {
        "name": names[about][0] if about in names else about,
        "unit": CATALOGUE[about].unit if about in CATALOGUE else None,
        "actual": Decimal(because["actual"]),
        "target": Decimal(because["target"]),
        "dimension": because.get("dimension"),
        "dimension_points": Decimal(because.get("dimension_points", 0)),
    }


class Leaders:
    """Who leads whom, and whether they may be told now; asked once for each unit."""

    def __init__(self, ctx: JobContext) -> None:
        self._ctx = ctx
        self._of: dict[tuple[int, int], Employee | None] = {}
        self._days: dict[int, Days] = {}

    def of(self, person: Employee) -> Employee | None:
        """Who leads somebody."""
        unit_id = person.unit_id
        if unit_id is None:
            return None
        key = unit_id, person.id if not staff.roles_of(person).isdisjoint(_LEADING) else 0
        if key not in self._of:
            self._of[key] = lifecycle.leader_of(self._ctx.session, unit_id, self._ctx.now, but_for=person.id)
        return self._of[key]

    def may_now(self, leader: Employee) -> bool:
        """Whether a leader may be told now: who is away for days is told all the same."""
        return self.next_free(leader) == self._ctx.now

    def next_free(self, leader: Employee) -> datetime:
        """When a leader may be told."""
        now = self._ctx.now
        if leader.id not in self._days:
            self._days[leader.id] = days_of(self._ctx, [leader.id])
        found = self._days[leader.id].next_free(leader.id)
        hours = self._ctx.policy.reminders
        in_office = hours.work_starts_at <= now.time() < hours.work_ends_at
        return now if found > now + 3 * DAY and in_office else found

    def tell(self, kind: str, person: Employee) -> None:
        """Plan the one card by which whoever leads somebody hears of it."""
        leader = self.of(person)
        if leader is not None:
            moment = self._ctx.now.replace(second=0, microsecond=0)
            moment += timedelta(minutes=GATHERED_MINUTES - moment.minute % GATHERED_MINUTES)
            planning.plan_due(self._ctx.session, [(kind, leader.id, moment, moment + DAY)])


_LEADING = ("team_leader", "supervisor", "manager")


# --- leaders ------------------------------------------------------------------------------------------


@dataclass
class Lagging:
    """Somebody who has not done things."""

    person: Employee
    titles: list[str] = field(default_factory=list)
    days: int = 0
    """How many days ago the oldest of it was pushed."""
    why: str = ""
    cases: int = 0


def tell_of_laggards(ctx: JobContext, items: Sequence[DueItem]) -> list[Part]:
    """One list for each leader: who has not learned what they were pushed, and since how many days."""
    return [
        Notice(leader, "pushes/laggards", values, about=about)
        for leader, values, about in _lists(ctx, items, Enrolment.leader_told_at, kind=LAGGARDS)
    ]


def tell_of_gated(ctx: JobContext, items: Sequence[DueItem]) -> list[Part]:
    """One list for each leader: who gets no new cases from now on, and how many they have in hand."""
    return [
        Notice(leader, "pushes/gated_list", values, about=about)
        for leader, values, about in _lists(ctx, items, Enrolment.gate_told_at, kind=GATED)
    ]


def _lists(
    ctx: JobContext, items: Sequence[DueItem], told: Any, *, kind: str
) -> Sequence[tuple[Employee, dict[str, Any], str]]:
    """Each leader, with what their card says and what it is called."""
    leaders = {item.subject_id for item in items}
    until = items[0].due_at
    since = until - timedelta(minutes=GATHERED_MINUTES)
    ids = ctx.session.scalars(select(Enrolment.id).where(told >= since, told < until)).all()
    found = training.found_of(ctx.session, ids)
    people = {
        person.id: person
        for person in staff.with_posts(
            ctx.session,
            ctx.session.scalars(
                select(Employee).where(Employee.id.in_({one.enrolment.employee_id for one in found}))
            ).all(),
            at=ctx.now,
        )
    }
    whose = Leaders(ctx)
    lists: dict[int, dict[int, Lagging]] = {}
    to: dict[int, Employee] = {}
    for one in found:
        person = people[one.enrolment.employee_id]
        leader = whose.of(person)
        if leader is None or leader.id not in leaders:
            continue
        to[leader.id] = leader
        line = lists.setdefault(leader.id, {}).setdefault(person.id, Lagging(person))
        line.titles.append(one.version.title)
        if one.enrolment.sent_at is not None:
            line.days = max(line.days, (ctx.now.date() - one.enrolment.sent_at.date()).days)
        line.why = why_gated(one)
    loads = _loads(ctx, people) if kind == GATED else {}
    stamp = f"{items[0].due_at:%Y%m%d%H%M}"
    cards = []
    for id_, lines in sorted(lists.items()):
        for line in lines.values():
            line.cases = loads.get(line.person.id, 0)
        ordered = sorted(lines.values(), key=lambda line: (-line.days, line.person.name))
        cards.append((to[id_], {"people": ordered, "item": stamp}, f"{kind}:{id_}:{stamp}"))
    return cards


def why_gated(one: Due) -> str:
    """A word for why somebody gets no new cases: a newcomer, a licence, or what is mandatory."""
    if one.enrolment.because.get("newcomer"):
        return "newcomer"
    if one.version.licence or one.enrolment.reason == PushReason.LICENCE:
        return "licence"
    return "mandatory"


def _loads(ctx: JobContext, ids: Iterable[int]) -> Mapping[int, int]:
    return {id_: load[0] for id_, load in distribution.load_of(ctx.session, list(ids)).items()}


def nudge(ctx: JobContext, leader: Employee, *, all_sent: bool = False) -> tuple[list[Part], Sequence[str]]:
    """Remind those within reach once more of whom the leader has a list; the cards, and whose they are.

    With `all_sent` everybody within reach who has got something and has not done it.

    Who is not at work gets it when they are next.

    Raises:
        NotPermitted: the actor pushes nothing.
    """
    rests = timedelta(hours=ctx.policy.training.nudge_hours)
    ids = training.lagging_within(ctx.session, actor=leader, at=ctx.now, policy=ctx.policy, all_sent=all_sent)
    found = [
        one
        for one in training.found_of(ctx.session, ids)
        if one.enrolment.card_at is None or one.enrolment.card_at <= ctx.now - rests
    ]
    first: dict[int, Due] = {}
    others: dict[int, list[str]] = {}
    for one in sorted(found, key=lambda one: one.order):
        if first.setdefault(one.enrolment.employee_id, one) is not one:
            others.setdefault(one.enrolment.employee_id, []).append(one.version.title)
    days = days_of(ctx, list(first))
    minutes = training.minutes_of(ctx.session, {one.version.id for one in first.values()}, ctx.policy)
    told: list[Part] = []
    names = []
    for id_, one in first.items():
        person = ctx.session.get_one(Employee, id_)
        when = days.next_free(id_)
        if one.enrolment.card_at is not None:
            told.append(CloseCards(one.about, "pushes/reminded_word"))
        one.enrolment.card_at = when
        values = {
            **values_of(ctx.session, one, ctx.policy),
            "person": person,
            "minutes": minutes.get(one.version.id, 1),
            "now": ctx.now,
            "others": others.get(id_, []),
        }
        told.append(
            Notice(
                person,
                "pushes/reminder",
                values,
                about=one.about,
                not_before=None if when == ctx.now else when,
                expires_at=when + timedelta(hours=4),
            )
        )
        names.append(person.name)
    ctx.session.flush()
    return told, names


# --- leave that begins later ------------------------------------------------------------------------------


def _move_deadlines(ctx: JobContext) -> list[Part]:
    """Leave and days off that came later move the deadline and the gate: looked at around each gate.

    Whoever was told that there are no new cases, and is on leave after all, hears that there are again.
    """
    until = ctx.now + DAY
    ids = training.gated_at(ctx.session, since=ctx.now - 3 * DAY, until=until, limit=20 * PEOPLE_AT_ONCE)
    told: list[Part] = []
    if not ids:
        return told
    found = training.moving_of(ctx.session, ids)
    since = min((one.enrolment.planned_at.date() for one in found), default=None)
    days = days_of(ctx, ids, since=since)
    policy = ctx.policy.training
    for one in found:
        enrolment = one.enrolment
        grace = enrolment.because.get("workdays")
        if isinstance(grace, int):
            moved = days.deadline(enrolment.employee_id, enrolment.planned_at.date(), grace)
        elif "until" in enrolment.because or enrolment.gates_at != enrolment.due_at:
            continue
        elif enrolment.sent_on is not None:
            moved = days.deadline(enrolment.employee_id, enrolment.sent_on, policy.due_workdays)
        else:
            continue
        if enrolment.gates_at is not None and moved > enrolment.gates_at:
            if enrolment.gate_told_at is not None and moved > ctx.now:
                person = ctx.session.get_one(Employee, enrolment.employee_id)
                told.append(Notice(person, "pushes/moved", {"version": one.version, "until": moved}))
            training.move_gate(ctx.session, enrolment=enrolment, to=moved, at=ctx.now)
    return told
