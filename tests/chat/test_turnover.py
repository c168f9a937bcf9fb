"""离职率, as it is asked, answered, drawn and taken away."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from bot.app import Muster
from bot.miniapp import Tokens
from models import messaging, staff
from models.audit import AuditEvent
from models.base import SHANGHAI
from models.lifecycle import Reason, Separation, SeparationState
from models.messaging import OutboundMessage, Priority
from models.staff import Employee, Role, UnitKind
from tests.simulator import Given, Member, Messenger, TestClock, rows


class Company:
    """A company with two branches, whose people came and went."""

    def __init__(self, muster: Muster) -> None:
        self._muster = muster
        self._count = 0
        with muster.database.writing() as session:
            root = staff.ensure_root(session, name="蓉城信诚")
            for branch in ("城东分公司", "城北分公司"):
                unit = staff.add_unit(session, name=branch, parent=root, kind=UnitKind.BRANCH)
                staff.add_unit(session, name=branch.replace("分公司", "催收组"), parent=unit)

    def session(self) -> Any:
        """A transaction."""
        return self._muster.database.writing()

    def has(self, wecom_id: str, name: str, role: Role, unit: str = "") -> None:
        """Somebody who may ask; hired long ago."""
        with self._muster.database.writing() as session:
            place = staff.find_unit(session, unit) if unit else staff.root_unit(session)
            person = staff.add_employee(session, wecom_id=wecom_id, name=name, role=role, unit=place)
            staff.set_hired_on(session, employee=person, day=date(2020, 1, 1))

    def hired(
        self, number: int, day: str, team: str, *, left: str | None = None, reason: str = Reason.PAY
    ) -> None:
        """So many collectors were hired that day, and perhaps all left."""
        with self._muster.database.writing() as session:
            for _ in range(number):
                self._count += 1
                person = staff.add_employee(
                    session,
                    wecom_id=f"collector{self._count}",
                    name="某某",
                    role=Role.COLLECTOR,
                    unit=staff.find_unit(session, team),
                )
                person.number = f"E{self._count:05d}"
                staff.set_hired_on(session, employee=person, day=date.fromisoformat(day))
                if left is not None:
                    leave(session, person, left, reason)


def leave(session: Any, person: Employee, left: str, reason: str) -> None:
    """Somebody leaves at six in the evening of that day; it was announced ten days before."""
    at = datetime.fromisoformat(f"{left} 18:00").replace(tzinfo=SHANGHAI)
    person.left_at = at
    staff.end_posts(session, employee=person, at=at)
    session.add(
        Separation(
            employee_id=person.id,
            announced_at=at - timedelta(days=10),
            announced_by="system",
            leaves_at=at,
            reason=reason,
            state=SeparationState.CLOSED,
            closed_at=at + timedelta(days=1),
        )
    )


@pytest.fixture
def company(muster: Muster) -> Company:
    """Twenty collectors in the east, twelve in the north; six of the east's new ones left in February."""
    made = Company(muster)
    made.hired(20, "2023-01-10", "城东催收组")
    made.hired(12, "2023-01-10", "城北催收组")
    made.hired(10, "2025-09-01", "城东催收组")
    made.hired(6, "2025-12-01", "城东催收组", left="2026-02-10")
    made.hired(1, "2025-12-01", "城东催收组", left="2026-01-10", reason=Reason.HEALTH)
    return made


def member(company: Company, muster: Muster, client: FlaskClient, messenger: Messenger, id_: str) -> Member:
    """Somebody's phone."""
    clock = muster.clock
    assert isinstance(clock, TestClock)
    return Member(id_, client, messenger, clock)


@pytest.fixture
def heting(company: Company, muster: Muster, client: FlaskClient, messenger: Messenger) -> Member:
    """HR of the head office."""
    company.has("heting", "何婷", Role.HR_HEAD)
    return member(company, muster, client, messenger, "heting")


IN_FEBRUARY = (
    "蓉城信诚 2026年2月离职率 13.0%\n"
    "离职 6 人，平均在职 46 人；比上月高 11.0 个百分点。\n"
    "年离职率：18.1%（近 12 个月离职 7 人）\n"
    "早期流失：入职 90 天内离开的占 0.0%（10 人里 0 人）\n"
    "90 天留存：58.8%（95% 区间 32.5%–77.8%）\n"
    "主要原因：人数太少，不显示\n"
    "离职办理：从宣布到办结一般 11 天（7 次的中位数）\n\n"
    "算法：离职人数 ÷ 平均在职人数（每月月初与月末的平均）\n"
    "图片马上发来；要表格，发「离职率 导出」。"
)
UNKNOWN = (
    "没有这个单位或时间，或者不在你的范围里。"
    "正确的写法：离职率 三月，离职率 城东分公司 2026年，离职率 近12个月 导出；"
    "单位写全名或名字里的几个字"
)
REFUSED = "你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。"


def first_line(person: Member) -> str:
    """The first line of the newest answer."""
    [answer] = person.reads()
    return answer.splitlines()[0]


def test_the_figures_come_at_once_and_the_picture_a_moment_later(heting: Member, clock: TestClock) -> None:
    heting.says("离职率")
    heting.sees(IN_FEBRUARY)

    clock.passes_to("08:31")
    heting.sees("[image]")


def test_the_picture_is_an_answer(heting: Member, clock: TestClock, muster: Muster) -> None:
    heting.says("离职率")
    clock.passes_to("08:31")
    heting.reads()

    assert {message.priority for message in rows(muster, OutboundMessage)} == {Priority.ANSWER}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("离职率 二月", "蓉城信诚 2026年2月离职率 13.0%"),
        ("流失率 １月", "蓉城信诚 2026年1月离职率 2.0%"),
        ("离职率 城东分公司 2026年2月", "城东分公司 2026年2月离职率 18.2%"),
        ("离职分析 城东催收组的怎么样？", "城东催收组 2026年2月离职率 18.2%"),
        ("离职率 去年", "蓉城信诚 2025年离职率 0.0%"),
        ("离职率 城北分公司 本月", "城北分公司 2026年3月离职率 0.0%（截至 3月2日 周一 08:30）"),
        ("离职率 上季度", "蓉城信诚 2025年第4季度离职率 0.0%"),
        ("离职率 近6个月", "蓉城信诚 2025年9月起 6 个月离职率 15.8%"),
    ],
)
def test_people_say_it_in_many_ways(heting: Member, said: str, line: str) -> None:
    heting.says(said)

    assert first_line(heting) == line


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("离职率 火星", f"「火星」：{UNKNOWN}"),
        ("离职率 十三月", f"「十三月」：{UNKNOWN}"),
        (
            "离职率 2026年4月",
            "2026年4月还没到，算不了离职率。发「离职率」看上个月的，发「离职率 本月」看这个月到现在的。",
        ),
        (
            "离职率 城东",
            "「城东」能对上好几个单位：城东分公司、城东催收组。请写全名，如「离职率 城东分公司」。",
        ),
    ],
)
def test_what_cannot_be_answered_is_said_with_what_to_do(heting: Member, said: str, answer: str) -> None:
    heting.says(said)

    heting.sees(answer)


@pytest.mark.parametrize("role", [Role.COLLECTOR, Role.TEAM_LEADER, Role.FINANCE, Role.INTERVIEWER])
def test_others_do_not_see_it(
    company: Company, muster: Muster, client: FlaskClient, messenger: Messenger, role: Role
) -> None:
    company.has("somebody", "某人", role, "城东分公司")
    somebody = member(company, muster, client, messenger, "somebody")

    somebody.says("离职率")

    somebody.sees(REFUSED)


@pytest.mark.parametrize("role", [Role.HR_CITY, Role.SUPERVISOR, Role.MANAGER, Role.HR_PROVINCE])
def test_who_leads_a_branch_sees_that_branch_alone(
    company: Company, muster: Muster, client: FlaskClient, messenger: Messenger, role: Role
) -> None:
    company.has("leads", "赵管", role, "城东分公司")
    leads = member(company, muster, client, messenger, "leads")

    leads.says("离职率")
    assert first_line(leads) == "城东分公司 2026年2月离职率 17.6%"

    leads.says("离职率 城东催收组")
    assert first_line(leads) == "城东催收组 2026年2月离职率 18.2%"

    leads.says("离职率 城北分公司")
    leads.sees(f"「城北分公司」：{UNKNOWN}")

    leads.says("离职率 城北")
    leads.sees(f"「城北」：{UNKNOWN}")  # not even its name


def test_a_right_that_ends_meanwhile_ends_the_picture_too(
    company: Company, muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock
) -> None:
    company.has("leads", "赵管", Role.MANAGER, "城东分公司")
    leads = member(company, muster, client, messenger, "leads")
    leads.says("离职率")
    leads.reads()
    company.has("leads", "赵管", Role.COLLECTOR, "城东分公司")

    clock.passes_to("08:31")

    leads.sees(REFUSED)


def test_a_small_team_stays_hidden(heting: Member, company: Company, clock: TestClock) -> None:
    with company.session() as session:
        staff.add_unit(session, name="外访组", parent=staff.find_unit(session, "城北分公司"))
    company.hired(4, "2024-01-01", "外访组")

    heting.says("离职率 外访组")

    [answer] = heting.reads()
    assert answer.splitlines()[:2] == [
        "外访组 2026年2月离职率：在职不足 5 人，不显示",
        "年离职率：有的月份在职不足 5 人，不显示",
    ]
    clock.passes_to("08:31")
    heting.sees("外访组能显示的数据太少（分组不足 5 人），画不出图。")


def test_an_empty_unit_has_no_rate(heting: Member, company: Company) -> None:
    with company.session() as session:
        staff.add_unit(session, name="新组", parent=staff.find_unit(session, "城北分公司"))

    heting.says("离职率 新组")

    assert first_line(heting) == "新组 2026年2月离职率：没有人在职，算不出来"


def test_people_without_a_day_of_hiring_are_said_to_be_left_out(
    heting: Member, company: Company, given: Given
) -> None:
    given.employee("nodate", "无日期", team="催收三组")

    heting.says("离职率")

    [answer] = heting.reads()
    assert "有 1 人没有入职日期，没有算进早期流失和留存。" in answer


def test_a_transfer_leaves_the_unit_and_not_the_company(
    heting: Member, company: Company, muster: Muster
) -> None:
    """One of the east moves to the north in January, and leaves the company there in February."""
    with company.session() as session:
        mover = staff.find_known(session, "collector1")
        north = staff.find_unit(session, "城北催收组")
        assert mover is not None
        assert north is not None
        staff.put_in_post(
            session,
            employee=mover,
            role=Role.COLLECTOR,
            unit=north,
            at=datetime(2026, 1, 20, tzinfo=SHANGHAI),
        )
        leave(session, mover, "2026-02-20", Reason.PAY)

    heting.says("离职率 城东催收组")
    assert heting.reads()[0].splitlines()[1].startswith("离职 6 人，平均在职 32 人")

    heting.says("离职率 城北催收组")
    assert heting.reads()[0].splitlines()[1].startswith("离职 1 人，平均在职 12.5 人")


def test_a_leaving_that_was_called_off_is_none(heting: Member, company: Company) -> None:
    with company.session() as session:
        stays = staff.find_known(session, "collector1")
        assert stays is not None
        session.add(
            Separation(
                employee_id=stays.id,
                announced_at=datetime(2026, 2, 1, tzinfo=SHANGHAI),
                announced_by="system",
                leaves_at=datetime(2026, 2, 20, 18, tzinfo=SHANGHAI),
                reason=Reason.PAY,
                state=SeparationState.CANCELLED,
            )
        )

    heting.says("离职率")

    heting.sees(IN_FEBRUARY)


def test_the_table_comes_as_a_file_without_names(
    heting: Member, company: Company, clock: TestClock, muster: Muster
) -> None:
    company.hired(5, "2025-06-01", "城北催收组", left="2026-02-15", reason=Reason.PRESSURE)
    heting.says("离职率 导出")
    assert heting.reads()[0].splitlines()[-1] == "表格马上发来。"

    clock.passes_to("08:31")

    heting.sees("[file]")
    book = CalamineWorkbook.from_filelike(io.BytesIO(newest_file(muster)))
    assert book.sheet_names == ["月度", "队列", "留存曲线", "原因", "名单", "说明"]
    months = book.get_sheet_by_name("月度").to_python()
    assert months[0][:4] == ["月份", "月初在职", "月末在职", "离职人数"]
    assert months[-1][:4] == ["2026-02", 54.0, 43.0, 11.0]
    assert months[-1][5] == pytest.approx(0.227)
    reasons = book.get_sheet_by_name("原因").to_python()
    assert reasons[1:] == [
        ["薪酬", 6.0],
        ["其余（每项不足 5 人，或为了不让人倒推）", 6.0],
        ["合计", 12.0],
        ["其中：主动离职", 12.0],
    ]
    people = book.get_sheet_by_name("名单").to_python()
    assert people[0] == ["工号", "离职时的单位", "入职日期", "最后一天", "原因"]
    assert ["E00043", "城东催收组", date(2025, 12, 1), date(2026, 2, 10), "薪酬"] in people
    assert [row[4] for row in people].count("（同样原因的人少，不显示）") == 6
    everything = str([book.get_sheet_by_name(name).to_python() for name in book.sheet_names])
    assert "某某" not in everything
    assert "何婷，2026年3月2日 08:30" in everything


def test_taking_the_table_away_stands_in_the_evidence_trail(
    heting: Member, clock: TestClock, muster: Muster
) -> None:
    heting.says("离职率 二月 导出")
    clock.passes_to("08:31")
    heting.reads()

    [event] = [event for event in rows(muster, AuditEvent) if event.action == "turnover.export"]
    assert event.details == {"unit": None, "first": "2026-02-01", "months": 1}


def test_the_api_gives_figures_and_sends_the_picture_to_the_chat(
    heting: Member, clock: TestClock, app: Flask, client: FlaskClient
) -> None:
    with app.test_request_context():
        token = Tokens(clock.muster).issue("heting")  # type: ignore[arg-type]
    answer = client.post(
        "/api/v1/turnover",
        json={"unit": "城东分公司", "month": "2026-02"},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 200
    told = answer.get_json()["result"]
    assert (told["unit"], told["rate"], told["leavers"], told["first"]) == (
        "城东分公司",
        18.2,
        6,
        "2026-02-01",
    )
    assert told["formula"] == "average"
    clock.passes_to("08:31")
    heting.sees("[image]")


def newest_file(muster: Muster) -> bytes:
    """The bytes of the file that was sent last."""
    [*_, message] = rows(muster, OutboundMessage)
    with muster.database.reading() as session:
        content = messaging.kept_content(session, message.payload["file"]["media_id"]["attachment"])
    assert content is not None
    return content
