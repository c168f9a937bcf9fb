"""Planning what somebody is told: once for each event, and not before every value is there."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, candidates, messaging, planning, secrecy, staff
from models.base import insert_once
from models.candidates import Application, ApplicationState
from models.notices.errors import NotMissing
from models.notices.items import close_by_itself, open_item, the_item
from models.notices.rules import Facts, allowed_from, choose, remind_from, render, written
from models.notices.tables import (
    CandidateNotice,
    FollowUpItem,
    FollowUpKind,
    NoticeDelivery,
    NoticeState,
)
from models.notices.templates import in_force
from models.policy import Policy
from models.staff import Candidate, Employee, Unit

SEND = "notice_send"
"""A due item: the notice leaves now."""
REMINDER = "interview_reminder"
"""The template of the reminders before an appointment."""
PENDING = (NoticeState.BLOCKED, NoticeState.REVIEW, NoticeState.PLANNED, NoticeState.SENT)


def plan(
    session: Session,
    *,
    person: Candidate,
    application: Application | None,
    event: str,
    template: str,
    values: Mapping[str, str | datetime],
    at: datetime,
    policy: Policy,
    invitation: bool = False,
    until: datetime | None = None,
    due: datetime | None = None,
    starts_at: datetime | None = None,
    strength: str = "",
    score: float | None = None,
    approve: bool = False,
) -> CandidateNotice | None:
    """Plan a notice; None if the person was told of this event, or is told nothing more (S1-04, S1-22).

    `values` are by the codes of config/notices.toml; name, job, unit and contact are taken from the file
    where they are not given. An `invitation` goes by all channels at once; with `starts_at` reminders follow,
    and the notice is void from then on. `due` is the earliest moment; quiet hours come on top. With `approve`
    a human of HR sees it first. One with a value missing waits for HR (S1-08).

    Raises:
        TemplateNotFound: there is no such template.
    """
    root = candidates.root_of(session, person)
    until = until or starts_at or max(at, due or at) + timedelta(hours=policy.notices.keep_hours)
    if application is not None and not may_be_told(session, application):
        return None
    if (known := told_of(session, root, event)) is not None:
        known.repeats += 1
        session.flush()
        return None
    job = application.job if application else ""
    code = choose(template, job=job, score=score, templates=policy.notice_texts.templates)
    version, _ = in_force(session, code, policy)
    given = {name: _text(value, policy) for name, value in values.items()} | (
        {"#": strength} if strength else {}
    )
    row = {
        "person_id": root.id,
        "application_id": application.id if application else None,
        "event": event,
        "template": code,
        "version": version,
        "values": secrecy.seal(session, root.subject, json.dumps(given)),
        "words": None,
        "state": NoticeState.PLANNED,
        "invitation": invitation,
        "approve": approve,
        "created_at": at,
        "due_at": max(at, due or at),
        "until": until,
        "read_at": None,
        "repeats": 0,
    }
    if insert_once(session, CandidateNotice, row) == 0:  # somebody was faster
        return None
    notice = session.scalars(
        select(CandidateNotice).where(CandidateNotice.person_id == root.id, CandidateNotice.event == event)
    ).one()
    _write(session, notice, given, at=at, policy=policy)
    if starts_at is not None:
        _plan_reminders(session, notice, root, application, values, starts_at, at, policy)
    return notice


def _text(value: str | datetime, policy: Policy) -> str:
    return written(value, policy.notice_texts) if isinstance(value, datetime) else value


def _plan_reminders(
    session: Session,
    notice: CandidateNotice,
    person: Candidate,
    application: Application | None,
    values: Mapping[str, str | datetime],
    starts_at: datetime,
    at: datetime,
    policy: Policy,
) -> None:
    """A day and two hours before, as far as there is still so much time; never at night."""
    numbers = policy.notices
    for hours in numbers.reminder_hours:
        due = remind_from(starts_at, hours, numbers.quiet_begins, numbers.quiet_ends)
        if due - at > timedelta(hours=1):
            plan(
                session,
                person=person,
                application=application,
                event=f"{notice.event}:remind:{hours}",
                template=REMINDER,
                values={"time": starts_at, **values},
                at=at,
                policy=policy,
                until=starts_at,
                due=due,
            )


def told_of(session: Session, person: Candidate, event: str) -> CandidateNotice | None:
    """The notice of this event to the person, under whatever row."""
    rows = [row.id for row in candidates.rows_of(session, person)]
    return session.scalars(
        select(CandidateNotice)
        .where(CandidateNotice.person_id.in_(rows), CandidateNotice.event == event)
        .order_by(CandidateNotice.id)
    ).first()


def may_be_told(session: Session, application: Application) -> bool:
    """Whether anything more is said about an application."""
    return application.id in told_more(session, [application])


def told_more(session: Session, applications: Collection[Application]) -> set[int]:
    """The ids of those applications about which anything more is said."""
    going = [one for one in applications if one.state != ApplicationState.WITHDRAWN]
    elsewhere = candidates.admitted_elsewhere(session, going)
    return {one.id for one in going} - elsewhere


def fill(session: Session, notice: CandidateNotice, *, at: datetime, policy: Policy) -> None:
    """Write what the person reads, and go on: to HR if it has to see to it first, else to be sent."""
    given = json.loads(secrecy.open_text(session, f"candidate:{notice.person_id}", notice.values) or "{}")
    if _write(session, notice, given, at=at, policy=policy):
        close_by_itself(session, notice, FollowUpKind.MISSING_VALUE, at=at)


def _write(
    session: Session, notice: CandidateNotice, given: Mapping[str, str], *, at: datetime, policy: Policy
) -> bool:
    """Write it with these values and go on; False if one is missing."""
    person = session.get_one(Candidate, notice.person_id)
    _, template = in_force(session, notice.template, policy)
    facts = _facts(session, notice, given.get("#", ""))
    found = {**_from_file(session, notice, person, template, at, policy), **given}
    words, missing = render(template, facts, found, policy.notice_texts)
    if missing:
        notice.state = NoticeState.BLOCKED
        open_item(session, notice, FollowUpKind.MISSING_VALUE, {"missing": list(missing)}, at=at)
        return False
    notice.words = secrecy.seal(session, person.subject, words)
    if notice.approve:
        notice.state = NoticeState.REVIEW
        open_item(session, notice, FollowUpKind.REVIEW, {}, at=at)
    else:
        schedule(session, notice, at=at, policy=policy)
    return True


def schedule(session: Session, notice: CandidateNotice, *, at: datetime, policy: Policy) -> None:
    """Let the notice leave as soon as it may."""
    numbers = policy.notices
    due = allowed_from(max(at, notice.due_at), notice.until, numbers.quiet_begins, numbers.quiet_ends)
    notice.state, notice.due_at = NoticeState.PLANNED, due
    session.flush()
    planning.plan_due(session, [(SEND, notice.id, due, notice.until)])


def _facts(session: Session, notice: CandidateNotice, strength: str) -> Facts:
    application = _application(session, notice)
    if application is None:
        return Facts(strength=strength)
    unit = session.get_one(Unit, application.unit_id)
    return Facts(application.job, tuple(staff.unit_path(session, unit)), strength)


def _from_file(
    session: Session,
    notice: CandidateNotice,
    person: Candidate,
    template: str,
    at: datetime,
    policy: Policy,
) -> dict[str, str]:
    """What the file knows of the values (S1-08); whom to ask is looked up where the template says it."""
    application = _application(session, notice)
    found = {"name": person.name or ""}
    if application is not None:
        unit = session.get_one(Unit, application.unit_id)
        found |= {"job": application.job, "unit": unit.name}
        if policy.notice_texts.fields["contact"] in template:
            nearest = candidates.responsible(session, unit_id=unit.id, at=at, policy=policy)
            found["contact"] = nearest[0].name if nearest else ""
    return found


def _application(session: Session, notice: CandidateNotice) -> Application | None:
    return session.get(Application, notice.application_id) if notice.application_id else None


# --- completing, releasing, stopping -----------------------------------------------------------------


def complete(
    session: Session,
    *,
    actor: Employee,
    item_id: int,
    values: Mapping[str, str],
    at: datetime,
    policy: Policy,
) -> CandidateNotice:
    """Give values that were missing; the notice goes on, or waits for those still missing (S1-08).

    Raises:
        NotPermitted, ItemNotFound, ItemSettled: the actor may not, or it is settled.
        NotMissing: these are not what is missing.
    """
    item = the_item(session, actor=actor, item_id=item_id, policy=policy, open_only=True)
    names = policy.notice_texts.fields
    by_name = {name: code for code, name in names.items()}
    told = {by_name.get(name, name): value.strip() for name, value in values.items() if value.strip()}
    missing = item.details.get("missing", [])
    if item.kind != FollowUpKind.MISSING_VALUE or not set(told) & set(missing):
        raise NotMissing(names=[names.get(code, code) for code in missing])
    notice = session.get_one(CandidateNotice, item.notice_id)
    person = session.get_one(Candidate, notice.person_id)
    known = json.loads(secrecy.open_text(session, person.subject, notice.values) or "{}")
    notice.values = secrecy.seal(session, person.subject, json.dumps(known | told))
    _record(session, actor, "notices.complete", notice, at, {"given": sorted(told)})
    fill(session, notice, at=at, policy=policy)
    return notice


def release(
    session: Session, *, actor: Employee, item_id: int, sends: bool, at: datetime, policy: Policy
) -> CandidateNotice:
    """Send a notice that waited for a human, or do not (S1-29).

    Raises:
        NotPermitted, ItemNotFound, ItemSettled: the actor may not, or it is settled.
    """
    item = the_item(session, actor=actor, item_id=item_id, policy=policy, open_only=True)
    notice = session.get_one(CandidateNotice, item.notice_id)
    if item.kind != FollowUpKind.REVIEW or notice.state != NoticeState.REVIEW:
        raise NotMissing(names=[])
    item.closed_at, item.closed_by_id = at, actor.id
    _record(session, actor, "notices.release" if sends else "notices.hold_back", notice, at, {})
    if sends:
        schedule(session, notice, at=at, policy=policy)
    else:
        notice.state = NoticeState.STOPPED
    session.flush()
    return notice


def stop(session: Session, *, person: Candidate, event: str, at: datetime) -> int:
    """What was planned because of an event, with its reminders, is not sent any more; how many.

    What has reached the phone stays there. The event is free again: who comes back to a time that was
    arranged before is invited to it anew.
    """
    rows = [row.id for row in candidates.rows_of(session, candidates.root_of(session, person))]
    found = session.scalars(
        select(CandidateNotice).where(
            CandidateNotice.person_id.in_(rows),
            (CandidateNotice.event == event) | CandidateNotice.event.startswith(f"{event}:", autoescape=True),
            CandidateNotice.state.in_(PENDING),
        )
    ).all()
    stopped = sum(halt(session, notice, at=at, reason="changed") for notice in found)
    for notice in found:
        notice.event = f"{notice.event}#{notice.id}"
    session.flush()
    return stopped


def halt(session: Session, notice: CandidateNotice, *, at: datetime, reason: str) -> bool:
    """Stop one notice: what has not left is withdrawn, and nobody has to follow it up."""
    taken = messaging.withdraw_about(session, about=notice.about, at=at, reason=reason)
    stopped = notice.state in (NoticeState.BLOCKED, NoticeState.REVIEW, NoticeState.PLANNED) or taken > 0
    if notice.state != NoticeState.SENT or _nothing_left(session, notice):
        notice.state = NoticeState.STOPPED
    for kind in FollowUpKind:
        close_by_itself(session, notice, kind, at=at)
    session.flush()
    return stopped


def _nothing_left(session: Session, notice: CandidateNotice) -> bool:
    states = session.scalars(select(NoticeDelivery.state).where(NoticeDelivery.notice_id == notice.id)).all()
    return all(state in ("queued", "withdrawn") for state in states)


def _record(
    session: Session,
    actor: Employee,
    action: str,
    notice: CandidateNotice,
    at: datetime,
    details: Mapping[str, Any],
) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=f"candidate:{notice.person_id}",
        details={"notice": notice.id, **details},
    )


def items_of(session: Session, notice: CandidateNotice) -> Sequence[FollowUpItem]:
    """What had to be followed up of a notice."""
    return session.scalars(select(FollowUpItem).where(FollowUpItem.notice_id == notice.id)).all()
