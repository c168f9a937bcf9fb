"""Field keys changed while everybody reads and writes: nothing is lost, and what is missing is named."""

import base64
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import Muster, build
from bot.cli import main
from config.settings import Settings, as_environment
from models import secrecy
from models.secrecy import PersonKey, key_id
from tests.sandbox.scene import ROOT
from tests.simulator import rows

pytestmark = pytest.mark.proof

NEW = base64.b64encode(b"n" * 32).decode()


def with_keys(settings: Settings, *keys: str) -> Settings:
    """The settings with these field keys, newest first."""
    return settings.model_copy(update={"field_keys": SecretStr(",".join(keys))})


def of(key: str) -> str:
    """The id of a field key."""
    return key_id(base64.b64decode(key))


def run(settings: Settings, *arguments: str) -> Result:
    """A command with these settings."""
    return CliRunner().invoke(main, list(arguments), env=as_environment(settings))


def seal_people(muster: Muster, count: int) -> dict[str, bytes]:
    """So many persons with one sealed value each."""
    found: dict[str, bytes] = {}
    with muster.database.writing() as session:
        for number in range(count):
            sealed = secrecy.seal(session, f"candidate:{number}", f"value {number}")
            assert sealed is not None
            found[f"candidate:{number}"] = sealed
    return found


@pytest.fixture
def old(muster: Muster) -> str:
    """The field key so far."""
    return muster.settings.field_keys.get_secret_value()


def test_keys_are_changed_in_the_order_the_operator_is_told(muster: Muster, old: str) -> None:
    sealed = seal_people(muster, 450)
    both = with_keys(muster.settings, NEW, old)

    before = run(both, "keys", "show")
    assert before.output == (
        f"✓ {of(NEW)}（最新）包着 0 人的密钥\n"
        f"✓ {of(old)}（旧）还包着 450 人的密钥：先运行 muster keys rotate\n"
    )
    rotated = run(both, "keys", "rotate")
    assert rotated.exit_code == 0, rotated.output
    assert "  已换 200/450 人\n  已换 400/450 人\n  已换 450/450 人\n" in rotated.output
    assert f"✓ 换好了 450 人，全部由 {of(NEW)} 包着" in rotated.output
    after = run(both, "keys", "show")
    assert f"✓ {of(old)}（旧）不再用到" in after.output

    alone = build(with_keys(muster.settings, NEW), clock=muster.clock, messengers={})
    with alone.database.reading() as session:
        for subject, value in sealed.items():
            assert secrecy.open_text(session, subject, value) == f"value {subject[10:]}"
    alone.close()


def test_changing_again_does_nothing(muster: Muster, old: str) -> None:
    seal_people(muster, 3)
    both = with_keys(muster.settings, NEW, old)
    run(both, "keys", "rotate")

    again = run(both, "keys", "rotate")

    assert again.output == f"✓ 换好了 0 人，全部由 {of(NEW)} 包着；旧的看 muster keys show\n"


def test_a_change_that_was_broken_off_is_carried_on(muster: Muster, old: str) -> None:
    seal_people(muster, 30)
    both = with_keys(muster.settings, NEW, old)
    begun = build(both, clock=muster.clock, messengers={})
    with begun.database.writing() as session:
        assert secrecy.rewrap(session, limit=7) == 7
    begun.close()

    assert "✓ 换好了 23 人" in run(both, "keys", "rotate").output


def test_a_key_that_was_taken_out_too_early_is_named(muster: Muster, old: str) -> None:
    seal_people(muster, 2)
    alone = with_keys(muster.settings, NEW)

    for command in ("rotate", "show"):
        result = run(alone, "keys", command)
        assert result.exit_code == 1
        assert f"✗ 2 人的密钥由 {of(old)} 包着，MUSTER_FIELD_KEYS 里没有它" in result.output


def test_a_destroyed_key_stays_destroyed_after_a_change(muster: Muster, old: str) -> None:
    sealed = seal_people(muster, 2)
    with muster.database.writing() as session:
        secrecy.destroy_key(session, "candidate:0", at=muster.clock.now())
    run(with_keys(muster.settings, NEW, old), "keys", "rotate")

    both = build(with_keys(muster.settings, NEW, old), clock=muster.clock, messengers={})
    with both.database.reading() as session:
        assert secrecy.open_text(session, "candidate:0", sealed["candidate:0"]) is None
        assert secrecy.open_text(session, "candidate:1", sealed["candidate:1"]) == "value 1"
    both.close()


def test_everybody_reads_and_writes_while_the_keys_change(muster: Muster, old: str) -> None:
    sealed = seal_people(muster, 300)
    both = with_keys(muster.settings, NEW, old)
    workers = [build(both, clock=muster.clock, messengers={}) for _ in range(3)]
    stop = threading.Event()
    written: dict[str, tuple[str, bytes]] = {}
    problems: list[BaseException] = []

    def work(one: Muster, name: str) -> None:
        number = 0
        try:
            while not stop.is_set():
                subject = f"candidate:{secrets.randbelow(300)}"
                with one.database.reading() as session:
                    assert secrecy.open_text(session, subject, sealed[subject]) == f"value {subject[10:]}"
                fresh = f"employee:{name}{number}"
                with one.database.writing() as session:
                    for whose in (fresh, subject):
                        value = secrecy.seal(session, whose, f"new {number}")
                        assert value is not None
                        written[f"{whose} {name}{number}"] = (f"new {number}", value)
                number += 1
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(one, str(n))) for n, one in enumerate(workers)]
    for thread in threads:
        thread.start()
    rotating = subprocess.run(
        [sys.executable, "-m", "bot", "keys", "rotate"],
        env={**os.environ, **as_environment(both)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    stop.set()
    for thread in threads:
        thread.join()

    assert problems == []
    assert rotating.returncode == 0, rotating.stderr
    with workers[0].database.reading() as session:
        for place, (plain, value) in written.items():
            assert secrecy.open_text(session, place.split()[0], value) == plain
        assert set(session.scalars(select(PersonKey.field_key))) == {of(NEW)}
    for one in workers:
        one.close()


def test_the_public_key_and_the_keys_are_never_the_secret(muster: Muster, old: str) -> None:
    seal_people(muster, 1)
    told: list[Callable[[], Result]] = [
        lambda: run(muster.settings, "keys", "show"),
        lambda: run(muster.settings, "audit", "public-key"),
    ]
    for command in told:
        output = command().output
        assert old not in output
        assert muster.settings.audit_key.get_secret_value() not in output
    assert len(rows(muster, PersonKey)) == 1
