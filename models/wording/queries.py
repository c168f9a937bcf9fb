"""Reads of the wording filter: what is let pass, what waits for a review, and how good the rules are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session

from models import handover, secrecy, staff
from models.calendar import WorkCalendar
from models.handover.rules import add_workdays
from models.policy import Policy
from models.staff import Employee, Role
from models.wording.errors import NoSuchText
from models.wording.rules import Allowed, Examination, Mode, examine
from models.wording.tables import Decision, WordingAllowance, WordingHit, WordingText
from models.wording_policy import Severity

REVIEW = "wording.review"
LEADER = "leader"
"""In `WordingRule.tell`: who leads the unit of the author."""
AROUND = 16
"""So many characters on either side of a hit are shown."""


def allowed(session: Session) -> Sequence[Allowed]:
    """What compliance lets pass."""
    rows = session.execute(
        select(WordingAllowance.code, WordingAllowance.words).where(WordingAllowance.removed_at.is_(None))
    )
    return [Allowed(code, words) for code, words in rows]


def read(session: Session, text: str, policy: Policy, *, mode: Mode = Mode.NOTE) -> Examination:
    """Examine a text with all that compliance lets pass."""
    return examine(text, policy, mode=mode, allowed=allowed(session))


@dataclass(frozen=True)
class Flagged:
    """A text with hits, to be looked at."""

    text: WordingText
    hits: Sequence[WordingHit]
    author: Employee
    words: str
    """With numbers masked; empty once it was deleted."""

    @property
    def number(self) -> int | None:
        """The number of the case that it is about, if it is about one."""
        kind, _, id_ = self.text.about.partition(":")
        return int(id_) if kind == "case" and id_.isdecimal() else None

    @property
    def open(self) -> bool:
        """Whether a hit waits for a review."""
        return any(hit.decision is None for hit in self.hits)

    @property
    def codes(self) -> Sequence[str]:
        """The rules, the gravest first."""
        order = list(Severity)
        gravest = sorted(self.hits, key=lambda hit: (-order.index(Severity(hit.severity)), hit.begins))
        return list(dict.fromkeys(hit.code for hit in gravest))

    @property
    def worst(self) -> WordingHit:
        """The gravest hit."""
        return next(hit for hit in self.hits if hit.code == self.codes[0])

    @property
    def excerpt(self) -> str:
        """What stands around the gravest hit."""
        first, last = max(0, self.worst.begins - AROUND), self.worst.ends + AROUND
        before = "…" if first else ""
        after = "…" if last < len(self.words) else ""
        around = " ".join(self.words[first:last].split())
        return f"{before}{around}{after}"


def due_at(text: WordingText, policy: Policy, calendar: WorkCalendar) -> datetime:
    """By when somebody has to have looked at it: so many workdays later (domain.md 3, rule 5)."""
    return add_workdays(text.at, policy.wording.review.workdays, calendar.is_workday)


def flagged(session: Session, texts: Iterable[WordingText]) -> Sequence[Flagged]:
    """The texts with their hits and authors, in the order given."""
    found = list(texts)
    hits: dict[int, list[WordingHit]] = defaultdict(list)
    rows = session.scalars(
        select(WordingHit)
        .where(WordingHit.text_id.in_([text.id for text in found]))
        .order_by(WordingHit.begins, WordingHit.id)
    )
    for hit in rows:
        hits[hit.text_id].append(hit)
    return [
        Flagged(
            text,
            hits[text.id],
            session.get_one(Employee, text.author_id),
            secrecy.open_text(session, text.subject, text.words) or "",
        )
        for text in found
    ]


def _open() -> Select[WordingText]:
    waiting = exists().where(WordingHit.text_id == WordingText.id, WordingHit.decision.is_(None))
    return select(WordingText).where(waiting).order_by(WordingText.at, WordingText.id)


def to_review(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> Sequence[Flagged]:
    """What waits for a review by this person: what those within reach wrote, oldest first, never their own.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    reach = staff.require(actor, REVIEW, policy.rights)
    statement = (
        _open()
        .join(Employee, Employee.id == WordingText.author_id)
        .where(staff.person_in_reach(reach, actor, at), WordingText.author_id != actor.id)
    )
    return flagged(session, session.scalars(statement).all())


def find_text(session: Session, *, actor: Employee, id_: int, at: datetime, policy: Policy) -> Flagged:
    """One of those, also if it was reviewed before.

    Raises:
        NotPermitted: no role of the actor includes it; NoSuchText: there is none, or not within reach.
    """
    reach = staff.require(actor, REVIEW, policy.rights)
    text = session.get(WordingText, id_)
    author = None if text is None else session.get(Employee, text.author_id)
    if text is None or author is None or not staff.covers_anybody(session, reach, actor, author, at=at):
        raise NoSuchText()
    return flagged(session, [text])[0]


def overdue(session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar) -> Sequence[Flagged]:
    """What nobody has looked at in time, and of which no supervisor has heard."""
    waiting = session.scalars(_open().where(WordingText.escalated_at.is_(None))).all()
    return flagged(session, [text for text in waiting if due_at(text, policy, calendar) <= at])


def those_to_tell(
    session: Session, *, author: Employee, whom: Iterable[str], at: datetime
) -> Sequence[Employee]:
    """Who hears of a hit, each once and never the author; `whom` as `WordingRule.tell` says."""
    post = staff.main_post(session, author.id, at)
    unit_id = staff.ensure_root(session).id if post is None else post.unit_id
    told: list[Employee] = []
    for one in whom:
        if one == LEADER:
            found = handover.nearest(session, handover.LEADING, unit_id=unit_id, at=at)
        elif one == Role.SUPERVISOR:
            found = handover.nearest(session, (Role.SUPERVISOR, Role.MANAGER), unit_id=unit_id, at=at)
        else:
            others = staff.holders(session, Role(one), unit_id=unit_id, at=at)
            told += [person for person in others if person.id != author.id]
            continue
        told += [person for person in found if person.id != author.id][:1]
    return list(dict.fromkeys(told))


@dataclass(frozen=True)
class RuleFigures:
    """How good a rule was in a period (domain.md 3, rule 7)."""

    code: str
    name: str
    hits: int
    reviewed: int
    confirmed: int
    false_positive: int
    needs_training: int
    notes: int
    """How many notes were written by those within reach."""

    @property
    def precision(self) -> float | None:
        """Confirmed ÷ reviewed; None if nothing was reviewed."""
        return self.confirmed / self.reviewed if self.reviewed else None

    @property
    def per_thousand(self) -> float | None:
        """Hits per 1,000 notes; None without notes."""
        return self.hits * 1000 / self.notes if self.notes else None


def figures(
    session: Session,
    *,
    actor: Employee,
    since: datetime,
    until: datetime,
    notes: int,
    at: datetime,
    policy: Policy,
) -> Sequence[RuleFigures]:
    """Hits in notes of those within reach, by rule; rules without hits are left out.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    reach = staff.require(actor, REVIEW, policy.rights)

    rows = session.execute(
        select(
            WordingHit.code,
            func.count(),
            func.count(WordingHit.decision),
            *(func.count(case((WordingHit.decision == decision, 1))) for decision in Decision),
        )
        .join(WordingText, WordingText.id == WordingHit.text_id)
        .join(Employee, Employee.id == WordingText.author_id)
        .where(WordingText.at >= since, WordingText.at < until, WordingText.mode == Mode.NOTE)
        .where(staff.person_in_reach(reach, actor, at))
        .group_by(WordingHit.code)
    ).all()
    found = {
        row[0]: RuleFigures(
            code=row[0],
            name=policy.wording.rules[row[0]].name,
            hits=row[1],
            reviewed=row[2],
            confirmed=row[3],
            false_positive=row[4],
            needs_training=row[5],
            notes=notes,
        )
        for row in rows
        if row[0] in policy.wording.rules
    }
    return [found[code] for code in policy.wording.rules if code in found]


def allowances(session: Session, *, actor: Employee, policy: Policy) -> Sequence[WordingAllowance]:
    """What compliance lets pass, newest first.

    Raises:
        NotPermitted: no role of the actor includes it.
    """
    staff.require(actor, "wording.allow", policy.rights)
    return session.scalars(
        select(WordingAllowance)
        .where(WordingAllowance.removed_at.is_(None))
        .order_by(WordingAllowance.id.desc())
    ).all()
