"""What people are to reach, as their cases are mixed, and how far they are in one score (domain.md 4.2)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction
from itertools import chain

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.base import SHANGHAI, among, find_rows
from models.contact import ContactSuspension
from models.performance import rules
from models.performance.around import Around
from models.performance.catalogue import CATALOGUE
from models.performance.kinds import KINDS
from models.performance.queries import mixes
from models.performance.rules import (
    Figure,
    Part,
    Score,
    Unit,
)
from models.performance.tables import ANY_BUCKET
from models.performance.targets import Standard
from models.performance.windows import DAY, Window
from models.staff import Employee

Mixes = Mapping[str, Mapping[tuple[int, int], int]]
"""Measure → (person, bucket) → what the figure of the bucket alone is divided by."""


def mixes_of(around: Around, people: Sequence[Employee], aims: Iterable[Standard], window: Window) -> Mixes:
    """How the cases of people are mixed, as far as targets differ by bucket."""
    codes = sorted({one.measure for one in aims if one.bucket != ANY_BUCKET and _is_mixed(one.measure)})
    if not codes:
        return {}
    return mixes(
        around.session,
        [one.id for one in people],
        window.first,
        window.last,
        at=around.at,
        measures=codes,
    )


def _is_mixed(code: str) -> bool:
    return code in CATALOGUE and CATALOGUE[code].by_bucket and bool(CATALOGUE[code].denominator)


def parts_of(
    around: Around,
    person: Employee,
    people: Sequence[Employee],
    now: Mapping[str, Figure],
    aims: Sequence[Standard],
    window: Window,
    bucket: int | None,
    mixes: Mixes,
) -> Sequence[Part]:
    """Each measure of the role with what is to be reached; money only over whole months, as it is set."""
    weights = around.policy.performance.weights.get(person.role, {})
    conduct = around.policy.performance.conduct_measures
    whole_month = window.months == 1
    found = []
    for code in dict.fromkeys((*weights, *now)):
        kind = KINDS.get(code)
        if kind is None:
            continue
        target = None
        if whole_month or kind.unit not in (Unit.MONEY, Unit.COUNT):
            target = _target(people, code, aims, bucket, now, mixes)
        actual = now[code].value if code in now else None
        found.append(Part(code, weights.get(code, 0), kind.direction, actual, target, code in conduct))
    return found


def _target(
    people: Sequence[Employee],
    code: str,
    aims: Sequence[Standard],
    bucket: int | None,
    now: Mapping[str, Figure],
    mixes: Mixes,
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
    mix = mixes[code]
    known = [
        (sum(mix.get((one.id, number), 0) for one in people), value) for number, value in by_bucket.items()
    ]
    rest = (now[code].denominator or 0) - sum(weight for weight, _ in known)
    if rest > 0 and anyway is not None:
        known.append((rest, anyway))
    weight = sum(one for one, _ in known)
    if weight <= 0:
        return anyway
    hundredths = sum(int(value.scaleb(2)) * one for one, value in known)
    return rules.rounded(Fraction(hundredths, 100 * weight))


def score_of(around: Around, person: Employee, parts: Sequence[Part], window: Window) -> Score:
    return _score(around, person, parts, _breaches(around.session, [person], window))


def _score(around: Around, person: Employee, parts: Sequence[Part], breaches: Collection[int]) -> Score:
    values = around.policy.performance
    return rules.composite(
        parts,
        least=values.data_percent,
        breach=person.id in breaches,
        ceiling=values.breach_ceiling,
    )


_BREACHES = select(ContactSuspension.employee_id).where(
    among(ContactSuspension.employee_id),
    ContactSuspension.why.startswith("wording:"),
    ContactSuspension.since >= bindparam("since"),
    ContactSuspension.since < bindparam("until"),
)


def _breaches(session: Session, people: Sequence[Employee], window: Window) -> frozenset[int]:
    """Who lost the right to contact in these days for words that were confirmed (section 3, rule 6)."""
    since = datetime.combine(window.first, time(), tzinfo=SHANGHAI)
    until = datetime.combine(window.last + DAY, time(), tzinfo=SHANGHAI)
    values = {"people": [one.id for one in people], "since": since, "until": until}
    return frozenset(row[0] for row in find_rows(session, _BREACHES, values))


def scored(around: Around, people: Sequence[Employee], window: Window) -> Mapping[int, Score]:
    """The same with the figures it takes; what is missing of a whole month has no money in it."""
    found: dict[int, Mapping[str, Figure]] = {}
    for role in {one.role for one in people} & around.policy.performance.weights.keys():
        measures = [one for one in around.policy.performance.weights[role] if one in CATALOGUE]
        found.update(around.figures([one for one in people if one.role == role], window, measures))
    return scores(around, [one for one in people if one.id in found], found, window)


def scores(
    around: Around, people: Sequence[Employee], found: Mapping[int, Mapping[str, Figure]], window: Window
) -> Mapping[int, Score]:
    """Person → the score, of those whose role is scored; a handful of questions for any number of people."""
    scored = [one for one in people if one.role in around.policy.performance.weights]
    aims = around.aims(scored, window)
    mixes = mixes_of(around, scored, chain.from_iterable(aims.values()), window)
    breaches = _breaches(around.session, scored, window)
    return {
        one.id: _score(
            around,
            one,
            [
                part
                for part in parts_of(around, one, [one], found[one.id], aims[one.id], window, None, mixes)
                if part.weight
            ],
            breaches,
        )
        for one in scored
    }
