"""`muster doctor` on keys and the evidence trail: each planted fault has its own line."""

import base64
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import build
from bot.trail import HEADS_FILE, append
from models import audit, secrecy
from models.audit import Signer
from models.secrecy import key_id
from tests.bot.test_doctor import (
    KEY,
    Installation,
    folder,
    installation_settings,
    installed,
    sandbox_url,
)
from tests.simulator import MONDAY

__all__ = ["folder", "sandbox_url"]

NEW = base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def healthy(folder: Path, sandbox_url: str, redis_url: str, sqlite_template: Path) -> Iterator[Installation]:
    """A healthy installation on SQLite."""
    shutil.copy(sqlite_template, folder / "muster.db")
    with installed(installation_settings(folder, sandbox_url, "", redis_url), sandbox_url) as running:
        yield running


def record(
    installation: Installation, *, seconds_ago: int = 0, seal: bool = True, person: bool = False
) -> None:
    """One row of the trail, and perhaps a person's sealed value."""
    muster = build(installation.settings)
    with muster.database.writing() as session:
        at = muster.clock.now() - timedelta(seconds=seconds_ago)
        audit.record(session, at=at, actor="employee:1", action="cases.assign")
        if person:
            secrecy.seal(session, "employee:1", "13812345678")
    if seal:
        assert muster.trail is not None
        muster.trail.tick()
    muster.close()


def test_a_sealed_trail_and_current_keys_are_well(healthy: Installation) -> None:
    record(healthy, person=True)

    report = healthy.doctor()

    assert report.faults == []
    assert report.of("留痕").startswith("✓ 留痕：封到第 1 条，")
    newest = key_id(base64.b64decode(KEY))
    assert report.of("敏感字段密钥") == f"✓ 敏感字段密钥：1 人的资料由最新的密钥 {newest} 保护。"


def test_a_trail_that_nobody_seals_is_a_fault(healthy: Installation) -> None:
    record(healthy, seconds_ago=90, seal=False)

    fault = healthy.doctor().only_fault("留痕")

    assert fault.startswith("✗ 留痕：有 1 条过了一分钟还没有封存，最早的是 ")


def test_a_row_of_this_minute_may_wait_for_its_seal(healthy: Installation) -> None:
    record(healthy, seal=False)

    assert healthy.doctor().faults == []


def test_a_missing_file_of_heads_is_a_fault(healthy: Installation) -> None:
    record(healthy)
    (healthy.settings.data_dir / HEADS_FILE).unlink()

    assert "没有公布到" in healthy.doctor().only_fault("留痕")


def test_a_database_that_is_behind_the_published_heads_is_a_fault(healthy: Installation) -> None:
    record(healthy)
    later = Signer(healthy.settings.audit_key_bytes).sign(7, b"h" * 32, MONDAY)
    append(healthy.settings.data_dir / HEADS_FILE, later.line())

    assert "公布过第 7 条的签名，数据库里只到第 1 条" in healthy.doctor().only_fault("留痕")


def test_an_older_field_key_in_use_is_a_fault(healthy: Installation) -> None:
    record(healthy, person=True)

    fault = healthy.doctor(field_keys=f"{NEW},{KEY}").only_fault("敏感字段密钥")

    old = key_id(base64.b64decode(KEY))
    assert fault.startswith(f"✗ 敏感字段密钥：1 人的资料还由旧密钥 {old} 保护。")
    assert "muster keys rotate" in fault


def test_a_field_key_that_is_needed_and_not_there_is_a_fault(healthy: Installation) -> None:
    record(healthy, person=True)

    assert "MUSTER_FIELD_KEYS 里没有它" in healthy.doctor(field_keys=NEW).only_fault("敏感字段密钥")


@pytest.mark.parametrize("name", ["field_keys", "hash_key", "audit_key"])
def test_a_missing_key_is_one_fault(healthy: Installation, name: str) -> None:
    report = healthy.doctor(**{name: ""})

    assert report.only_fault("密钥").startswith("✗ 密钥：1 处要改。\n" + f"缺少 MUSTER_{name.upper()}：")


def test_a_malformed_key_is_one_fault(healthy: Installation) -> None:
    assert "MUSTER_AUDIT_KEY 不对" in healthy.doctor(audit_key="abc").only_fault("密钥")


def test_no_key_is_printed(healthy: Installation) -> None:
    record(healthy, person=True)
    told = healthy.doctor(field_keys=f"{NEW},{KEY}").output

    assert NEW not in told
    assert isinstance(healthy.settings.field_keys, SecretStr)
