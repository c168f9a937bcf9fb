"""Whole lives with the organisation, and that nothing readable is left of them once they are erased.

Every table and column is searched, and on SQLite every byte of the database and of the data directory.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from bot.app import Muster
from bot.cli import main
from bot.policy import work_calendar
from config.settings import Settings, as_environment
from models import audit, directory, files, messaging, planning, staff, training
from models.audit import AuditEvent
from models.candidates import Application, ErasureRequest
from models.coaching import DimensionReview
from models.directory import ChangeKind, Details, DirectoryChange, DirectoryMember
from models.files import FileKind, MediaFetch, StoredFile
from models.handover import Cause, Handover
from models.lifecycle import ChecklistItem, Onboarding, OnboardingState, Separation, StepState, Transfer
from models.messaging import Attachment, AttachmentKind, Channel, KeptContent, OutboundKind, Outgoing
from models.planning import DeferredAnswer
from models.staff import Employee, Role
from models.training import (
    CourseDraft,
    Enrolment,
    Family,
    Homework,
    Learner,
    LessonDraft,
    PushReason,
    Where,
)
from tests.chat.candidates import Hiring
from tests.chat.people import Company
from tests.chat.test_binding import code_for
from tests.chat.test_erasure import chain_is_whole, finds
from tests.chat.test_leaving import confirm
from tests.models.test_file_rules import PNG
from tests.simulator import Member, Messenger, TestClock, rows

NAME, ACCOUNT, NUMBER = "欧阳小雪", "OuyangXiaoxue", "E00001"
PHONE, ID_NUMBER, ADDRESS = "13812345678", "51010419900101123X", "成都市锦江区春熙路一段九号"
PLACE, LATITUDE, LONGITUDE = "春熙路星巴克", 30.657123, 104.065987
REASON = "本人来信要求删除"
MEDIA = "media-id-of-a-waiting-picture"
WHERE = (PLACE, str(LATITUDE), str(LONGITUDE))
"""Where she was: kept nowhere so that it can be read, not even before."""
WORDS = (NAME, ACCOUNT, NUMBER, PHONE, ID_NUMBER, ADDRESS, MEDIA, *WHERE)


def places(folder: Path, words: Iterable[str]) -> list[tuple[str, str]]:
    """(file, word) for every word whose bytes stand in a file below a folder, however they are written."""
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = path.read_bytes().lower()
        found += [(path.name, word) for word in words if any(form in content for form in written(word))]
    return found


def written(word: str) -> Sequence[bytes]:
    """A word as databases and files write it."""
    forms = [word.lower().encode(), word.encode("unicode_escape").lower(), word.lower().encode("utf-16-le")]
    if word in (str(LATITUDE), str(LONGITUDE)):
        forms.append(struct.pack(">d", float(word)).lower())
    return forms


@pytest.fixture
def company(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Company:
    """A branch with two teams, HR, IT and administration."""
    return Company(muster, client, messenger, clock)


@pytest.fixture
def officer(company: Company, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Member:
    """The compliance officer."""
    with company.muster.database.writing() as session:
        root = staff.ensure_root(session)
        staff.add_employee(session, wecom_id="law", name="陈合规", role=Role.COMPLIANCE, unit=root)
    return Member("law", client, messenger, clock)


@pytest.fixture
def snow(company: Company, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Member:
    """The phone of the person."""
    return Member(ACCOUNT, client, messenger, clock)


def known(company: Company) -> Employee:
    """The row of the person."""
    with company.muster.database.reading() as session:
        person = staff.find_known(session, ACCOUNT)
        assert person is not None
        return person


def joins(company: Company) -> None:
    """HR enters her; what IT and the others have to do is never finished."""
    confirm(company, "hr", f"入职 {ACCOUNT} {NAME} 催收员 一组 3月3日")
    company.everybody_reads()
    with company.muster.database.writing() as session:
        person = staff.find_known(session, ACCOUNT)
        assert person is not None
        assert person.number == NUMBER
        staff.keep_identity(session, person=person, phone=PHONE, id_number=ID_NUMBER, address=ADDRESS)


def is_in_the_directory(company: Company) -> None:
    """The platform has told of her, and of a change that nobody has read yet."""
    now = company.clock.now()
    details = Details(ACCOUNT, NAME, "催收员", (1,), 1, frozenset(), 1)
    with company.muster.database.writing() as session:
        run = directory.start(session, at=now)
        directory.note_listed(session, run, [(ACCOUNT, 1)], cursor="")
        directory.note_details(session, run, {ACCOUNT: details})
        directory.fail(session, run, error=f"user/get of {ACCOUNT}: 60111", at=now)
        directory.note_change(session, kind=ChangeKind.MEMBER, key=ACCOUNT, at=now)
        directory.note_change(session, kind=ChangeKind.MEMBER, key="old", new_key=ACCOUNT, at=now)


def works(company: Company, snow: Member) -> None:
    """She checks in, writes, sends pictures; others write and ask about her."""
    clock, muster = company.clock, company.muster
    clock.passes_to("2026-03-03 08:31")
    snow.opens_chat(LATITUDE, LONGITUDE)
    snow.sends_location(LATITUDE, LONGITUDE, PLACE)
    snow.says(f"我的手机 {PHONE} 和身份证 {ID_NUMBER}，住{ADDRESS}")
    snow.post(snow.message("image", MediaId=MEDIA, PicUrl="http://p"))
    company["wangwu"].says(f"{NAME}的账号是 {ACCOUNT.lower()} 吗，工号 {NUMBER}，138 1234 5678")
    person = known(company)
    with muster.database.writing() as session:
        kept = files.keep_file(
            session,
            subject=person.subject,
            kind=FileKind.PHOTO,
            content=PNG + f"{NAME} {ID_NUMBER}".encode(),
            name=f"{NAME} {PHONE}.png",
            uploaded_by=person.subject,
            at=clock.now(),
            policy=muster.policy,
        )
    company["leader"].says(f"材料 {NAME}")
    company["leader"].taps(f"file_show:{kept.id}")
    company["hr"].says(f"找人 {NAME}")
    company["hr"].says(f"电话 {NAME}")
    snow.news()
    company.everybody_reads()


def is_written_about(company: Company) -> None:
    """A list with her in it goes to HR; somebody's slow answer waits; the evidence holds her values."""
    muster, now = company.muster, company.clock.now()
    person = known(company)
    with muster.database.writing() as session:
        hr = staff.find_known(session, "hr")
        assert hr is not None
        table = Attachment(AttachmentKind.FILE, "名单.txt", f"{NAME},{PHONE},{ID_NUMBER}".encode())
        until = now.replace(hour=23)
        media = messaging.attach(
            session, attachment=table, channel=Channel.WECOM, use=AttachmentKind.FILE, until=until
        )
        payload = {"msgtype": "file", "file": {"media_id": media}}
        outgoing = Outgoing(f"list:{ACCOUNT}", Channel.WECOM, "hr", OutboundKind.MESSAGE, payload)
        messaging.post(session, [outgoing], now=now, lifetime=timedelta(hours=1))
        for key, employee in (("of her", person), ("of hr", hr)):
            planning.defer(
                session,
                key=key,
                kind="no_such_kind",
                employee_id=employee.id,
                arguments={"asked": f"{NAME} {PHONE}"},
                at=now,
                expires_at=until,
            )
        audit.record(
            session,
            at=now,
            actor=hr.subject,
            action="people.note",
            subject=person.subject,
            personal={person.subject: {"name": NAME, "phone": PHONE}},
        )
    muster.outbox.drain()
    company.everybody_reads()


def learns(company: Company) -> None:
    """She hands in homework, her leader says something to it; a course and what people are told name her."""
    muster, now = company.muster, company.clock.now()
    here = Where("night")
    draft = CourseDraft(
        code="night",
        title="夜间规则",
        family=Family.LAW,
        where=here,
        homework="写下来。",
        note=f"{NAME} 接过投诉",
        lessons=[LessonDraft("晚上十点以后", f"{NAME} 讲过：不联系。", here)],
    )
    with muster.database.writing() as session:
        person = staff.find_employee(session, ACCOUNT, at=now)
        leader = staff.find_employee(session, "leader", at=now)
        assert person is not None
        assert leader is not None
        version = training.publish(session, draft=draft, actor=None, at=now, policy=muster.policy).version
        mine, _ = training.enrol(
            session,
            person=person,
            version=version,
            reason=PushReason.RENEWAL,
            because={"note": version.note},
            at=now,
        )
        view = training.hand_in(
            session,
            actor=person,
            enrolment_id=mine.id,
            words=f"{NAME} {PHONE}，住{ADDRESS}",
            pictures_since=None,
            at=now,
            policy=muster.policy,
            calendar=work_calendar(muster.policy),
        )
        training.decide_homework(
            session,
            actor=leader,
            homework_id=view.homework.id,
            accepts=False,
            remark=f"{NAME} 少一步",
            at=now,
            policy=muster.policy,
        )
        session.add(
            DimensionReview(
                employee_id=person.id, dimension="沟通", points=40, reviewed_at=now, reviewed_by_id=leader.id
            )
        )
        session.add(Learner(employee_id=person.id, streak=1, best_streak=1))


def changes(company: Company) -> None:
    """She moves to the other team, is away with somebody in her place, and covers for somebody."""
    clock = company.clock
    confirm(company, "hr", f"调动 {NAME} 到 二组 3月9日起")
    company.everybody_reads()
    clock.passes_to("2026-03-09 08:31")
    confirm(company, "leader2", f"请假 {NAME} 3月10日 到 3月16日 给 王五")
    confirm(company, "hr", f"请假 {NAME} 3月10日 到 3月16日 给 王五")
    company.everybody_reads()
    clock.passes_to("2026-03-10 08:31")
    clock.passes_to("2026-03-17 08:31")
    confirm(company, "hr", f"请假 张三 3月18日 到 3月19日 给 {NAME}")
    clock.passes_to("2026-03-20 08:31")
    company.everybody_reads()


def leaves(company: Company, snow: Member) -> None:
    """She leaves at the end of the month."""
    confirm(company, "hr", f"离职 {NAME} 3月31日 家庭")
    company.everybody_reads()
    company.clock.passes_to("2026-03-31 18:01")
    company.clock.passes_to("2026-03-31 18:05")
    company.everybody_reads()
    snow.news()


@pytest.mark.timeout(400)
def test_after_a_whole_life_nothing_readable_is_left(
    company: Company, snow: Member, officer: Member, settings: Settings, tmp_path: Path
) -> None:
    muster = company.muster
    joins(company)
    is_in_the_directory(company)
    works(company, snow)
    learns(company)
    is_written_about(company)
    changes(company)
    leaves(company, snow)
    subject, id_ = known(company).subject, known(company).id
    assert [row.state for row in rows(muster, Transfer) if row.employee_id == id_] == ["done"]
    assert {row.cause for row in rows(muster, Handover) if row.employee_id == id_} >= {Cause.SEPARATION}
    assert {row.cover_id for row in rows(muster, Handover)} >= {id_}
    [separation] = rows(muster, Separation)
    assert (separation.employee_id, separation.state, separation.reason) == (id_, "closed", "family")
    assert muster.trail is not None
    muster.trail.tick()
    assert tuple(word for word in WORDS if not finds(muster, word)) == WHERE
    written_down = {word for _, word in places(tmp_path, WORDS)}
    assert not muster.database.sqlite or written_down >= {NAME, ACCOUNT, PHONE}

    officer.says(f"删除资料 {NAME}")
    officer.says("确认")
    assert officer.reads()[-1] == f"{subject} 的资料已删除，不能恢复。考勤和留痕还在，只认这个编号。"
    muster.trail.tick()

    assert {word: finds(muster, word) for word in WORDS} == {word: [] for word in WORDS}
    assert rows(muster, StoredFile) == rows(muster, MediaFetch) == rows(muster, KeptContent) == []
    assert rows(muster, DimensionReview) == rows(muster, Learner) == []
    [homework] = rows(muster, Homework)
    assert (homework.words, homework.remark, homework.state) == (None, None, "returned")
    assert [one.because for one in rows(muster, Enrolment)] == [{"note": "已删除 接过投诉"}]
    assert rows(muster, DirectoryMember) == rows(muster, DirectoryChange) == []
    assert [(row.key, row.arguments) for row in rows(muster, DeferredAnswer)] == [
        ("of hr", {"asked": "已删除 已删除"})
    ]
    [onboarding] = rows(muster, Onboarding)
    assert (onboarding.state, onboarding.employee_id) == (OnboardingState.CANCELLED, id_)
    assert StepState.OPEN not in {item.state for item in rows(muster, ChecklistItem)}
    assert chain_is_whole(muster)
    assert {row.action for row in rows(muster, AuditEvent) if row.subject == subject} >= {
        "people.join",
        "people.move",
        "people.leave",
        "people.close_leave",
        "files.keep",
        "files.see",
        "people.erase",
    }
    muster.close()
    assert places(tmp_path, WORDS) == []


@pytest.mark.timeout(400)
def test_a_candidate_leaves_nothing_readable_either(
    muster: Muster,
    client: FlaskClient,
    messenger: Messenger,
    clock: TestClock,
    settings: Settings,
    tmp_path: Path,
) -> None:
    hiring = Hiring(muster, client, messenger, clock)
    hiring.applies(NAME, "城北支公司", phone=PHONE, id_number=ID_NUMBER)
    hiring.applies(NAME, "城东分公司", phone=PHONE)
    hiring["head"].taps("match_same:1")
    follower = hiring.follower("oOuyangXiaoxue")
    follower.follows("campus")
    follower.says(f"我是{NAME}，手机 {PHONE}，身份证 {ID_NUMBER}")
    hiring["north"].news()
    follower.says(f"绑定 {code_for(hiring, NAME)}")
    follower.says(PHONE[-4:])
    follower.post(follower.message("image", MediaId=MEDIA, PicUrl="http://p"))
    hiring["north"].says(f"候选人 {NAME}")
    hiring["north"].says(f"改手机 {NAME} 13900001111")
    follower.says("删除我的资料")
    with muster.database.writing() as session:
        person = next(one for one in hiring.named(session, NAME) if one.merged_into_id is None)
        subject = person.subject
        files.keep_file(
            session,
            subject=subject,
            kind=FileKind.HEALTH_PROOF,
            content=PNG + f"{NAME} {ID_NUMBER}".encode(),
            name=f"{NAME}.png",
            uploaded_by=subject,
            at=clock.now(),
            policy=muster.policy,
        )
    words = (NAME, "oOuyangXiaoxue", PHONE, ID_NUMBER, MEDIA, "13900001111")
    assert [word for word in words if not finds(muster, word)] == []
    assert len(rows(muster, ErasureRequest)) == 1
    assert muster.trail is not None
    muster.trail.tick()

    done = CliRunner().invoke(
        main, ["erase", subject, "--reason", REASON, "--yes"], env=as_environment(settings)
    )

    assert done.output == f"✓ {subject} 的资料已删除\n"
    muster.trail.tick()
    words = (*words, REASON)
    assert {word: finds(muster, word) for word in words} == {word: [] for word in words}
    assert rows(muster, StoredFile) == rows(muster, MediaFetch) == rows(muster, ErasureRequest) == []
    assert [row.state for row in rows(muster, Application)] == ["withdrawn", "withdrawn"]
    assert chain_is_whole(muster)
    muster.close()
    assert places(tmp_path, words) == []


# --- what forbids it -------------------------------------------------------------------------------------


def gone(muster: Muster, account: str) -> None:
    """Somebody has left without a word to anybody: no post is held any more."""
    with muster.database.writing() as session:
        person = staff.find_known(session, account)
        assert person is not None
        person.left_at = muster.clock.now()
        staff.end_posts(session, employee=person, at=muster.clock.now())


def test_who_still_has_steps_to_do_is_not_erased(company: Company, officer: Member) -> None:
    confirm(company, "hr", "入职 wangxin 王新 催收员 一组 3月9日")
    company.everybody_reads()
    gone(company.muster, "itli")

    officer.says("删除资料 李工")

    officer.sees("还不能删：这个人名下还有待办。先交接完再删。")


def test_whose_leaving_is_not_closed_is_not_erased(
    company: Company, officer: Member, muster: Muster, clock: TestClock
) -> None:
    confirm(company, "hr", "离职 张三 3月2日 18:00 薪资")
    company.everybody_reads()
    clock.at("18:30")
    gone(muster, "zhangsan")

    officer.says("删除资料 张三")

    officer.sees("还不能删：这个人名下还有没交接完的事、没办结的离职。先交接完再删。")


def test_whose_transfer_is_still_planned_is_not_erased(company: Company, officer: Member) -> None:
    confirm(company, "hr", "调动 张三 到 二组 3月9日")
    company.everybody_reads()
    gone(company.muster, "zhangsan")

    officer.says("删除资料 张三")

    [answer] = officer.reads()
    assert answer.startswith("还不能删：这个人名下还有")
    assert "没生效的调动" in answer
