"""Rows that may be one person: found by phone and name, put together or kept apart by a human."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, true, update
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.base import insert_once
from models.candidates.errors import BothAdmitted, MatchNotFound, MatchSettled, NothingToUndo, TooLateToUndo
from models.candidates.queries import ApplicationView, applications_of, covers, root_of, rows_of
from models.candidates.rules import may_undo
from models.candidates.tables import Application, ApplicationState, CandidateMatch, MatchState
from models.policy import Policy
from models.staff import Candidate, Employee, Reach


@dataclass(frozen=True)
class Side:
    """One of the two, as it is shown: masked."""

    person: Candidate
    phone: str
    id_number: str
    applications: Sequence[ApplicationView]
    """Those within reach."""
    elsewhere: int
    """How many more there are."""


@dataclass(frozen=True)
class MatchView:
    """Two that may be one."""

    match: CandidateMatch
    older: Side
    newer: Side


def note(session: Session, *, person: Candidate, others: Sequence[Candidate], at: datetime) -> None:
    """Let a human compare the person with each of the others; a pair is noted once for good."""
    for other in others:
        if other.id != person.id:
            older, newer = sorted((other.id, person.id))
            row = {"older_id": older, "newer_id": newer, "state": MatchState.WAITING, "found_at": at}
            insert_once(session, CandidateMatch, row)


def waiting(session: Session, *, actor: Employee, policy: Policy, limit: int) -> Sequence[MatchView]:
    """The pairs that wait for a decision and of which one side is within reach, oldest first.

    Raises:
        NotPermitted: the actor decides on none.
    """
    allowed = staff.require(actor, "candidates.merge", policy.rights)
    rows = session.scalars(
        select(CandidateMatch)
        .where(CandidateMatch.state == MatchState.WAITING, _touches(allowed))
        .order_by(CandidateMatch.id)
        .limit(limit)
    ).all()
    shown = [_view(session, row, allowed) for row in rows]
    return [one for one in shown if one.older.person.id != one.newer.person.id]


def _touches(allowed: Reach) -> ColumnElement[bool]:
    """Pairs of which one side has applied within reach, under whatever row."""
    if allowed.everything:
        return true()
    here = staff.unit_in_reach(allowed, Application.unit_id)
    return or_(
        *(
            side.in_(select(column).where(here))
            for side in (CandidateMatch.older_id, CandidateMatch.newer_id)
            for column in (Application.candidate_id, Application.person_id)
        )
    )


def _view(session: Session, match: CandidateMatch, allowed: Reach) -> MatchView:
    return MatchView(match, _side(session, match.older_id, allowed), _side(session, match.newer_id, allowed))


def _side(session: Session, id_: int, allowed: Reach) -> Side:
    row = session.get(Candidate, id_)
    assert row is not None
    person = root_of(session, row)
    everywhere = applications_of(session, person, Reach(everything=True))
    seen = applications_of(session, person, allowed)
    phone = secrecy.open_text(session, row.subject, row.phone)
    id_number = secrecy.open_text(session, row.subject, row.id_number)
    return Side(
        person,
        secrecy.mask_phone(phone),
        secrecy.mask_id_number(id_number),
        seen,
        len(everywhere) - len(seen),
    )


def put_together(
    session: Session, *, actor: Employee, match_id: int, at: datetime, policy: Policy
) -> tuple[Candidate, CandidateMatch]:
    """They are one person: the newer row counts as the older one from now on; applications stay.

    Returns the row that stands for the person.

    Raises:
        NotPermitted, MatchNotFound: the actor may not decide this.
        MatchSettled: somebody has.
        BothAdmitted: each of them was admitted.
    """
    match = _undecided(session, actor, match_id, policy)
    older, newer = (_root(session, id_) for id_ in (match.older_id, match.newer_id))
    if older.id != newer.id:
        _merge(session, older, newer)
        match.merged_id = newer.id
    _settle(session, match, MatchState.SAME, actor, at)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="candidates.merge",
        subject=older.subject,
        details={"match": match.id, "merged": newer.subject},
    )
    return older, match


def keep_apart(
    session: Session, *, actor: Employee, match_id: int, at: datetime, policy: Policy
) -> CandidateMatch:
    """They are two persons.

    Raises:
        NotPermitted, MatchNotFound: the actor may not decide this.
        MatchSettled: somebody has.
    """
    match = _undecided(session, actor, match_id, policy)
    _settle(session, match, MatchState.OTHER, actor, at)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="candidates.keep_apart",
        subject=f"candidate:{match.older_id}",
        details={"match": match.id, "other": f"candidate:{match.newer_id}"},
    )
    return match


def undo_merge(
    session: Session, *, actor: Employee, person: Candidate, at: datetime, policy: Policy
) -> Candidate:
    """Take the newest merge of a person back; the pair waits for a decision again. Returns the freed row.

    Raises:
        NotPermitted, OutOfReach: the actor may not.
        NothingToUndo: nothing was merged.
        TooLateToUndo: it was merged too long ago.
    """
    if not covers(session, staff.require(actor, "candidates.merge", policy.rights), person):
        raise staff.OutOfReach(action="candidates.merge")
    ids = [row.id for row in rows_of(session, person)]
    match = session.scalars(
        select(CandidateMatch)
        .where(CandidateMatch.state == MatchState.SAME, CandidateMatch.merged_id.in_(ids))
        .order_by(CandidateMatch.decided_at.desc(), CandidateMatch.id.desc())
        .limit(1)
    ).one_or_none()
    if match is None or match.merged_id is None:
        raise NothingToUndo(name=person.name)
    days = policy.candidates.undo_merge_days
    if not may_undo(match.decided_at, at, timedelta(days=days)):
        raise TooLateToUndo(decided_at=match.decided_at, limit=days, unit="days")
    freed = session.get(Candidate, match.merged_id, populate_existing=True)
    assert freed is not None
    freed.merged_into_id = None
    session.flush()
    _stand_for(session, rows_of(session, freed), freed)
    match.state, match.decided_at, match.decided_by, match.merged_id = MatchState.WAITING, None, None, None
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="candidates.undo_merge",
        subject=person.subject,
        details={"match": match.id, "freed": freed.subject},
    )
    return freed


def untold(session: Session) -> Sequence[CandidateMatch]:
    """The waiting pairs of which HR has not been told."""
    return session.scalars(
        select(CandidateMatch)
        .where(CandidateMatch.state == MatchState.WAITING, CandidateMatch.told_at.is_(None))
        .order_by(CandidateMatch.id)
    ).all()


def units_of(session: Session, match: CandidateMatch) -> Sequence[int]:
    """The units to which the two have applied; none if they have become one meanwhile."""
    people = {_root(session, id_).id for id_ in (match.older_id, match.newer_id)}
    if len(people) == 1:
        return []
    return session.scalars(
        select(Application.unit_id).where(Application.person_id.in_(people)).distinct().order_by("unit_id")
    ).all()


def _undecided(session: Session, actor: Employee, match_id: int, policy: Policy) -> CandidateMatch:
    allowed = staff.require(actor, "candidates.merge", policy.rights)
    match = session.get(CandidateMatch, match_id, populate_existing=True, with_for_update=True)
    if match is None or not any(
        covers(session, allowed, _root(session, id_)) for id_ in (match.older_id, match.newer_id)
    ):
        raise MatchNotFound()
    if match.state != MatchState.WAITING:
        raise MatchSettled(state=match.state)
    return match


def _settle(
    session: Session, match: CandidateMatch, state: MatchState, actor: Employee, at: datetime
) -> None:
    match.state, match.decided_at, match.decided_by = state, at, actor.subject
    session.flush()


def _root(session: Session, id_: int) -> Candidate:
    row = session.get(Candidate, id_)
    assert row is not None
    return root_of(session, row)


def _merge(session: Session, older: Candidate, newer: Candidate) -> None:
    admitted = session.scalars(
        select(Application.person_id).where(
            Application.person_id.in_((older.id, newer.id)),
            Application.state == ApplicationState.ADMITTED,
            Application.overrides.is_(False),
        )
    ).all()
    if len(admitted) > 1:
        raise BothAdmitted()
    newer.merged_into_id = older.id
    session.flush()
    _stand_for(session, rows_of(session, newer), older)


def _stand_for(session: Session, rows: Sequence[Candidate], person: Candidate) -> None:
    """The applications under these rows are the person's."""
    session.execute(
        update(Application)
        .where(Application.candidate_id.in_([row.id for row in rows]))
        .values(person_id=person.id)
        .execution_options(synchronize_session="fetch")
    )
