"""The canonical form of a row: equal rows have equal bytes, and no others do."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.audit import Keys, Signer, content_hash, link, read_head
from models.audit.rules import FIELDS, canonical
from models.base import SHANGHAI

MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001
    datetime(2026, 1, 2),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(fold=0))
TEXT = st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ROWS = st.fixed_dictionaries(
    {
        "id": st.integers(1, 3),
        "at": MOMENTS,
        "actor": st.sampled_from(["system", "employee:1", "employee:11", ""]),
        "action": TEXT,
        "subject": st.none() | st.sampled_from(["employee:1", "1", ""]),
        "outcome": st.sampled_from(["done", "refused"]),
        "cause": st.none() | TEXT,
        "details": st.dictionaries(TEXT, VALUES, max_size=3),
        "personal": st.dictionaries(TEXT, TEXT, max_size=2),
    }
)


def exact(value: Any) -> Any:
    """A value in a form in which 1, 1.0 and True are three things, and the order of names does not count."""
    if isinstance(value, dict):
        return frozenset((name, exact(one)) for name, one in value.items())
    if isinstance(value, list):
        return ("list", *(exact(one) for one in value))
    return (type(value).__name__, repr(value))


@given(ROWS, ROWS)
def test_two_rows_have_the_same_bytes_if_and_only_if_they_are_equal(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert (canonical(one) == canonical(other)) == (exact(one) == exact(other))


@given(ROWS, st.sampled_from(FIELDS), ROWS)
def test_a_change_of_any_field_changes_the_bytes(
    row: dict[str, Any], name: str, other: dict[str, Any]
) -> None:
    changed = {**row, name: other[name]}

    assert (canonical(row) == canonical(changed)) == (exact(row) == exact(changed))


@given(ROWS)
def test_neither_the_time_zone_nor_a_journey_through_json_changes_the_bytes(row: dict[str, Any]) -> None:
    stored = {
        **row,
        "at": row["at"].astimezone(SHANGHAI),
        "details": json.loads(json.dumps(row["details"])),
        "personal": json.loads(json.dumps(row["personal"])),
    }
    backwards = dict(reversed(stored.items()))

    assert canonical(stored) == canonical(row) == canonical(backwards)


@given(ROWS)
def test_the_mark_of_a_seal_is_no_part_of_the_row(row: dict[str, Any]) -> None:
    assert content_hash(row) == content_hash({**row, "sealed": True})


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**40), st.integers(1, 2**40))
def test_a_place_depends_on_its_position(content: bytes, one: int, other: int) -> None:
    assert (link(content, one, content) == link(content, other, content)) == (one == other)


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**40),
    st.binary(min_size=32, max_size=32),
    MOMENTS,
)
def test_a_signed_end_survives_as_a_line_and_is_vouched_for_by_its_key_alone(
    seed: bytes, position: int, hash_: bytes, at: datetime
) -> None:
    signer = Signer(seed)
    head = read_head(signer.sign(position, hash_, at).line())

    assert head is not None
    assert (head.position, head.hash, head.at) == (position, hash_, at)
    assert Keys(signer.public_key).vouch(head)
    assert not Keys(Signer(bytes(32) if seed != bytes(32) else b"x" * 32).public_key).vouch(head)


@given(TEXT)
def test_a_line_of_something_else_holds_no_end(line: str) -> None:
    assert read_head(line) is None
