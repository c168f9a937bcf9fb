"""Templates and their versions: proposed by one, reviewed by another (S1-24, S1-25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit, staff
from models.notices.errors import (
    NothingChanged,
    OwnProposal,
    TemplateNotFound,
    TemplateSettled,
    UnknownFields,
)
from models.notices.rules import unknown_fields
from models.notices.tables import NoticeTemplate, TemplateState
from models.policy import Policy
from models.staff import Employee

DELIVERED_VERSION = 1


@dataclass(frozen=True)
class TemplateView:
    """A template as it is in force, and newer words that wait for a review."""

    code: str
    name: str
    version: int
    words: str
    proposed: NoticeTemplate | None


def in_force(session: Session, code: str, policy: Policy) -> tuple[int, str]:
    """Version and words of the template in force.

    Raises:
        TemplateNotFound: there is no such template.
    """
    shipped = policy.notice_texts.templates.get(code)
    if shipped is None:
        raise TemplateNotFound(asked=code, names=_names(policy))
    newest = session.scalars(
        select(NoticeTemplate).where(
            NoticeTemplate.code == code, NoticeTemplate.state == TemplateState.IN_FORCE
        )
    ).one_or_none()
    return (DELIVERED_VERSION, shipped.words) if newest is None else (newest.version, newest.words)


def templates(session: Session, *, actor: Employee, policy: Policy) -> Sequence[TemplateView]:
    """All templates.

    Raises:
        NotPermitted: the actor sends no notices.
    """
    staff.require(actor, "notices.send", policy.rights)
    return [_view(session, code, policy) for code in policy.notice_texts.templates]


def the_template(session: Session, *, actor: Employee, asked: str, policy: Policy) -> TemplateView:
    """The template with this name or code.

    Raises:
        NotPermitted: the actor sends no notices.
        TemplateNotFound: there is none.
    """
    staff.require(actor, "notices.send", policy.rights)
    return _view(session, _code(asked, policy), policy)


def propose_template(
    session: Session, *, actor: Employee, asked: str, words: str, at: datetime, policy: Policy
) -> NoticeTemplate:
    """New words for a template; another one's that wait for a review are replaced.

    Raises:
        NotPermitted: the actor writes no templates.
        TemplateNotFound, UnknownFields, NothingChanged: as named.
    """
    staff.require(actor, "notices.write", policy.rights)
    code = _code(asked, policy)
    words = "\n".join(line.rstrip() for line in words.strip().splitlines())
    known = list(policy.notice_texts.fields.values())
    if unknown := unknown_fields(words, policy.notice_texts):
        raise UnknownFields(names=list(unknown), known=known)
    if not words or words == in_force(session, code, policy)[1].strip():
        raise NothingChanged()
    if (waiting := _proposed(session, code)) is not None:
        waiting.state = TemplateState.REPLACED
    newest = session.scalar(select(func.max(NoticeTemplate.version)).where(NoticeTemplate.code == code))
    made = NoticeTemplate(
        code=code,
        version=(newest or DELIVERED_VERSION) + 1,
        words=words,
        state=TemplateState.PROPOSED,
        proposed_by_id=actor.id,
        proposed_at=at,
    )
    session.add(made)
    session.flush()
    _record(session, actor, "notices.propose", made, at)
    return made


def reviewers(
    session: Session, *, template: NoticeTemplate, at: datetime, policy: Policy
) -> Sequence[Employee]:
    """Who may review a template: everybody with the right but its author."""
    roles = [role for role in staff.Role if staff.may(frozenset({role}), "notices.review", policy.rights)]
    people = {one.id: one for role in roles for one in staff.holders(session, role, unit_id=None, at=at)}
    return [one for id_, one in sorted(people.items()) if id_ != template.proposed_by_id]


def review_template(
    session: Session, *, actor: Employee, template_id: int, accepted: bool, at: datetime, policy: Policy
) -> NoticeTemplate:
    """Put proposed words into force, or refuse them.

    Raises:
        NotPermitted: the actor reviews none.
        TemplateNotFound, TemplateSettled, OwnProposal: as named.
    """
    staff.require(actor, "notices.review", policy.rights)
    found = session.get(NoticeTemplate, template_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise TemplateNotFound(asked="", names=_names(policy))
    if found.state != TemplateState.PROPOSED:
        raise TemplateSettled(state=found.state)
    if found.proposed_by_id == actor.id:
        raise OwnProposal()
    if accepted:
        for old in session.scalars(
            select(NoticeTemplate).where(
                NoticeTemplate.code == found.code, NoticeTemplate.state == TemplateState.IN_FORCE
            )
        ):
            old.state = TemplateState.REPLACED
        session.flush()
    found.state = TemplateState.IN_FORCE if accepted else TemplateState.REFUSED
    found.reviewed_by_id, found.reviewed_at = actor.id, at
    session.flush()
    _record(session, actor, "notices.accept" if accepted else "notices.refuse", found, at)
    return found


def _view(session: Session, code: str, policy: Policy) -> TemplateView:
    version, words = in_force(session, code, policy)
    name = policy.notice_texts.templates[code].name
    return TemplateView(code, name, version, words.strip(), _proposed(session, code))


def _proposed(session: Session, code: str) -> NoticeTemplate | None:
    return session.scalars(
        select(NoticeTemplate).where(
            NoticeTemplate.code == code, NoticeTemplate.state == TemplateState.PROPOSED
        )
    ).one_or_none()


def _code(asked: str, policy: Policy) -> str:
    for code, template in policy.notice_texts.templates.items():
        if asked in (code, template.name):
            return code
    raise TemplateNotFound(asked=asked, names=_names(policy))


def _names(policy: Policy) -> list[str]:
    return [template.name for template in policy.notice_texts.templates.values()]


def _record(session: Session, actor: Employee, action: str, template: NoticeTemplate, at: datetime) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=actor.subject,
        details={"template": template.code, "version": template.version},
    )
