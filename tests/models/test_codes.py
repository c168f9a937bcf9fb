"""Codes of an authenticator, as a pure decision."""

from datetime import UTC, datetime, timedelta

import pyotp
from hypothesis import given
from hypothesis import strategies as st

from models.proposals.rules import CLOCKS_DIFFER_STEPS, STEP_SECONDS, matching_step, otpauth_address

SECRET = pyotp.random_base32()
MOMENTS = st.integers(0, 500_000_000).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
MARGIN = timedelta(seconds=STEP_SECONDS * CLOCKS_DIFFER_STEPS)


@given(MOMENTS, st.integers(-STEP_SECONDS * CLOCKS_DIFFER_STEPS, STEP_SECONDS * CLOCKS_DIFFER_STEPS))
def test_a_phone_whose_clock_is_a_little_off_shows_a_right_code(at: datetime, off: int) -> None:
    code = pyotp.TOTP(SECRET).at(at + timedelta(seconds=off))

    assert matching_step(SECRET, code, at=at, after=0) is not None


@given(MOMENTS)
def test_a_code_that_was_taken_is_never_taken_again(at: datetime) -> None:
    code = pyotp.TOTP(SECRET).at(at)
    step = matching_step(SECRET, code, at=at, after=0)
    assert step is not None

    again = matching_step(SECRET, code, at=at, after=step)

    assert again is None or again > step


@given(MOMENTS, st.integers(3, 1000))
def test_a_code_of_long_ago_is_wrong(at: datetime, steps: int) -> None:
    codes = {pyotp.TOTP(SECRET).at(at + n * MARGIN) for n in (-1, 0, 1)}
    old = pyotp.TOTP(SECRET).at(at - timedelta(seconds=STEP_SECONDS * steps))

    assert (matching_step(SECRET, old, at=at, after=0) is None) == (old not in codes)


def test_the_address_is_what_authenticators_read() -> None:
    parsed = pyotp.parse_uri(otpauth_address(SECRET, "itwang"))

    assert (parsed.secret, parsed.name, parsed.issuer) == (SECRET, "itwang", "Muster")
