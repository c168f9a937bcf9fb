"""还款, 减免 and what finance and deciders do with them, on all the phones it concerns."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import cases, staff
from models.cases import Case, CaseStatus, FollowUp, Payment, PaymentState
from models.staff import Role
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

OLD = "(按钮:已更新)"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams, and head office, a few minutes past ten; 张三 has a case."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    made.case(owner="zhangsan")
    return made


def report(floor: Floor, words: str) -> None:
    """张三 reports a payment, and everybody has read what came of it."""
    floor["zhangsan"].says(words)
    floor["zhangsan"].news()
    floor["wukuaiji"].news()


def test_a_payment_is_confirmed_and_balance_promise_and_state_follow(floor: Floor) -> None:
    report(floor, "承诺 1001 2000 周五")
    floor["zhangsan"].says("还款 1001 2000 今天")
    floor["zhangsan"].sees(
        OLD,
        "报上去了：1001 还 2,000 元\n财务确认到账后余额才变，到时告诉你。报错了点下面撤回。\n"
        "[撤回上报][看案件]",
    )
    floor["wukuaiji"].sees(
        "1001 王* 还款 2,000 元\n请核对有没有到账。确认了不能撤销，错了要冲正。\n[确认到账][不对]"
    )
    assert floor.look(1001).balance == 300_000

    floor["wukuaiji"].taps_card("payment_confirm:1")

    floor["wukuaiji"].sees(
        "(按钮:已确认到账)", "入账了：1001 王* 2,000 元，余额 1,000 元。确认错了可以发「冲正 1001 原因」。"
    )
    floor["zhangsan"].sees("1001 王*：2,000 元到账了\n余额 1,000 元。\n[看案件]")
    assert (floor.look(1001).balance, floor.look(1001).status) == (100_000, CaseStatus.IN_PROGRESS)


def test_the_last_payment_ends_the_case(floor: Floor) -> None:
    report(floor, "还款 1001 全部还清")

    floor["wukuaiji"].says("确认到账 1001")

    floor["wukuaiji"].sees(
        "(按钮:已确认到账)", "入账了：1001 王* 3,000 元，这个案件结清了。确认错了可以发「冲正 1001 原因」。"
    )
    floor["zhangsan"].sees("1001 王*：3,000 元到账了\n全部还清，这个案件结清了，不用再联系。\n[看案件]")
    assert floor.look(1001).status == CaseStatus.PAID


def test_what_is_not_there_goes_back_with_the_reason(floor: Floor) -> None:
    report(floor, "还款 1001 500 今天")
    floor["wukuaiji"].says("待确认还款")
    floor["wukuaiji"].sees("1 笔还款等确认\n共 500 元，先报的在前面。\n[看 1001]")
    floor["wukuaiji"].taps_card("payment:1")
    floor["wukuaiji"].sees(
        "1001 王* 还款 500 元\n请核对有没有到账。确认了不能撤销，错了要冲正。\n[确认到账][不对]"
    )
    floor["wukuaiji"].taps_card("payment_reject:1")
    floor["wukuaiji"].sees(
        "第 1 笔哪里不对？\n1001 王*，500 元。点一个原因；别的就发「不对 第1笔 加上原因」。"
        "退回以后撤不回，退错了要请上报的人再报一次。\n"
        "[没有到账][金额不对][日子不对][重复上报][不是打到对公账户]"
    )

    floor["wukuaiji"].taps_card("payment_reject:1.absent")

    assert "好的，1001 的 500 元 没有入账，已告诉上报的人。" in floor["wukuaiji"].reads()
    floor["zhangsan"].sees(
        "1001 王*：500 元没对上\n财务说：没有到账。余额还是 3,000 元，跟客户核对后可以再报一次。\n"
        "[重新上报][看案件]"
    )
    assert [one.state for one in rows(floor.muster, Payment)] == [PaymentState.REJECTED]


def test_a_wrong_report_is_taken_back_before_finance_acts(floor: Floor) -> None:
    report(floor, "还款 1001 500 今天")

    floor["zhangsan"].taps_card("payment_withdraw:1")

    floor["zhangsan"].sees("(按钮:已撤回)", "撤回了：1001 的 500 元 不算了，财务那边也不用核对。")
    floor["wukuaiji"].sees("(按钮:已撤回)")
    floor["wukuaiji"].says("待确认还款")
    floor["wukuaiji"].sees("没有等你确认的还款了。")


def test_who_reported_a_payment_does_not_confirm_it(floor: Floor) -> None:
    with floor.muster.database.writing() as session:
        wu = staff.find_employee(session, "wukuaiji", at=floor.clock.now())
        top = staff.ensure_root(session)
        assert wu is not None
        staff.add_employee(session, wecom_id="kuaiji2", name="林会计", role=Role.FINANCE, unit=top)
        zhangsan = staff.find_employee(session, "zhangsan", at=floor.clock.now())
        assert zhangsan is not None
        payment = cases.report_payment(
            session,
            actor=zhangsan,
            case=session.get_one(Case, 1001),
            amount=50_000,
            paid_on=floor.clock.now().date(),
            at=floor.clock.now(),
            policy=floor.policy,
        )
        payment.reported_by_id = wu.id

    floor["wukuaiji"].says("确认到账 1001")

    floor["wukuaiji"].sees("案件 1001 的这笔还款是你自己报的，要请别的财务来确认到账。")
    assert floor.look(1001).balance == 300_000
    floor["kuaiji2"].says("确认到账 1001")
    assert floor.look(1001).balance == 250_000


def test_two_in_finance_cannot_both_confirm(floor: Floor) -> None:
    report(floor, "还款 1001 500 今天")
    floor["wukuaiji"].says("确认到账 1001")
    floor["wukuaiji"].news()

    floor["wukuaiji"].taps_card("payment_confirm:1")

    floor["wukuaiji"].sees("(按钮:已处理)", "案件 1001 的这笔还款已经确认过了。")
    assert floor.look(1001).balance == 250_000


def test_the_same_report_twice_is_pointed_out(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    zhangsan = floor["zhangsan"]
    zhangsan.says(f"还款 {number} 2000")
    zhangsan.news()

    zhangsan.says(f"还款 {number} 2000")

    assert "前面已经报过一笔一样的，还在等财务；如果是同一笔，请点下面撤回。" in zhangsan.reads()[-1]


@pytest.mark.parametrize("amount", ["-5", "负五百", "－2000 今天"])
def test_less_than_nothing_is_no_payment(floor: Floor, amount: str) -> None:
    number = floor.case(owner="zhangsan")

    floor["zhangsan"].says(f"还款 {number} {amount}")

    assert floor["zhangsan"].reads()[-1].startswith(f"{number} 王* 还了多少？")
    assert not rows(floor.muster, Payment)


def test_a_reversal_is_shown_first_and_opens_the_case_again(floor: Floor) -> None:
    report(floor, "还款 1001 3000 今天")
    floor["wukuaiji"].says("确认到账 1001")
    floor["wukuaiji"].news()
    floor["zhangsan"].news()
    floor["wukuaiji"].says("冲正 1001 银行退回")
    floor["wukuaiji"].sees(
        "冲正第 1 笔，3,000 元？\n余额会加回去，结清的案件会重新打开，案件的人会收到通知。确认后不能撤销；"
        "冲错了请跟进的人重新上报，再确认一次。\n[确认][取消]"
    )

    floor["wukuaiji"].says("确认")

    floor["wukuaiji"].sees(
        "冲正了：1001 加回 3,000 元，余额 3,000 元。「撤销」收不回；冲错了请跟进的人重新上报，再确认一次。"
    )
    floor["wukuaiji"].says("撤销")
    floor["wukuaiji"].sees("冲正不能撤销。冲错了请 1001 的跟进人重新上报，再确认一次。")
    assert (
        "1001 王*：3,000 元被冲正\n财务说：银行退回。余额是 3,000 元，请接着跟。\n[看案件]"
        in floor["zhangsan"].reads()
    )
    assert floor.look(1001).status == CaseStatus.IN_PROGRESS


def test_the_number_of_a_payment_is_never_taken_for_that_of_another_case(floor: Floor) -> None:
    floor.case(owner="lisi", name="李雷", phone="13800138001")
    report(floor, "还款 1001 500 今天")
    floor["lisi"].says("还款 1002 700 今天")
    floor.everybody_reads()

    floor["wukuaiji"].says("不对 2 没有到账")
    floor["wukuaiji"].says("不对 1002 没有到账")

    told = floor["wukuaiji"].reads()
    assert told[0] == "没有找到案件 2，请核对编号。"
    assert "好的，1002 的 700 元 没有入账，已告诉上报的人。" in told
    states = {one.case_id: one.state for one in rows(floor.muster, Payment)}
    assert states == {1001: PaymentState.REPORTED, 1002: PaymentState.REJECTED}
    floor["wukuaiji"].says("撤销")
    floor["wukuaiji"].sees("1002 的还款已经退回，撤不回来。退错了请上报的人再报一次。")


def two_reported(floor: Floor) -> None:
    """张三 has reported two payments of one case."""
    report(floor, "还款 1001 500 今天")
    report(floor, "还款 1001 700 今天")


def states_of(floor: Floor) -> list[str]:
    """What has become of all payments."""
    return [one.state for one in sorted(rows(floor.muster, Payment), key=lambda one: one.id)]


@pytest.mark.parametrize(
    ("said", "tapped"),
    [
        ("不对 1001 没有到账", "payment_reject:2.absent"),
        ("不对 第2笔 客户付错了公司", None),
    ],
)
def test_which_of_several_is_wrong_is_asked_or_said(floor: Floor, said: str, tapped: str | None) -> None:
    two_reported(floor)

    floor["wukuaiji"].says(said)
    if tapped is not None:
        floor["wukuaiji"].sees("1001 有几笔还款在等，是哪一笔？\n先报的在前面。\n[第 1 笔][第 2 笔]")
        assert states_of(floor) == ["reported", "reported"]
        floor["wukuaiji"].taps_card(tapped)

    assert states_of(floor) == ["reported", "rejected"]


def test_which_of_several_is_confirmed_or_reversed_is_asked(floor: Floor) -> None:
    two_reported(floor)
    floor["wukuaiji"].says("确认到账 1001")
    floor["wukuaiji"].sees("1001 有几笔还款在等，是哪一笔？\n先报的在前面。\n[第 1 笔][第 2 笔]")
    for number in (1, 2):
        floor["wukuaiji"].says(f"确认到账 第{number}笔")
    floor["wukuaiji"].news()

    floor["wukuaiji"].says("冲正 1001")
    floor["wukuaiji"].sees("1001 有几笔确认过的还款，冲哪一笔？\n最近的在前面。\n[第 2 笔][第 1 笔]")
    floor["wukuaiji"].taps_card("payment_reverse:1")
    floor["wukuaiji"].taps_card("payment_reverse:1.bounced")
    floor["wukuaiji"].says("确认")

    assert any("冲正了：1001 加回 500 元，余额 2,300 元。" in said for said in floor["wukuaiji"].reads())
    floor["wukuaiji"].says("撤销")
    floor["wukuaiji"].sees("冲正不能撤销。冲错了请 1001 的跟进人重新上报，再确认一次。")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("还款 1001 99999", "案件 1001 的金额要大于 0，不超过 3,000 元。请核对后再发一次。"),
        ("还款 1001 500 明天", "案件 1001 的日期要在 3月2日 周一 这一天，请换一天再发一次。"),
        ("还款", "写上案件编号和金额，如「还款 1024 2000」；不是今天还的再写上日子。"),
        ("撤销上报 1001", "1001 没有在等财务确认的还款。已经确认的要冲正，请找财务。"),
        (
            "减免 1001 2800",
            "还差最晚哪天还、为什么。写成「减免 1001 8000 3月31日 原因 生病住院」再发一次。",
        ),
        ("减免 1001 100 3月20日 生病", "案件 1001 减免这么多，没有人有权批准。请少减一点，或联系主管。"),
    ],
)
def test_what_cannot_be_says_why(floor: Floor, said: str, answer: str) -> None:
    floor["zhangsan"].says(said)

    floor["zhangsan"].sees(answer)


def test_a_small_waiver_goes_to_the_leader_and_ends_the_case_when_it_is_paid(floor: Floor) -> None:
    floor["zhangsan"].says("减免 1001 2800 3月20日 原因 生病住院")
    floor["zhangsan"].sees(
        "减免报上去了：1001 王*\n"
        "还 2,800 元，免 200 元，3月20日 周五前。请组长赵组长批，批了才能答应客户。\n[撤回][看案件]"
    )
    floor["leader"].sees("张三申请减免：1001 王*\n生病住院\n[同意][不同意][看案件]")

    floor["leader"].taps_card("offer_approve:1")

    floor["leader"].sees(
        "(按钮:已同意)",
        "同意了：1001 王*，3月20日 周五前还 2,800 元 就结清。已告诉跟进的人。",
    )
    assert floor["zhangsan"].reads()[-1] == (
        "1001 王* 的减免批了\n3月20日 周五前还 2,800 元，就免 200 元。可以告诉客户了；"
        "钱到了照常发「还款 1001 金额」。\n[看案件]"
    )
    report(floor, "还款 1001 2800")
    floor["wukuaiji"].says("确认到账 1001")
    floor["wukuaiji"].news()
    assert floor["zhangsan"].reads()[-1] == (
        "1001 王*：2,800 元到账了\n减免方案还清了，这个案件结清了，不用再联系。\n[看案件]"
    )
    assert (floor.look(1001).status, floor.look(1001).waived) == (CaseStatus.SETTLED, 20_000)


def approved_waiver(floor: Floor) -> None:
    """2,800 of 3,000 settles the case; everybody has read of it."""
    floor["zhangsan"].says("减免 1001 2800 3月20日 原因 生病住院")
    floor["leader"].says("同意减免 1001")
    floor.everybody_reads()


SHORT = (
    "1001 王*：减免的钱还了，还没结清\n"
    "批的是还 2,800 元、免 200 元，现在还剩 500 元，比批的多：批了以后余额变过。"
    "多出来的没有免掉，案件接着跟；要再免，先「撤回减免 1001」，再重新申请。\n[看案件]"
)


def test_no_more_is_waived_than_was_approved_when_a_file_has_raised_the_balance(floor: Floor) -> None:
    approved_waiver(floor)
    with floor.muster.database.writing() as session:
        session.get_one(Case, 1001).balance += 30_000

    report(floor, "还款 1001 2800")
    floor["wukuaiji"].says("确认到账 1001")

    case = floor.look(1001)
    assert (case.status, case.balance, case.waived) == (CaseStatus.IN_PROGRESS, 50_000, 0)
    assert SHORT in floor["zhangsan"].reads()
    assert floor["leader"].reads() == [SHORT]
    report(floor, "还款 1001 300")
    floor["wukuaiji"].says("确认到账 1001")
    assert (floor.look(1001).status, floor.look(1001).waived) == (CaseStatus.SETTLED, 20_000)


def test_no_more_is_waived_than_was_approved_when_an_earlier_payment_is_reversed(floor: Floor) -> None:
    with floor.muster.database.writing() as session:
        session.get_one(Case, 1001).balance += 30_000
    report(floor, "还款 1001 300")
    floor["wukuaiji"].says("确认到账 1001")
    floor["wukuaiji"].news()
    floor.clock.at("10:10")
    approved_waiver(floor)
    floor["wukuaiji"].says("冲正 1001 银行退回")
    floor["wukuaiji"].says("确认")
    floor.everybody_reads()

    report(floor, "还款 1001 2800")
    floor["wukuaiji"].says("确认到账 1001")

    case = floor.look(1001)
    assert (case.status, case.balance, case.waived) == (CaseStatus.IN_PROGRESS, 50_000, 0)
    assert floor["leader"].reads() == [SHORT]


def test_a_larger_waiver_goes_higher_and_is_refused_with_a_reason(floor: Floor) -> None:
    floor["zhangsan"].says("减免 1001 2200 3月20日 原因 失业")
    floor["zhangsan"].news()
    floor["boss"].sees("张三申请减免：1001 王*\n失业\n[同意][不同意][看案件]")
    floor["leader"].says("同意减免 1001")
    floor["leader"].sees("案件 1001 的减免要由申请人之外、级别够的人来批。")

    floor["boss"].taps_card("offer_refuse:1")
    floor["boss"].sees(
        "为什么不同意？\n还 2,200 元，免 800 元。点一个原因，会告诉申请的人。\n"
        "[免得太多][客户有能力还][缺少证明][期限太长]"
    )
    floor["boss"].taps_card("offer_refuse:1.proof")

    assert floor["boss"].reads()[-1] == "没有同意 1001 王* 的减免，已告诉申请的人。"
    assert floor["zhangsan"].reads()[-1] == (
        "1001 王* 的减免没批\n钱主管：缺少证明。按原来的余额跟。\n[看案件]"
    )


@pytest.mark.parametrize(
    ("did", "answer"),
    [
        ("承诺 1001 2000 周五", "1001 的承诺取消了（3月6日 周五 2,000 元），案件回到跟进中。"),
        ("还款 1001 500", "撤回了：1001 的 500 元 不算了，财务那边也不用核对。"),
        ("减免 1001 2800 3月20日 生病", "1001 的减免撤回了，按原来的余额跟。"),
        ("下次 1001 明天下午3点", "撤销了：1001 那次提醒不发了。"),
        ("催记 1001 没人接", "催记写了就留着，不能撤销。写错了发「更正 1001 正确的说法」。"),
        ("争议 1001 说金额不对", "停催要由主管来恢复：请主管发「恢复 1001」。"),
    ],
)
def test_a_slip_is_taken_back_or_it_is_said_how_it_is_mended(floor: Floor, did: str, answer: str) -> None:
    floor["zhangsan"].says(did)
    floor.everybody_reads()

    floor["zhangsan"].says("撤销")

    assert answer in floor["zhangsan"].reads()


def test_accepting_is_taken_back_to_exactly_what_was_before(floor: Floor) -> None:
    floor.case(owner="zhangsan", name="李雷", phone="13800138001", accepted=False)
    with floor.muster.database.writing() as session:
        case = session.get_one(Case, 1002)
        case.declines, case.worked_at = 1, floor.clock.now() - timedelta(days=9)
        case.accept_by = floor.clock.now() + timedelta(hours=7)

    def standing() -> dict[str, object]:
        now = floor.look(1002)
        return {one.key: getattr(now, one.key) for one in Case.__table__.columns if one.key != "version"}

    before = standing()
    floor["zhangsan"].says("接单 1002")
    accepted = standing()

    floor["zhangsan"].says("撤销")

    assert (accepted["status"], accepted["declines"]) == (CaseStatus.IN_PROGRESS, 0)
    assert standing() == before


def test_a_follow_up_taken_back_was_not_done_and_the_one_before_it_is_next(floor: Floor) -> None:
    floor["zhangsan"].says("下次 1001 周五下午3点")
    before = floor.look(1001).next_at
    floor["zhangsan"].says("下次 1001 明天下午3点")

    floor["zhangsan"].says("撤销")

    assert floor.look(1001).next_at == before
    assert [one.state for one in rows(floor.muster, FollowUp)] == ["open", "cancelled"]


@pytest.mark.parametrize(
    ("did", "taken"), [("承诺 1002 500 周五", "取消承诺 1002"), ("还款 1002 500", "撤销上报 1002")]
)
def test_what_is_withdrawn_later_leaves_the_case_accepted_and_says_so(
    floor: Floor, did: str, taken: str
) -> None:
    floor.case(owner="zhangsan", name="李雷", phone="13800138001", accepted=False)
    floor["zhangsan"].says(did)
    floor.everybody_reads()

    floor["zhangsan"].says(taken)

    assert floor["zhangsan"].reads()[-1].endswith("单子还算你接下的；不想跟请找组长或主管转给别人。")
    assert floor.look(1002).status == CaseStatus.IN_PROGRESS


def test_what_was_accepted_by_mistake_waits_again(floor: Floor) -> None:
    floor.case(owner="zhangsan", name="李雷", phone="13800138001", accepted=False)
    floor["zhangsan"].says("接单 1002")
    floor["zhangsan"].news()

    floor["zhangsan"].says("撤销")

    assert floor["zhangsan"].reads()[-1] == ("撤销了：1002 又是待接单。发「接单 1002」或「拒绝 1002 原因」。")
    assert floor.look(1002).status == CaseStatus.ASSIGNED
    assert floor.look(1002).accept_by is not None
