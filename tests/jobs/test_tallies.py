"""Every night figures are proved; what is not as the records say is put right, and administrators hear."""

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from bot.app import Muster
from models import staff
from models.performance import MonthEnd
from models.staff import Role
from models.tally import MonthTally, Tally, TallyRepair
from tests.chat.floor import Floor
from tests.models.desk import pays
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office, with an administrator; 张三 has collected 1000 yuan."""
    made = Floor(muster, client, messenger, clock)
    with muster.database.writing() as session:
        staff.add_employee(
            session, wecom_id="admin", name="郭管理", role=Role.ADMIN, unit=staff.ensure_root(session)
        )
    clock.passes_to("10:00")
    pays(made, "zhangsan", made.case(owner="zhangsan"), 100000)
    made.everybody_reads()
    return made


def test_a_night_in_which_all_is_right_is_silent(floor: Floor) -> None:
    floor.clock.passes_to("2026-03-03 09:30")

    assert rows(floor.muster, TallyRepair) == []
    assert floor["admin"].news() == []


def test_what_was_changed_past_the_bot_is_put_right_and_told(floor: Floor) -> None:
    with floor.muster.database.writing() as session:
        session.execute(update(Tally).where(Tally.measure == "recovered").values(value=5))
        session.execute(update(MonthTally).where(MonthTally.measure == "begun").values(count=9))
    floor.clock.passes_to("2026-03-03 09:30")
    floor.clock.passes_to("2026-03-03 09:40")

    floor["admin"].sees(
        "夜里核对业绩数据：3 处合计和记录对不上，已经按记录改正。\n"
        "- 涉及：张三\n- 日子：3月1日 周日 到 3月2日 周一\n"
        "改之前看到的数可能不对。请告诉维护人员查原因，明细在 tally_repair 表。"
    )
    found = [(one.measure, one.of_month, one.value_was, one.value) for one in rows(floor.muster, TallyRepair)]
    assert ("recovered", False, 5, 100000) in found
    floor.clock.passes_to("2026-03-04 09:30")
    assert floor["admin"].news() == []


def test_tallies_of_before_are_made_in_silence(floor: Floor) -> None:
    kept = {(row.measure, row.value, row.count) for row in rows(floor.muster, Tally)}
    with floor.muster.database.writing() as session:
        session.execute(delete(Tally))
        session.execute(delete(MonthTally))
    floor.clock.passes_to("2026-03-03 09:30")

    assert {(row.measure, row.value, row.count) for row in rows(floor.muster, Tally)} == kept
    assert floor["admin"].news() == []


def test_when_a_month_ends_it_is_noted_how_cases_stand(floor: Floor) -> None:
    floor.clock.at("2026-03-31 23:58")
    floor.clock.passes_to("2026-04-01 00:04")

    [noted] = rows(floor.muster, MonthEnd)
    assert (noted.day, noted.balance, noted.bucket) == (date(2026, 3, 31), 200000, 2)
    assert (noted.owner_id, noted.was_bucket) == (floor.employee("zhangsan").id, None)
