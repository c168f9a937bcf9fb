"""How applications go on by rank and end: a named human decides, and nobody is left without a way on."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import candidates
from models.candidates import Application, ApplicationState
from models.recruiting import StageStatus
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires."""
    return Recruiters(muster, client, messenger, clock)


def listens(office: Recruiters, application: int) -> None:
    """They have just written, so that they can be answered."""
    office.candidate(application).says("帮助")
    office.candidate(application).reads()


def test_the_best_go_on_and_of_the_others_a_human_decides(office: Recruiters) -> None:
    scores = {"甲一": 95, "乙二": 90, "丙三": 85, "丁四": 85, "戊五": 70, "己六": 50}
    people = {name: office.applies(name, "开发工程师") for name in scores}
    for name, score in scores.items():
        office.scores(people[name], score)
    for name in ("甲一", "戊五"):
        listens(office, people[name])

    office["north"].says("按名次 开发工程师")
    office["north"].says("确认")

    preview, made = office["north"].reads()
    assert preview == (
        "城北分公司 开发工程师的AI面试：前 30% 往下走？\n"
        "有结果的 6 人，并列的都算。往下走 2 人：甲一 95、乙二 90。\n"
        "还等人定的 4 人：丙三 85、丁四 85、戊五 70、己六 50。不会因为名次淘汰，由你一个一个定。\n"
        "确认后不能撤销。\n[确认][取消]"
    )
    assert made == (
        "2 人往下走了，记在你名下，本人都会知道。\n"
        "还有 4 人等你定：丙三、丁四、戊五、己六。发「通过 姓名」或「不通过 姓名 原因」。"
    )
    assert office.candidate(people["甲一"]).reads()[0].startswith("AI面试通过了\n")
    office.candidate(people["戊五"]).sees_nothing()
    assert office.stage(people["戊五"]).status == StageStatus.COMPLETED
    assert office.stage(people["甲一"]).decided_by == office.employee("north").subject
    office["asker"].says("按名次 开发工程师")
    assert office["asker"].reads()[0].startswith("你没有这项权限")


def test_who_is_rejected_hears_it_kindly_and_a_human_can_look_again(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    listens(office, rain)

    office["north"].says("结束应聘 林小雨")
    office["north"].says("结束应聘 林小雨 岗位已经招满")
    office["north"].says("确认")

    office["north"].sees(
        "请写上理由，会留痕，候选人也可以要求复核。",
        "结束林小雨的应聘？\n原因：岗位已经招满。会告诉本人，也会告诉他可以请人再看一遍；记在你名下。\n[确认][取消]",
        "结束了林小雨的应聘。已经告诉本人。结束错了，发「恢复应聘 林小雨 原因」。",
    )
    office.candidate(rain).sees(
        "谢谢你应聘城北分公司 催收员\n这次没能一起走下去。\n原因：岗位已经招满\n"
        "这是人事看过后定的。有不同意见，可以请人再看一遍，写给人事就行。\n1. 请人再看一遍"
    )
    office.candidate(rain).says("1")
    office.candidate(rain).says("我在银行实习过，想请再看看")
    office.candidate(rain).reads()
    assert any("我在银行实习过" in one for one in office["north"].reads())

    office["north"].says("恢复应聘 林小雨 又多了一个名额")
    office["north"].sees("林小雨的应聘恢复了，停在初试。已经告诉本人。")
    assert office.candidate(rain).reads()[0].startswith("你的应聘恢复了\n")
    assert office.process(rain).application.state == ApplicationState.OPEN
    office["north"].says("恢复应聘 林小雨 再来")
    office["north"].sees("林小雨没有被结束的应聘，不用恢复。")


def test_who_gave_up_goes_on_after_all_unless_something_followed(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    phone = office.candidate(rain)
    phone.says("我放弃")
    phone.says("1")
    phone.reads()
    office["north"].reads()

    phone.taps(f"give_up_back:{rain}")
    assert phone.reads()[-1].startswith("好的，接着应聘\n现在在初试。")
    assert office["north"].reads()[-1].startswith("林小雨改了主意，接着应聘城北分公司 催收员。")
    [application] = rows(office.muster, Application)
    assert application.state == ApplicationState.OPEN

    phone.taps(f"give_up_yes:{rain}")
    east = office.applies_too(rain, "客服", unit="城东分公司")
    office.acts("east", candidates.admit, application_id=east)
    phone.reads()
    phone.taps(f"give_up_back:{rain}")
    phone.sees("你已经被另一家机构录取，这份应聘不能再接着。有疑问请问人事。")
