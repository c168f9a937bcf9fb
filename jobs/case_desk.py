"""One way out for reminders about cases: to whom, whether now, and how many cards are enough."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from jobs.base import JobContext, Notice
from models.cases import reminding
from models.cases.reminding import CardState, People, Room, Step, Topic, Wanted
from models.staff import Employee


def tell(ctx: JobContext, wanted: Iterable[Wanted], people: People | None = None) -> list[Notice]:
    """Cards about all this: one for each person and topic, held for who may not be told now."""
    people = people or people_of(ctx)
    notices: list[Notice] = []
    for (to, topic, step, _), group in _by_receiver(ctx, wanted, people).items():
        notices += _tell_one(ctx, people, to, topic, step, group)
    return notices


def people_of(ctx: JobContext) -> People:
    """Who is told of what at the moment of the job."""
    return People(ctx.session, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar)


def holds(ctx: JobContext, subject_id: int) -> bool:
    """Whether something that a card is about is still so, when it leaves."""
    return reminding.card_holds(ctx.session, subject_id, ctx.now)


def release(ctx: JobContext, card_ids: Sequence[int]) -> list[Notice]:
    """Held cards, once they may be seen: those of one topic become one, of what is still so."""
    people = people_of(ctx)
    cards = reminding.held_cards(ctx.session, card_ids)
    groups: dict[str, list[Any]] = {}
    for card in cards:
        team = Topic(card.kind) in reminding.OF_TEAM
        groups.setdefault(f"{card.kind}:{card.employee_id if team else 0}", []).append(card)
    notices: list[Notice] = []
    for group in groups.values():
        topic, extra = Topic(group[0].kind), sum(card.total - len(card.subjects) for card in group)
        wanted = []
        for owner, subjects in reminding.whose_now(ctx.session, group, ctx.now).items():
            found = reminding.lines(ctx.session, topic, subjects)
            unit_id = found[0].unit_id if found else 0
            wanted.append(Wanted(topic, owner, unit_id, subjects, len(subjects) + extra))
        if topic in reminding.OF_TEAM:
            to = people.receiver(group[0].employee_id, wanted[0].unit_id if wanted else None)
            if to is not None and wanted:
                notices += _tell_one(ctx, people, to, topic, Step.LEADER, wanted)
        else:
            notices += tell(ctx, wanted, people)
    reminding.let_go(ctx.session, cards)
    return notices


def _by_receiver(
    ctx: JobContext, wanted: Iterable[Wanted], people: People
) -> dict[tuple[Employee, Topic, Step, bool], list[Wanted]]:
    wanted = list(wanted)
    people.load({one.owner_id for one in wanted})
    groups: dict[tuple[Employee, Topic, Step, bool], list[Wanted]] = {}
    for one in wanted:
        if one.step is Step.OWNER:
            to = people.receiver(one.owner_id, one.unit_id)
        else:
            to = people.above(one.step, one.unit_id, but_for=one.owner_id)
        if to is not None:
            groups.setdefault((to, one.topic, one.step, one.asked), []).append(one)
    return groups


def _tell_one(
    ctx: JobContext, people: People, to: Employee, topic: Topic, step: Step, group: Sequence[Wanted]
) -> list[Notice]:
    """A card for one person, unless it is held or there were too many."""
    pairs = [(subject, one.owner_id) for one in group for subject in one.subjects]
    total = sum(one.total for one in group)
    if topic is Topic.TEAM_PLACEMENT:  # told of as a whole, whosever its cases are
        subjects = [subject for subject, _ in pairs]
        pairs = list(reminding.still_true(ctx.session, topic, subjects, ctx.now).items())
    keep = partial(
        reminding.keep_card,
        ctx.session,
        employee_id=to.id,
        kind=topic,
        at=ctx.now,
        subjects=pairs,
        total=total,
    )
    urgent, asked = topic in reminding.URGENT, all(one.asked for one in group)
    if not (urgent or asked or people.may_be_told(to.id)):
        held = keep(state=CardState.HELD)
        reminding.hold(ctx.session, card_id=held.id, until=people.told_from(to.id))
        return []
    today = reminding.cards_of_day(ctx.session, [to.id], at=ctx.now).get(to.id, 0)
    room = Room.CARD if urgent else reminding.room(today, ctx.policy.reminders.most_cards)
    if room is Room.NONE:
        keep(state=CardState.LEFT_OUT)
        return []
    kept = keep(state=CardState.SENT)
    if room is Room.LAST:
        notice = Notice(to, "case_reminders/enough", {"cards": ctx.policy.reminders.most_cards - 2})
    else:
        notice = _notice(ctx, to, topic, _values(ctx, people, to, topic, step, group, kept.id, total))
    until = None if urgent or asked else people.told_until(to.id)
    return [replace(notice, only_if="case_reminder_holds", subject_id=kept.id, expires_at=until)]


def _values(
    ctx: JobContext,
    people: People,
    to: Employee,
    topic: Topic,
    step: Step,
    group: Sequence[Wanted],
    card_id: int,
    total: int,
) -> dict[str, Any]:
    most = ctx.policy.reminders.most_listed
    subjects = [subject for one in group for subject in one.subjects][:most]
    found = reminding.lines(ctx.session, topic, subjects)
    return {
        "lines": found,
        "one": found[0] if total == 1 and found else None,
        "total": total,
        "covered": _covered(people, to, topic, group),
        "owners": _owners(people, group),
        "step": step,
        "card": card_id,
        "now": ctx.now,
        "reminders": ctx.policy.reminders,
    }


def _covered(people: People, to: Employee, topic: Topic, group: Sequence[Wanted]) -> Sequence[str]:
    """The names of whom somebody is told of instead of."""
    if topic in reminding.OF_TEAM:
        return []
    others = (people.person(one.owner_id) for one in group if one.owner_id != to.id)
    return list(dict.fromkeys(one.name for one in others if one is not None))


def _owners(people: People, group: Sequence[Wanted]) -> Sequence[tuple[str, int]]:
    """Whose cases it is about, with how many, the most first."""
    counts: dict[int, int] = {}
    for one in group:
        counts[one.owner_id] = counts.get(one.owner_id, 0) + one.total
    named = [(people.person(owner), count) for owner, count in counts.items()]
    return sorted(((one.name, count) for one, count in named if one is not None), key=lambda pair: -pair[1])


def _notice(ctx: JobContext, to: Employee, topic: Topic, values: dict[str, Any]) -> Notice:
    """The words of a topic."""
    match topic:
        case Topic.ACCEPT:
            return Notice(to, "case_reminders/accept", values)
        case Topic.ACCEPT_LATE:
            return Notice(to, "case_reminders/accept_late", values)
        case Topic.CONTACT:
            return Notice(to, "case_reminders/contact", values)
        case Topic.CONTACT_LATE:
            return Notice(to, "case_reminders/contact_late", values)
        case Topic.NOTE:
            return Notice(to, "case_reminders/note", values)
        case Topic.FOLLOW_SOON | Topic.FOLLOW_NOW:
            return Notice(to, "case_reminders/follow_up", {**values, "soon": topic is Topic.FOLLOW_SOON})
        case Topic.PROMISE_BEFORE | Topic.PROMISE_DUE:
            return Notice(to, "case_reminders/promise", {**values, "before": topic is Topic.PROMISE_BEFORE})
        case Topic.PROMISE_BROKEN:
            return Notice(to, "case_reminders/promise_broken", values)
        case Topic.TEAM_BROKEN:
            return Notice(to, "case_reminders/team_broken", values)
        case Topic.OFFER_EXPIRED:
            return Notice(to, "case_reminders/offer_expired", values)
        case Topic.OFFER_UNDECIDED:
            return Notice(to, "case_reminders/offer_undecided", values)
        case Topic.PLACEMENT:
            return Notice(to, "case_reminders/placement", values)
        case Topic.TEAM_PLACEMENT:
            return Notice(to, "case_reminders/team_placement", values)
        case Topic.IDLE:
            return Notice(to, "case_reminders/idle", values)
        case Topic.TEAM_IDLE:
            return Notice(to, "case_reminders/team_idle", values)
        case Topic.REASSIGN:
            return Notice(to, "case_reminders/reassign", values)
        case Topic.SIGNAL:
            return Notice(to, "case_reminders/signal", values)
        case Topic.SIGNAL_LATE:
            return Notice(to, "case_reminders/signal_late", values)
