"""Writes of the wording filter: hits that are kept, what reviewers say, and what may be said after all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models import audit, contact, planning, secrecy, staff, training
from models.policy import Policy
from models.staff import Employee
from models.wording.errors import (
    AllowanceNeedsMore,
    AlreadyAllowed,
    AlreadyReviewed,
    NoSuchAllowance,
    NoSuchRule,
    NoSuchText,
    OwnWords,
    WordingBlocked,
)
from models.wording.lexicon import letters_of
from models.wording.queries import REVIEW, Flagged, find_text, flagged, read
from models.wording.rules import Examination, Mode, blocking
from models.wording.tables import Decision, WordingAllowance, WordingHit, WordingText
from models.wording_policy import Severity

ALLOW = "wording.allow"
KEPT = "wording.kept"
"""The kind of the due item by which people hear of a text with hits, at once."""
WORTH_TELLING = timedelta(days=7)
LEAST_LETTERS = 2


def require_clean(session: Session, text: str, policy: Policy) -> Examination:
    """Refuse an outgoing text that says what must not be said; numbers in what comes back are masked.

    Raises:
        WordingBlocked: it does; with what may be said instead.
    """
    examination = read(session, text, policy, mode=Mode.OUTGOING)
    hit = blocking(examination)
    if hit is not None:
        rule = policy.wording.rules[hit.code]
        raise WordingBlocked(
            rule=rule.name, words=examination.words(hit), rewrite=rule.rewrite, code=hit.code
        )
    return examination


def keep_hits(
    session: Session,
    *,
    author: Employee,
    about: str,
    subject: str,
    examination: Examination,
    at: datetime,
) -> Sequence[WordingHit]:
    """Keep what the filter has found in a text, so that nothing is silently dropped (domain.md 3, rule 2).

    `subject` is the pseudonym of the debtor, under whose key the masked words are sealed. Who is to know of
    it hears of it at once (`jobs.wording.tell_of_hits`). A text without hits is not kept, and the same text
    of an author about the same thing is kept once.
    """
    if not examination.hits:
        return []
    text_hash = secrecy.identity_hash(session, "wording", examination.masked)
    known = exists().where(
        WordingText.author_id == author.id, WordingText.about == about, WordingText.text_hash == text_hash
    )
    if session.scalar(select(known)):
        return []
    kept = WordingText(
        about=about,
        subject=subject,
        author_id=author.id,
        at=at,
        mode=examination.mode,
        text_hash=text_hash,
        words=secrecy.seal(session, subject, examination.masked),
        version=examination.version,
    )
    session.add(kept)
    session.flush()
    hits = [
        WordingHit(
            text_id=kept.id,
            code=hit.code,
            phrase=hit.phrase,
            severity=hit.severity,
            begins=hit.start,
            ends=hit.end,
            quoted=hit.quoted,
        )
        for hit in examination.hits
    ]
    session.add_all(hits)
    session.flush()
    planning.plan_due(session, [(KEPT, kept.id, at, at + WORTH_TELLING)])
    audit.record(
        session,
        at=at,
        actor=author.subject,
        action="wording.keep",
        subject=subject,
        details={"text": kept.id, "about": about, "codes": list(examination.codes), "rules": kept.version},
    )
    return hits


@dataclass(frozen=True)
class Reviewed:
    """What came of a review."""

    flagged: Flagged
    hits: Sequence[WordingHit]
    """Those it was about."""
    suspended: bool
    """Whether the author may contact nobody until a supervisor lifts it (domain.md 3, rule 6)."""
    lesson: training.CourseVersion | None = None
    """What the author is to learn because of it (rules 5 and 6); None: nothing, or no course is there."""


def review(
    session: Session,
    *,
    actor: Employee,
    id_: int,
    decision: Decision,
    at: datetime,
    policy: Policy,
    hit_id: int | None = None,
) -> Reviewed:
    """Say what is to be thought of a text's hits that nobody has reviewed, or of one of them.

    Raises:
        NotPermitted: no role of the actor includes it; NoSuchText: there is no such text or hit, or not
        within reach; OwnWords: the actor wrote it; AlreadyReviewed: somebody was faster.
    """
    found = find_text(session, actor=actor, id_=id_, at=at, policy=policy)
    if found.author.id == actor.id:
        raise OwnWords()
    session.refresh(found.text, with_for_update=True)
    for hit in found.hits:
        session.refresh(hit)
    asked = [hit for hit in found.hits if hit_id in (None, hit.id)]
    waiting = [hit for hit in asked if hit.decision is None]
    if not asked:
        raise NoSuchText()
    if not waiting:
        last = max(asked, key=lambda hit: hit.reviewed_at or at)
        reviewer = session.get_one(Employee, last.reviewer_id)
        raise AlreadyReviewed(person=reviewer.named, decision=last.decision, at=last.reviewed_at)
    for hit in waiting:
        hit.decision, hit.reviewer_id, hit.reviewed_at = decision, actor.id, at
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=REVIEW,
        subject=found.author.subject,
        details={"text": id_, "hits": [hit.id for hit in waiting], "decision": str(decision)},
    )
    grave = [hit.code for hit in waiting if decision == Decision.CONFIRMED and _takes_rights(hit, policy)]
    if grave:
        contact.suspend(session, employee=found.author, why=f"wording:{grave[0]}", at=at, by=actor)
    taught = grave or [hit.code for hit in waiting if decision == Decision.NEEDS_TRAINING]
    planned = None
    if taught:
        planned = training.plan_conduct(
            session, person=found.author, rule=taught[0], at=at, policy=policy.training
        )
    lesson = None if planned is None else planned[0]
    return Reviewed(found, waiting, suspended=bool(grave), lesson=lesson)


def _takes_rights(hit: WordingHit, policy: Policy) -> bool:
    rule = policy.wording.rules.get(hit.code)
    return rule is not None and rule.suspends and not hit.quoted and hit.severity == Severity.BLOCK


def escalate(session: Session, *, found: Flagged, at: datetime) -> None:
    """The supervisor hears that nobody has looked at a text in time."""
    found.text.escalated_at = at
    session.flush()
    audit.record(
        session,
        at=at,
        action="wording.escalate",
        subject=found.author.subject,
        details={"text": found.text.id},
    )


def allow(
    session: Session, *, actor: Employee, rule: str, words: str, reason: str, at: datetime, policy: Policy
) -> WordingAllowance:
    """Let words pass for a rule (its code or its name) from now on.

    Raises:
        NotPermitted: no role of the actor includes it; NoSuchRule: there is none; AllowanceNeedsMore: words
        or reason are missing; AlreadyAllowed: they pass already.
    """
    staff.require(actor, ALLOW, policy.rights)
    rules = policy.wording.rules
    asked = rule.strip()
    code = next((code for code, one in rules.items() if asked.upper() == code or asked == one.name), None)
    if code is None or not rules[code].phrases:
        raise NoSuchRule(asked=asked, rules=[one.name for one in rules.values() if one.phrases])
    words, reason = words.strip()[:60], reason.strip()[:200]
    if len(letters_of(policy.wording, words)) < LEAST_LETTERS or not reason:
        raise AllowanceNeedsMore()
    known = exists().where(
        WordingAllowance.code == code, WordingAllowance.words == words, WordingAllowance.removed_at.is_(None)
    )
    if session.scalar(select(known)):
        raise AlreadyAllowed(words=words, rule=rules[code].name)
    made = WordingAllowance(code=code, words=words, reason=reason, added_at=at, added_by_id=actor.id)
    session.add(made)
    session.flush()
    audit.record(
        session, at=at, actor=actor.subject, action=ALLOW, details={"allowance": made.id, "rule": code}
    )
    return made


def forbid(session: Session, *, actor: Employee, id_: int, at: datetime, policy: Policy) -> WordingAllowance:
    """Take such an entry back.

    Raises:
        NotPermitted: no role of the actor includes it; NoSuchAllowance: there is none.
    """
    staff.require(actor, ALLOW, policy.rights)
    known = session.get(WordingAllowance, id_, with_for_update=True)
    if known is None or known.removed_at is not None:
        raise NoSuchAllowance()
    known.removed_at, known.removed_by_id = at, actor.id
    session.flush()
    audit.record(
        session, at=at, actor=actor.subject, action="wording.forbid", details={"allowance": known.id}
    )
    return known


def told(session: Session, ids: Iterable[int]) -> Sequence[Flagged]:
    """The texts of these numbers, for the people who are to hear of them."""
    return flagged(session, [text for id_ in ids if (text := session.get(WordingText, id_)) is not None])


def forget_unreadable(session: Session) -> int:
    """Blank what was kept of debtors who were deleted: without their key it cannot be read any more."""
    key = secrecy.PersonKey
    gone = exists().where(key.subject == WordingText.subject, key.destroyed_at.is_not(None))
    found = session.scalars(select(WordingText).where(WordingText.text_hash != "", gone)).all()
    for text in found:
        text.words, text.text_hash = None, ""
    session.flush()
    return len(found)
