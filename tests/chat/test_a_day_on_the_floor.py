"""A day, and the days after it, on a floor of twelve people: from the creditor's file to the last handover.

Everything happens through the phones, but for the file, which is imported as an administrator does.
"""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bot import sheets
from bot.app import Muster
from bot.importing import import_file
from models.cases import CaseStatus, ContactNote, PromiseToPay, PtpStatus
from models.staff import Employee
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

COLUMNS = ("案件编号", "甲方", "批次", "姓名", "手机号", "欠款", "逾期天数", "催收单位", "委案到期")
DEBTORS = ("王小明", "李雷", "韩梅", "周涛", "吴越", "郑爽", "冯远", "陈晨", "褚良", "卫东", "蒋平", "沈文")


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A supervisor, two leaders, seven collectors, finance, customer service; five past nine on a Monday."""
    made = Floor(muster, client, messenger, clock)
    clock.at("09:05")
    return made


def import_batch(floor: Floor, folder: Path) -> None:
    """The creditor's file of this month goes into the pool of the branch."""
    path = folder / "2026-03批.csv"
    lines = [
        (
            f"RC{number:04}",
            "蓉城银行",
            "2026-03批",
            name,
            f"139000000{number:02}",
            "3000",
            "45",
            "城北分公司",
            "2026-06-30",
        )
        for number, name in enumerate(DEBTORS, start=1)
    ]
    sheets.write(path, [COLUMNS, *lines])
    report = import_file(
        floor.muster.database,
        "cases",
        path,
        at=floor.clock.now(),
        policy=floor.muster.policy,
        calendar=floor.muster.calendar,
        given={},
    )
    assert (report.new, report.refused) == (len(DEBTORS), [])


def owner(floor: Floor, number: int) -> str:
    """The account of who has a case."""
    return next(row.wecom_id for row in rows(floor.muster, Employee) if row.id == floor.look(number).owner_id)


def of(floor: Floor, account: str) -> list[int]:
    """The numbers of somebody's cases, as they stand on the phone."""
    floor[account].says("我的案件")
    floor[account].news()
    card = floor[account].last_card
    assert card is not None
    return sorted(int(row["value"].split()[0]) for row in card["horizontal_content_list"])


def hears(floor: Floor, account: str, beginning: str) -> str:
    """What somebody reads that begins so."""
    read = floor[account].reads()
    found = [text for text in read if text.startswith(beginning)]
    assert found, read
    return found[-1]


def test_a_day_on_the_floor(floor: Floor, tmp_path: Path, clock: TestClock) -> None:
    boss, zhangsan, lisi = floor["boss"], floor["zhangsan"], floor["lisi"]
    finance, service = floor["wukuaiji"], floor["zhengkefu"]

    # 09:05 The file of the month is imported, and shared out over the first team; the first try is a slip.
    import_batch(floor, tmp_path)
    boss.says("分案 6件 给 张三")
    boss.says("确认")
    floor.everybody_reads()
    boss.says("撤销")
    assert hears(floor, "boss", "撤销了：6 件案子都回到原来的样子。")
    hears(floor, "zhangsan", "(撤回:")
    boss.says("分案 12件 给 张三、李四、王五")
    boss.says("确认")
    assert hears(floor, "boss", "分好了：12 件，共 36,000 元，给了 3 人")

    # 09:10 Two accept at once; 王五 is not at his desk.
    clock.at("09:10")
    for member in (zhangsan, lisi):
        member.news()
        member.taps_card("case_accept")
    assert hears(floor, "zhangsan", "好的，4 件都接下了，共 12,000 元。")
    mine, his = of(floor, "zhangsan"), of(floor, "lisi")
    called, promised, disputed, waived = mine
    assert all(floor.look(number).status == CaseStatus.IN_PROGRESS for number in (*mine, *his))

    # 09:20 张三 calls one, nobody answers; another one talks, and promises.
    clock.at("09:20")
    zhangsan.says(f"拨打 {called}")
    assert any("139000000" in text for text in zhangsan.reads())
    zhangsan.says(f"催记 {called} 没人接")
    hears(floor, "zhangsan", f"记好了：{called} 没人接")
    clock.at("09:40")
    zhangsan.says(f"催记 {promised} 接通了，说这周能还一部分")
    zhangsan.taps_card(f"case_stated:{promised}.y")
    zhangsan.news()
    zhangsan.says(f"承诺 {promised} 2000 今天")
    hears(floor, "zhangsan", f"记下了：{promised} 3月2日 周一 还 2,000 元")

    # 10:00 One is disputed: contact stops, the supervisor looks and lets it go on.
    clock.at("10:05")
    zhangsan.says(f"争议 {disputed} 说金额不对")
    hears(floor, "zhangsan", f"{disputed} ")
    hears(floor, "boss", f"{disputed} ")
    boss.taps_card(f"case_resume:{disputed}.dismissed")
    assert hears(floor, "boss", f"{disputed} ").endswith("恢复跟进了，记为不成立，已告诉张三。")

    # 10:20 A waiver is asked for, and approved by the leader.
    clock.at("10:20")
    zhangsan.says(f"减免 {waived} 2800 3月20日 生病住院")
    hears(floor, "leader", "张三申请减免：")
    floor["leader"].taps_card("offer_approve:1")
    hears(floor, "zhangsan", f"{waived} ")
    floor["leader"].news()

    # 10:40 Customer service passes on that somebody is willing to pay; 李四 has it at once, and calls.
    clock.at("10:40")
    willing = his[0]
    service.says(f"转告 {willing} 客户说今天能还1000")
    hears(floor, "lisi", f"客服转告：{willing} ")
    lisi.says(f"催记 {willing} 接通了，马上转账")
    assert hears(floor, "zhengkefu", "你转告的") == f"你转告的 {willing}，李四已经处理了。"

    # 11:10 The money is reported, confirmed by finance, and the balance follows.
    clock.at("11:10")
    lisi.says(f"还款 {willing} 1000 今天")
    hears(floor, "wukuaiji", f"{willing} ")
    finance.taps_card("payment_confirm:1")
    assert hears(floor, "wukuaiji", "入账了：").endswith(
        f"余额 2,000 元。确认错了可以发「冲正 {willing} 原因」。"
    )
    hears(floor, "lisi", f"{willing} ")
    assert floor.look(willing).balance == 200_000

    # 13:10 王五 has still accepted nothing: he, and then his leader, hear of it.
    clock.passes_to("13:10")
    assert any("接" in text for text in floor["wangwu"].reads())
    clock.passes_to("15:10")
    assert any("王五" in text for text in floor["leader"].reads())

    # 15:30 李四 says how a slip is mended: a promise is taken back.
    clock.at("15:35")
    lisi.news()
    lisi.says(f"承诺 {his[1]} 3000 明天")
    lisi.says("撤销")
    assert hears(floor, "lisi", f"{his[1]} 的承诺取消了")
    assert floor.look(his[1]).status == CaseStatus.IN_PROGRESS

    # 17:00 张三 is away from tomorrow on: 李四 stands in, and the work is his then.
    clock.at("17:05")
    boss.says("请假 张三 3月3日 到 3月12日 给 李四")
    boss.says("确认")
    floor.everybody_reads()
    lisi.says("我的交接")
    lisi.news()
    clock.passes_to("2026-03-03T09:05")
    floor.everybody_reads()
    assert owner(floor, promised) == "lisi"
    assert floor.look(promised).status == CaseStatus.PTP

    # The promise of Monday was not kept: after the day of grace it is broken, and 李四 is to go on.
    clock.passes_to("2026-03-04T09:35")
    [broken] = [row for row in rows(floor.muster, PromiseToPay) if row.case_id == promised]
    assert broken.status == PtpStatus.BROKEN
    assert floor.look(promised).status == CaseStatus.IN_PROGRESS
    floor.everybody_reads()

    # What was agreed is paid by the day: the case is settled, and nothing of it was lost on the way.
    lisi.says(f"还款 {waived} 2800 今天")
    finance.news()
    finance.says(f"确认到账 {waived}")
    assert floor.look(waived).status == CaseStatus.SETTLED
    lisi.news()
    lisi.says(f"历史 {waived}")
    told = "\n".join(lisi.reads())
    for what in ("导入", "分给张三", "接单", "申请减免", "同意减免", "上报还款", "确认到账"):
        assert what in told
    assert {note.case_id for note in rows(floor.muster, ContactNote)} == {called, promised, willing}
