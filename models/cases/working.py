"""Working a case: accept it or not, note what came of a contact, plan what to do next."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models import contact
from models.cases.access import (
    WORK,
    leading,
    name_of,
    record,
    require_case,
    require_open,
    seal_words,
    shift,
    subject_of,
    take,
)
from models.cases.contacting import contact_noted
from models.cases.errors import (
    CaseChanged,
    NoSuchFollowUp,
    NoSupervisor,
    TimeHasPassed,
    UnknownOutcome,
    WrongState,
)
from models.cases.hearing import hear, hear_reason, heed, heed_reason
from models.cases.kinds import AssignmentCause, CaseStatus, FollowUpState
from models.cases.ownership import Move, move, take_debtors
from models.cases.relaying import handle_signal, waiting_signals
from models.cases.reminding import plan_follow_up as remind_of_follow_up
from models.cases.rules import Trigger, state_after
from models.cases.tables import Assignment, Case, ContactNote, FollowUp
from models.contact import ContactChannel, Debtor, Direction
from models.policy import Policy
from models.secrecy import open_text
from models.staff import Employee, main_post

LIFT = "contact.lift"
"""The right of who may allow one visit more (config/rights.toml)."""
IDENTITY_NOT_STATED = "identity_not_stated"
"""The flag of a first talk that did not begin with the institution's name (domain.md 2.2, 10)."""


def accept(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    at: datetime,
    policy: Policy,
    version: int | None = None,
) -> Case:
    """Take on a case that was assigned; `version` is the one the person has seen.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; CaseChanged: somebody was faster; CaseClosed: it has ended;
        WrongState: it does not wait for being accepted.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    require_open(case)
    if version is not None and version != case.version:
        raise CaseChanged(number=case.id, owner=name_of(session, case.owner_id))
    _accept(session, case, actor, at)
    record(session, "cases.accept", case, actor, at)
    return case


def _accept(session: Session, case: Case, actor: Employee, at: datetime, **details: object) -> None:
    if state_after(case.status, Trigger.ACCEPT) is None:
        raise WrongState(number=case.id, status=case.status)
    before = {
        "accept_by": None if case.accept_by is None else case.accept_by.isoformat(),
        "contact_by": None if case.contact_by is None else case.contact_by.isoformat(),
        "worked_at": None if case.worked_at is None else case.worked_at.isoformat(),
        "declines": case.declines,
    }
    case.accepted_at, case.accept_by, case.declines = at, None, 0
    shift(session, case, Trigger.ACCEPT, at=at, by=actor, details={**details, "before": before})


def begin(session: Session, *, actor: Employee, case: Case, at: datetime) -> None:
    """Whoever works a case that waits for being accepted has accepted it by that."""
    if case.status == CaseStatus.ASSIGNED:
        _accept(session, case, actor, at, by_working=True)


def decline(
    session: Session, *, actor: Employee, case: Case, reason: str, at: datetime, policy: Policy
) -> Employee:
    """Not take a case: it goes back to who assigned it; after so many declines a supervisor decides.

    Other open cases of the debtor go along; what was accepted of them stays as it is. Returns the new owner.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged, CaseClosed: as `accept`; ReasonMissing: there is none;
        WrongState: it was accepted; NoSupervisor: nobody could have it.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    require_open(case)
    reason = hear_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    if state_after(case.status, Trigger.DECLINE) is None:
        raise WrongState(number=case.id, status=case.status)
    pool = _pool_before(session, case)
    to = None
    if case.declines + 1 < policy.cases.most_declines and case.assigned_by_id not in (None, case.owner_id):
        to = session.get(Employee, case.assigned_by_id)
    if to is None or not to.is_here(at):
        to = leading(session, pool or case.unit_id, at, but_for=case.owner_id)
    if to is None:
        raise NoSupervisor()
    post = main_post(session, to.id, at)
    unit_id = pool or (case.unit_id if post is None else post.unit_id)
    words = seal_words(session, case, reason)
    moves = []
    for one in take_debtors(session, [case.debtor_id]).values():
        values = {**one.values, "owner_id": to.id, "unit_id": unit_id}
        target = state_after(one.status, Trigger.DECLINE)
        if target is not None:
            values.update(
                status=target,
                accept_by=None,
                contact_by=None,
                assigned_at=None,
                assigned_by_id=None,
                declines=int(one.values["declines"]) + 1,
            )
        moves.append(Move(one, values, words=words))
    move(session, moves, cause=AssignmentCause.DECLINE, by=actor, at=at)
    record(session, "cases.decline", case, actor, at, words=reason, to=to.id)
    heed_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    return to


def _pool_before(session: Session, case: Case) -> int | None:
    """The unit from whose pool the present owner has it."""
    before = session.scalars(
        select(Assignment.before).where(Assignment.case_id == case.id, Assignment.ended_at.is_(None))
    ).one()
    return int(before["unit_id"]) if before.get("status") == CaseStatus.POOL else None


def add_note(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    at: datetime,
    policy: Policy,
    outcome: str,
    words: str = "",
    channel: ContactChannel = ContactChannel.CALL,
    direction: Direction = Direction.OUT,
    contact_id: int | None = None,
    next_at: datetime | None = None,
    identity_stated: bool | None = None,
    attempt_id: int | None = None,
    corrects: int | None = None,
    flags: Sequence[str] = (),
) -> ContactNote:
    """Note what came of a contact; the contact itself is recorded, with the rules it broke (domain.md 2.4).

    Also about a case that is halted or has ended: what happened, happened; of one that went to a supervisor
    because of the halt, who had it before notes too. `attempt_id` is the attempt that
    dialling began; without it the newest one that the actor began that day and said nothing of. A correction
    is about the attempt of the note that it corrects. If it reached the debtor, what was waiting is dealt
    with by it (`deal_with`); `next_at` plans the next follow-up.
    Numbers in the words are masked, and what must not be said is kept for a review; a hint at suicide or
    violence stops contact at once (domain.md section 3). The words of a correction that are those of before
    were heeded before.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; UnknownOutcome: no such code; TimeHasPassed:
        `next_at` has; ContactRefused: a call would not be lawful then.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy, after_halt=True)
    known = policy.cases.outcomes.get(outcome)
    if known is None:
        raise UnknownOutcome(outcome=outcome)
    begin(session, actor=actor, case=case, at=at)
    wrong = None if corrects is None else session.get(ContactNote, corrects)
    if wrong is not None and wrong.case_id == case.id and attempt_id is None:
        attempt_id = wrong.attempt_id
    attempt = contact_noted(
        session,
        actor=actor,
        case=case,
        contact_id=contact_id,
        attempt_id=attempt_id,
        channel=channel,
        direction=direction,
        outcome=known,
        at=at,
        policy=policy,
    )
    heard = hear(session, words, policy)
    found = [*attempt.flags, *flags, *heard.codes]
    talked = bool(known.connected) and direction == Direction.OUT
    if talked and not identity_stated and _is_first_talk(session, case):
        found.append(IDENTITY_NOT_STATED)
    note = ContactNote(
        case_id=case.id,
        employee_id=actor.id,
        attempt_id=attempt.id,
        at=at,
        outcome=outcome,
        words=seal_words(session, case, heard.masked),
        identity_stated=identity_stated,
        corrects_id=corrects,
        flags=list(dict.fromkeys(found)),
    )
    session.add(note)
    case.worked_at, case.contact_by = at, None
    if known.deals:
        deal_with(session, actor=actor, case=case, at=at, policy=policy, corrected=wrong)
    if next_at is not None and case.closed_at is None:
        plan_next(session, actor=actor, note=note, case=case, next_at=next_at, at=at, policy=policy)
    session.flush()
    record(session, "cases.note", case, actor, at, note=note.id, outcome=outcome, flags=note.flags)
    if wrong is None or open_text(session, subject_of(case), wrong.words) != heard.masked:
        heed(session, actor=actor, case=case, heard=heard, at=at)
    return note


def plan_next(
    session: Session,
    *,
    actor: Employee,
    note: ContactNote,
    case: Case,
    next_at: datetime,
    at: datetime,
    policy: Policy,
) -> None:
    """Plan the next call with a note of this transaction; if it raises, nothing has changed.

    Raises:
        TimeHasPassed: the moment has; ContactRefused: a call would not be lawful then.
    """
    _lawful(session, case, actor, "call", next_at, policy)
    planned = _plan(session, case, actor, due_at=next_at, kind="call", words="", at=at)
    remind_of_follow_up(session, follow_up=planned, at=at, policy=policy)
    note.next_at = next_at
    session.flush()


def _is_first_talk(session: Session, case: Case) -> bool:
    """Whether nobody has noted before that the institution was named."""
    named = exists().where(ContactNote.case_id == case.id, ContactNote.identity_stated.is_(True))
    return not session.scalar(select(named))


def plan_follow_up(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    due_at: datetime,
    at: datetime,
    policy: Policy,
    kind: str = "call",
    words: str = "",
    lifted: bool = False,
    or_later: bool = False,
) -> FollowUp:
    """Plan what to do next about a case; it belongs to whoever owns the case when it is due.

    The guard is asked about a call or a visit at that moment; `lifted` is for who may lift what it lets be
    lifted (the right `contact.lift`), `or_later` for whoever takes the next lawful moment instead. The words
    pass the wording filter like those of a note, and may stop contact: the follow-up is cancelled then.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged, CaseClosed: as `accept`; TimeHasPassed: the moment has;
        WrongState: contact is stopped; ContactRefused: it would not be lawful then.
    """
    take(session, case)
    actions = (LIFT,) if lifted else (WORK,)
    require_case(session, actor=actor, case=case, actions=actions, at=at, policy=policy)
    require_open(case)
    if case.status in (CaseStatus.DISPUTED, CaseStatus.SUSPENDED):
        raise WrongState(number=case.id, status=case.status)
    due_at = _lawful(session, case, actor, kind, due_at, policy, lifted=lifted, or_later=or_later)
    heard = hear(session, words, policy)
    planned = _plan(session, case, actor, due_at=due_at, kind=kind, words=heard.masked, at=at, lifted=lifted)
    remind_of_follow_up(session, follow_up=planned, at=at, policy=policy)
    record(session, "cases.plan_follow_up", case, actor, at, follow_up=planned.id, kind=kind)
    heed(session, actor=actor, case=case, heard=heard, at=at)
    return planned


_CHANNELS = {"call": ContactChannel.CALL, "relay": ContactChannel.CALL, "visit": ContactChannel.VISIT}
"""Kind of a follow-up that is a contact → how."""


def _lawful(
    session: Session,
    case: Case,
    actor: Employee,
    kind: str,
    due_at: datetime,
    policy: Policy,
    *,
    lifted: bool = False,
    or_later: bool = False,
) -> datetime:
    """The moment of a planned contact, if it will be lawful as far as that is known now; with `or_later` the
    first one from then on that will be.

    Raises:
        ContactRefused: it would not be lawful then; with `or_later`: nor does it become so by itself.
    """
    channel = _CHANNELS.get(kind)
    if channel is None:
        return due_at
    debtor = session.get_one(Debtor, case.debtor_id)
    if or_later:
        decision = contact.decide(
            session,
            debtor=debtor,
            channel=channel,
            at=due_at,
            policy=policy,
            actor=actor,
            overridden=lifted,
        )
        due_at = decision.next_at or due_at
    contact.require(
        session, debtor=debtor, channel=channel, at=due_at, policy=policy, actor=actor, overridden=lifted
    )
    return due_at


def _plan(
    session: Session,
    case: Case,
    actor: Employee | None,
    *,
    due_at: datetime,
    kind: str,
    words: str,
    at: datetime,
    lifted: bool = False,
) -> FollowUp:
    if due_at <= at:
        raise TimeHasPassed(number=case.id)
    planned = FollowUp(
        case_id=case.id,
        kind=kind,
        due_at=due_at,
        owner_id=case.owner_id,
        state=FollowUpState.OPEN,
        words=seal_words(session, case, words),
        created_at=at,
        created_by_id=None if actor is None else actor.id,
        lifted=lifted,
    )
    session.add(planned)
    set_next(session, case)
    return planned


def plan_by_itself(session: Session, *, case: Case, due_at: datetime, kind: str, at: datetime) -> FollowUp:
    """Plan a follow-up that nobody asked for, such as the one after a broken promise."""
    return _plan(session, case, None, due_at=due_at, kind=kind, words="", at=at)


def find_follow_up(
    session: Session, *, actor: Employee, follow_up_id: int, at: datetime, policy: Policy
) -> tuple[FollowUp, Case]:
    """An open follow-up of a case that the actor works, with the case, for this transaction alone.

    Raises:
        NotPermitted: the actor works no cases; NoSuchFollowUp: there is none within reach.
    """
    follow_up = session.get(FollowUp, follow_up_id)
    case = None if follow_up is None else session.get_one(Case, follow_up.case_id)
    if follow_up is None or case is None:
        raise NoSuchFollowUp()
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    session.refresh(follow_up)
    if follow_up.state != FollowUpState.OPEN:
        raise NoSuchFollowUp()
    return follow_up, case


def snooze(
    session: Session, *, actor: Employee, follow_up_id: int, until: datetime, at: datetime, policy: Policy
) -> FollowUp:
    """Put off a planned follow-up; one that is a contact to the next lawful moment, if `until` is none.

    Raises:
        NotPermitted, NoSuchFollowUp, NoSuchCase: as `find_follow_up`; TimeHasPassed: the new moment has;
        ContactRefused: it does not become lawful by itself.
    """
    follow_up, case = find_follow_up(session, actor=actor, follow_up_id=follow_up_id, at=at, policy=policy)
    if until <= at:
        raise TimeHasPassed(number=case.id)
    follow_up.due_at = _lawful(
        session, case, actor, follow_up.kind, until, policy, lifted=follow_up.lifted, or_later=True
    )
    follow_up.owner_id = case.owner_id
    follow_up.snoozes += 1
    follow_up.escalated = 0
    set_next(session, case)
    remind_of_follow_up(session, follow_up=follow_up, at=at, policy=policy)
    record(session, "cases.snooze", case, actor, at, follow_up=follow_up.id)
    return follow_up


def finish_follow_up(
    session: Session, *, actor: Employee, follow_up_id: int, at: datetime, policy: Policy
) -> FollowUp:
    """A planned follow-up was done.

    Raises:
        NotPermitted, NoSuchFollowUp, NoSuchCase: as `find_follow_up`.
    """
    follow_up, case = find_follow_up(session, actor=actor, follow_up_id=follow_up_id, at=at, policy=policy)
    follow_up.state, follow_up.settled_at = FollowUpState.DONE, at
    set_next(session, case)
    record(session, "cases.finish_follow_up", case, actor, at, follow_up=follow_up.id)
    return follow_up


def cancel_follow_up(
    session: Session, *, actor: Employee, follow_up_id: int, at: datetime, policy: Policy
) -> FollowUp:
    """A planned follow-up is not to be after all; the case says again what is due next without it.

    Raises:
        NotPermitted, NoSuchFollowUp, NoSuchCase: as `find_follow_up`.
    """
    follow_up, case = find_follow_up(session, actor=actor, follow_up_id=follow_up_id, at=at, policy=policy)
    follow_up.state, follow_up.settled_at = FollowUpState.CANCELLED, at
    set_next(session, case)
    record(session, "cases.cancel_follow_up", case, actor, at, follow_up=follow_up.id)
    return follow_up


def deal_with(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    at: datetime,
    policy: Policy,
    corrected: ContactNote | None = None,
) -> None:
    """The debtor was reached: what customer service has passed on, and what was planned up to the end of the
    day, is dealt with by that.

    A correction is about an earlier contact, and deals only with what was there when that was first noted.
    """
    while corrected is not None and corrected.corrects_id is not None:
        corrected = session.get_one(ContactNote, corrected.corrects_id)
    known_by = at if corrected is None else corrected.at
    for signal in waiting_signals(session, case):
        if signal.at <= known_by:
            handle_signal(session, actor=actor, signal=signal, at=at, policy=policy)
    ends = known_by.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for one in open_follow_ups(session, case):
        if one.due_at < ends and one.created_at <= known_by:
            one.state, one.settled_at = FollowUpState.DONE, at
    set_next(session, case)


def open_follow_ups(session: Session, case: Case) -> Sequence[FollowUp]:
    """What is planned about a case, the earliest first."""
    return session.scalars(
        select(FollowUp)
        .where(FollowUp.case_id == case.id, FollowUp.state == FollowUpState.OPEN)
        .order_by(FollowUp.due_at, FollowUp.id)
    ).all()


def cancel_follow_ups(session: Session, case: Case, at: datetime) -> None:
    """Nothing is planned about the case any more."""
    for one in open_follow_ups(session, case):
        one.state, one.settled_at = FollowUpState.CANCELLED, at
    set_next(session, case)


def set_next(session: Session, case: Case) -> None:
    """Let the case say when its earliest follow-up is due."""
    session.flush()
    case.next_at = session.scalar(
        select(func.min(FollowUp.due_at)).where(
            FollowUp.case_id == case.id, FollowUp.state == FollowUpState.OPEN
        )
    )
    session.flush()
