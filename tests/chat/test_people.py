"""找人, 电话, 组织, 名单, 导出名单 and 我的权限, as they are asked."""

import base64
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from bot.app import Muster
from models import messaging, secrecy, staff
from models.audit import AuditEvent
from models.messaging import OutboundMessage
from models.proposals import Proposal
from models.staff import Role, UnitKind
from tests.simulator import Member, Messenger, TestClock, rows

NOT_HERE = "名单里没有，或者不在你的范围里。可以说姓名、拼音、账号、工号，或电话后四位。"


@pytest.fixture
def company(muster: Muster) -> None:
    """A branch with a team, and another branch."""
    with muster.database.writing() as session:
        root = staff.ensure_root(session, name="信诚")
        east = staff.add_unit(session, name="城东分公司", parent=root, kind=UnitKind.BRANCH)
        north = staff.add_unit(session, name="城北分公司", parent=root, kind=UnitKind.BRANCH)
        team = staff.add_unit(session, name="城东催收组", parent=east)
        for account, name, role, unit, phone in (
            ("wumin", "吴敏", Role.SUPERVISOR, east, "15400010001"),
            ("zhaolei", "赵磊", Role.TEAM_LEADER, team, "15400010002"),
            ("zhangsan", "张三", Role.COLLECTOR, team, "15400011234"),
            ("zhangsanfeng", "张三丰", Role.COLLECTOR, team, "15400015678"),
            ("lisi", "李四", Role.COLLECTOR, north, "15400014321"),
            ("heting", "何婷", Role.HR_HEAD, root, ""),
        ):
            person = staff.add_employee(session, wecom_id=account, name=name, role=role, unit=unit)
            person.number = f"E{person.id:05d}"
            staff.keep_identity(session, person=person, phone=phone, address="砚湖区听竹路8号3栋")


def member(client: FlaskClient, messenger: Messenger, clock: TestClock, account: str) -> Member:
    return Member(account, client, messenger, clock)


@pytest.fixture
def supervisor(company: None, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Member:
    """Who leads the eastern branch."""
    return member(client, messenger, clock, "wumin")


@pytest.fixture
def collector(company: None, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Member:
    """Somebody of the team in it."""
    return member(client, messenger, clock, "zhangsan")


@pytest.fixture
def hr(company: None, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Member:
    """Who may take full lists out."""
    return member(client, messenger, clock, "heting")


def sheets(muster: Muster) -> list[tuple[str, list[list[Any]]]]:
    """(name, cells) of every file that was sent."""
    found = []
    with muster.database.reading() as session:
        for message in session.scalars(select(OutboundMessage).order_by(OutboundMessage.id)):
            if message.payload.get("msgtype") != "file":
                continue
            media = message.payload["file"]["media_id"]
            content = messaging.kept_content(session, media["attachment"])
            assert content is not None
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            found.append((media["name"], book.get_sheet_by_index(0).to_python()))
    return found


def events(muster: Muster, action: str) -> list[AuditEvent]:
    return [row for row in rows(muster, AuditEvent) if row.action == action]


@pytest.mark.parametrize(
    "asked",
    [
        "李四",
        "lisi",
        "LISI",
        "ｌｉｓｉ",
        "li si",
        "E00005",
        "15400014321",
        "4321",
        "四",
        "ls",
        "：李四",
        "李 四",
        "李四的",
        "李四谢谢",
        "「李四」",
    ],
)
def test_somebody_is_found_however_one_asks(hr: Member, asked: str) -> None:
    hr.says(f"找人 {asked}")

    hr.sees("李四（lisi）\n城北分公司 · 催收员\n工号 E00005\n电话 154****4321\n[看完整电话]")


def test_who_may_not_call_sees_no_button(collector: Member) -> None:
    collector.says("找人 赵磊")

    collector.sees("赵磊（zhaolei）\n城东催收组 · 组长\n工号 E00002\n电话 154****0002")


def test_several_hits_are_listed_with_unit_and_masked_phone(supervisor: Member) -> None:
    supervisor.says("找人 zhang")

    supervisor.sees(
        "「zhang」可能是：\n张三（zhangsan）城东催收组 154****1234\n"
        "张三丰（zhangsanfeng）城东催收组 154****5678\n"
        "请用括号里的账号再说一次。"
    )


def test_out_of_reach_is_answered_like_nobody(supervisor: Member) -> None:
    supervisor.says("找人 李四")
    supervisor.says("电话 李四")
    supervisor.says("找人 王五")

    supervisor.sees(f"「李四」：{NOT_HERE}", f"「李四」：{NOT_HERE}", f"「王五」：{NOT_HERE}")


def test_a_number_is_revealed_to_act_on_it_and_leaves_a_trace(supervisor: Member, muster: Muster) -> None:
    supervisor.says("电话 张三")
    supervisor.says("找人 zhangsanfeng")
    supervisor.news()
    supervisor.taps_card("phone:zhangsanfeng")

    supervisor.sees("(按钮:已查看)", "张三丰的电话：15400015678\n这次查看已留痕，请只用于工作联系。")
    assert [(row.actor, row.subject, row.details) for row in events(muster, "people.reveal")] == [
        ("employee:1", "employee:3", {"field": "phone"}),
        ("employee:1", "employee:4", {"field": "phone"}),
    ]


def test_more_numbers_than_a_day_allows_are_refused(
    supervisor: Member, clock: TestClock, muster: Muster
) -> None:
    most = muster.policy.security.reveals_per_day
    for _ in range(most):
        supervisor.says("电话 张三")
    supervisor.news()

    supervisor.says("电话 张三")
    clock.at("2026-03-03T09:00")
    supervisor.says("电话 张三")

    answers = [parcel.payload["text"]["content"] for parcel in messages_to(muster, "wumin")]
    assert answers[-2].startswith("今天你已经看了 50 个完整电话，到上限了，明天再看。")
    assert answers[-1].startswith("张三的电话：15400011234")


def messages_to(muster: Muster, account: str) -> list[OutboundMessage]:
    return [row for row in rows(muster, OutboundMessage) if row.recipient == account]


def test_a_collector_cannot_see_a_full_number(collector: Member) -> None:
    collector.says("电话 赵磊")

    collector.sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_the_units_within_reach_are_a_tree_with_head_counts(supervisor: Member, hr: Member) -> None:
    supervisor.says("组织")
    hr.says("组织架构")

    supervisor.sees("你管得到的单位：\n城东分公司 4 人\n　城东催收组 3 人\n发「名单 单位名」看都有谁。")
    hr.sees(
        "你管得到的单位：\n信诚 6 人\n　城东分公司 4 人\n　　城东催收组 3 人\n　城北分公司 1 人\n"
        "发「名单 单位名」看都有谁。"
    )


def test_a_list_has_pages(hr: Member, muster: Muster) -> None:
    with muster.database.writing() as session:
        team = staff.find_unit(session, "城东催收组")
        for number in range(20):
            staff.add_employee(
                session, wecom_id=f"new{number:02}", name=f"新人{number:02}", role=Role.COLLECTOR, unit=team
            )

    hr.says("名单 城东催收组")
    first, more = hr.reads()
    hr.taps_card("roster:4:2")
    [second] = hr.reads()

    assert first.startswith("城东催收组，共 23 人，第 1 页：\n赵磊（zhaolei）城东催收组 154****0002\n")
    assert more == "城东催收组还有 3 人\n\n[下一页]"
    assert second == (
        "城东催收组，共 23 人，第 2 页：\n新人17（new17）城东催收组\n新人18（new18）城东催收组\n"
        "新人19（new19）城东催收组"
    )


def test_my_rights_are_told_in_words(supervisor: Member) -> None:
    supervisor.says("我是谁")

    supervisor.sees(
        "吴敏（wumin）\n城东分公司 · 主管\n"
        "城东分公司和下面所有单位：看谁没打卡、定班次和打卡地点、批补卡、请假、加班、看行踪（本人会知道）、看和处理外勤提醒、看入职进度、安排请假和代班、看和安排别人的交接、"
        "找人、看名单（电话打码）、给人起外号、看一个人的完整电话、导出名单（打码）、看离职率和离职分析、定和看试用期目标、看业绩、定业绩申诉、辅导下属学习、定业绩目标、"
        "看材料和照片、暂停和恢复联系权、放行上门、看案件、分案、转案、"
        "定案件的去留（恢复、留案、退案、重新打开）、批减免、看话术命中、下结论、批作业、当面讲课、推送课程、看学习进度\n"
        "只对自己：打卡、接手工作、办自己的待办、学习和考试"
    )


def test_a_masked_list_goes_out_as_a_file(supervisor: Member, muster: Muster) -> None:
    supervisor.says("导出名单 城东催收组")

    supervisor.sees("城东催收组的名单，3 人，电话、证件号和住址已打码。", "[file]")
    [(name, cells)] = sheets(muster)
    assert name == "名单-城东催收组-20260302.xlsx"
    assert cells[0][0] == "吴敏（wumin）于 2026-03-02 08:30 导出，电话、证件号和住址已打码"
    assert cells[1] == ["姓名", "账号", "工号", "单位", "角色", "入职日期", "电话", "证件号", "住址"]
    assert cells[3] == [
        "张三", "zhangsan", "E00003", "城东催收组", "催收员", "", "154****1234", "", "砚湖区***",
    ]  # fmt: skip
    [row] = events(muster, "people.export")
    assert row.subject == "unit:4"


def test_a_full_list_takes_a_reason_and_a_confirmation(hr: Member, muster: Muster) -> None:
    hr.says("导出名单 城东催收组 完整")
    hr.says("导出名单 城东催收组 完整 原因：合规抽查")
    needed, preview = hr.reads()
    hr.says("确认")

    assert needed == (
        "完整导出要写原因（至少 4 个字），例如「导出名单 城东催收组 完整 原因：合规抽查」。"
        "不写「完整」就导出打码的名单。"
    )
    assert preview == ("导出城东催收组的完整名单？\n3 人，含完整电话、证件号和住址。\n[确认][取消]")
    hr.sees(
        "城东催收组的完整名单，3 人。这次导出已留痕，文件里写着谁、何时、为什么；请勿转发，用完即删。",
        "[file]",
    )
    [(name, cells)] = sheets(muster)
    assert name == "含完整个人信息-名单-城东催收组-heting-202603020830.xlsx"
    assert [line[0] for line in cells[:2]] == [
        "何婷（heting）于 2026-03-02 08:30 导出，含完整个人信息，请勿转发",
        "原因：合规抽查",
    ]
    assert cells[4][6:9] == ["15400011234", "", "砚湖区听竹路8号3栋"]
    [row] = events(muster, "people.export_full")
    assert (row.actor, row.subject, row.details) == ("employee:6", "unit:4", {"employees": [2, 3, 4]})
    with muster.database.reading() as session:
        assert list(row.personal) == ["employee:6"]
        assert "合规抽查" not in str(row.personal)
        assert secrecy.open_text(session, "employee:6", sealed_reason(muster)) == "合规抽查"


def sealed_reason(muster: Muster) -> bytes:
    [proposal] = rows(muster, Proposal)
    return base64.b64decode(proposal.arguments["reason"])


def test_who_may_not_take_full_values_out_is_told_so(supervisor: Member, muster: Muster) -> None:
    supervisor.says("导出名单 城东催收组 完整 原因：合规抽查")

    supervisor.sees(
        "完整的名单你不能导出，确实要用请找总部人事或管理员。打码的可以：发「导出名单 城东催收组」。"
    )
    assert sheets(muster) == []
