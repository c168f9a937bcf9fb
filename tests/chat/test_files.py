"""材料, 我的材料, 健康证明, and what people send, as it is asked; and who sees a health proof."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from models import files, secrecy, staff
from models.audit import AuditEvent, AuditOutcome
from models.candidates import Application
from models.files import FileKind, MediaFetch, StoredFile
from models.messaging import KeptContent
from models.staff import Candidate, Employee, Role, UnitKind
from tests.models.test_file_rules import PNG
from tests.simulator import Follower, Member, Messenger, TestClock, rows

NOT_PERMITTED = "你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。"
OF_OTHERS = "健康证明只有负责这个人的人事能看、能下结论。"
GONE = "这个文件已经不在了，或者已经有了结论。发「我的材料」看现在有什么。"
NOT_HERE = "名单里没有，或者不在你的范围里。可以写姓名、企业微信账号、工号或编号（candidate:5）。"
OUT_OF_REACH = "这个人或这个单位不在你能管的范围里，需要的话请联系主管或 IT 管理员。"

Phone = Callable[[str], Member]


@pytest.fixture
def phone(client: FlaskClient, messenger: Messenger, clock: TestClock) -> Phone:
    """The phone of somebody by account."""
    known: dict[str, Member] = {}
    return lambda account: known.setdefault(account, Member(account, client, messenger, clock))


@pytest.fixture
def company(muster: Muster) -> None:
    """Two branches under one head office, HR in each and above them, and a candidate of the northern one."""
    with muster.database.writing() as session:
        root = staff.ensure_root(session)
        north = staff.add_unit(session, name="城北分公司", parent=root, kind=UnitKind.BRANCH)
        south = staff.add_unit(session, name="城南分公司", parent=root, kind=UnitKind.BRANCH)
        team = staff.add_unit(session, name="北一组", parent=north)
        for account, name, role, unit in (
            ("hrnorth", "何人事", Role.HR_CITY, north),
            ("hrsouth", "方人事", Role.HR_CITY, south),
            ("hrprovince", "孟人事", Role.HR_PROVINCE, root),
            ("hrhead", "总人事", Role.HR_HEAD, root),
            ("boss", "管理员", Role.ADMIN, root),
            ("compliance", "陈合规", Role.COMPLIANCE, root),
            ("manager", "经理", Role.MANAGER, north),
            ("supervisor", "主管", Role.SUPERVISOR, north),
            ("leader", "组长", Role.TEAM_LEADER, team),
            ("otherleader", "别组长", Role.TEAM_LEADER, south),
            ("interviewer", "面试官", Role.INTERVIEWER, north),
            ("collector", "李爱丽", Role.COLLECTOR, team),
        ):
            staff.add_employee(session, wecom_id=account, name=name, role=role, unit=unit)
        rain = Candidate(name="林小雨", openid="oCandidate001")
        session.add(rain)
        session.flush()
        at = muster.clock.now()
        session.add(
            Application(
                candidate_id=rain.id,
                person_id=rain.id,
                unit_id=north.id,
                job="催收员",
                source="",
                entered_at=at,
            )
        )


def keep(muster: Muster, subject: str, kind: FileKind, *, about: str = "", mark: bytes = b"") -> int:
    """A file of somebody's is there; its number."""
    with muster.database.writing() as session:
        kept = files.keep_file(
            session,
            subject=subject,
            kind=kind,
            content=PNG + (mark or kind.encode()),
            name="林小雨.png",
            uploaded_by=subject,
            at=muster.clock.now(),
            policy=muster.policy,
            about=about,
        )
        return kept.id


def subject_of(muster: Muster, name: str) -> str:
    """The pseudonym of somebody."""
    with muster.database.reading() as session:
        for table in (Employee, Candidate):
            found = session.scalars(select(table).where(table.name == name)).first()
            if found is not None:
                return found.subject
    raise AssertionError(name)


def kinds(muster: Muster) -> list[str]:
    return sorted(row.kind for row in rows(muster, StoredFile))


# --- what people send ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "named"), [("image", "照片"), ("voice", "语音"), ("video", "视频")])
def test_what_an_employee_sends_is_taken_at_once(
    alice: Member, muster: Muster, kind: str, named: str
) -> None:
    alice.post(alice.message(kind, MediaId="m1", PicUrl="http://p"))

    alice.sees(f"收到你的{named}，会加密存好；发「我的材料」可以看和删。")
    [fetch] = rows(muster, MediaFetch)
    assert (fetch.channel, fetch.media_id, fetch.kind) == (
        "wecom",
        "m1",
        "voice" if kind == "voice" else "photo",
    )


def test_a_candidate_is_asked_what_it_is(candidate: Follower, muster: Muster) -> None:
    candidate.follows()
    candidate.news()
    candidate.post(candidate.message("image", MediaId="m1", PicUrl="http://p"))

    [menu] = candidate.news()
    content = menu.payload["msgmenu"]
    assert content["head_content"] == (
        "收到你的图片\n会加密存好。请点一下它是什么；健康证明只有负责你的人事能看。"
    )
    assert [one["content"] for one in content["list"]] == [
        "1. 健康证明",
        "2. 学历证书",
        "3. 论文、项目报告",
        "4. 推荐信",
        "5. 工作截图、客户案例",
        "6. 从业资格证",
        "7. 其他材料",
    ]
    assert [fetch.kind for fetch in rows(muster, MediaFetch)] == ["unsorted"]
    candidate.taps(content["list"][0]["id"])
    candidate.sees("好的，记为「健康证明」。发「我的材料」可以看和删。")
    assert [fetch.kind for fetch in rows(muster, MediaFetch)] == ["health_proof"]


def test_what_it_is_can_be_said_after_it_was_stored(
    candidate: Follower, muster: Muster, company: None
) -> None:
    keep(muster, subject_of(muster, "林小雨"), FileKind.UNSORTED)
    [file] = rows(muster, StoredFile)

    candidate.taps(f"file_kind:{file.ticket}:material")

    candidate.sees("好的，记为「学历证书」。发「我的材料」可以看和删。")
    assert kinds(muster) == ["material"]


def test_nobody_sorts_what_is_not_theirs(candidate: Follower, muster: Muster, company: None) -> None:
    keep(muster, subject_of(muster, "李爱丽"), FileKind.PHOTO)
    [file] = rows(muster, StoredFile)

    candidate.taps(f"file_kind:{file.ticket}:material")
    candidate.taps("file_kind:nothing:photo")

    assert candidate.reads() == ["这个文件已经不在了，或者已经有了结论。发「我的材料」看现在有什么。"] * 2
    assert kinds(muster) == ["photo"]


def test_who_has_no_post_stores_nothing(stranger: Member, muster: Muster, clock: TestClock) -> None:
    with muster.database.writing() as session:
        person = staff.add_employee(session, wecom_id="stranger", name="新同事", role=Role.COLLECTOR)
        staff.end_posts(session, employee=person, at=clock.now())

    stranger.post(stranger.message("image", MediaId="m1", PicUrl="http://p"))

    [answer] = stranger.reads()
    assert "还没有给你安排岗位" in answer
    assert rows(muster, MediaFetch) == []


# --- one's own -------------------------------------------------------------------------------------------


def test_ones_own_files_are_listed_and_deleted(muster: Muster, company: None, phone: Phone) -> None:
    alice = phone("collector")
    id_ = keep(muster, subject_of(muster, "李爱丽"), FileKind.PHOTO)
    alice.says("我的材料")
    alice.sees("我的材料，共 1 个\n\n[删除 1]")
    alice.taps_card(f"file_delete:{id_}")
    alice.sees("删除这个文件？\n照片，3月2日 周一，1 KB。删了不能恢复。\n[删除][看我的材料]")
    assert kinds(muster) == ["photo"]

    alice.taps_card(f"file_delete_now:{id_}")

    assert alice.reads() == ["(按钮:已删除)", "已删除，不能恢复。"]
    assert kinds(muster) == []
    alice.says("我的材料")
    alice.sees("你还没有存过照片或材料。直接把图片发给我就行。")


def test_a_candidate_lists_and_deletes_too(candidate: Follower, muster: Muster, company: None) -> None:
    id_ = keep(muster, subject_of(muster, "林小雨"), FileKind.HEALTH_PROOF)

    candidate.says("我的材料")
    candidate.taps(f"file_delete_now:{id_}")

    menu, answer = candidate.news()
    assert menu.payload["msgmenu"]["head_content"] == ("我的材料，共 1 个\n1:健康证明，3月2日 周一，1 KB")
    assert answer.payload["text"]["content"] == "已删除，不能恢复。"
    assert kinds(muster) == []


def test_nobody_deletes_what_is_not_theirs(candidate: Follower, muster: Muster, company: None) -> None:
    id_ = keep(muster, subject_of(muster, "李爱丽"), FileKind.PHOTO)

    candidate.taps(f"file_delete_now:{id_}")

    candidate.sees("这个文件已经不在了，或者已经有了结论。发「我的材料」看现在有什么。")
    assert kinds(muster) == ["photo"]


def test_the_evidence_of_something_is_not_deleted_by_its_owner(
    muster: Muster, company: None, phone: Phone
) -> None:
    id_ = keep(muster, subject_of(muster, "李爱丽"), FileKind.EVIDENCE, about="visit:1")

    phone("collector").taps(f"file_delete_now:{id_}")

    phone("collector").sees("这个文件是一条记录的凭证，不能自己删。要更正请联系主管。")
    assert kinds(muster) == ["evidence"]


def test_more_files_than_a_card_holds_are_turned_over(muster: Muster, company: None, phone: Phone) -> None:
    for number in range(7):
        keep(muster, subject_of(muster, "李爱丽"), FileKind.PHOTO, mark=bytes([number]))
    leader = phone("leader")

    leader.says("材料 李爱丽")
    leader.sees("李爱丽的材料，共 7 个\n\n[看 1][看 2][看 3][看 4][看 5][更早的]")
    leader.taps_card(f"file_more:{subject_of(muster, '李爱丽')}:5")

    leader.sees("李爱丽的材料，共 7 个\n\n[看 6][看 7]")


# --- of others -------------------------------------------------------------------------------------------


def test_hr_looks_at_a_material_and_the_look_is_recorded(muster: Muster, company: None, phone: Phone) -> None:
    hr = phone("hrnorth")
    rain = subject_of(muster, "林小雨")
    id_ = keep(muster, rain, FileKind.MATERIAL)
    hr.says("材料 林小雨")
    hr.sees("林小雨的材料，共 1 个\n\n[看 1]")

    hr.taps_card(f"file_show:{id_}")

    words, picture = hr.news()
    assert words.payload["text"]["content"] == ("林小雨的学历证书，3月2日 周一。这次查看已记下，请不要转发。")
    assert picture.payload["msgtype"] == "image"
    [look] = [row for row in rows(muster, AuditEvent) if row.action == "files.see"]
    assert (look.actor, look.subject, look.details) == (
        subject_of(muster, "何人事"),
        rain,
        {"file": id_, "kind": "material"},
    )


def test_nothing_readable_stands_in_the_table(muster: Muster, company: None) -> None:
    keep(muster, subject_of(muster, "林小雨"), FileKind.MATERIAL)

    [file] = rows(muster, StoredFile)

    assert PNG not in file.content
    assert "林小雨".encode() not in file.name
    with muster.database.reading() as session:
        assert secrecy.open_sealed(session, file.subject, file.content) == PNG + b"material"
        assert files.name_of(session, file) == "林小雨.png"


def test_the_same_file_again_is_the_same_file(muster: Muster, company: None) -> None:
    rain, alice = subject_of(muster, "林小雨"), subject_of(muster, "李爱丽")
    first = keep(muster, rain, FileKind.MATERIAL)

    assert keep(muster, rain, FileKind.MATERIAL) == first
    assert keep(muster, alice, FileKind.MATERIAL) != first
    assert keep(muster, rain, FileKind.MATERIAL, about="visit:1") != first
    one, two, _ = sorted(rows(muster, StoredFile), key=lambda row: row.id)
    assert one.sha256 != two.sha256


@pytest.mark.parametrize(
    ("account", "photo", "material", "proof"),
    [
        ("hrnorth", True, True, True),
        ("hrsouth", GONE, GONE, GONE),
        ("hrprovince", True, True, OF_OTHERS),
        ("hrhead", True, True, OF_OTHERS),
        ("boss", NOT_PERMITTED, NOT_PERMITTED, NOT_PERMITTED),
        ("compliance", NOT_PERMITTED, NOT_PERMITTED, NOT_PERMITTED),
        ("interviewer", NOT_PERMITTED, NOT_PERMITTED, NOT_PERMITTED),
        ("manager", True, OUT_OF_REACH, OF_OTHERS),
        ("supervisor", True, OUT_OF_REACH, OF_OTHERS),
        ("leader", True, GONE, GONE),
        ("otherleader", GONE, GONE, GONE),
        ("collector", NOT_PERMITTED, NOT_PERMITTED, NOT_PERMITTED),
    ],
)
def test_who_sees_what(
    muster: Muster,
    company: None,
    phone: Phone,
    account: str,
    photo: str | bool,
    material: str | bool,
    proof: str | bool,
) -> None:
    rain = subject_of(muster, "林小雨")
    ids = [
        keep(muster, subject_of(muster, "李爱丽"), FileKind.PHOTO),
        keep(muster, rain, FileKind.MATERIAL),
        keep(muster, rain, FileKind.HEALTH_PROOF),
        keep(muster, rain, FileKind.UNSORTED),
    ]
    looker = phone(account)

    for id_, expected in zip(ids, (photo, material, proof, proof), strict=True):
        looker.taps(f"file_show:{id_}")
        if expected is True:
            assert len(looker.news()) == 2
        else:
            looker.sees(str(expected))
    looks = [row for row in rows(muster, AuditEvent) if row.action == "files.see"]
    assert len(looks) == [photo, material, proof, proof].count(True)
    refused = [row for row in rows(muster, AuditEvent) if row.outcome == AuditOutcome.REFUSED]
    assert len(refused) == 4 - len(looks)


def test_a_health_proof_is_not_even_named_to_other_hr(muster: Muster, company: None, phone: Phone) -> None:
    keep(muster, subject_of(muster, "林小雨"), FileKind.HEALTH_PROOF)

    phone("hrhead").says("材料 林小雨")
    phone("hrhead").sees("林小雨没有你能看的材料。")
    phone("hrnorth").says("材料 林小雨")
    phone("hrnorth").sees("林小雨的材料，共 1 个\n\n[看 1]")


def test_where_a_branch_has_no_hr_the_next_above_decides(muster: Muster, company: None, phone: Phone) -> None:
    id_ = keep(muster, subject_of(muster, "林小雨"), FileKind.HEALTH_PROOF)
    with muster.database.writing() as session:
        hr = staff.find_employee(session, "hrnorth", at=muster.clock.now())
        assert hr is not None
        staff.end_posts(session, employee=hr, at=muster.clock.now())

    phone("hrhead").taps(f"file_show:{id_}")

    assert len(phone("hrhead").news()) == 2


# --- decisions and time ----------------------------------------------------------------------------------


def test_a_decided_health_proof_is_deleted_thirty_days_later(
    muster: Muster, company: None, phone: Phone, clock: TestClock
) -> None:
    hr = phone("hrnorth")
    id_ = keep(muster, subject_of(muster, "林小雨"), FileKind.HEALTH_PROOF)
    keep(muster, subject_of(muster, "林小雨"), FileKind.MATERIAL)
    hr.says("健康证明 通过 林小雨")
    hr.sees("健康证明通过？\n确认以后，30 天后自动删除，不能恢复。\n[确认][取消]")
    hr.says("确认")
    hr.sees("林小雨的健康证明：通过。文件在 4月1日 周三 以后自动删除。")
    hr.taps(f"file_show:{id_}")
    assert len(hr.news()) == 2

    clock.passes_to("2026-03-31 23:30")
    assert kinds(muster) == ["health_proof", "material"]
    assert rows(muster, KeptContent) == []
    clock.passes_to("2026-04-01 09:30")

    assert kinds(muster) == ["material"]
    [gone] = [row for row in rows(muster, AuditEvent) if row.action == "files.expire"]
    assert (gone.actor, gone.details) == ("system", {"file": id_, "kind": "health_proof"})


@pytest.mark.parametrize(
    ("account", "answer"),
    [
        ("hrsouth", "「林小雨」：" + NOT_HERE),
        ("hrprovince", OF_OTHERS),
        ("hrhead", OF_OTHERS),
    ],
)
def test_only_the_deciding_hr_decides(
    muster: Muster, company: None, phone: Phone, account: str, answer: str
) -> None:
    keep(muster, subject_of(muster, "林小雨"), FileKind.HEALTH_PROOF)

    phone(account).says("健康证明 不通过 林小雨")

    phone(account).sees(answer)
    assert rows(muster, StoredFile)[0].decided_at is None


def test_a_decision_needs_a_proof_a_person_and_a_word(muster: Muster, company: None, phone: Phone) -> None:
    hr = phone("hrnorth")
    hr.says("健康证明 通过 林小雨")
    hr.says("健康证明 林小雨")
    hr.says("健康证明 通过 谁也不是")

    hr.sees(
        "林小雨还没有交健康证明，没有可以下结论的。",
        "写成「健康证明 通过 张三」或「健康证明 不通过 张三」。",
        "「谁也不是」：" + NOT_HERE,
    )


@pytest.mark.parametrize("kind", FileKind)
def test_every_kind_goes_when_its_time_is_over(muster: Muster, company: None, kind: FileKind) -> None:
    keep(muster, subject_of(muster, "林小雨"), kind)
    over = muster.clock.now() + timedelta(days=muster.policy.files.keep_days[kind])

    def clear(at: datetime) -> list[str]:
        with muster.database.writing() as session:
            files.delete_expired(session, at=at, policy=muster.policy)
        return kinds(muster)

    assert clear(over - timedelta(minutes=1)) == [kind]
    assert clear(over) == []


# --- leaving ---------------------------------------------------------------------------------------------


def test_erasing_a_person_leaves_no_file(muster: Muster, company: None, phone: Phone) -> None:
    id_ = keep(muster, subject_of(muster, "林小雨"), FileKind.MATERIAL)
    phone("hrnorth").taps(f"file_show:{id_}")
    phone("hrnorth").news()
    assert len(rows(muster, KeptContent)) == 1

    with muster.database.writing() as session:
        person = files.person_of(session, subject_of_row(muster))
        assert person is not None
        at = muster.clock.now()
        staff.erase_person(session, person=person, at=at, actor=None, policy=muster.policy)

    assert rows(muster, StoredFile) == []
    assert rows(muster, KeptContent) == []


def subject_of_row(muster: Muster) -> str:
    [file] = rows(muster, StoredFile)
    return str(file.subject)


def test_with_the_key_the_bytes_are_gone(muster: Muster, company: None, phone: Phone) -> None:
    rain = subject_of(muster, "林小雨")
    id_ = keep(muster, rain, FileKind.MATERIAL)
    with muster.database.writing() as session:
        secrecy.destroy_key(session, rain, at=muster.clock.now())

    phone("hrnorth").taps(f"file_show:{id_}")

    phone("hrnorth").sees("这个文件已经不在了，或者已经有了结论。发「我的材料」看现在有什么。")


def test_who_stops_following_and_never_applied_leaves_no_file(candidate: Follower, muster: Muster) -> None:
    candidate.follows()
    [person] = rows(muster, Candidate)
    keep(muster, person.subject, FileKind.UNSORTED)
    candidate.post(candidate.message("image", MediaId="m1", PicUrl="http://p"))
    candidate.news()

    candidate.post(candidate.event("unsubscribe"))

    assert rows(muster, StoredFile) == rows(muster, MediaFetch) == []


def test_nobody_keeps_files_without_end(muster: Muster, company: None) -> None:
    rain = subject_of(muster, "林小雨")
    most = muster.policy.files.most_files
    for number in range(most):
        keep(muster, rain, FileKind.OTHER, mark=number.to_bytes(4))

    with pytest.raises(files.TooManyFiles):
        keep(muster, rain, FileKind.OTHER, mark=b"one more")
