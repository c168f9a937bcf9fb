"""离职 and 交接, as HR, the leaver, successors and the leader live through them."""

from datetime import datetime
from threading import Barrier, Thread

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.policy import work_calendar
from models import handover, lifecycle, staff
from models.base import SHANGHAI
from models.handover import Handover, HandoverItem, HandoverState, ItemState
from models.lifecycle import ChecklistItem, Reason, Separation, SeparationState
from models.staff import Employee, Post
from tests.chat.people import Company
from tests.simulator import Messenger, TestClock, rows

NOT_PERMITTED = "你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。"
NOT_HERE = "名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。"
OUT_OF_REACH = f"「远三」：{NOT_HERE}"
NOTHING_TO_ANSWER = "这项交接不用你回答了：已经定下、交给了别人，或者撤销了。发「我的交接」看看还有没有。"


@pytest.fixture
def company(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Company:
    """A branch with two teams, HR, IT and administration."""
    return Company(muster, client, messenger, clock)


@pytest.fixture
def starter(company: Company) -> None:
    """Somebody is about to start, so that 李工 has three steps to do."""
    company["hr"].says("入职 wangxin 王新 催收员 一组 3月9日")
    company["hr"].says("确认")
    company.everybody_reads()


def confirm(company: Company, who: str, words: str) -> None:
    """Somebody has something confirmed and reads the answers."""
    company[who].says(words)
    company[who].news()
    company[who].says("确认")
    company[who].news()


def owners(muster: Muster) -> dict[str, str]:
    """Step → account of who owns it."""
    accounts = {row.id: row.wecom_id for row in rows(muster, Employee)}
    return {item.key: accounts[item.owner_id] for item in rows(muster, ChecklistItem)}


def leads(muster: Muster, unit: str) -> list[str]:
    """Who holds a leading post in a unit now."""
    with muster.database.reading() as session:
        found = staff.find_unit(session, unit)
        assert found is not None
        people = {row.id: row.wecom_id for row in rows(muster, Employee)}
        now = muster.clock.now()
        posts = rows(muster, Post)
        return sorted(
            people[post.employee_id]
            for post in posts
            if post.unit_id == found.id
            and post.role in handover.LEADING
            and staff.is_held(post.starts_at, post.ends_at, now)
        )


def test_a_leaving_is_previewed_and_announced(company: Company) -> None:
    hr = company["hr"]
    hr.says("离职 张三 3月31日 薪资")
    hr.sees("给张三办离职？\n到那一分钟权限停止，手上的工作从现在开始交接。\n[确认][取消]")
    assert [row["value"] for row in hr.last_card["horizontal_content_list"]] == [  # type: ignore[index]
        "城北分公司/一组",
        "3月31日 周二 18:00",
        "薪资",
        "没有",
    ]

    hr.taps_card("confirm:1")

    hr.sees(
        "(按钮:已登记)",
        "已登记：张三 3月31日 周二 18:00 离职，到时权限自动停止。\n手上没有要交接的工作。\n"
        "在那之前可以发「撤销离职 张三」。",
    )
    company["zhangsan"].sees("张三，你的最后工作时刻登记为 3月31日 周二 18:00。你手上没有要交接的工作。")
    company["leader"].sees("张三将在 3月31日 周二 18:00 离职，手上没有要交接的工作。")


def test_the_reason_is_asked_for_with_buttons(company: Company, muster: Muster) -> None:
    hr = company["hr"]
    hr.says("离职 张三 3月31日")
    hr.sees(
        "张三为什么离职？\n请选一个原因。最后时刻是 3月31日 周二 18:00。\n"
        "[薪资][压力][发展][家庭][健康][更多原因]"
    )
    hr.taps_card("leave_reason:4.202603311800.5")
    hr.sees(
        "张三为什么离职？\n请选一个原因。最后时刻是 3月31日 周二 18:00。\n"
        "[搬迁][管理][绩效][试用期][违规][更多原因]"
    )

    hr.taps_card("leave_reason:4.202603311800.relocation")
    hr.sees("给张三办离职？\n到那一分钟权限停止，手上的工作从现在开始交接。\n[确认][取消]")
    hr.says("确认")

    company.everybody_reads()
    assert rows(muster, Separation)[0].reason == Reason.RELOCATION


@pytest.mark.parametrize(
    ("words", "reason"),
    [("工资太低", "pay"), ("太累了", "pressure"), ("身体不好", "health"), ("试用期没过", "probation_failed")],
)
def test_reasons_are_understood_as_people_say_them(
    company: Company, muster: Muster, words: str, reason: str
) -> None:
    confirm(company, "hr", f"离职 张三 月底 {words}")
    company.everybody_reads()

    assert rows(muster, Separation)[0].reason == reason


def test_the_leaver_acts_until_the_minute_and_not_after(company: Company, clock: TestClock) -> None:
    confirm(company, "hr", "离职 张三 今天 薪资")
    company.everybody_reads()
    clock.at("17:59")
    company["zhangsan"].says("我的待办")
    company["zhangsan"].sees("你现在没有待办。")

    clock.at("18:00")

    company["zhangsan"].says("我的待办")
    company["zhangsan"].sees(
        "你好！我是点将，还没有在名单里找到你。\n"
        "请把你的企业微信账号「zhangsan」告诉主管或 IT 管理员，加入名单后再发「帮助」就能用了。"
    )


def test_everything_passes_on_at_the_last_minute_and_the_report_goes_to_hr(
    company: Company, clock: TestClock, muster: Muster, starter: None
) -> None:
    confirm(company, "root", "离职 李工 3月6日 发展")
    company["itwu"].sees(
        "李工离职，请你接手\n待办 3 项，3月6日 周五 18:00 起归你。\n[全部接下][逐项看][接不了]"
    )
    company["itwu"].taps_card("handover_accept:1")
    company["itwu"].sees("(按钮:已接下)", "好的，李工的 3 项工作，3月6日 周五 18:00 起归你。")
    assert owners(muster)["account"] == "itli"

    clock.passes_to("2026-03-06 18:01")

    assert owners(muster)["account"] == owners(muster)["access"] == "itwu"
    assert "李工离职，待办 3 项现在归你了。" in company["itwu"].reads()
    [separation] = rows(muster, Separation)
    assert separation.state == SeparationState.CLOSED
    assert separation.report["handed_over"] == {"checklist": 3}
    company.everybody_reads()
    company["root"].says("离职进度 李工")
    report, file = company["root"].reads()
    assert report.startswith("李工离职报告\n单位：总部；最后时刻：3月6日 周五 18:00；原因：发展")
    assert file == "[file]"


def test_who_refuses_passes_it_to_the_next_and_in_the_end_it_falls_upwards(
    company: Company, clock: TestClock, muster: Muster, starter: None
) -> None:
    confirm(company, "root", "离职 李工 3月20日 发展")
    it = company["itwu"]
    it.news()
    it.taps_card("handover_refuse:1")
    it.sees("为什么接不了？\n选一个原因，会马上去问下一个人。\n[手上太忙][不熟悉][有冲突]")
    company["root"].news()

    it.taps_card("handover_refuse:1.busy")

    it.sees("(按钮:已回答)", "(按钮:已回绝)", "知道了，去问下一个人。")
    company["root"].sees(
        "李工离职，待办 3 项没有别人能接，3月20日 周五 18:00 起归你。可以发「交接 李工 给 某人」。"
    )
    it.taps_card("handover_accept:1")
    it.sees("(按钮:已失效)", NOTHING_TO_ANSWER)
    company.everybody_reads()


def test_items_are_answered_one_by_one(company: Company, muster: Muster, starter: None) -> None:
    confirm(company, "root", "离职 李工 3月20日 发展")
    it = company["itwu"]
    it.news()
    it.taps_card("handover_each:1")
    it.sees(
        "王新：开账号\n"
        "李工交给你，3月20日 周五 18:00 起。这一项要在 3月6日 周五 18:00 前办。后面还有 2 项。\n"
        "[接下][接不了]"
    )

    it.taps_card("handover_accept:1.1")

    assert it.reads()[1:] == [
        "好的，李工的 1 项工作，3月20日 周五 18:00 起归你。",
        "王新：备电脑和设备\n"
        "李工交给你，3月20日 周五 18:00 起。这一项要在 3月6日 周五 18:00 前办。后面还有 1 项。\n"
        "[接下][接不了]",
    ]
    company.everybody_reads()


def test_silence_is_taken_for_a_no(company: Company, clock: TestClock, starter: None) -> None:
    confirm(company, "root", "离职 李工 3月20日 发展")
    company.everybody_reads()

    clock.passes_to("2026-03-03 09:06")

    assert any("没有别人能接" in text for text in company["root"].reads())
    company.everybody_reads()


def test_the_ledger_shows_every_item(company: Company, starter: None) -> None:
    confirm(company, "root", "离职 李工 3月20日 发展")
    company["itwu"].news()
    company["itwu"].taps_card("handover_accept:1")
    company["itwu"].news()

    company["root"].says("交接 李工")
    company["root"].sees(
        "李工的交接（离职，3月20日 周五 18:00）：\n· 王新：开账号 → 吴工，已答应\n"
        "· 王新：备电脑和设备 → 吴工，已答应\n· 王新：开通权限 → 吴工，已答应"
    )
    company["itli"].news()
    company["itli"].says("我的交接")
    assert (
        company["itli"]
        .reads()[0]
        .startswith("你的交接（离职，3月20日 周五 18:00）：\n· 王新：开账号 → 吴工，已答应")
    )


def test_the_leader_names_somebody_else(company: Company, muster: Muster, starter: None) -> None:
    confirm(company, "root", "离职 李工 3月20日 发展")
    company.everybody_reads()

    company["root"].says("交接 李工 给 周行政")

    company["root"].sees("已请周行政接李工的 3 项工作，等他回答。")
    company["desk"].sees(
        "李工离职，请你接手\n待办 3 项，3月20日 周五 18:00 起归你。\n[全部接下][逐项看][接不了]"
    )
    company["itwu"].sees("(按钮:已换人)")


def test_a_leaving_is_undone_and_everything_is_as_it_was(
    company: Company, clock: TestClock, muster: Muster, starter: None
) -> None:
    confirm(company, "root", "离职 李工 3月6日 发展")
    company["itwu"].news()
    company["itwu"].taps_card("handover_accept:1")
    company.everybody_reads()

    company["root"].says("撤销离职 李工")

    company["root"].sees("已撤销李工的离职，权限和手上的工作都不变。")
    company["itli"].sees("李工，你的离职已经撤销，一切照旧。")
    company["itwu"].sees("(按钮:已撤销)", "李工的离职撤销了，不用你接手。")
    clock.passes_to("2026-03-06 18:01")
    assert owners(muster)["account"] == "itli"
    company.everybody_reads()
    company["itli"].says("我的待办")
    assert company["itli"].reads()[0].startswith("你有 3 件待办")


def test_after_the_minute_nothing_is_undone(company: Company, clock: TestClock) -> None:
    confirm(company, "hr", "离职 张三 今天 薪资")
    clock.passes_to("18:01")
    company.everybody_reads()

    company["root"].says("撤销离职 张三")

    company["root"].sees("张三没有登记离职，不用撤销。")


def test_nothing_may_be_left_before_closing(company: Company, starter: None) -> None:
    confirm(company, "root", "离职 李工 3月20日 发展")
    company.everybody_reads()

    company["root"].says("离职办结 李工")

    company["root"].sees(
        "还不能办结：李工手上还有待办 3 项。发「交接 李工」看在等谁，或「交接 李工 给 某人」。"
    )


def test_hr_of_one_branch_lets_nobody_of_another_go(company: Company) -> None:
    company["hr"].says("离职 远三 3月31日 薪资")
    company["hr"].sees(OUT_OF_REACH)

    company["hr"].says("离职进度 远三")
    company["hr"].sees(OUT_OF_REACH)

    company["leader"].says("交接 远三")
    company["leader"].sees(OUT_OF_REACH)


def test_a_leader_lets_nobody_go(company: Company) -> None:
    company["leader"].says("离职 张三 3月31日 薪资")

    company["leader"].sees(NOT_PERMITTED)


def test_a_day_that_does_not_exist_is_said_to_be_none(company: Company) -> None:
    company["hr"].says("离职 张三 2月30日 薪资")

    company["hr"].sees("没有「2月30日」这一天，请核对日期再发一次。")


def test_the_same_leaving_is_not_announced_twice(company: Company) -> None:
    confirm(company, "hr", "离职 张三 3月31日 薪资")
    company.everybody_reads()

    company["hr"].says("离职 张三 4月30日 薪资")

    company["hr"].sees("张三已经登记 3月31日 周二 18:00 离职。要改的话，先发「撤销离职 张三」。")


def test_a_unit_is_never_without_who_leads_it(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "hr", "离职 赵组长 3月6日 发展")
    company["leader2"].sees(
        "赵组长离职，请你接手\n带队 1 项，3月6日 周五 18:00 起归你。\n[全部接下][逐项看][接不了]"
    )
    company["leader2"].taps_card("handover_accept:1")
    company.everybody_reads()
    assert leads(muster, "一组") == ["leader"]

    clock.passes_to("2026-03-06 18:01")

    assert leads(muster, "一组") == ["leader2"]
    company.everybody_reads()


def test_nothing_goes_to_who_leaves_as_well(company: Company, muster: Muster, starter: None) -> None:
    confirm(company, "root", "离职 李工 3月20日 发展")
    company["itwu"].news()
    company["itwu"].taps_card("handover_accept:1")
    company.everybody_reads()

    confirm(company, "root", "离职 吴工 3月25日 发展")

    lines = [row for row in rows(muster, HandoverItem) if row.state in handover.WAITING]
    people = {row.id: row.wecom_id for row in rows(muster, Employee)}
    assert {people[row.to_id] for row in lines} == {"root"}
    company["root"].says("交接 李工 给 吴工")
    assert "现在不能交给吴工：他要离职或已经离职。请换一个人。" in company["root"].reads()
    company.everybody_reads()


def test_work_that_turns_up_after_the_listing_goes_along(
    company: Company, clock: TestClock, muster: Muster
) -> None:
    confirm(company, "root", "离职 李工 3月6日 发展")
    company.everybody_reads()
    with muster.database.writing() as session:
        [separation] = session.query(Separation).all()
        session.add(
            ChecklistItem(
                process="joining",
                process_id=99,
                employee_id=4,
                unit_id=1,
                key="account",
                role="it",
                owner_id=separation.employee_id,
                starts_at=clock.now(),
                due_at=datetime(2026, 3, 9, 18, tzinfo=SHANGHAI),
                state="open",
            )
        )

    clock.passes_to("2026-03-06 18:01")

    assert owners(muster)["account"] == "root"
    assert rows(muster, Separation)[0].state == SeparationState.CLOSED
    company.everybody_reads()


def test_a_departure_that_the_directory_notices_ends_everything_at_once(
    company: Company, clock: TestClock, muster: Muster, starter: None
) -> None:
    with muster.database.writing() as session:
        person = staff.find_known(session, "itli")
        assert person is not None
        lifecycle.notice_departure(session, employee=person, at=clock.now())
        again = lifecycle.notice_departure(session, employee=person, at=clock.now())
        assert again.reason == Reason.UNKNOWN

    assert owners(muster)["account"] == "root"
    clock.passes_to("08:35")
    [separation] = rows(muster, Separation)
    assert separation.state == SeparationState.CLOSED
    assert "李工离职，待办 3 项现在归你了。" in company["root"].reads()
    company["itli"].says("我的待办")
    assert company["itli"].reads()[0].startswith("你好！我是点将，还没有在名单里找到你。")


def test_who_left_may_come_back(company: Company, clock: TestClock, muster: Muster) -> None:
    confirm(company, "hr", "离职 张三 今天 薪资")
    clock.passes_to("18:01")
    company.everybody_reads()

    confirm(company, "hr", "入职 zhangsan 张三 催收员 二组 明天")
    clock.at("2026-03-03 09:00")

    company["zhangsan"].says("我的待办")
    company["zhangsan"].sees("你现在没有待办。")
    company.everybody_reads()


def test_telling_a_leaver_after_the_minute_says_nothing(
    company: Company, clock: TestClock, muster: Muster
) -> None:
    from jobs.base import Notice

    confirm(company, "hr", "离职 张三 今天 薪资")
    clock.passes_to("18:01")
    company.everybody_reads()
    with muster.database.writing() as session:
        person = staff.find_known(session, "zhangsan")
        assert person is not None
        muster.posting.post_notices(
            session, "later", [Notice(person, "leaving/you_stay", {"person": person})], clock.now()
        )
    muster.outbox.drain()

    company["zhangsan"].sees_nothing()


def test_open_items_are_reminded_of_before_the_last_day(company: Company, clock: TestClock) -> None:
    confirm(company, "hr", "离职 赵组长 3月6日 发展")
    company["hr"].news()
    company.everybody_reads()

    clock.passes_to("2026-03-03 09:00")
    company.everybody_reads()
    clock.passes_to("2026-03-03 09:09")

    told = [*company["hr"].reads(), *company["boss"].reads()]
    assert not told or all("还没有人答应接" in text or "没有别人能接" in text for text in told)
    company.everybody_reads()


def test_two_who_take_the_same_item_do_not_both_get_it(
    company: Company, clock: TestClock, muster: Muster, starter: None
) -> None:
    confirm(company, "root", "离职 李工 3月20日 发展")
    company.everybody_reads()
    barrier = Barrier(2)
    outcomes: list[str] = []

    def accept() -> None:
        barrier.wait()
        try:
            with muster.database.writing() as session:
                actor = staff.find_employee(session, "itwu", at=clock.now())
                assert actor is not None
                handover.accept(session, actor=actor, handover_id=1, at=clock.now(), policy=muster.policy)
            outcomes.append("itwu")
        except handover.NothingToAnswer:
            outcomes.append("too late")

    def take_over() -> None:
        barrier.wait()
        try:
            with muster.database.writing() as session:
                actor = staff.find_employee(session, "root", at=clock.now())
                one = session.get(Handover, 1)
                assert actor is not None
                assert one is not None
                handover.name_successor(
                    session, actor=actor, handover=one, successor=actor, at=clock.now(), policy=muster.policy
                )
            outcomes.append("root")
        except handover.NothingToAnswer:
            outcomes.append("too late")

    threads = [Thread(target=accept), Thread(target=take_over)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lines = [row for row in rows(muster, HandoverItem) if row.state == ItemState.ACCEPTED]
    people = {row.id: row.wecom_id for row in rows(muster, Employee)}
    assert sorted(outcomes)[1] == "too late"
    assert {people[row.to_id] for row in lines} == {sorted(outcomes)[0]}
    assert len(lines) == 3


def test_taking_effect_twice_moves_and_tells_once(
    company: Company, clock: TestClock, muster: Muster, starter: None
) -> None:
    confirm(company, "root", "离职 李工 今天 发展")
    company.everybody_reads()
    clock.at("18:00")
    barrier = Barrier(2)
    results: list[object] = []

    def let_go() -> None:
        barrier.wait()
        with muster.database.writing() as session:
            separation = session.get(Separation, 1)
            assert separation is not None
            left = lifecycle.let_go(
                session,
                separation=separation,
                at=clock.now(),
                policy=muster.policy,
                calendar=work_calendar(muster.policy),
            )
            results.append(left and left.closed)

    threads = [Thread(target=let_go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, results)) == ["None", "True"]
    assert [one.state for one in rows(muster, Handover)] == [HandoverState.CLOSED]
    moved = [row for row in rows(muster, HandoverItem) if row.state == ItemState.MOVED]
    assert len(moved) == len({(row.area, row.item_id) for row in moved}) == 3
