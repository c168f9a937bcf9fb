"""The formulas of turnover: the golden cases of docs/turnover.md, and what always holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lifecycle import REASONS, Reason, ReasonKind
from models.policy import TurnoverFormula
from models.turnover import rules
from models.turnover.rules import SHANGHAI, Cohort, Held, Leaving, Period, Spell, Timeline

ALWAYS = datetime(2000, 1, 1, tzinfo=SHANGHAI)
MARCH = Period(date(2026, 3, 1))
LATER = datetime(2027, 1, 1, tzinfo=SHANGHAI)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def worker(
    hired: str | None = "2024-01-01", left: str | None = None, reason: str = Reason.PAY, person: int = 1
) -> Spell:
    """Somebody of the unit, hired on a day and perhaps gone at six in the evening of another."""
    leavings = [] if left is None else [Leaving(moment(f"{left} 18:00"), reason)]
    hired_on = None if hired is None else date.fromisoformat(hired)
    [spell] = rules.spells_of(person, None, hired_on, [Held(ALWAYS, None, True)], leavings, employed=not left)
    return spell


def monthly(spells: Sequence[Spell], formula: TurnoverFormula = TurnoverFormula.AVERAGE) -> rules.Rate:
    found = rules.rate(Timeline(spells), MARCH, as_of=LATER, formula=formula)
    assert found is not None
    return found


FORTY = [worker() for _ in range(34)] + [worker(left="2026-03-10") for _ in range(6)]
AND_TWO = [*FORTY, *(worker("2026-03-20") for _ in range(2))]


@pytest.mark.parametrize(
    ("formula", "percent"),
    [
        (TurnoverFormula.AVERAGE, "15.8"),  # 6 ÷ ((40 + 36) ÷ 2)
        (TurnoverFormula.LEAVERS_AND_END, "14.3"),  # 6 ÷ (6 + 36)
    ],
)
def test_the_monthly_rate_is_as_worked_by_hand(formula: TurnoverFormula, percent: str) -> None:
    found = monthly(AND_TWO, formula)

    assert (found.start, found.end, found.leavers) == (40, 36, 6)
    assert rules.percent(found.value) == Decimal(percent)


@pytest.mark.parametrize(
    ("share", "percent"),
    [(Fraction(1, 16), "6.3"), (Fraction(1, 3), "33.3"), (Fraction(0), "0.0"), (Fraction(2, 3), "66.7")],
)
def test_halves_are_rounded_up(share: Fraction, percent: str) -> None:
    assert rules.percent(share) == Decimal(percent)


def test_the_annual_rate_is_the_leavers_of_twelve_months_over_the_mean_of_the_monthly_averages() -> None:
    """20 people from January; 10 more in July; 4 of the first leave in March, 4 more in October.

    Averages: 20, 20, 18, 16, 16, 16, 21, 26, 26, 24, 22, 22, together 247; 8 ÷ (247 ÷ 12) = 38.9 %.
    """
    people = [worker() for _ in range(12)]
    people += [worker(left="2026-03-15") for _ in range(4)] + [worker(left="2026-10-15") for _ in range(4)]
    people += [worker("2026-07-01") for _ in range(10)]

    found = rules.rate(
        Timeline(people), Period(date(2026, 1, 1), 12), as_of=LATER, formula=TurnoverFormula.AVERAGE
    )

    assert found is not None
    assert found.average == Fraction(247, 12)
    assert rules.percent(found.value) == Decimal("38.9")


def test_midnight_still_belongs_to_the_day_before() -> None:
    """Who leaves when March ends leaves in March."""
    [spell] = rules.spells_of(
        1,
        None,
        date(2024, 1, 1),
        [Held(ALWAYS, None, True)],
        [Leaving(moment("2026-04-01 00:00"))],
        employed=False,
    )

    assert monthly([spell]).leavers == 1
    assert rules.last_day(moment("2026-04-01 00:00")) == date(2026, 3, 31)


def test_nobody_there_gives_no_rate() -> None:
    assert monthly([]).value is None
    assert rules.percent(None) is None


def test_a_month_that_has_not_begun_has_no_figures() -> None:
    found = rules.rate(
        Timeline(AND_TWO), MARCH, as_of=moment("2026-02-20 09:00"), formula=TurnoverFormula.AVERAGE
    )

    assert found is None


def test_a_small_group_is_hidden() -> None:
    found = rules.rate(
        Timeline([worker() for _ in range(4)]), MARCH, as_of=LATER, formula=TurnoverFormula.AVERAGE, least=5
    )

    assert found is not None
    assert found.hidden
    assert found.value is None


def test_a_transfer_is_no_leaving() -> None:
    """Moves out of the unit in March and leaves the company in May: the unit loses nobody."""
    held = [
        Held(ALWAYS, moment("2026-03-16 00:00"), True, "east"),
        Held(moment("2026-03-16 00:00"), None, False, "north"),
    ]
    [spell] = rules.spells_of(
        1, None, date(2024, 1, 1), held, [Leaving(moment("2026-05-04 18:00"))], employed=False
    )

    assert (monthly([spell]).start, monthly([spell]).end, monthly([spell]).leavers) == (1, 0, 0)
    assert not spell.left_here
    assert spell.joined_here
    assert spell.unit == "north"


def test_who_comes_back_begins_a_new_spell() -> None:
    held = [
        Held(moment("2025-01-06 00:00"), moment("2025-03-31 18:00"), True),
        Held(moment("2025-09-01 00:00"), None, True),
    ]
    leavings = [Leaving(moment("2025-03-31 18:00"), Reason.FAMILY)]

    first, second = rules.spells_of(1, None, date(2025, 9, 1), held, leavings, employed=True)

    assert first.hired_on is None, "the newer date has replaced it"
    assert first.leaving == leavings[0]
    assert (second.hired_on, second.leaving) == (date(2025, 9, 1), None)
    assert [first.is_member(moment(day)) for day in ("2025-02-01", "2025-05-01", "2025-10-01")] == [
        True,
        False,
        False,
    ]
    assert [second.is_member(moment(day)) for day in ("2025-02-01", "2025-05-01", "2025-10-01")] == [
        False,
        False,
        True,
    ]


def test_who_comes_back_without_a_new_date_was_hired_when_the_new_post_began() -> None:
    held = [
        Held(moment("2025-01-06 00:00"), moment("2025-03-31 18:00"), True),
        Held(moment("2025-09-01 00:00"), None, True),
    ]

    first, second = rules.spells_of(
        1, None, date(2025, 1, 6), held, [Leaving(moment("2025-03-31 18:00"), Reason.FAMILY)], employed=True
    )

    assert (first.hired_on, second.hired_on) == (date(2025, 1, 6), date(2025, 9, 1))


def test_a_post_that_was_entered_late_counts_from_the_hiring() -> None:
    held = [Held(moment("2026-02-01 00:00"), None, True)]
    [spell] = rules.spells_of(1, None, date(2025, 1, 6), held, [], employed=True)

    assert spell.is_member(moment("2025-02-01 00:00"))
    assert not spell.is_member(moment("2025-01-05 23:00"))


def test_early_attrition_counts_only_who_was_hired_long_enough_ago() -> None:
    """Ten in January, two gone after 30 and 90 days, one after 91; five in April, three gone at once."""
    people = [worker("2026-01-05") for _ in range(7)]
    people += [worker("2026-01-05", left) for left in ("2026-02-04", "2026-04-05", "2026-04-06")]
    people += [worker("2026-04-10", "2026-04-12") for _ in range(3)] + [worker("2026-04-10")] * 2
    people += [worker(None)]

    found = rules.early(
        people, date(2026, 1, 1), date(2026, 6, 30), as_of=moment("2026-05-01 09:00"), days=90
    )

    assert (found.hired, found.gone, rules.percent(found.share)) == (10, 2, Decimal("20.0"))


FREIREICH = [
    *((6, True), (6, True), (6, True), (6, False), (7, True), (9, False), (10, True), (10, False)),
    *((11, False), (13, True), (16, True), (17, False), (19, False), (20, False), (22, True), (23, True)),
    *((25, False), (32, False), (32, False), (34, False), (35, False)),
]
"""Weeks of remission of 21 patients (Freireich 1963), the textbook case of Kaplan and Meier's curve."""


def test_the_survival_curve_is_that_of_the_textbooks() -> None:
    found = rules.survival(FREIREICH)

    told = [
        (s.day, s.at_risk, s.events, round(s.value, 3), round(s.low, 3), round(s.high, 3))
        for s in found.steps
    ]
    assert told == [
        (6, 21, 3, 0.857, 0.620, 0.952),
        (7, 17, 1, 0.807, 0.563, 0.923),
        (10, 15, 1, 0.753, 0.503, 0.889),
        (13, 12, 1, 0.690, 0.432, 0.849),
        (16, 11, 1, 0.627, 0.368, 0.805),
        (22, 7, 1, 0.538, 0.268, 0.747),
        (23, 6, 1, 0.448, 0.188, 0.680),
    ]
    assert found.median == 23
    assert found.at(5) == rules.Step(0, 21, 0, 1.0, 1.0, 1.0)
    assert found.at(12) == found.steps[2]
    assert found.at(36) is None


def test_the_curve_ends_where_too_few_are_followed() -> None:
    found = rules.survival(FREIREICH, least=5)

    assert found.until == 25
    assert found.at(25) is not None
    assert found.at(26) is None
    assert rules.survival(FREIREICH[:4], least=5).people == 0


def test_everybody_gone_ends_at_nought() -> None:
    found = rules.survival([(1, True), (2, True)])

    assert [(s.value, s.low, s.high) for s in found.steps][-1] == (0.0, 0.0, 0.0)
    assert found.median == 1


@pytest.mark.parametrize(
    ("counts", "shown", "rest"),
    [
        ({"pay": 12, "health": 6}, {"pay": 12, "health": 6}, 0),
        ({"pay": 12, "health": 2, "family": 3}, {"pay": 12}, 5),  # two small ones hide behind their sum
        ({"pay": 12, "growth": 7, "health": 2}, {"pay": 12}, 9),  # one alone would be total minus the rest
        ({"pay": 6, "health": 1}, {}, 7),
        ({"pay": 5, "health": 0}, {"pay": 5}, 0),
        ({}, {}, 0),
    ],
)
def test_small_groups_hide_behind_a_sum(counts: dict[str, int], shown: dict[str, int], rest: int) -> None:
    assert rules.tell_apart(counts, 5) == rules.Counts(shown, rest)


def test_too_few_altogether_are_not_told_at_all() -> None:
    assert rules.tell_apart({"pay": 3, "health": 1}, 5) is None


def test_reasons_come_with_their_kinds() -> None:
    gone = [worker(left="2026-03-10", reason=Reason.PAY) for _ in range(9)]
    gone += [worker(left="2026-03-10", reason=Reason.PRESSURE) for _ in range(6)]
    gone += [worker(left="2026-03-10", reason=Reason.HEALTH) for _ in range(2)]
    gone += [worker(left="2026-03-10", reason=Reason.MANAGER) for _ in range(3)]
    gone += [worker(left="2026-03-10", reason=Reason.PERFORMANCE) for _ in range(7)]

    found = rules.reasons(gone, REASONS, 5)

    assert found.told == rules.Counts({Reason.PAY: 9, Reason.PERFORMANCE: 7, Reason.PRESSURE: 6}, 5)
    assert found.kinds == {ReasonKind.VOLUNTARY: 20, ReasonKind.INVOLUNTARY: 7}
    assert found.top == [(Reason.PAY, 9), (Reason.PERFORMANCE, 7), (Reason.PRESSURE, 6)]
    assert found.may_tell(Reason.PAY)
    assert not found.may_tell(Reason.HEALTH)


def test_a_kind_is_not_told_if_it_gave_a_small_reason_away() -> None:
    """Voluntary 11 less pay 9 would be the two of health; but the rest of seven may be told."""
    gone = [worker(left="2026-03-10", reason=Reason.PAY) for _ in range(9)]
    gone += [worker(left="2026-03-10", reason=Reason.HEALTH) for _ in range(2)]
    gone += [worker(left="2026-03-10", reason=Reason.COMPLIANCE) for _ in range(4)]
    gone += [worker(left="2026-03-10", reason=Reason.RETIREMENT)]

    found = rules.reasons(gone, REASONS, 5)

    assert found.told == rules.Counts({Reason.PAY: 9}, 7)
    assert found.kinds == {}


@given(st.lists(st.sampled_from(Reason), max_size=60))
def test_no_sum_of_kinds_gives_a_small_group_away(given_reasons: list[Reason]) -> None:
    found = rules.reasons([worker(left="2026-03-10", reason=reason) for reason in given_reasons], REASONS, 5)
    if found.told is None:
        return

    beside = {
        kind: people - sum(found.told.shown.get(reason, 0) for reason in REASONS[ReasonKind(kind)])
        for kind, people in found.kinds.items()
    }
    assert all(people == 0 or people >= 5 for people in beside.values())
    hidden = found.told.rest - sum(beside.values())
    assert hidden >= 5 or hidden == 0 or not beside


def test_small_cohorts_are_told_as_one() -> None:
    def quarter(month: int, hired: int, gone: int) -> Cohort:
        return Cohort(date(2025, month, 1), date(2025, month + 2, 28), hired, gone)

    shown, together = rules.merge_small([quarter(1, 8, 2), quarter(4, 3, 1), quarter(7, 4, 0)], 5)

    assert shown == [quarter(1, 8, 2)]
    assert together == Cohort(date(2025, 4, 1), date(2025, 9, 28), 7, 1)


def test_the_lead_time_is_a_median() -> None:
    def closed(days: int) -> Spell:
        announced = moment("2026-03-01 09:00")
        leaving = Leaving(announced, Reason.PAY, announced, announced + timedelta(days=days))
        return replace(worker(), leaving=leaving)

    assert rules.lead_days([closed(1), closed(7), closed(2), worker(left="2026-03-02")]) == (3, Fraction(2))
    assert rules.lead_days([closed(1), closed(2)]) == (2, Fraction(3, 2))
    assert rules.lead_days([]) == (0, None)


DAYS = st.integers(0, 200)
LIVES = st.lists(st.tuples(DAYS, st.booleans()), min_size=1, max_size=60)
COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30), max_size=8)
FORMULAS = st.sampled_from(TurnoverFormula)


@st.composite
def crowds(draw: st.DrawFn) -> list[Spell]:
    """People hired before or in March 2026, some of whom left then."""
    found = []
    for person in range(draw(st.integers(0, 25))):
        hired = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 85)))
        stayed = draw(st.none() | st.integers(0, 120))
        left = None if stayed is None else (hired + timedelta(days=stayed)).isoformat()
        found.append(worker(hired.isoformat(), left, person=person))
    return found


@given(LIVES)
def test_survival_never_rises_and_keeps_within_its_interval(lives: list[tuple[int, bool]]) -> None:
    steps = rules.survival(lives).steps

    values = [1.0, *(step.value for step in steps)]
    assert values == sorted(values, reverse=True)
    for step in steps:
        assert 0.0 <= step.low <= step.value <= step.high <= 1.0


@given(LIVES, st.lists(DAYS, min_size=1, max_size=10))
def test_who_is_still_employed_never_lowers_the_curve(lives: list[tuple[int, bool]], more: list[int]) -> None:
    before = rules.survival(lives)
    after = rules.survival([*lives, *((day, False) for day in more)])

    for step in before.steps:
        now = after.at(step.day)
        assert now is not None
        assert now.value >= step.value


@given(LIVES)
def test_without_anybody_censored_survival_is_the_share_that_is_left(lives: list[tuple[int, bool]]) -> None:
    days = [day for day, _ in lives]

    for step in rules.survival([(day, True) for day in days]).steps:
        assert step.value == pytest.approx(sum(day > step.day for day in days) / len(days))


@given(crowds(), FORMULAS)
def test_the_rate_is_nought_exactly_if_nobody_left(spells: list[Spell], formula: TurnoverFormula) -> None:
    found = monthly(spells, formula)

    if found.value is not None:
        assert (found.value == 0) == (found.leavers == 0)
    if formula is TurnoverFormula.LEAVERS_AND_END:
        assert found.value is None or found.value <= 1


@given(crowds(), st.integers(-5, 130))
def test_the_timeline_counts_as_one_would_spell_by_spell(spells: list[Spell], days: int) -> None:
    at = moment("2026-01-01 00:00") + timedelta(days=days)

    assert Timeline(spells).headcount(at) == sum(spell.is_member(at) for spell in spells)
    end = max(at, MARCH.starts_at)
    assert Timeline(spells).leavers(MARCH.starts_at, end) == len(rules.leavers(spells, MARCH.starts_at, end))


@given(crowds())
def test_people_who_come_and_go_add_up(spells: list[Spell]) -> None:
    found = monthly(spells)
    hired = sum(MARCH.starts_at <= rules.midnight(s.hired_on) < MARCH.ends_at for s in spells if s.hired_on)

    assert found.start + hired - found.leavers == found.end


@given(crowds(), LIVES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    spells: list[Spell], lives: list[tuple[int, bool]], rng: Random
) -> None:
    mixed, others = rng.sample(spells, len(spells)), rng.sample(lives, len(lives))

    assert monthly(mixed) == monthly(spells)
    assert rules.survival(others) == rules.survival(lives)
    assert rules.reasons(mixed, REASONS, 5) == rules.reasons(spells, REASONS, 5)


@given(COUNTS, st.integers(1, 6))
def test_no_group_that_can_be_made_out_is_too_small(counts: dict[str, int], least: int) -> None:
    found = rules.tell_apart(counts, least)

    if found is None:
        assert 0 < sum(counts.values()) < least
    else:
        assert sum(found.shown.values()) + found.rest == sum(counts.values())
        assert all(count >= least for count in found.shown.values())
        assert found.rest == 0 or found.rest >= least
