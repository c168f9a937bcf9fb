"""Sensitive values: masks and normal forms as tables, sealing and destroying as properties."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Muster
from bot.database import Database
from models import secrecy
from models.secrecy import Keyring, MissingKey, PersonKey
from tests.simulator import MONDAY


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (secrecy.mask_phone, "13800138000", "138****8000"),
        (secrecy.mask_phone, "12345", "*****"),
        (secrecy.mask_phone, None, ""),
        (secrecy.mask_id_number, "11010519491231002X", "110***********002X"),
        (secrecy.mask_card, "6222021234567890123", "6222***********0123"),
        (secrecy.mask_email, "zhangsan@example.com", "z***@example.com"),
        (secrecy.mask_email, "nonsense", "n*******"),
        (secrecy.mask_name, "欧阳娜娜", "欧*"),
        (secrecy.mask_name, None, ""),
        (secrecy.mask_address, "四川省成都市锦江区示例路8号2栋301", "四川省成都市锦江区***"),
        (secrecy.mask_address, "成都市示例路8号", "成都市***"),
        (secrecy.mask_address, "砚湖区听竹路12号", "砚湖区***"),
        (secrecy.mask_address, "四川省昆山市玉山镇1号", "四川省昆山市***"),
        (secrecy.mask_address, "示例路8号", "示例***"),
        (secrecy.mask_address, "", ""),
    ],
)
def test_what_is_shown_of_a_value(mask: object, text: str | None, shown: str) -> None:
    assert mask(text) == shown  # type: ignore[operator]


@pytest.mark.parametrize(
    ("given_", "normal"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86-138-0013-8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("23800138000", ""),
        ("1380013800", ""),
        ("", ""),
    ],
)
def test_a_phone_has_one_normal_form(given_: str, normal: str) -> None:
    assert secrecy.normal_phone(given_) == normal


@pytest.mark.parametrize(
    ("given_", "normal"),
    [
        ("11010519491231002x", "11010519491231002X"),
        ("110105 19491231 002X", "11010519491231002X"),
        ("110105194912310021", ""),
        ("1101051949123100", ""),
        ("", ""),
    ],
)
def test_an_identity_number_is_taken_with_its_check_digit_alone(given_: str, normal: str) -> None:
    assert secrecy.normal_id_number(given_) == normal


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=200))
def test_what_is_sealed_opens_for_its_person_alone(muster: Muster, text: str) -> None:
    with muster.database.writing() as session:
        sealed = secrecy.seal(session, "employee:1", text)
        assert sealed is not None
        secrecy.seal(session, "employee:2", "other")

        assert secrecy.open_text(session, "employee:1", sealed) == text
        assert secrecy.open_text(session, "employee:2", sealed) is None
        assert secrecy.open_text(session, "employee:1", sealed[:-1] + bytes([sealed[-1] ^ 1])) is None


def test_equal_values_look_different_and_hash_the_same(muster: Muster) -> None:
    with muster.database.writing() as session:
        one, other = (secrecy.seal(session, "employee:1", "13800138000") for _ in range(2))
        hashes = {secrecy.identity_hash(session, "phone", "13800138000") for _ in range(2)}
        assert one != other
        assert len(hashes) == 1
        assert hashes.isdisjoint({secrecy.identity_hash(session, "id_number", "13800138000")})


def test_a_destroyed_key_takes_everything_with_it_for_good(muster: Muster) -> None:
    with muster.database.writing() as session:
        sealed = secrecy.seal(session, "employee:1", "秘密")
        assert secrecy.destroy_key(session, "employee:1", at=MONDAY)
        assert not secrecy.destroy_key(session, "employee:1", at=MONDAY + timedelta(days=1))

        assert secrecy.open_text(session, "employee:1", sealed) is None
        assert secrecy.seal(session, "employee:1", "再来") is None
        [row] = session.scalars(select(PersonKey))
        assert (row.wrapped, row.destroyed_at) == (None, MONDAY)


def test_a_new_field_key_takes_over_and_the_old_one_can_go(muster: Muster) -> None:
    old, new, hash_key = (secrets.token_bytes(32) for _ in range(3))

    @contextmanager
    def opened(*keys: bytes) -> Iterator[Session]:
        made = Database(muster.database.url, Keyring(keys, hash_key))
        with closing(made) as database, database.writing() as session:
            yield session

    with opened(old) as session:
        sealed = {f"employee:{n}": secrecy.seal(session, f"employee:{n}", f"值{n}") for n in range(25)}
    with opened(new, old) as session:
        assert set(secrecy.key_counts(session).values()) == {25}
        assert [secrecy.rewrap(session, limit=10) for _ in range(4)] == [10, 10, 5, 0]
    with opened(new) as session:
        found = [secrecy.open_text(session, who, it) for who, it in sealed.items()]
        assert found == [f"值{n}" for n in range(25)]
        assert len(secrecy.keys_of(session, list(sealed))) == 25
    with opened(old) as session, pytest.raises(MissingKey):
        secrecy.open_text(session, "employee:1", sealed["employee:1"])


def test_many_keys_are_made_up_first_and_kept_later(muster: Muster) -> None:
    with muster.database.reading() as session:
        made = secrecy.new_keys(session, ["debtor:1", "debtor:2"])
        sealed = made["debtor:1"].sealer.seal("13800138000")
        assert secrecy.open_text(session, "debtor:1", sealed) is None
    with muster.database.writing() as session:
        secrecy.keep_keys(session, made.values())

    with muster.database.reading() as session:
        assert secrecy.open_text(session, "debtor:1", sealed) == "13800138000"
        assert secrecy.open_text(session, "debtor:2", sealed) is None
        again = secrecy.sealers(session, ["debtor:1", "debtor:3"])
        assert [again["debtor:1"].open(sealed), again["debtor:1"].seal(""), len(again)] == [
            "13800138000",
            None,
            1,
        ]
