"""留痕 and 删除资料, as they are asked; and nothing readable is left of who was deleted."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import MetaData, select

from bot.app import Muster
from bot.cli import main
from config.settings import as_environment
from models import audit, messaging, secrecy, staff
from models.audit import AuditEvent, Signer
from models.messaging import Attachment, AttachmentKind, Channel, OutboundKind, Outgoing
from models.proposals import Proposal
from models.staff import Candidate, Employee, Role
from tests.simulator import MONDAY, Given, Member, Messenger, TestClock, rows

NAME, ACCOUNT, PHONE, ID_NUMBER = "欧阳小雪", "OuyangXiaoxue", "13812345678", "51010419900101123X"
ADDRESS = "成都市锦江区春熙路一段九号"


@pytest.fixture
def officer(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """The compliance officer."""
    given.employee("chenhegui", "陈合规", role=Role.COMPLIANCE)
    return Member("chenhegui", client, messenger, clock)


@pytest.fixture
def snow(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given, muster: Muster) -> Member:
    """A collector with a phone, an identity number and an address."""
    given.employee(ACCOUNT, NAME)
    with muster.database.writing() as session:
        person = known(session)
        person.number = "E00042"
        staff.keep_identity(session, person=person, phone=PHONE, id_number=ID_NUMBER, address=ADDRESS)
    return Member(ACCOUNT, client, messenger, clock)


def known(session: Any) -> Employee:
    """The row of the person."""
    person = staff.find_known(session, ACCOUNT)
    assert person is not None
    return person


def leaves(muster: Muster) -> None:
    """The person leaves now."""
    with muster.database.writing() as session:
        person = known(session)
        person.left_at = muster.clock.now()
        staff.end_posts(session, employee=person, at=muster.clock.now())


def everything(muster: Muster) -> dict[str, list[str]]:
    """Table → every row as text: as it is stored, and with what JSON hides decoded; bytes as they are."""
    metadata = MetaData()
    with muster.database.engine.connect().execution_options(reading=True) as connection:
        metadata.reflect(connection)
        return {
            table.name: [
                "\n".join(form for value in row for form in forms(value))
                for row in connection.execute(select(table))
            ]
            for table in metadata.sorted_tables
        }


def forms(value: Any) -> list[str]:
    """A value as text, raw and decoded."""
    if isinstance(value, bytes | memoryview):
        return [bytes(value).decode("utf-8", "replace")]
    if isinstance(value, dict | list):
        return [json.dumps(value), json.dumps(value, ensure_ascii=False)]
    text = str(value)
    return [text, json.dumps(text)]


def finds(muster: Muster, word: str) -> list[str]:
    """The tables in which a word stands."""
    escaped = json.dumps(word)[1:-1]
    return [
        name
        for name, lines in everything(muster).items()
        if any(word.lower() in line.lower() or escaped in line for line in lines)
    ]


# --- 留痕 ------------------------------------------------------------------------------------------------


def test_the_newest_entries_about_somebody_are_told(officer: Member, snow: Member, clock: TestClock) -> None:
    snow.says("打卡")
    snow.news()
    clock.at("08:40")
    snow.says("消息状态 陈合规")
    snow.news()

    officer.says("留痕 欧阳小雪")

    officer.sees(
        "关于欧阳小雪的最近 2 条留痕，新的在前：\n"
        "3月2日 周一 08:40 本人想「消息状态」，没有准许\n"
        "3月2日 周一 08:30 本人「打卡」\n"
        "这次查看也已记下。"
    )
    officer.says("留痕 欧阳小雪")
    [told] = officer.reads()
    assert "08:40 陈*「看留痕」\n" in told


def test_a_look_at_the_trail_stands_in_the_trail(officer: Member, snow: Member, muster: Muster) -> None:
    officer.says("留痕 欧阳小雪")
    officer.sees("还没有关于欧阳小雪的留痕。")

    newest = rows(muster, AuditEvent)[-1]
    with muster.database.reading() as session:
        assert (newest.action, newest.subject) == ("audit.see", known(session).subject)


def test_who_is_meant_is_asked_back(officer: Member, given: Given) -> None:
    given.employee("zhangsan1", "张三")
    given.employee("zhangsan2", "张三")

    officer.says("留痕 张三")
    officer.says("留痕 王五")
    officer.says("留痕 employee:2")

    officer.sees(
        "叫「张三」的不止一个，请用企业微信账号或编号再问：zhangsan1（employee:2）、zhangsan2（employee:3）",
        "「王五」：名单里没有，离职的人里也没有，或者不在你的范围里。"
        "可以写姓名、企业微信账号、工号或编号（employee:17）。",
        "还没有关于张三的留痕。",
    )


def test_who_may_not_see_the_trail_is_refused_and_that_is_recorded(alice: Member, muster: Muster) -> None:
    alice.says("留痕 李爱丽")

    alice.sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")
    assert rows(muster, AuditEvent)[-1].outcome == "refused"


def test_the_newest_entries_are_told_to_other_systems(
    officer: Member, snow: Member, client: FlaskClient, muster: Muster
) -> None:
    snow.says("打卡")
    snow.news()
    from bot.miniapp import Tokens

    headers = {"Authorization": f"Bearer {Tokens(muster).issue('chenhegui')}"}
    told = client.post("/api/v1/audit/looks", headers=headers, json={})

    assert told.status_code == 200
    [event] = told.get_json()["result"]["events"]
    assert (event["actor_name"], event["action"]) == ("欧*", "attendance.check_in")
    assert rows(muster, AuditEvent)[-1].action == "audit.see"
    about = client.post("/api/v1/audit/looks", headers=headers, json={"subject": event["actor"]})
    assert about.get_json()["result"]["events"] == [event]
    nobody = client.post("/api/v1/audit/looks", headers=headers, json={"subject": "employee:99"})
    assert (nobody.status_code, nobody.get_json()["error"]["code"]) == (404, "not_on_record")
    theirs = {"Authorization": f"Bearer {Tokens(muster).issue(ACCOUNT)}"}
    assert client.post("/api/v1/audit/looks", headers=theirs, json={}).status_code == 403


# --- 删除资料 --------------------------------------------------------------------------------------------


def test_a_person_who_left_is_deleted_after_a_confirmation(
    officer: Member, snow: Member, muster: Muster
) -> None:
    leaves(muster)

    officer.says("删除资料 欧阳小雪")
    [card] = officer.reads()
    assert card.startswith("删除欧阳小雪的资料？\n")
    assert card.endswith("[确认][取消]")
    with muster.database.reading() as session:
        assert known(session).name == NAME
    officer.says("确认")

    [subject] = [person.subject for person in rows(muster, Employee) if person.name == "已删除"]
    officer.sees(f"{subject} 的资料已删除，不能恢复。考勤和留痕还在，只认这个编号。")
    event = rows(muster, AuditEvent)[-1]
    assert (event.action, event.subject) == ("people.erase", subject)


def test_nothing_readable_is_left_of_a_person_who_was_deleted(
    officer: Member, snow: Member, alice: Member, muster: Muster, messenger: Messenger
) -> None:
    snow.opens_chat(30.657123, 104.065987)
    snow.sends_location(30.657123, 104.065987, "春熙路星巴克")
    snow.says(f"我的手机 {PHONE} 和身份证 {ID_NUMBER}，住{ADDRESS}")
    snow.says("留痕 自己")
    alice.says("欧阳小雪的电话是 138-1234 5678 吗，账号 ouyangxiaoxue，工号E00042")
    alice.says("就是１３８１２３４５６７８")
    alice.news()
    officer.says("消息状态 欧阳小雪")
    with muster.database.writing() as session:
        person, told = known(session), staff.find_known(session, "chenhegui")
        assert told is not None
        audit.record(
            session,
            at=MONDAY,
            actor=told.subject,
            action="people.note",
            subject=person.subject,
            personal={person.subject: {"name": NAME, "phone": PHONE}},
        )
        session.add(
            Proposal(
                employee_id=told.id,
                kind="erase_person",
                arguments={"why": f"{NAME} {PHONE}"},
                needs_code=False,
                created_at=MONDAY,
                expires_at=MONDAY,
                state="cancelled",
                wrong_codes=0,
            )
        )
        picture = Attachment(AttachmentKind.FILE, "名片.txt", f"{NAME} {PHONE}".encode())
        media = messaging.attach(
            session,
            attachment=picture,
            channel=Channel.WECOM,
            use=AttachmentKind.FILE,
            until=MONDAY + timedelta(days=7),
        )
        payload = {"msgtype": "file", "file": {"media_id": media}}
        letter = {"msgtype": "text", "text": {"content": f"{NAME}（{ACCOUNT}）的 {ID_NUMBER} 已登记"}}
        messaging.post(
            session,
            [
                Outgoing(f"card:{ACCOUNT}", Channel.WECOM, ACCOUNT, OutboundKind.MESSAGE, payload),
                Outgoing("letter", Channel.WECOM, "AliceLi", OutboundKind.MESSAGE, letter),
            ],
            now=MONDAY,
            lifetime=timedelta(hours=1),
        )
    muster.outbox.drain()
    snow.news()
    wide = "１３８１２３４５６７８"
    words = (
        NAME,
        ACCOUNT,
        PHONE,
        wide,
        ID_NUMBER,
        ADDRESS,
        "E00042",
        "春熙路星巴克",
    )
    assert [where for where in ("30.657123", "104.065987") if finds(muster, where)] == []
    assert [word for word in words if not finds(muster, word)] == []
    leaves(muster)
    assert muster.trail is not None
    muster.trail.tick()

    officer.says("删除资料 欧阳小雪")
    officer.says("确认")
    officer.news()
    muster.trail.tick()

    assert {word: finds(muster, word) for word in words} == {word: [] for word in words}
    letters = [row for row in rows(muster, messaging.OutboundMessage) if row.key == "letter"]
    assert letters[0].payload["text"]["content"] == "已删除（已删除）的 已删除 已登记"
    with muster.database.reading() as session:
        [gone] = [row for row in rows(muster, AuditEvent) if row.action == "people.note"]
        sealed = base64.b64decode(gone.personal[gone.subject])
        assert secrecy.open_text(session, gone.subject, sealed) is None
    assert chain_is_whole(muster)
    alice.news()


def chain_is_whole(muster: Muster) -> bool:
    """Whether the chain verifies."""
    key = base64.b64encode(Signer(muster.settings.audit_key_bytes).public_key).decode()
    result = CliRunner().invoke(
        main, ["audit", "verify", "--public-key", key], env=as_environment(muster.settings)
    )
    return result.exit_code == 0


def test_others_with_another_name_keep_theirs(
    officer: Member, snow: Member, alice: Member, muster: Muster
) -> None:
    alice.says("李爱丽和欧阳小雪一起打卡")
    alice.news()
    leaves(muster)

    officer.says("删除资料 欧阳小雪")
    officer.says("确认")
    officer.news()

    texts = [row.fields.get("Content") for row in rows(muster, messaging.InboundMessage)]
    assert "李爱丽和已删除一起打卡" in texts


def test_who_is_still_here_is_not_deleted(officer: Member, snow: Member) -> None:
    officer.says("删除资料 欧阳小雪")

    officer.sees("还不能删：这个人在职。先办离职，离职以后才能删资料。")


def test_who_leaves_later_is_not_deleted_yet(
    officer: Member, snow: Member, muster: Muster, clock: TestClock
) -> None:
    with muster.database.writing() as session:
        known(session).left_at = clock.now() + timedelta(days=3)

    officer.says("删除资料 欧阳小雪")

    officer.sees("还不能删：这个人 3月5日 周四 08:30 才离职。")


def test_who_still_holds_something_is_not_deleted(officer: Member, snow: Member, muster: Muster) -> None:
    with muster.database.writing() as session:
        known(session).left_at = muster.clock.now()

    officer.says("删除资料 欧阳小雪")

    officer.sees("还不能删：这个人名下还有岗位。先交接完再删。")


def test_a_deletion_happens_once(officer: Member, snow: Member, muster: Muster) -> None:
    leaves(muster)
    officer.says("删除资料 欧阳小雪")
    officer.says("确认")
    officer.news()
    [erased] = [person for person in rows(muster, Employee) if person.name == "已删除"]

    officer.says(f"删除资料 {erased.subject}")

    officer.sees("这个人的资料已经删除过了。")


def test_another_area_deletes_what_it_knows_and_says_what_is_held(
    officer: Member, snow: Member, muster: Muster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.staff import erasure

    asked: list[str] = []
    held = ["case"]
    monkeypatch.setattr(erasure, "_erasers", [*erasure._erasers, lambda s, p, w, a: asked.append(p.name)])
    monkeypatch.setattr(erasure, "_holdings", [lambda s, p, a: held])
    leaves(muster)
    officer.says("删除资料 欧阳小雪")
    officer.sees("还不能删：这个人名下还有案件。先交接完再删。")
    held.clear()

    officer.says("删除资料 欧阳小雪")
    officer.says("确认")
    officer.news()

    assert asked == [NAME]


def test_a_candidate_is_deleted_on_the_command_line(muster: Muster) -> None:
    with muster.database.writing() as session:
        person = staff.follow(session, openid="oQwErTy12345", at=MONDAY, scene="recruit")
        person.name = "司马相如"
        staff.keep_identity(session, person=person, phone=PHONE)
    environment = as_environment(muster.settings)

    done = CliRunner().invoke(
        main, ["erase", "candidate:1", "--reason", "本人申请", "--yes"], env=environment
    )
    again = CliRunner().invoke(main, ["erase", "candidate:1", "--reason", "再来", "--yes"], env=environment)

    assert done.output == "✓ candidate:1 的资料已删除\n"
    assert again.output == "✗ 这个人的资料已经删除过了。\n"
    assert {word: finds(muster, word) for word in ("司马相如", "oQwErTy12345", PHONE)} == {
        "司马相如": [],
        "oQwErTy12345": [],
        PHONE: [],
    }
    [row] = rows(muster, Candidate)
    assert (row.name, row.openid, row.phone) == ("已删除", None, None)
