"""What HR has to follow up: opened once for each cause, closed by a human or when it settles itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audit, candidates, secrecy, staff
from models.base import in_chunks, insert_once
from models.candidates import Application
from models.notices.errors import ItemNotFound, ItemSettled
from models.notices.tables import CandidateNotice, FollowUpItem, FollowUpKind
from models.policy import Policy
from models.staff import Candidate, Employee

MOST_SHOWN = 10


@dataclass(frozen=True)
class ItemView:
    """An item as HR sees it."""

    item: FollowUpItem
    notice: CandidateNotice
    person: Candidate
    title: str
    missing: Sequence[str]
    """The names of the values that are missing."""
    reasons: Mapping[str, str]
    """Channel → why it failed, as codes."""
    words: str
    """What the person would read, where HR is asked about it."""


def open_item(
    session: Session,
    notice: CandidateNotice,
    kind: FollowUpKind,
    details: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    """Let HR see to a notice; the same cause opens one item."""
    open_items(session, [(notice, details)], kind, at=at)


def open_items(
    session: Session,
    causes: Sequence[tuple[CandidateNotice, Mapping[str, Any]]],
    kind: FollowUpKind,
    *,
    at: datetime,
) -> None:
    """Let HR see to many notices, each for its cause; an item that is there tells of the newest one."""
    session.flush()
    known = opened_of(session, [notice.id for notice, _ in causes], kind)
    units = _units_of(session, [notice for notice, _ in causes])
    rows = [
        {
            "notice_id": notice.id,
            "unit_id": units[notice.id],
            "kind": kind,
            "details": dict(details),
            "opened_at": at,
            "told_at": None,
            "closed_at": None,
            "closed_by_id": None,
        }
        for notice, details in causes
        if notice.id not in known
    ]
    insert_once(session, FollowUpItem, rows)
    for notice, details in causes:
        if notice.id in known and details:
            session.execute(
                update(FollowUpItem)
                .where(FollowUpItem.notice_id == notice.id, FollowUpItem.kind == kind)
                .values(details=dict(details))
            )


def _units_of(session: Session, notices: Sequence[CandidateNotice]) -> Mapping[int, int]:
    """Notice → whose HR sees to it: of the application, else of where the person applied, else the top."""
    units: dict[int, int] = {}
    for ids in in_chunks(one.application_id for one in notices if one.application_id is not None):
        found = session.execute(select(Application.id, Application.unit_id).where(Application.id.in_(ids)))
        for id_, unit_id in found:
            units[id_] = unit_id
    return {
        one.id: units[one.application_id] if one.application_id is not None else _unit_of(session, one)
        for one in notices
    }


def _unit_of(session: Session, notice: CandidateNotice) -> int:
    applied = candidates.units_applied_to(session, session.get_one(Candidate, notice.person_id))
    return applied[0] if applied else staff.ensure_root(session).id


def close_by_itself(session: Session, notice: CandidateNotice, kind: FollowUpKind, *, at: datetime) -> None:
    """The cause is gone: nobody has to see to it any more."""
    close_all(session, [notice.id], kind, at=at)


def close_all(session: Session, notice_ids: Collection[int], kind: FollowUpKind, *, at: datetime) -> None:
    """The same of many notices."""
    for ids in in_chunks(notice_ids):
        session.execute(
            update(FollowUpItem)
            .where(
                FollowUpItem.notice_id.in_(ids), FollowUpItem.kind == kind, FollowUpItem.closed_at.is_(None)
            )
            .values(closed_at=at)
        )


def opened_of(session: Session, notice_ids: Collection[int], kind: FollowUpKind) -> set[int]:
    """Of which of these notices HR has been asked to see to this, whether or not it has."""
    return {
        id_
        for ids in in_chunks(notice_ids)
        for id_ in session.scalars(
            select(FollowUpItem.notice_id).where(FollowUpItem.notice_id.in_(ids), FollowUpItem.kind == kind)
        )
    }


def the_item(
    session: Session, *, actor: Employee, item_id: int, policy: Policy, open_only: bool
) -> FollowUpItem:
    """An item within reach.

    Raises:
        NotPermitted: the actor follows nothing up.
        ItemNotFound: there is no such item, or not within reach.
        ItemSettled: it is closed.
    """
    allowed = staff.require(actor, "notices.send", policy.rights)
    item = session.get(FollowUpItem, item_id, populate_existing=True)
    if item is None or not staff.covers_unit(session, allowed, item.unit_id):
        raise ItemNotFound()
    if open_only and item.closed_at is not None:
        raise ItemSettled(closed_at=item.closed_at)
    return item


def follow_ups(session: Session, *, actor: Employee, policy: Policy) -> tuple[Sequence[ItemView], int]:
    """The oldest open items within reach, and how many there are in all.

    Raises:
        NotPermitted: the actor follows nothing up.
    """
    allowed = staff.require(actor, "notices.send", policy.rights)
    found = session.scalars(
        select(FollowUpItem)
        .where(FollowUpItem.closed_at.is_(None), staff.unit_in_reach(allowed, FollowUpItem.unit_id))
        .order_by(FollowUpItem.opened_at, FollowUpItem.id)
    ).all()
    return [view(session, item, policy) for item in found[:MOST_SHOWN]], len(found)


def view(session: Session, item: FollowUpItem, policy: Policy) -> ItemView:
    """An item with what belongs to it."""
    notice = session.get_one(CandidateNotice, item.notice_id)
    person = session.get_one(Candidate, notice.person_id)
    names = policy.notice_texts.fields
    words = ""
    if item.kind == FollowUpKind.REVIEW:
        words = secrecy.open_text(session, person.subject, notice.words) or ""
    return ItemView(
        item,
        notice,
        person,
        policy.notice_texts.title(notice.template),
        [names.get(code, code) for code in item.details.get("missing", [])],
        item.details.get("reasons", {}),
        words,
    )


def finish(session: Session, *, actor: Employee, item_id: int, at: datetime, policy: Policy) -> FollowUpItem:
    """Somebody has seen to it, by telephone or otherwise.

    Raises:
        NotPermitted, ItemNotFound, ItemSettled: the actor may not, or it is closed.
    """
    item = the_item(session, actor=actor, item_id=item_id, policy=policy, open_only=True)
    item.closed_at, item.closed_by_id = at, actor.id
    session.flush()
    _record(session, actor, "notices.follow_up", item, at)
    return item


def reopen(session: Session, *, actor: Employee, item_id: int, at: datetime, policy: Policy) -> FollowUpItem:
    """Take back that somebody has seen to it.

    Raises:
        NotPermitted, ItemNotFound: the actor may not.
    """
    item = the_item(session, actor=actor, item_id=item_id, policy=policy, open_only=False)
    item.closed_at = item.closed_by_id = None
    session.flush()
    _record(session, actor, "notices.reopen", item, at)
    return item


def untold(session: Session, *, at: datetime, limit: int) -> Sequence[FollowUpItem]:
    """Open items of which HR has not heard; they count as told from now on."""
    found = session.scalars(
        select(FollowUpItem)
        .where(FollowUpItem.told_at.is_(None), FollowUpItem.closed_at.is_(None))
        .order_by(FollowUpItem.id)
        .limit(limit)
    ).all()
    for item in found:
        item.told_at = at
    session.flush()
    return found


def _record(session: Session, actor: Employee, action: str, item: FollowUpItem, at: datetime) -> None:
    notice = session.get_one(CandidateNotice, item.notice_id)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=f"candidate:{notice.person_id}",
        details={"item": item.id, "notice": notice.id},
    )
