"""What people's figures are counted from: for each thing that is counted, the SELECT of its records.

The same SELECT, added up, is the tally (models/tally), and not added up, the list of records behind a figure
(`records_of`). Moments are days in Shanghai; money is in fen.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session

from models import tally
from models.attendance import CheckIn
from models.cases import (
    Assignment,
    Case,
    CaseEnding,
    CaseStatus,
    ContactNote,
    FollowUp,
    FollowUpState,
    Halt,
    HaltKind,
    Payment,
    PromiseToPay,
    PtpStatus,
)
from models.cases.kinds import COMPLAINTS, FOLLOW_UPS, PAYMENTS, PROMISES, STRETCHES
from models.contact import ContactAttempt, ContactChannel, Direction, Reached
from models.fieldwork import Visit, VisitState
from models.locations import LocationFix, Purpose, Standing
from models.performance.kinds import ResultKind, ResultState
from models.performance.tables import ExternalResult, MonthEnd
from models.tally import NO_BUCKET, Source, Who, day_of, days_until
from models.training import LEARNING, Attempt, CourseVersion, Enrolment

ATTEMPTS, VISITS, ATTENDANCE, EXTERNAL = "attempts", "visits", "attendance", "external"
MONTH_ENDS = "month_ends"

_ONE: ColumnElement[int] = literal_column("1", Integer)
_MINUS_ONE: ColumnElement[int] = literal_column("-1", Integer)
_NOTHING: ColumnElement[int] = literal_column("0", Integer)
_NO_BUCKET: ColumnElement[int] = literal_column(str(NO_BUCKET), Integer)


def _record(
    measure: str,
    employee: Any,
    day: Any,
    id_: Any,
    *,
    bucket: Any = _NO_BUCKET,
    case_id: Any = _NOTHING,
    value: Any = _NOTHING,
    count: Any = _ONE,
) -> Select[Any]:
    return select(
        employee.label("employee_id"),
        literal_column(f"'{measure}'", String).label("measure"),
        day.label("day"),
        bucket.label("entry_bucket"),
        id_.label("id"),
        case_id.label("case_id"),
        value.label("value"),
        count.label("count"),
    )


def _at(moment: Any) -> ColumnElement[bool]:
    """A moment within the days asked about."""
    condition: ColumnElement[bool] = (moment >= bindparam("first_at")) & (moment < bindparam("end_at"))
    return condition


def _on(day: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = day.between(bindparam("first"), bindparam("last"))
    return condition


# --- payments ----------------------------------------------------------------------------------------


def _recovered(who: Who) -> Sequence[Select[Any]]:
    """What was paid, for whom it is credited to, on the day it was posted; reversals are negative."""
    rows = _record(
        "recovered",
        Payment.credited_to_id,
        day_of(Payment.posted_at),
        Payment.id,
        bucket=Case.entry_bucket,
        case_id=Payment.case_id,
        value=Payment.amount,
    )
    return [
        rows.join(Case, Case.id == Payment.case_id).where(who(Payment.credited_to_id), _at(Payment.posted_at))
    ]


def _payment(_session: Session, row: Payment) -> Iterable[tuple[str, int | None, Any]]:
    yield PAYMENTS, row.credited_to_id, row.posted_at


# --- stretches of ownership, and how cases end --------------------------------------------------------


def _stretch(measure: str, moment: Any, *, sign: str = "") -> Select[Any]:
    """A case that somebody was given to work, with what was owed of it then."""
    rows = _record(
        measure,
        Assignment.owner_id,
        day_of(moment),
        Assignment.id,
        bucket=Case.entry_bucket,
        case_id=Assignment.case_id,
        value=-Assignment.balance if sign else Assignment.balance,
        count=_MINUS_ONE if sign else _ONE,
    ).join_from(Assignment, Case, Case.id == Assignment.case_id)
    return rows.where(Assignment.balance.is_not(None), _at(moment))


def _begun(who: Who) -> Sequence[Select[Any]]:
    return [_stretch("begun", Assignment.started_at).where(who(Assignment.owner_id))]


def _held(who: Who) -> Sequence[Select[Any]]:
    """How many cases somebody holds more or less: given to them, gone from them, ended in their hands.

    The sum of all up to a day is what they hold on its evening.
    """
    mine = who(Assignment.owner_id)
    ended = _stretch("held", CaseEnding.ended_at, sign="-").join(
        CaseEnding, CaseEnding.assignment_id == Assignment.id
    )
    return [
        _stretch("held", Assignment.started_at).where(mine),
        _stretch("held", Assignment.ended_at, sign="-").where(mine),
        ended.where(who(CaseEnding.owner_id), CaseEnding.undone_at.is_(None)),
    ]


def _settled(who: Who) -> Sequence[Select[Any]]:
    """Cases that ended paid in full or settled; one that goes on after a reversal counts back on that day."""
    found = []
    for moment, count in ((CaseEnding.ended_at, _ONE), (CaseEnding.undone_at, _MINUS_ONE)):
        rows = _record(
            "settled",
            CaseEnding.owner_id,
            day_of(moment),
            CaseEnding.id,
            bucket=Case.entry_bucket,
            case_id=CaseEnding.case_id,
            count=count,
        )
        rows = rows.join(Case, Case.id == CaseEnding.case_id)
        rows = rows.join(Assignment, Assignment.id == CaseEnding.assignment_id)
        paid = CaseEnding.status.in_(_written_out(CaseStatus.PAID, CaseStatus.SETTLED))
        found.append(rows.where(who(CaseEnding.owner_id), _at(moment), paid, Assignment.balance.is_not(None)))
    return found


def _written_out(*codes: str) -> Sequence[ColumnElement[str]]:
    return [literal_column(f"'{code}'", String) for code in codes]


def _assignment(_session: Session, row: Assignment) -> Iterable[tuple[str, int | None, Any]]:
    if row.balance is not None:
        yield STRETCHES, row.owner_id, row.started_at


def _ending(_session: Session, row: CaseEnding) -> Iterable[tuple[str, int | None, Any]]:
    yield STRETCHES, row.owner_id, row.ended_at
    yield STRETCHES, row.owner_id, row.undone_at


# --- contacts ----------------------------------------------------------------------------------------


def _attempt(measure: str, who: Who, *which: ColumnElement[bool]) -> Sequence[Select[Any]]:
    rows = _record(measure, ContactAttempt.employee_id, ContactAttempt.day, ContactAttempt.id)
    calls = (
        ContactAttempt.direction == literal_column(f"'{Direction.OUT}'", String),
        ContactAttempt.channel == literal_column(f"'{ContactChannel.CALL}'", String),
    )
    return [rows.where(who(ContactAttempt.employee_id), _on(ContactAttempt.day), *calls, *which)]


def _dialled(who: Who) -> Sequence[Select[Any]]:
    """Calls that somebody made."""
    return _attempt("attempts", who)


def _connected(who: Who) -> Sequence[Select[Any]]:
    """Those that somebody answered."""
    return _attempt("connected", who, ContactAttempt.connected.is_(True))


def _right_party(who: Who) -> Sequence[Select[Any]]:
    """Those in which the debtor was talked with."""
    debtor = literal_column(f"'{Reached.DEBTOR}'", String)
    return _attempt("rpc", who, ContactAttempt.connected.is_(True), ContactAttempt.reached == debtor)


def _worked(measure: str, who: Who, *which: ColumnElement[bool]) -> Sequence[Select[Any]]:
    """Debtors that somebody called or visited on a day, each once a day; the record is the first attempt."""
    ways = _written_out(ContactChannel.CALL, ContactChannel.VISIT)
    rows = (
        select(
            ContactAttempt.employee_id,
            ContactAttempt.day,
            ContactAttempt.debtor_id,
            func.min(ContactAttempt.id).label("id"),
        )
        .where(
            who(ContactAttempt.employee_id),
            _on(ContactAttempt.day),
            ContactAttempt.direction == literal_column(f"'{Direction.OUT}'", String),
            ContactAttempt.channel.in_(ways),
            *which,
        )
        .group_by(ContactAttempt.employee_id, ContactAttempt.day, ContactAttempt.debtor_id)
        .subquery()
        .c
    )
    return [_record(measure, rows.employee_id, rows.day, rows.id)]


def _worked_on(who: Who) -> Sequence[Select[Any]]:
    return _worked("worked", who)


def _worked_noted(who: Who) -> Sequence[Select[Any]]:
    """Those of whom one of these attempts was noted."""
    return _worked("worked_noted", who, exists().where(ContactNote.attempt_id == ContactAttempt.id))


def _contact(_session: Session, row: ContactAttempt) -> Iterable[tuple[str, int | None, Any]]:
    if row.direction == Direction.OUT:
        yield ATTEMPTS, row.employee_id, row.day


def _note(session: Session, row: ContactNote) -> Iterable[tuple[str, int | None, Any]]:
    """A note tells what came of an attempt, and makes a visit a valid one."""
    attempt = None if row.attempt_id is None else session.get(ContactAttempt, row.attempt_id)
    if attempt is not None:
        yield ATTEMPTS, attempt.employee_id, attempt.day
        if attempt.channel == ContactChannel.VISIT:
            yield VISITS, attempt.employee_id, attempt.day


# --- promises ----------------------------------------------------------------------------------------


def _made(who: Who) -> Sequence[Select[Any]]:
    """Promises by who noted them, on that day; those taken back are out."""
    cancelled = literal_column(f"'{PtpStatus.CANCELLED}'", String)
    rows = _record(
        "promised",
        PromiseToPay.made_by_id,
        day_of(PromiseToPay.made_at),
        PromiseToPay.id,
        bucket=Case.entry_bucket,
        case_id=PromiseToPay.case_id,
        value=PromiseToPay.amount,
    ).join(Case, Case.id == PromiseToPay.case_id)
    return [
        rows.where(who(PromiseToPay.made_by_id), _at(PromiseToPay.made_at), PromiseToPay.status != cancelled)
    ]


def _due(measure: str, status: PtpStatus, who: Who) -> Sequence[Select[Any]]:
    """Promises by who noted them, on the last day on which they could be kept."""
    rows = _record(
        measure,
        PromiseToPay.made_by_id,
        PromiseToPay.counts_on,
        PromiseToPay.id,
        bucket=Case.entry_bucket,
        case_id=PromiseToPay.case_id,
        value=PromiseToPay.amount,
    ).join(Case, Case.id == PromiseToPay.case_id)
    of_status = PromiseToPay.status == literal_column(f"'{status}'", String)
    return [rows.where(who(PromiseToPay.made_by_id), _on(PromiseToPay.counts_on), of_status)]


def _kept_days(who: Who) -> Sequence[Select[Any]]:
    """Promises that were kept, with the days from the one on which they were made to the one on which the
    money was there (S4-16)."""
    kept = PromiseToPay.status == literal_column(f"'{PtpStatus.KEPT}'", String)
    rows = _record(
        "kept_days",
        PromiseToPay.made_by_id,
        PromiseToPay.counts_on,
        PromiseToPay.id,
        bucket=Case.entry_bucket,
        case_id=PromiseToPay.case_id,
        count=days_until(day_of(PromiseToPay.made_at), day_of(PromiseToPay.settled_at)),
    ).join(Case, Case.id == PromiseToPay.case_id)
    return [
        rows.where(
            who(PromiseToPay.made_by_id),
            _on(PromiseToPay.counts_on),
            kept,
            PromiseToPay.settled_at.is_not(None),
        )
    ]


def _promise(_session: Session, row: PromiseToPay) -> Iterable[tuple[str, int | None, Any]]:
    yield PROMISES, row.made_by_id, row.made_at
    yield PROMISES, row.made_by_id, row.counts_on


# --- what was planned --------------------------------------------------------------------------------


def _planned(measure: str, who: Who, *which: ColumnElement[bool]) -> Sequence[Select[Any]]:
    """Follow-ups of whose they were when they were done or due, on the day they were due."""
    rows = _record(
        measure,
        FollowUp.owner_id,
        day_of(FollowUp.due_at),
        FollowUp.id,
        bucket=Case.entry_bucket,
        case_id=FollowUp.case_id,
    ).join(Case, Case.id == FollowUp.case_id)
    return [rows.where(who(FollowUp.owner_id), _at(FollowUp.due_at), *which)]


_DONE = FollowUp.state == literal_column(f"'{FollowUpState.DONE}'", String)
_OPEN = FollowUp.state == literal_column(f"'{FollowUpState.OPEN}'", String)


def _done_in_time(who: Who) -> Sequence[Select[Any]]:
    return _planned("follow_done", who, _DONE, FollowUp.settled_at <= FollowUp.due_at)


def _done_late(who: Who) -> Sequence[Select[Any]]:
    return _planned("follow_late", who, _DONE, FollowUp.settled_at > FollowUp.due_at)


def _not_done(who: Who) -> Sequence[Select[Any]]:
    return _planned("follow_open", who, _OPEN)


def _follow_up(_session: Session, row: FollowUp) -> Iterable[tuple[str, int | None, Any]]:
    yield FOLLOW_UPS, row.owner_id, row.due_at


# --- complaints --------------------------------------------------------------------------------------


def _complained(measure: str, who: Who, *which: ColumnElement[bool]) -> Sequence[Select[Any]]:
    """Complaints about who had the case then, on the day they came in."""
    rows = _record(
        measure,
        Halt.owner_id,
        day_of(Halt.opened_at),
        Halt.id,
        bucket=Case.entry_bucket,
        case_id=Halt.case_id,
    ).join(Case, Case.id == Halt.case_id)
    complaint = Halt.kind == literal_column(f"'{HaltKind.COMPLAINT}'", String)
    return [rows.where(who(Halt.owner_id), _at(Halt.opened_at), complaint, *which)]


def _complaints(who: Who) -> Sequence[Select[Any]]:
    return _complained("complaints", who)


def _upheld(who: Who) -> Sequence[Select[Any]]:
    """Those that were found justified."""
    return _complained("upheld", who, Halt.upheld.is_(True))


def _halt(_session: Session, row: Halt) -> Iterable[tuple[str, int | None, Any]]:
    if row.kind == HaltKind.COMPLAINT:
        yield COMPLAINTS, row.owner_id, row.opened_at


# --- visits and days at work -------------------------------------------------------------------------


def _valid_visits(who: Who) -> Sequence[Select[Any]]:
    """Visits inside the fence, long enough, noted in time, with a photo if one was needed (domain.md 6.4)."""
    rows = _record("visits", Visit.employee_id, Visit.day, Visit.id, case_id=Visit.case_id)
    noted = exists().where(ContactNote.attempt_id == Visit.attempt_id, ContactNote.at <= Visit.note_by)
    inside = LocationFix.standing == literal_column(f"'{Standing.INSIDE}'", String)
    return [
        rows.join(LocationFix, LocationFix.id == Visit.in_fix_id).where(
            who(Visit.employee_id),
            _on(Visit.day),
            Visit.state != literal_column(f"'{VisitState.VOID}'", String),
            inside,
            Visit.out_at >= Visit.stay_until,
            noted,
            or_(Visit.photo_needed.is_(False), Visit.photos > 0),
        )
    ]


def _attended(who: Who) -> Sequence[Select[Any]]:
    """Days on which somebody checked in or out, or was at a customer's as planned, each once."""
    office = select(CheckIn.employee_id, CheckIn.day).where(who(CheckIn.employee_id), _on(CheckIn.day))
    field = select(Visit.employee_id, Visit.day).where(
        who(Visit.employee_id),
        _on(Visit.day),
        Visit.state != literal_column(f"'{VisitState.VOID}'", String),
        Visit.follow_up_id.is_not(None),
    )
    days = union(office, field).subquery().c
    return [_record("attended", days.employee_id, days.day, _NOTHING)]


def _visit(_session: Session, row: Visit) -> Iterable[tuple[str, int | None, Any]]:
    yield VISITS, row.employee_id, row.day
    yield ATTENDANCE, row.employee_id, row.day


def _fix(_session: Session, row: LocationFix) -> Iterable[tuple[str, int | None, Any]]:
    if row.purpose == Purpose.VISIT_IN:
        yield VISITS, row.employee_id, row.day


def _check_in(_session: Session, row: CheckIn) -> Iterable[tuple[str, int | None, Any]]:
    yield ATTENDANCE, row.employee_id, row.day


# --- how months end ------------------------------------------------------------------------------------


def _month_end(measure: str, who: Who, value: Any, *which: ColumnElement[bool]) -> Sequence[Select[Any]]:
    """Cases that the same person had at the end of the month before, in the bucket of then."""
    rows = _record(
        measure,
        MonthEnd.owner_id,
        MonthEnd.day,
        MonthEnd.id,
        bucket=MonthEnd.was_bucket,
        case_id=MonthEnd.case_id,
        value=value,
    )
    return [rows.where(who(MonthEnd.owner_id), _on(MonthEnd.day), MonthEnd.was_bucket.is_not(None), *which)]


def _could_roll(who: Who) -> Sequence[Select[Any]]:
    return _month_end("could_roll", who, MonthEnd.was_balance)


def _rolled(who: Who) -> Sequence[Select[Any]]:
    """Those that are in a later bucket now, with what is owed now."""
    return _month_end("rolled", who, MonthEnd.balance, MonthEnd.bucket > MonthEnd.was_bucket)


def _ended_month(_session: Session, row: MonthEnd) -> Iterable[tuple[str, int | None, Any]]:
    yield MONTH_ENDS, row.owner_id, row.day


# --- what other systems say ----------------------------------------------------------------------------


def _external(
    measure: str,
    who: Who,
    kinds: Sequence[ResultKind],
    *which: ColumnElement[bool],
    day: Any = ExternalResult.day,
    value: Any = _NOTHING,
    count: Any = _ONE,
) -> Sequence[Select[Any]]:
    rows = _record(measure, ExternalResult.employee_id, day, ExternalResult.id, value=value, count=count)
    holds = ExternalResult.state == literal_column(f"'{ResultState.HOLDS}'", String)
    of_kind = ExternalResult.kind.in_(_written_out(*kinds))
    return [rows.where(who(ExternalResult.employee_id), _on(day), of_kind, holds, *which)]


_PURCHASE, _LOAN = [ResultKind.PURCHASE], [ResultKind.LOAN]
_TALK, _RATING = [ResultKind.TALK], [ResultKind.FEEDBACK]
_SIGNED = [ResultKind.PURCHASE, ResultKind.LOAN]


def _nth(number: int) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = ExternalResult.nth == literal_column(str(number), Integer)
    return condition


def _sold(who: Who) -> Sequence[Select[Any]]:
    return _external("sold", who, _PURCHASE, value=ExternalResult.amount)


def _customers(who: Who) -> Sequence[Select[Any]]:
    """Each customer once, on the day of the first purchase."""
    return _external("customers", who, _PURCHASE, _nth(1))


def _repurchased(who: Who) -> Sequence[Select[Any]]:
    """Each customer who came again once, on the second day of buying."""
    return _external("repurchased", who, _PURCHASE, _nth(2))


def _booked(who: Who) -> Sequence[Select[Any]]:
    return _external("booked", who, _LOAN, value=ExternalResult.amount)


def _overdue(who: Who) -> Sequence[Select[Any]]:
    """Overdue balances of loans, from the day of each until another takes its place."""
    known, kinds = _nth(1), [ResultKind.OVERDUE]
    gone = {"day": ExternalResult.until, "value": -ExternalResult.amount, "count": _MINUS_ONE}
    return [
        *_external("overdue", who, kinds, known, value=ExternalResult.amount),
        *_external("overdue", who, kinds, known, **gone),
    ]


def _talked(who: Who) -> Sequence[Select[Any]]:
    """Minutes of talk."""
    return _external("talked", who, _TALK, count=ExternalResult.amount)


def _rated(who: Who) -> Sequence[Select[Any]]:
    return _external("rated", who, _RATING)


def _rating(who: Who) -> Sequence[Select[Any]]:
    """Points that customers gave."""
    return _external("rating", who, _RATING, count=ExternalResult.amount)


def _signed(who: Who) -> Sequence[Select[Any]]:
    """What was signed after a first visit whose day is known."""
    return _external("signed", who, _SIGNED, ExternalResult.first_visit_on.is_not(None))


def _signing_days(who: Who) -> Sequence[Select[Any]]:
    """The days from that visit on."""
    days = days_until(ExternalResult.first_visit_on, ExternalResult.day)
    return _external("signing_days", who, _SIGNED, ExternalResult.first_visit_on.is_not(None), count=days)


def _told(_session: Session, row: ExternalResult) -> Iterable[tuple[str, int | None, Any]]:
    yield EXTERNAL, row.employee_id, row.day
    yield EXTERNAL, row.employee_id, row.until


# --- what was to be learnt -----------------------------------------------------------------------------


def _due_course(
    measure: str, who: Who, *which: ColumnElement[bool], count: Any = _ONE, quiz: bool = False
) -> Sequence[Select[Any]]:
    """Courses that somebody was to have done by a day, on that day; what was taken back is out."""
    rows = _record(
        measure,
        Enrolment.employee_id,
        day_of(Enrolment.due_at),
        Enrolment.id,
        count=count,
    )
    if quiz:
        rows = rows.join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        rows = rows.where(CourseVersion.draws > _NOTHING)
    stands = Enrolment.withdrawn_at.is_(None)
    return [rows.where(who(Enrolment.employee_id), _at(Enrolment.due_at), stands, *which)]


_HANDED_IN = exists().where(Attempt.enrolment_id == Enrolment.id, Attempt.submitted_at.is_not(None))


def _quiz_points(who: Who) -> Sequence[Select[Any]]:
    """The best score of each, of a hundred."""
    best = (
        select(func.coalesce(func.max(Attempt.score), _NOTHING))
        .where(Attempt.enrolment_id == Enrolment.id, Attempt.submitted_at.is_not(None))
        .scalar_subquery()
    )
    return _due_course("quiz_points", who, _HANDED_IN, count=best, quiz=True)


def _quiz_sat(who: Who) -> Sequence[Select[Any]]:
    """Those of which a try was handed in."""
    return _due_course("quiz_sat", who, _HANDED_IN, quiz=True)


def _quiz_missed(who: Who) -> Sequence[Select[Any]]:
    """Those of which none was: once the day is over, they count nothing."""
    return _due_course("quiz_missed", who, ~_HANDED_IN, quiz=True)


def _learnt(who: Who) -> Sequence[Select[Any]]:
    return _due_course("learnt", who, Enrolment.completed_at <= Enrolment.due_at)


def _learnt_late(who: Who) -> Sequence[Select[Any]]:
    return _due_course("learnt_late", who, Enrolment.completed_at > Enrolment.due_at)


def _not_learnt(who: Who) -> Sequence[Select[Any]]:
    return _due_course("not_learnt", who, Enrolment.completed_at.is_(None))


def _enrolment(_session: Session, row: Enrolment) -> Iterable[tuple[str, int | None, Any]]:
    yield LEARNING, row.employee_id, row.due_at


def _try(session: Session, row: Attempt) -> Iterable[tuple[str, int | None, Any]]:
    enrolment = session.get(Enrolment, row.enrolment_id)
    if enrolment is not None:
        yield LEARNING, enrolment.employee_id, enrolment.due_at


# --- all of them -------------------------------------------------------------------------------------

tally.named(Source(PAYMENTS, {"recovered": _recovered}))
tally.named(Source(STRETCHES, {"begun": _begun, "held": _held, "settled": _settled}))
tally.named(
    Source(
        ATTEMPTS,
        {
            "attempts": _dialled,
            "connected": _connected,
            "rpc": _right_party,
            "worked": _worked_on,
            "worked_noted": _worked_noted,
        },
    )
)
tally.named(
    Source(
        PROMISES,
        {
            "promised": _made,
            "kept": partial(_due, "kept", PtpStatus.KEPT),
            "kept_days": _kept_days,
            "partly": partial(_due, "partly", PtpStatus.PARTIAL),
            "broken": partial(_due, "broken", PtpStatus.BROKEN),
        },
    )
)
tally.named(
    Source(FOLLOW_UPS, {"follow_done": _done_in_time, "follow_late": _done_late, "follow_open": _not_done})
)
tally.named(Source(COMPLAINTS, {"complaints": _complaints, "upheld": _upheld}))
tally.named(Source(VISITS, {"visits": _valid_visits}))
tally.named(Source(ATTENDANCE, {"attended": _attended}))

tally.named(
    Source(
        EXTERNAL,
        {
            "sold": _sold,
            "customers": _customers,
            "repurchased": _repurchased,
            "booked": _booked,
            "overdue": _overdue,
            "talked": _talked,
            "rated": _rated,
            "rating": _rating,
            "signed": _signed,
            "signing_days": _signing_days,
        },
    )
)

tally.named(Source(MONTH_ENDS, {"could_roll": _could_roll, "rolled": _rolled}))

tally.named(
    Source(
        LEARNING,
        {
            "quiz_points": _quiz_points,
            "quiz_sat": _quiz_sat,
            "quiz_missed": _quiz_missed,
            "learnt": _learnt,
            "learnt_late": _learnt_late,
            "not_learnt": _not_learnt,
        },
    )
)

LEARNING_PARTS = frozenset(tally.sources[LEARNING].parts)
"""What is counted of what was to be learnt."""
EXTERNAL_PARTS = frozenset(tally.sources[EXTERNAL].parts)
"""What is counted of what other systems say."""

tally.watch(Payment, ("credited_to_id", "posted_at", "amount"), _payment)
tally.watch(Assignment, ("owner_id", "started_at", "ended_at", "balance"), _assignment)
tally.watch(CaseEnding, ("undone_at",), _ending)
tally.watch(ContactAttempt, ("connected", "reached"), _contact)
tally.watch(ContactNote, ("attempt_id",), _note)
tally.watch(PromiseToPay, ("status", "amount", "counts_on", "settled_at"), _promise)
tally.watch(FollowUp, ("owner_id", "due_at", "state", "settled_at"), _follow_up)
tally.watch(Halt, ("kind", "upheld"), _halt)
tally.watch(Visit, ("state", "out_at", "photos", "in_fix_id", "attempt_id"), _visit)
tally.watch(LocationFix, ("standing",), _fix)
tally.watch(CheckIn, ("day",), _check_in)
tally.watch(
    ExternalResult,
    ("employee_id", "day", "amount", "first_visit_on", "state", "nth", "until"),
    _told,
)
tally.watch(MonthEnd, ("owner_id",), _ended_month)
tally.watch(Enrolment, ("due_at", "completed_at", "withdrawn_at"), _enrolment)
tally.watch(Attempt, ("submitted_at", "score"), _try)
