"""Scores and comparisons: the golden cases of docs/performance-scores.md, and what always holds."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.performance import rules
from models.performance.rules import Direction, Entrant, Figure, Goal, Part, Unit

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance-scores.md"
YES = "是"
IMPOSSIBLE = "不行"


def worked(heading: str) -> Sequence[Sequence[str]]:
    """The rows of the first table under a heading of the document."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n## {heading}", 1)[1].split("\n## ")[0]
    table = section[section.index("\n|") + 1 :].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    assert rows, heading
    return rows


def maybe(text: str) -> Decimal | None:
    return None if text == "-" else Decimal(text)


@pytest.mark.parametrize(("sum_", "result"), worked("舍入"))
def test_values_are_rounded_half_up(sum_: str, result: str) -> None:
    assert str(rules.rounded(Fraction(sum_))) == result


@pytest.mark.parametrize(("direction", "actual", "target", "points", "_"), worked("一项指标对目标"))
def test_a_measure_against_its_target(direction: str, actual: str, target: str, points: str, _: str) -> None:
    found = rules.attainment(Decimal(actual), Decimal(target), Direction(direction))

    assert str(found) == points


@pytest.mark.parametrize(("hired", "first", "month", "target", "result"), worked("新人的目标"))
def test_targets_of_newcomers(hired: str, first: str, month: str, target: str, result: str) -> None:
    found = rules.month_of_service(date.fromisoformat(hired), date.fromisoformat(first))

    assert found == int(month)
    assert rules.eased(Decimal(target), Direction.HIGHER, found, (40, 70, 100)) == Decimal(result)
    assert rules.eased(Decimal(target), Direction.LOWER, found, (40, 70, 100)) == Decimal(target)


@pytest.mark.parametrize(
    ("name", "weights", "points", "conduct", "breach", "covered", "value", "_"), worked("综合分")
)
def test_all_measures_in_one_score(
    name: str, weights: str, points: str, conduct: str, breach: str, covered: str, value: str, _: str
) -> None:
    parts = [
        Part(
            f"{name} {place}", int(weight), Direction.HIGHER, maybe(one), Decimal(100), str(place) == conduct
        )
        for place, (weight, one) in enumerate(zip(weights.split(), points.split(), strict=True), start=1)
    ]

    found = rules.composite(parts, breach=breach == YES)

    assert (found.covered, found.value) == (Decimal(covered), maybe(value))
    assert found.capped == (value == "59.00")
    assert found.lowered == (name == "投诉差，扣分")


@pytest.mark.parametrize(
    ("_", "parts", "whole", "at_least", "above", "least", "follows"), worked("质量到了就点名")
)
def test_what_follows_from_quality(
    _: str, parts: str, whole: str, at_least: str, above: str, least: str, follows: str
) -> None:
    found = rules.figure("x", Unit.RATE, int(parts), int(whole))

    said = rules.follows(found, at_least=maybe(at_least), above=maybe(above), least=int(least))

    assert said == (follows == YES)


@pytest.mark.parametrize(("parts", "whole", "cases", "mean", "result", "_"), worked("小样本"))
def test_small_samples_are_drawn_to_the_peers(
    parts: str, whole: str, cases: str, mean: str, result: str, _: str
) -> None:
    now = rules.figure("ptp_kept_rate", Unit.RATE, int(parts), int(whole))
    found = rules.shrunk(now, Decimal(mean), cases=None if cases == "-" else int(cases))

    assert found == Decimal(result)


@pytest.mark.parametrize(("_", "people", "shown"), worked("排名"))
def test_ranking(_: str, people: str, shown: str) -> None:
    entrants = []
    for place, one in enumerate(people.split("；"), start=1):
        value, eligible, complaints, kept = one.split("：")[1].split("，")
        entrants.append(
            Entrant(place, f"{place}", maybe(value), eligible == YES, Decimal(complaints), maybe(kept))
        )
    names = [one.split("：")[0] for one in people.split("；")]

    found = rules.ranked(entrants, Direction.HIGHER)

    told = [f"{names[place.entrant.person - 1]} {place.rank or '-'}" for place in found.places]
    assert "、".join(told) == shown
    assert found.public


@pytest.mark.parametrize(
    ("unit", "direction", "parts", "whole", "target", "grows", "missing", "room", "_"), worked("再多少到目标")
)
def test_how_much_more_to_a_target(
    unit: str,
    direction: str,
    parts: str,
    whole: str,
    target: str,
    grows: str,
    missing: str,
    room: str,
    _: str,
) -> None:
    now = rules.figure("any", Unit(unit), int(parts), None if whole == "-" else int(whole))

    found = rules.gap(now, Unit(unit), Decimal(target), Direction(direction), grows=grows == YES)

    if missing == IMPOSSIBLE:
        assert found is None
    else:
        assert found == rules.Gap(int(missing), None if room == "-" else int(room))


@pytest.mark.parametrize(("history", "value", "middle", "z", "unusual"), worked("和自己的过去比"))
def test_a_value_beside_the_own_history(history: str, value: str, middle: str, z: str, unusual: str) -> None:
    found = rules.against_history(Decimal(value), [Decimal(one) for one in history.split()])

    if middle == "-":
        assert found is None
    else:
        assert found == rules.Comparison(Decimal(middle), maybe(z), unusual == YES)


@pytest.mark.parametrize(
    ("_", "targets", "weights", "done", "points", "whole", "missing"), worked("试用期目标")
)
def test_goals_of_probation(
    _: str, targets: str, weights: str, done: str, points: str, whole: str, missing: str
) -> None:
    numbers = zip(targets.split(), weights.split(), done.split(), strict=True)
    goals = [Goal(int(target), int(weight), int(now)) for target, weight, now in numbers]

    assert [str(goal.points) for goal in goals] == points.split()
    assert [goal.missing for goal in goals] == [int(one) for one in missing.split()]
    assert rules.goals_reached(goals) == Decimal(whole)
    assert rules.weights_left(goal.weight for goal in goals) == 0


@pytest.mark.parametrize(
    ("unit", "parts", "whole", "value"),
    [
        (Unit.MONEY, 1234567, None, "12345.67"),
        (Unit.RATE, 1, 3, "33.33"),
        (Unit.RATE, 3, 0, None),
        (Unit.RATE, 3, None, None),
        (Unit.PER_HUNDRED, 1, 80, "1.25"),
        (Unit.PER_DAY, 7, 3, "2.33"),
        (Unit.COUNT, 4, None, "4.00"),
    ],
)
def test_the_value_of_a_figure(unit: Unit, parts: int, whole: int | None, value: str | None) -> None:
    expected = None if value is None else Decimal(value)

    assert rules.figure("any", unit, parts, whole) == Figure("any", parts, whole, expected)


@pytest.mark.parametrize(
    ("cases", "days", "fit"), [(10, 5, True), (9, 5, False), (10, 4, False), (200, 22, True)]
)
def test_who_is_ranked(cases: int, days: int, fit: bool) -> None:
    assert rules.eligible(cases, days) is fit


def test_four_people_are_not_ranked_in_public() -> None:
    four = [Entrant(person, f"E{person}", Decimal(60 + person)) for person in range(4)]

    found = rules.ranked(four, Direction.HIGHER)

    assert not found.public
    assert found.mean == Decimal("61.50")
    own = found.of(2)
    assert own is not None
    assert own.entrant.value == Decimal(62)
    assert found.of(17) is None


def test_where_lower_is_better_the_lowest_is_first() -> None:
    found = rules.ranked([Entrant(1, "E1", Decimal(9)), Entrant(2, "E2", Decimal(4))], Direction.LOWER)

    assert [place.entrant.person for place in found.places] == [2, 1]


def test_peers_reach_together_what_they_have_together() -> None:
    few = rules.figure("ptp_kept_rate", Unit.RATE, 3, 3)
    many = rules.figure("ptp_kept_rate", Unit.RATE, 30, 60)
    none = rules.figure("ptp_kept_rate", Unit.RATE, 0, 0)

    assert rules.peer_mean([few, many, none], Unit.RATE) == Decimal("52.38")
    assert rules.peer_mean([none], Unit.RATE) is None
    amounts = [rules.figure("recovered_amount", Unit.MONEY, fen) for fen in (100, 301)]
    assert rules.peer_mean(amounts, Unit.MONEY) == Decimal("2.01")


counts = st.integers(0, 500)
percents = st.decimals("0.01", "100", places=2)


@given(counts, counts, percents, st.booleans())
def test_what_is_missing_reaches_the_target(parts: int, more: int, target: Decimal, grows: bool) -> None:
    whole = parts + more
    now = rules.figure("ptp_kept_rate", Unit.RATE, parts, whole)

    found = rules.gap(now, Unit.RATE, target, Direction.HIGHER, grows=grows)

    if found is None:
        assert not whole or target == 100
        return
    after = rules.figure("x", Unit.RATE, parts + found.missing, whole + found.missing * grows)
    assert after.value is not None
    assert after.value >= target
    if found.missing:
        assert now.value is None or now.value < target


@given(st.integers(0, 50), st.integers(0, 500), percents)
def test_the_room_under_a_limit_keeps_it(parts: int, more: int, target: Decimal) -> None:
    now = rules.figure("overdue_rate", Unit.RATE, parts, parts + more)

    found = rules.gap(now, Unit.RATE, target, Direction.LOWER)

    assert found is not None
    added = found.room or 0
    after = rules.figure("x", Unit.RATE, parts + added, parts + more + found.missing)
    assert after.value is None or after.value <= target


@given(
    st.lists(st.tuples(st.integers(1, 50), st.none() | st.integers(0, 120)), min_size=1), st.integers(0, 240)
)
def test_conduct_and_a_breach_only_lower(work: list[tuple[int, int | None]], complaints: int) -> None:
    parts = [
        Part("work", weight, Direction.HIGHER, None if actual is None else Decimal(actual), Decimal(100))
        for weight, actual in work
    ]
    clean = rules.composite(parts, least=0)
    conduct = Part("complaints", 15, Direction.HIGHER, Decimal(complaints), Decimal(100), conduct=True)

    told = rules.composite([*parts, conduct], least=0)
    breached = rules.composite([*parts, conduct], least=0, breach=True)

    if clean.value is not None:
        assert told.value is not None
        assert breached.value is not None
        assert told.value <= clean.value
        assert breached.value == min(told.value, 59)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_a_rank_is_one_more_than_those_who_are_better(values: list[int]) -> None:
    entrants = [Entrant(person, f"E{person}", Decimal(value)) for person, value in enumerate(values)]

    found = rules.ranked(entrants, Direction.HIGHER)

    for place in found.places:
        better = [value for value in values if Decimal(value) > (place.entrant.value or 0)]
        assert place.rank == len(better) + 1
        assert place.shared == (values.count(int(place.entrant.value or 0)) > 1)
    assert [place.rank for place in found.places] == sorted(place.rank or 0 for place in found.places)


@pytest.mark.parametrize("parts", [0, 1, -1, 5, 199, -12345, 3, 10**13 + 1])
@pytest.mark.parametrize("whole", [1, 3, 8, 7, 40, 999999937])
def test_a_figure_is_rounded_as_everything_is(parts: int, whole: int) -> None:
    assert rules.figure("x", Unit.RATE, parts, whole).value == rules.rounded(Fraction(100 * parts, whole))
    assert str(rules.figure("x", Unit.MONEY, parts).value) == str(rules.rounded(Fraction(parts, 100)))
