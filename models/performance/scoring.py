"""What people are to reach, as their cases are mixed, and how far they are in one score (domain.md 4.2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import SHANGHAI, in_chunks
from models.contact import ContactSuspension
from models.performance import rules
from models.performance.around import Around, together
from models.performance.catalogue import CATALOGUE
from models.performance.kinds import KINDS
from models.performance.rules import (
    Figure,
    Part,
    Score,
    Unit,
)
from models.performance.tables import ANY_BUCKET
from models.performance.targets import Standard, standards
from models.performance.windows import DAY, Window
from models.staff import Employee


def aims_of(around: Around, people: Sequence[Employee], window: Window) -> Mapping[int, Sequence[Standard]]:
    return standards(around.session, people, first=window.first.replace(day=1), policy=around.policy)


def parts_of(
    around: Around,
    person: Employee,
    people: Sequence[Employee],
    now: Mapping[str, Figure],
    aims: Sequence[Standard],
    window: Window,
    bucket: int | None,
) -> Sequence[Part]:
    """Each measure of the role with what is to be reached; money only over whole months, as it is set."""
    weights = around.policy.performance.weights.get(person.role, {})
    found = []
    for code in dict.fromkeys((*weights, *now)):
        if code not in KINDS:
            continue
        amount = KINDS[code].unit in (Unit.MONEY, Unit.COUNT)
        target = None
        if not amount or window.months == 1:
            target = _target(around, people, code, aims, window, bucket)
        found.append(
            Part(
                code,
                weights.get(code, 0),
                KINDS[code].direction,
                now[code].value if code in now else None,
                target,
                code in around.policy.performance.conduct_measures,
            )
        )
    return found


def _target(
    around: Around,
    people: Sequence[Employee],
    code: str,
    aims: Sequence[Standard],
    window: Window,
    bucket: int | None,
) -> Decimal | None:
    """What is to be reached over all buckets; where some have targets of their own, as cases are mixed."""
    by_bucket = {one.bucket: one.value for one in aims if one.measure == code}
    anyway = by_bucket.pop(ANY_BUCKET, None)
    if bucket is not None:
        return by_bucket.get(bucket, anyway)
    if not by_bucket or code not in CATALOGUE or not CATALOGUE[code].by_bucket:
        return anyway
    if not CATALOGUE[code].denominator:
        return anyway if anyway is not None else sum(by_bucket.values(), Decimal(0))
    whole = together(around.figures(people, window, [code]), people)[code].denominator or 0
    known: list[tuple[int, Decimal]] = []
    for number, value in by_bucket.items():
        own = together(around.figures(people, window, [code], number), people)[code].denominator or 0
        known.append((own, value))
    rest = whole - sum(weight for weight, _ in known)
    if rest > 0 and anyway is not None:
        known.append((rest, anyway))
    weight = sum(one for one, _ in known)
    if weight <= 0:
        return anyway
    return rules.rounded(sum((Fraction(value) * one for one, value in known), Fraction(0)) / weight)


def score_of(around: Around, person: Employee, parts: Sequence[Part], window: Window) -> Score:
    values = around.policy.performance
    return rules.composite(
        parts,
        least=values.data_percent,
        breach=person.id in _breaches(around.session, [person], window),
        ceiling=values.breach_ceiling,
    )


def _breaches(session: Session, people: Sequence[Employee], window: Window) -> frozenset[int]:
    """Who lost the right to contact in these days for words that were confirmed (section 3, rule 6)."""
    since = datetime.combine(window.first, time(), tzinfo=SHANGHAI)
    until = datetime.combine(window.last + DAY, time(), tzinfo=SHANGHAI)
    found: set[int] = set()
    for some in in_chunks([one.id for one in people]):
        found |= set(
            session.scalars(
                select(ContactSuspension.employee_id).where(
                    ContactSuspension.employee_id.in_(some),
                    ContactSuspension.why.startswith("wording:"),
                    ContactSuspension.since >= since,
                    ContactSuspension.since < until,
                )
            )
        )
    return frozenset(found)


def scores(
    around: Around, people: Sequence[Employee], found: Mapping[int, Mapping[str, Figure]], window: Window
) -> Mapping[int, Score]:
    """Person → the score, of those whose role is scored."""
    aims = aims_of(around, people, window)
    return {
        one.id: score_of(
            around,
            one,
            [
                part
                for part in parts_of(around, one, [one], found[one.id], aims[one.id], window, None)
                if part.weight
            ],
            window,
        )
        for one in people
        if one.role in around.policy.performance.weights
    }
