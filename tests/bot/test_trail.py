"""The evidence trail: sealed within a tick, and every attack is found with nothing but the public key."""

import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.app import Muster, build
from bot.cli import main
from bot.policy import POLICY_FILE, load_policy
from bot.trail import HEADS_FILE, newest_in
from config.settings import SettingsError, as_environment
from models import audit
from models.audit import AuditEvent, AuditHead, AuditSeal, Keys, Signer, content_hash, link
from models.messaging import OutboundKind
from tests.sandbox.scene import ROOT
from tests.simulator import MONDAY, Member, Messenger, TestClock, rows

TABLES = ("audit_event", "audit_seal", "audit_head")


def write(muster: Muster, count: int, subject: str = "employee:1") -> None:
    """So many rows, each with a sealed part."""
    with muster.database.writing() as session:
        for number in range(count):
            audit.record(
                session,
                at=muster.clock.now(),
                actor="employee:2",
                action="cases.assign",
                subject=subject,
                details={"case": number, "字": ["值", None, 1.5]},
                personal={subject: {"reason": "家里有事"}},
            )


def sealed(muster: Muster, *counts: int) -> None:
    """Rows, sealed in so many batches."""
    assert muster.trail is not None
    for count in counts:
        write(muster, count)
        muster.trail.tick()


def public_key(muster: Muster) -> str:
    """The public key in base64."""
    return base64.b64encode(Signer(muster.settings.audit_key_bytes).public_key).decode()


def verify(muster: Muster, *options: str, heads: bool = True) -> Result:
    """`muster audit verify`, which knows no secret: the address, the public key and the published heads."""
    given = [] if "--public-key" in options else ["--public-key", public_key(muster)]
    file = str(muster.settings.data_dir / HEADS_FILE)
    published = ["--heads", file] if heads and "--heads" not in options else []
    environment = dict.fromkeys(as_environment(muster.settings), "")
    database = [] if "--database" in options else ["--database", muster.database.url]
    command = ["audit", "verify", *database, *given, *published, *options]
    return CliRunner().invoke(main, command, env=environment)


def tamper(muster: Muster, *statements: str, **values: Any) -> None:
    """What somebody does who may do anything with the database: the triggers do not hold them up."""
    with muster.database.writing() as session:
        disarm(session)
        for statement in statements:
            session.execute(text(statement), values)
        rearm(session)


def disarm(session: Session) -> None:
    """Switch the triggers off."""
    if session.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    else:
        session.info["triggers"] = session.scalars(
            text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))


def rearm(session: Session) -> None:
    """And on again."""
    if session.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    else:
        for sql in session.info["triggers"]:
            session.execute(text(sql))


def first_fault(result: Result) -> str:
    """The first line of what was found."""
    assert result.exit_code == 1, result.output
    return result.output.splitlines()[0]


# --- sealing ---------------------------------------------------------------------------------------------


def test_a_tick_seals_what_was_said(muster: Muster, alice: Member, clock: TestClock) -> None:
    alice.says("打卡")
    alice.news()
    clock.passes_to("08:31")

    seals = rows(muster, AuditSeal)
    assert [seal.position for seal in seals] == list(range(1, len(rows(muster, AuditEvent)) + 1))
    assert all(event.sealed for event in rows(muster, AuditEvent))
    [head] = newest_in(muster.settings.data_dir / HEADS_FILE)[-1:]
    assert head.position == len(seals)
    assert Keys(Signer(muster.settings.audit_key_bytes).public_key).vouch(head)


def test_a_whole_chain_is_said_to_be_whole(muster: Muster) -> None:
    sealed(muster, 3, 1, 5)

    result = verify(muster)

    assert result.exit_code == 0, result.output
    assert result.output == "✓ 留痕完整：9 条一条不缺、没有改过，3 个签名都对，和公布过的 3 个签名一致。\n"


def test_rows_without_a_seal_are_named(muster: Muster) -> None:
    sealed(muster, 3)
    write(muster, 2)

    result = verify(muster)

    assert result.exit_code == 0, result.output
    assert "末尾有 2 条还没有封存，最早的是 3月2日 周一 08:30" in result.output


def test_rows_that_commit_out_of_order_are_all_sealed(muster: Muster) -> None:
    assert muster.trail is not None
    if muster.database.sqlite:
        sealed(muster, 2)
        return
    slow = Session(muster.database.engine, info={"keyring": None})
    audit.record(slow, at=MONDAY, action="cases.assign")
    write(muster, 2)
    muster.trail.tick()
    assert len(rows(muster, AuditSeal)) == 2

    slow.commit()
    slow.close()
    muster.trail.tick()

    assert [seal.event_id for seal in rows(muster, AuditSeal)] == [2, 3, 1]
    assert verify(muster).exit_code == 0


def test_two_sealers_leave_no_gap_and_no_double(muster: Muster) -> None:
    other = build(muster.settings, clock=muster.clock, messengers={})
    write(muster, 300)
    threads = [threading.Thread(target=one.trail.seal) for one in (muster, other) if one.trail is not None]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert muster.trail is not None
    muster.trail.tick()
    other.close()

    assert verify(muster).exit_code == 0
    assert len(rows(muster, AuditSeal)) == 300


def test_the_database_itself_refuses_to_change_the_trail(muster: Muster) -> None:
    sealed(muster, 2)
    for statement in (
        "UPDATE audit_event SET actor = 'x'",
        "UPDATE audit_event SET sealed = (1 = 0)",
        "DELETE FROM audit_event",
        "UPDATE audit_seal SET event_id = 9",
        "DELETE FROM audit_seal",
        "UPDATE audit_head SET key_id = 'x'",
        "DELETE FROM audit_head",
    ):
        with (
            pytest.raises(Exception, match="the evidence trail is not changed"),
            muster.database.writing() as session,
        ):
            session.execute(text(statement))


# --- attacks ---------------------------------------------------------------------------------------------


ATTACKS: dict[str, tuple[list[str], str]] = {
    "change the details": (
        ["""UPDATE audit_event SET details = '{"case": 99}' WHERE id = 4"""],
        "✗ 第 4 条（记录 4）和封存时不一样：被改过，或和别的换了位置。",
    ),
    "change a sealed personal value": (
        ["""UPDATE audit_event SET personal = '{"employee:1": "AAAA"}' WHERE id = 3"""],
        "✗ 第 3 条（记录 3）和封存时不一样",
    ),
    "change who did it": (["UPDATE audit_event SET actor = 'employee:9' WHERE id = 1"], "✗ 第 1 条"),
    "remove a row": (["DELETE FROM audit_event WHERE id = 5"], "✗ 第 5 条（记录 5）不见了"),
    "remove a row with its seal": (
        ["DELETE FROM audit_event WHERE id = 2", "DELETE FROM audit_seal WHERE event_id = 2"],
        "✗ 第 2 条的封条不见了，后面是第 3 条",
    ),
    "swap two rows": (
        [
            "UPDATE audit_event SET id = 900 WHERE id = 2",
            "UPDATE audit_event SET id = 2 WHERE id = 4",
            "UPDATE audit_event SET id = 4 WHERE id = 900",
        ],
        "✗ 第 2 条（记录 2）和封存时不一样",
    ),
    "swap two seals": (
        [
            "UPDATE audit_seal SET event_id = 900 WHERE position = 2",
            "UPDATE audit_seal SET event_id = 2 WHERE position = 4",
            "UPDATE audit_seal SET event_id = 4 WHERE position = 900 OR event_id = 900",
        ],
        "✗ 第 2 条（记录 4）和封存时不一样",
    ),
    "take away the last signature": (
        ["DELETE FROM audit_head WHERE position = 6"],
        "✗ 第 4 到 6 条有封条，没有签名",
    ),
    "cut off the end": (
        [
            "DELETE FROM audit_event WHERE id > 3",
            "DELETE FROM audit_seal WHERE position > 3",
            "DELETE FROM audit_head WHERE position > 3",
        ],
        "✗ 末尾被截断：公布过第 6 条的签名（3月2日 周一 08:30），现在只到第 3 条，从第 4 条起不见了。",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_found_and_named(muster: Muster, attack: str) -> None:
    sealed(muster, 3, 3)
    statements, said = ATTACKS[attack]

    tamper(muster, *statements)

    assert first_fault(verify(muster)).startswith(said)


def test_a_row_that_was_put_in_later_is_found(muster: Muster) -> None:
    sealed(muster, 3, 3)
    columns = "at, actor, action, subject, outcome, cause, details, personal"
    put_in = (
        f"INSERT INTO audit_event (id, sealed, {columns}) SELECT 900, (1 = 1), {columns} FROM audit_event "
    )
    tamper(muster, put_in + "WHERE id = 2")

    said = "✗ 记录 900 没有封条，却排在封存过的中间：是后来塞进来的。"
    assert first_fault(verify(muster)).startswith(said)


def test_a_row_put_in_among_earlier_ones_is_found_although_it_claims_to_be_new(muster: Muster) -> None:
    sealed(muster, 3)
    tamper(muster, "UPDATE audit_event SET id = 50 WHERE id = 3", "DELETE FROM audit_event WHERE id = 3")
    columns = "at, actor, action, subject, outcome, cause, details, personal"
    put_in = f"INSERT INTO audit_event (id, {columns}) SELECT 3, {columns} FROM audit_event WHERE id = 2"
    tamper(muster, "UPDATE audit_seal SET event_id = 50 WHERE position = 3", put_in)

    assert "记录 3 没有封条，却排在封存过的中间" in verify(muster).output


def test_the_chain_computed_anew_does_not_agree_with_its_signatures(muster: Muster) -> None:
    sealed(muster, 3, 3)

    tamper(muster, """UPDATE audit_event SET details = '{"case": 99}' WHERE id = 2""")
    recompute(muster)

    assert first_fault(verify(muster)).startswith("✗ 第 3 条和公布过的签名")
    without = verify(muster, heads=False)
    assert first_fault(without) == ("✗ 第 1 到 3 条里有被换过的：封条重新算过，和第 3 条的签名对不上。")


def test_signing_anew_with_another_key_is_found(muster: Muster) -> None:
    sealed(muster, 3, 3)

    tamper(muster, """UPDATE audit_event SET details = '{"case": 99}' WHERE id = 2""")
    recompute(muster, Signer(b"x" * 32))

    found = first_fault(verify(muster, heads=False))
    assert found.startswith("✗ 第 3 条是用另一把密钥（")


def test_a_foreign_signature_under_our_keys_name_is_found(muster: Muster) -> None:
    sealed(muster, 3)

    tamper(muster, "UPDATE audit_head SET signature = :other", other=b"x" * 64)

    assert first_fault(verify(muster)) == "✗ 第 3 条的签名是假的：不是用这把私钥签的。"


def recompute(muster: Muster, signer: Signer | None = None) -> None:
    """Compute every seal anew, and sign every head anew with a key of one's own."""
    with muster.database.writing() as session:
        disarm(session)
        last = audit.BEGINNING
        for position, event in enumerate(session.query(AuditEvent).order_by(AuditEvent.id).all(), 1):
            known = session.get(AuditSeal, position)
            assert known is not None
            content = content_hash({name: getattr(event, name) for name in audit.FIELDS})
            last = link(last, position, content)
            known.content, known.hash = content, last
            head = session.get(AuditHead, position)
            if head is not None and signer is not None:
                signed = signer.sign(position, last, head.at)
                head.hash, head.key_id, head.signature = last, signed.key_id, signed.signature
        session.flush()
        rearm(session)


def test_without_the_right_public_key_nothing_is_vouched_for(muster: Muster, tmp_path: Path) -> None:
    sealed(muster, 2)
    other = tmp_path / "other.key"
    other.write_text(base64.b64encode(Signer(b"y" * 32).public_key).decode())

    result = verify(muster, "--public-key", str(other))

    assert "用另一把密钥" in first_fault(result)
    assert "不是公钥" in verify(muster, "--public-key", "nonsense").output


def test_after_a_change_of_keys_both_public_keys_verify(muster: Muster) -> None:
    sealed(muster, 2)
    old = public_key(muster)
    new = base64.b64encode(b"n" * 32).decode()
    changed = muster.settings.model_copy(update={"audit_key": type(muster.settings.audit_key)(new)})
    later = build(changed, clock=muster.clock, messengers={})
    sealed(later, 2)

    result = verify(muster, "--public-key", old, "--public-key", public_key(later))
    later.close()

    assert result.exit_code == 0, result.output
    assert verify(muster).exit_code == 1


# --- published heads -------------------------------------------------------------------------------------


def test_a_torn_line_in_the_file_of_heads_does_no_harm(muster: Muster) -> None:
    sealed(muster, 1)
    path = muster.settings.data_dir / HEADS_FILE
    with path.open("a") as file:
        file.write('{"position": 7, "ha')
    sealed(muster, 1)

    assert [head.position for head in newest_in(path)] == [1, 2]
    assert verify(muster).exit_code == 0


def test_a_head_that_was_not_published_before_a_crash_is_published_after_it(muster: Muster) -> None:
    assert muster.trail is not None
    write(muster, 2)
    muster.trail.seal()
    again = build(muster.settings, clock=muster.clock, messengers={})
    assert again.trail is not None

    again.trail.tick()
    again.trail.tick()
    again.close()

    assert [head.position for head in newest_in(muster.settings.data_dir / HEADS_FILE)] == [2]


def test_the_group_chat_is_told_the_end_once_an_interval(
    muster: Muster, messenger: Messenger, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert muster.trail is not None
    from dataclasses import replace

    policy = replace(muster.policy.audit, group_chat="chat1", group_minutes=60)
    monkeypatch.setattr(muster.trail, "_policy", policy)
    for moment in ("08:31", "08:32", "09:05"):
        write(muster, 1)
        clock.passes_to(moment)
    clock.passes_to("09:06")

    sent = [parcel for parcel in messenger.calls if parcel.kind is OutboundKind.GROUP]
    assert [parcel.recipient for parcel in sent] == ["chat1", "chat1"]
    told = sent[0].payload["text"]["content"]
    assert told.startswith("留痕已封到第 1 条，3月2日 周一 08:3")
    head = audit.read_head(told.splitlines()[1])
    assert head is not None
    assert Keys(Signer(muster.settings.audit_key_bytes).public_key).vouch(head)


# --- evidence packs --------------------------------------------------------------------------------------


@pytest.fixture
def command_line(muster: Muster) -> Callable[..., Result]:
    """The command line of this installation."""
    environment = as_environment(muster.settings)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), env=environment)

    return run


def test_a_pack_proves_each_row_offline(
    muster: Muster, command_line: Callable[..., Result], tmp_path: Path
) -> None:
    sealed(muster, 3)
    write(muster, 4, subject="employee:8")
    sealed(muster, 2)
    pack = tmp_path / "张三.zip"

    exported = command_line("audit", "export", "--subject", "employee:8", "--reason", "仲裁", str(pack))
    assert exported.exit_code == 0, exported.output
    checked = CliRunner().invoke(
        main, ["audit", "verify", "--pack", str(pack), "--public-key", public_key(muster)]
    )

    assert checked.output == "✓ 证据包里关于 employee:8 的 5 条都对得上签名\n"
    assert rows(muster, AuditEvent)[-1].action == "audit.export"
    assert "家里有事" not in "".join(content.decode() for content in unpacked(pack).values())


def unpacked(pack: Path) -> dict[str, bytes]:
    """The files in a pack."""
    import zipfile

    with zipfile.ZipFile(pack) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("rows.jsonl", lambda c: c.replace(b"cases.assign", b"cases.closed", 1), "和封存时不一样"),
        ("rows.jsonl", lambda c: b"\n".join(c.splitlines()[1:]) + b"\n", "证据包里有 3 条，写明的是 4 条"),
        ("stretches.jsonl", lambda c: c.replace(b'"start": "', b'"start": "00', 1), "对不上"),
        ("stretches.jsonl", lambda c: b"", "没有对应的签名"),
        ("about.json", lambda c: c.replace(b"employee:1", b"employee:7"), "和这个证据包写明的人无关"),
        ("about.json", lambda c: b"{", "不是点将导出的证据包"),
    ],
)
def test_a_changed_pack_is_found(
    muster: Muster,
    command_line: Callable[..., Result],
    tmp_path: Path,
    name: str,
    change: Callable[[bytes], bytes],
    said: str,
) -> None:
    import zipfile

    sealed(muster, 3)
    pack, forged = tmp_path / "pack.zip", tmp_path / "forged.zip"
    command_line("audit", "export", "--subject", "employee:1", "--reason", "仲裁", str(pack))
    with zipfile.ZipFile(forged, "w") as file:
        for entry, content in unpacked(pack).items():
            file.writestr(entry, change(content) if entry == name else content)

    result = CliRunner().invoke(
        main, ["audit", "verify", "--pack", str(forged), "--public-key", public_key(muster)]
    )

    assert result.exit_code == 1
    assert said in result.output


def test_exporting_needs_a_reason(command_line: Callable[..., Result], tmp_path: Path) -> None:
    result = command_line(
        "audit", "export", "--subject", "employee:1", "--reason", " ", str(tmp_path / "a.zip")
    )

    assert result.exit_code == 1
    assert "请用 --reason 写明为什么导出" in result.output


# --- killed ----------------------------------------------------------------------------------------------

SEALER = """
from bot.app import build
from config.settings import load_settings
muster = build(load_settings(), messengers={})
print("ready", flush=True)
while True:
    muster.trail.tick()
"""


def sealer(muster: Muster) -> "subprocess.Popen[bytes]":
    """A process that seals and does nothing else."""
    process = subprocess.Popen(
        [sys.executable, "-c", SEALER],
        env={**os.environ, **as_environment(muster.settings)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.fixture
def writing(muster: Muster) -> Iterator[Callable[[], int]]:
    """Somebody who writes all the time; calling it stops that and tells how many rows there are."""
    stop = threading.Event()
    written = [0]

    def work() -> None:
        while not stop.is_set():
            write(muster, 5)
            written[0] += 5
            time.sleep(0.005)

    thread = threading.Thread(target=work)
    thread.start()

    def finish() -> int:
        stop.set()
        thread.join()
        return written[0]

    yield finish
    finish()


@pytest.mark.proof
def test_a_sealer_that_is_killed_again_and_again_loses_and_doubles_nothing(
    muster: Muster, writing: Callable[[], int]
) -> None:
    for milliseconds in (30, 90, 170, 260):
        process = sealer(muster)
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    count = writing()
    assert muster.trail is not None
    muster.trail.seal()
    muster.trail.publish()

    result = verify(muster)

    assert result.exit_code == 0, result.output
    assert f"{count} 条一条不缺" in result.output
    assert len({seal.event_id for seal in rows(muster, AuditSeal)}) == count == len(rows(muster, AuditEvent))


def test_public_key_is_printed(command_line: Callable[..., Result], muster: Muster) -> None:
    assert command_line("audit", "public-key").output.strip() == public_key(muster)


def test_the_lines_of_heads_hold_everything(muster: Muster) -> None:
    sealed(muster, 1)
    line = (muster.settings.data_dir / HEADS_FILE).read_text().splitlines()[0]

    assert set(json.loads(line)) == {"position", "hash", "at", "key", "signature"}


def test_a_copy_in_a_folder_that_is_read_only_is_verified(
    muster: Muster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not muster.database.sqlite:
        pytest.skip("a file of SQLite")
    sealed(muster, 2)
    copy = tmp_path / "copy" / "muster.db"
    copy.parent.mkdir()
    source, target = sqlite3.connect(tmp_path / "muster.db"), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    monkeypatch.setattr("os.access", lambda path, *_: Path(path) != copy.parent)

    result = verify(muster, "--database", str(copy))

    assert result.exit_code == 0, result.output
    assert [path.name for path in copy.parent.iterdir()] == ["muster.db"]


def test_a_database_that_is_not_there_is_said_and_not_made(muster: Muster, tmp_path: Path) -> None:
    result = verify(muster, "--database", str(tmp_path / "other.db"), heads=False)

    assert result.exit_code == 1
    assert "没有数据库文件" in result.output
    assert not (tmp_path / "other.db").exists()


def test_everything_gone_is_a_chain_cut_off(muster: Muster) -> None:
    sealed(muster, 3)

    tamper(muster, *(f"DELETE FROM {table}" for table in TABLES))

    assert first_fault(verify(muster)) == (
        "✗ 末尾被截断：公布过第 3 条的签名（3月2日 周一 08:30），现在只到第 0 条，从第 1 条起不见了。"
    )


def test_a_row_whose_values_cannot_even_be_read_is_named(muster: Muster) -> None:
    if not muster.database.sqlite:
        pytest.skip("PostgreSQL refuses such values itself")
    sealed(muster, 4)

    tamper(
        muster,
        "UPDATE audit_event SET details = '{broken' WHERE id = 2",
        "UPDATE audit_event SET at = 'yesterday' WHERE id = 3",
        "UPDATE audit_event SET actor = x'00ff' WHERE id = 4",
    )

    lines = verify(muster).output.splitlines()
    assert [line.partition("（")[0] for line in lines[:3]] == ["✗ 第 2 条", "✗ 第 3 条", "✗ 第 4 条"]


def test_rows_that_state_a_much_earlier_moment_are_counted(muster: Muster, clock: TestClock) -> None:
    write(muster, 1)
    clock.at("10:30")
    sealed(muster, 1)

    assert "– 有 1 条封存的时候，离它写明的时刻已经过了一个小时以上（从第 1 条起）" in verify(muster).output


def test_what_was_copied_from_the_group_chat_will_do_as_published_heads(
    muster: Muster, tmp_path: Path
) -> None:
    sealed(muster, 2, 2)
    line = (muster.settings.data_dir / HEADS_FILE).read_text().splitlines()[-1]
    copied = tmp_path / "群聊.txt"
    copied.write_text(f"点将 9:00\n留痕已封到第 4 条，下面一行是签名。\n  {line}\n张三：收到\n")
    assert "和公布过的 1 个签名一致" in verify(muster, "--heads", str(copied)).output

    tamper(
        muster,
        "DELETE FROM audit_event WHERE id > 2",
        "DELETE FROM audit_seal WHERE position > 2",
        "DELETE FROM audit_head WHERE position > 2",
    )

    assert "末尾被截断：公布过第 4 条" in first_fault(verify(muster, "--heads", str(copied)))


def test_nobody_may_choose_to_keep_the_trail_for_less_than_half_a_year(tmp_path: Path) -> None:
    text = POLICY_FILE.read_text(encoding="utf-8").replace(
        "log_months = { value = 12", "log_months = { value = 5"
    )
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match="log_months"):
        load_policy(tmp_path / "policy.toml")


def test_a_file_of_heads_that_is_not_there_or_holds_none_is_no_proof(muster: Muster, tmp_path: Path) -> None:
    sealed(muster, 1)
    empty = tmp_path / "empty.log"
    empty.write_text("没有签名\n")

    for path in (tmp_path / "nowhere.log", empty):
        result = verify(muster, "--heads", str(path))
        assert result.exit_code == 1
        assert f"{path} 里没有公布过的签名" in result.output
    assert "没有拿公布过的签名来比，末尾少没少看不出来" in verify(muster, heads=False).output
