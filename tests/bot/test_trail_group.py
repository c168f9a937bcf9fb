"""A group chat that keeps the signed ends: made and written to over the platform's own interface."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.app import build
from bot.cli import main
from config.settings import as_environment
from models import audit
from models.audit import Keys, Signer
from tests import tencent
from tests.bot.test_doctor import (
    CONTACTS_SECRET,
    CORP_SECRET,
    Installation,
    folder,
    installation_settings,
    installed,
    sandbox_url,
)

__all__ = ["folder", "sandbox_url"]


@pytest.fixture
def installation(
    folder: Path,
    sandbox_url: str,
    redis_url: str,
    sqlite_template: Path,
) -> Iterator[Installation]:
    """An installation whose company has three members."""
    shutil.copy(sqlite_template, folder / "muster.db")
    with installed(installation_settings(folder, sandbox_url, "", redis_url), sandbox_url) as running:
        own = {"agent_id": tencent.AGENT_ID, "name": "点将", "secret": CORP_SECRET, "callback": None}
        members = [
            {"userid": userid, "name": name, "department": [1], "position": ""}
            for userid, name in (("lihua", "李华"), ("wangfang", "王芳"), ("zhaolei", "赵磊"))
        ]
        running.sandbox.put_corp(
            running.settings.wecom_corp_id,
            {
                "name": "青禾资产服务",
                "apps": [own],
                "contacts": {"secret": CONTACTS_SECRET, "callback": None},
                "departments": [{"id": 1, "name": "青禾资产服务", "parentid": 0}],
                "members": members,
            },
        )
        yield running


def test_a_group_is_made_and_told_the_end_of_the_chain(installation: Installation) -> None:
    environment = as_environment(installation.settings)

    made = CliRunner().invoke(main, ["audit", "chat", "lihua", "wangfang", "zhaolei"], env=environment)

    assert made.exit_code == 0, made.output
    [chat_id] = re.findall(r"✓ 群号 ([0-9a-f]{32})\n", made.output)
    muster = build(installation.settings)
    assert muster.trail is not None
    with muster.database.writing() as session:
        audit.record(session, at=muster.clock.now(), action="cases.assign")
    muster.trail._policy = replace(muster.policy.audit, group_chat=chat_id)
    muster.trail.tick()
    muster.outbox.drain()
    muster.close()
    [told] = installation.sandbox.group_messages(installation.settings.wecom_corp_id, chat_id)
    text = told["content"]["content"]
    assert text.startswith("留痕已封到第 1 条，")
    head = audit.read_head(text.splitlines()[1])
    assert head is not None
    assert Keys(Signer(installation.settings.audit_key_bytes).public_key).vouch(head)


def test_a_group_of_strangers_is_refused_with_a_reason(installation: Installation) -> None:
    environment = as_environment(installation.settings)

    made = CliRunner().invoke(main, ["audit", "chat", "lihua", "nobody"], env=environment)

    assert made.exit_code == 1
    assert "✗ 平台没有建群（86007" in made.output
