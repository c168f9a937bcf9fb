"""业绩表, as it is asked, and what stands in the file."""

import io
from datetime import time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from bot.app import Muster
from models import attendance, messaging
from models.audit import AuditEvent
from models.messaging import OutboundMessage
from tests.chat.floor import Floor
from tests.chat.quizzes import enrol, publish
from tests.models.desk import pays
from tests.simulator import Messenger, TestClock, rows

UNKNOWN = "名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams: 赵六 was paid 1,200 of 3,000 yuan, and 周七 500 of 4,000."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    with muster.database.writing() as session:
        shift = attendance.add_shift(session, name="九点班", starts_at=time(9), ends_at=time(18))
        attendance.assign_shift(session, employee=floor.employee("zhaoliu"), shift=shift)
    hers = floor.case(owner="zhaoliu", balance=300000)
    his = floor.case(owner="zhouqi", balance=400000, bucket=3, name="陈大山", phone="13900139000")
    pays(floor, "zhaoliu", hers, 120000)
    pays(floor, "zhouqi", his, 50000)
    floor.everybody_reads()
    return floor


def book_of(floor: Floor) -> dict[str, list[list[Any]]]:
    """The rows of each sheet of the file that was sent last."""
    floor.muster.runner.run_errands()
    floor.muster.outbox.drain()
    sent = [one for one in rows(floor.muster, OutboundMessage) if "file" in one.payload]
    with floor.muster.database.reading() as session:
        content = messaging.kept_content(session, sent[-1].payload["file"]["media_id"]["attachment"])
    assert content is not None
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def records_in(sheet: list[list[Any]], first: str) -> list[dict[str, Any]]:
    """What stands under the head."""
    start = next(number for number, row in enumerate(sheet) if row[0] == first)
    return [dict(zip(sheet[start], row, strict=True)) for row in sheet[start + 1 :]]


def test_a_unit_comes_as_a_file_whose_totals_are_its_rows(floor: Floor) -> None:
    boss = floor["boss"]

    boss.says("业绩表 二组 三月")

    boss.sees("二组 3月，4 人，回收金额 1,700 元。表格马上发来：每人一行，后面是每笔还款和口径。")
    book = book_of(floor)
    boss.sees("[file]")
    *people, both = records_in(book["业绩"], "工号")
    assert [(one["姓名"], one["单位"], one["岗位"]) for one in people] == [
        ("赵六", "二组", "催收员"),
        ("周七", "二组", "催收员"),
        ("李思", "二组", "催收员"),
        ("张伟", "二组", "催收员"),
    ]
    assert [one["回收金额（元）"] for one in people] == [1200, 500, 0, 0]
    assert [one["回款率（%）"] for one in people] == [40, 12.5, "", ""]
    assert both["回收金额（元）"] == 1700
    assert both["回款率（%）"] == 24.29  # 1,700 ÷ 7,000, and not the mean of both
    *people, both = records_in(book["分子分母"], "工号")
    counted = [name for name in both if name not in ("工号", "姓名", "单位", "岗位")]
    assert len(counted) > len(book["口径"]) - 1
    for name in counted:
        assert both[name] == pytest.approx(sum(one[name] for one in people)), name
    assert (both["回款率 数的"], both["回款率 除以"]) == (1700, 7000)


def test_every_payment_stands_behind_the_amount_and_nobody_is_named_in_full(floor: Floor) -> None:
    floor["boss"].says("业绩表 二组")
    book = book_of(floor)
    floor.everybody_reads()

    *paid, total = records_in(book["回款记录"], "工号")

    assert [(one["姓名"], one["客户"], one["金额(元)"]) for one in paid] == [
        ("赵六", "王*", 1200),
        ("周七", "陈*", 500),
    ]
    assert total["金额(元)"] == sum(one["金额(元)"] for one in paid) == 1700
    assert {one["口径版本"] for one in records_in(book["口径"], "指标")} == {1}
    notes = [row[0] for row in book["业绩"][:3]]
    assert notes[0].endswith("导出，2026-03-01 至 2026-03-02")
    assert notes[1] == "数据到 3月2日 周一 10:05，最近到账 3月2日 周一 10:05"


def test_whoever_takes_a_table_away_leaves_a_trace(floor: Floor) -> None:
    floor["boss"].says("业绩表 周七")
    floor.muster.runner.run_errands()
    floor.everybody_reads()

    [event] = [one for one in rows(floor.muster, AuditEvent) if one.action == "performance.export"]

    assert (event.actor, event.subject) == (floor.employee("boss").subject, floor.employee("zhouqi").subject)
    days = {"first": "2026-03-01", "last": "2026-03-31"}
    assert event.details == {**days, "unit": floor.employee("zhouqi").unit_id, "people": 1}


def test_what_they_learnt_stands_in_the_table(floor: Floor) -> None:
    version, now = publish(floor.muster), floor.clock.now()
    for account, done in (("zhaoliu", now), ("zhouqi", None)):
        enrol(floor.muster, account, version, due_at=now + timedelta(hours=2), completed_at=done)
    floor.clock.at("2026-03-03 10:05")
    floor["boss"].says("业绩表 二组 三月")

    *people, both = records_in(book_of(floor)["业绩"], "工号")

    assert [one["按时学完率（%）"] for one in people] == [100, 0, "", ""]
    assert both["按时学完率（%）"] == 50
    assert both["培训成绩（分）"] == 0


def test_one_bucket_has_the_measures_that_know_it(floor: Floor) -> None:
    floor["boss"].says("二组 M3 业绩表")

    floor["boss"].sees("二组 3月 M3，4 人，回收金额 500 元。表格马上发来：每人一行，后面是每笔还款和口径。")
    book = book_of(floor)
    floor["boss"].sees("[file]")
    assert "出勤率（%）" not in records_in(book["业绩"], "工号")[0]
    assert len(records_in(book["回款记录"], "工号")) == 2


def test_without_words_it_is_the_own_reach_and_no_more(floor: Floor) -> None:
    for who, words, beginning in (
        ("zhaoliu", "业绩表", "赵六 3月，1 人，回收金额 1,200 元。"),
        ("boss", "业绩表", "钱主管 3月，7 人"),
        ("boss", "给我看看二组这个月的业绩报表", "二组 3月，4 人"),
        ("boss", "周七上周业绩表", "周七 2月23日到3月1日，1 人"),
        ("boss", "业绩表 全部门", "城北分公司 3月，7 人"),
        ("boss", "业绩表 2026年5月", "5月1日还没到"),
    ):
        floor[who].says(words)
        told, *_ = floor[who].reads()
        assert told.startswith(beginning), (words, told)
        floor.muster.runner.run_errands()
        floor.everybody_reads()
    for who, name in (("leader", "二组"), ("zhaoliu", "周七"), ("boss", "远三"), ("boss", "没有人")):
        floor[who].says(f"业绩表 {name}")
        floor[who].sees(f"「{name}」：{UNKNOWN}")
    floor["wukuaiji"].says("业绩表")
    floor["wukuaiji"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")
