"""Everything that has happened with a case, the newest first (S3-14, S3-34)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import files, secrecy
from models.cases.access import subject_of
from models.cases.filing import ABOUT
from models.cases.kinds import AssignmentCause, OfferState, PaymentState
from models.cases.rules import Trigger
from models.cases.tables import (
    Assignment,
    Case,
    CaseEvent,
    ContactNote,
    Payment,
    PromiseToPay,
    SettlementOffer,
    Signal,
)
from models.files import StoredFile
from models.staff import Employee

TOLD_ELSEWHERE = {Trigger.PROMISE, Trigger.ASSIGN}
"""Events beside which a row of its own says more."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    at: datetime
    kind: str
    """Of which kind: `event`, `owner`, `note`, `promise`, `payment`, `paid`, `unpaid`, `offer`, `decision`,
    `signal`, `handled`, `file`."""
    by: str
    """Who did it; empty where nobody did."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Codes, amounts in fen, days and free words, by the names of their columns."""


def timeline(session: Session, case: Case) -> Sequence[Entry]:
    """What has happened with a case, the newest first: one indexed question for each kind."""
    found = [
        *_events(session, case),
        *_owners(session, case),
        *_notes(session, case),
        *_money(session, case),
        *_signals(session, case),
        *_files(session, case),
    ]
    people = {by for _, _, by, _ in found if isinstance(by, int)}
    names = _names(session, people | {values["owner"] for _, _, _, values in found if "owner" in values})
    subject = subject_of(case)
    key = secrecy.keys_of(session, [subject]).get(subject)

    def opened(value: object) -> object:
        if not isinstance(value, bytes):
            return value
        return "" if key is None else secrecy.open_with(key, subject, value) or ""

    entries = [
        Entry(
            at,
            kind,
            by if isinstance(by, str) else names.get(by or 0, ""),
            {
                name: names.get(value, "") if name == "owner" else opened(value)
                for name, value in values.items()
            },
        )
        for at, kind, by, values in found
    ]
    return sorted(entries, key=_place, reverse=True)


def _place(entry: Entry) -> tuple[datetime, int]:
    """Of what happened at the same moment, a case is there first, then somebody's."""
    if entry.kind == "owner":
        return entry.at, 1
    return entry.at, 0 if entry.values.get("event") == "import" else 2


Row = tuple[datetime, str, int | str | None, dict[str, Any]]


def _events(session: Session, case: Case) -> Iterator[Row]:
    for one in session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc())
    ):
        if one.kind not in TOLD_ELSEWHERE:
            yield (
                one.at,
                "event",
                one.by_id,
                {"event": one.kind, "status": one.to_status, "words": one.words, "details": one.details},
            )


def _owners(session: Session, case: Case) -> Iterator[Row]:
    rows = session.scalars(
        select(Assignment)
        .where(Assignment.case_id == case.id, Assignment.cause != AssignmentCause.IMPORT)
        .order_by(Assignment.number.desc())
    )
    for one in rows:
        yield one.started_at, "owner", one.by_id, {"owner": one.owner_id, "cause": one.cause}


def _notes(session: Session, case: Case) -> Iterator[Row]:
    rows = session.scalars(
        select(ContactNote).where(ContactNote.case_id == case.id).order_by(ContactNote.id.desc())
    )
    for one in rows:
        values = {"outcome": one.outcome, "words": one.words, "flags": one.flags}
        yield one.at, "note", one.employee_id, {**values, "corrects": one.corrects_id is not None}


def _money(session: Session, case: Case) -> Iterator[Row]:
    for made in session.scalars(select(PromiseToPay).where(PromiseToPay.case_id == case.id)):
        yield made.made_at, "promise", made.made_by_id, {"amount": made.amount, "due_on": made.due_on}
    for paid in session.scalars(select(Payment).where(Payment.case_id == case.id)):
        values = {"amount": paid.amount, "paid_on": paid.paid_on, "words": paid.words, "state": paid.state}
        if paid.reverses_id is None:
            yield paid.reported_at, "payment", paid.reported_by_id, values
        if paid.decided_at is not None:
            kind = "paid" if paid.state == PaymentState.CONFIRMED else "unpaid"
            yield paid.decided_at, kind, paid.decided_by_id, values
    for offer in session.scalars(select(SettlementOffer).where(SettlementOffer.case_id == case.id)):
        values = {"pay_amount": offer.pay_amount, "waived": offer.waived_amount, "pay_by": offer.pay_by}
        yield offer.asked_at, "offer", offer.asked_by_id, {**values, "words": offer.words}
        if offer.decided_at is not None:
            approved = offer.state != OfferState.REFUSED
            yield offer.decided_at, "decision", offer.decided_by_id, {**values, "approved": approved}


def _signals(session: Session, case: Case) -> Iterator[Row]:
    for one in session.scalars(select(Signal).where(Signal.case_id == case.id)):
        yield one.at, "signal", one.by_id, {"signal": one.kind, "words": one.words}
        if one.handled_at is not None:
            yield one.handled_at, "handled", one.handled_by_id, {"signal": one.kind}


def files_of_case(session: Session, case: Case) -> Sequence[StoredFile]:
    """What was put to a case, the newest first."""
    return files.files_about(session, subject_of(case), f"{ABOUT}{case.id}")


def _files(session: Session, case: Case) -> Iterator[Row]:
    for one in files_of_case(session, case):
        who = one.uploaded_by.removeprefix("employee:")
        by = int(who) if who.isdecimal() else one.uploaded_by
        yield one.created_at, "file", by, {"file": one.id, "kind": one.kind, "size": one.size}


def _names(session: Session, ids: Iterable[int]) -> Mapping[int, str]:
    named = select(Employee.id, Employee.name).where(Employee.id.in_(sorted(ids)))
    return dict(session.execute(named).all())
