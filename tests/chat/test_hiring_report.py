"""招聘报表, as it is asked."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import recruiting
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires."""
    return Recruiters(muster, client, messenger, clock)


def test_absences_are_told_by_reason_and_receipts_are_kept_apart_from_claims(office: Recruiters) -> None:
    rain, high, lost = office.applies("林小雨"), office.applies("高远"), office.applies("周未到")
    office.applies("别处人", unit="城东分公司")
    for application in (rain, high, lost):
        office.arranges(application)
    office.hours_pass(1.5)
    office.hands_in(rain)
    with office.writing() as session:
        stage = session.merge(office.stage(lost))
        recruiting.notice_failed(session, stage=stage, at=office.now, policy=office.policy)

    office["north"].says("招聘报表")
    [text] = office["north"].reads()
    office.hours_pass(0.1)
    office["north"].sees("[image]")
    office["north"].says("招聘报表 导出")
    office.hours_pass(0.1)
    office["north"].sees(text, "[file]")

    assert text == (
        "招聘报表，从 3月1日 周日 起（你的范围）\n新应聘 3 份，缺席 3 次。\n缺席的原因：\n生病 1 次\n"
        "通知没有送到（按送达记录） 1 次\n没有说明 1 次\n走到哪一步（来过 / 过了）：\nAI面试 3 / 0\n"
        "初试 0 / 0\n复试 0 / 0\n体检 0 / 0\noffer 0 / 0\n"
        "「没收到通知」是本人说的，「通知没有送到」是送达记录说的。要表格发「招聘报表 导出」。"
    )
    status, told = office.calls("east", "GET", "/hiring-report")
    assert (status, told["applied"], told["reasons"]) == (200, 1, {})


def test_where_nothing_has_happened_there_is_nothing_to_draw(office: Recruiters) -> None:
    office.applies("林小雨")

    office["north"].says("招聘报表")
    office.hours_pass(0.1)

    text, picture = office["north"].reads()
    assert text.startswith("招聘报表，从 3月1日 周日 起（你的范围）\n新应聘 1 份，缺席 0 次。")
    assert picture == "还没有人来过哪个环节，也没有人缺席，没有图可画。"
