"""Candidates as HR and the hiring departments see and handle them."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.app import Muster
from bot.miniapp import Tokens
from models import messaging
from models.audit import AuditEvent
from models.candidates import AnotherName, Application, ApplicationState, CandidateMatch
from models.messaging import Channel, OutboundKind, OutboundMessage, Outgoing, Priority
from models.staff import Candidate
from tests.chat.candidates import RAIN, RAIN_ID, Hiring
from tests.simulator import Messenger, TestClock, rows

NOT_PERMITTED = "你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。"
NOBODY = "「{}」：没有这个候选人，或者不在你的范围里。发「候选人」看你范围里的人。"


@pytest.fixture
def hiring(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Hiring:
    """The company that hires."""
    return Hiring(muster, client, messenger, clock)


# --- 候选人 ----------------------------------------------------------------------------------------------


def test_each_role_sees_the_candidates_of_its_reach(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("高远", "城东分公司", "外勤", phone="15400010002")

    for account in ("head", "province", "north", "east"):
        hiring[account].says("候选人")

    both = (
        "最近的候选人：\n高远（编号 2） 城东分公司 外勤：待定\n林小雨（编号 1） 城北支公司 催收员：待定\n"
        "看一个人，发「候选人 高远」。"
    )
    north = "最近的候选人：\n林小雨（编号 1） 城北支公司 催收员：待定\n看一个人，发「候选人 林小雨」。"
    hiring["head"].sees(both)
    hiring["province"].sees(north)
    hiring["north"].sees(north)
    hiring["east"].sees("最近的候选人：\n高远（编号 2） 城东分公司 外勤：待定\n看一个人，发「候选人 高远」。")


def test_hr_sees_masked_contact_data_and_the_hiring_department_none(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)

    hiring["north"].says("候选人 林小雨")
    hiring["dept"].says("候选人：林小雨")
    hiring["dept"].says("联系方式 林小雨")
    hiring["north"].says("联系方式 林小雨")

    hiring["north"].sees(
        "林小雨（编号 1）\n手机 154****0001\n身份证 990***********001X\n微信未绑定\n城北支公司 催收员：待定",
        "林小雨（编号 1）\n手机 154****0001\n身份证 990***********001X\n住址 没有登记\n"
        "微信未绑定，发「绑定码 林小雨」请本人绑定",
    )
    hiring["dept"].sees("林小雨（编号 1）\n城北支公司 催收员：待定", NOT_PERMITTED)


def test_an_interviewer_sees_the_applications_of_the_own_unit_alone(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司", id_number=RAIN_ID)

    hiring["asker"].says("候选人 林小雨")

    hiring["asker"].sees("林小雨（编号 1）\n城东分公司 催收员：待定")


def test_it_sees_nothing_and_out_of_reach_looks_like_nobody(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司")

    hiring["itli"].says("候选人")
    hiring["east"].says("候选人 林小雨")
    hiring["east"].says("候选人 月球人")

    hiring["itli"].sees(NOT_PERMITTED)
    hiring["east"].sees(NOBODY.format("林小雨"), NOBODY.format("月球人"))


def test_two_of_one_name_are_told_apart_by_number(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", phone="15400010001")
    hiring.applies("林小雨", "城北支公司", "外勤", phone="15400010002")

    hiring["north"].says("候选人 林小雨")
    hiring["north"].says("候选人 2")

    hiring["north"].sees(
        "「林小雨」不止一个：\n编号 2：林小雨，城北支公司 外勤\n编号 1：林小雨，城北支公司 催收员\n"
        "请用编号代替姓名再说一次，如「候选人 2」。",
        "林小雨（编号 2）\n手机 154****0002\n身份证 没有登记\n微信未绑定\n城北支公司 外勤：待定",
    )


def test_candidates_are_found_by_the_api_within_the_same_reach(hiring: Hiring, client: FlaskClient) -> None:
    hiring.applies("林小雨", "城北支公司")

    def search(account: str, asked: str) -> tuple[int, object]:
        headers = {"Authorization": f"Bearer {Tokens(hiring.muster).issue(account)}"}
        told = client.post("/api/v1/candidates/search", headers=headers, json={"asked": asked})
        return told.status_code, (told.get_json().get("result") or {}).get("candidates")

    status, [found] = search("north", "林小雨")  # type: ignore[misc]
    assert (status, found["phone"]) == (200, "154****0001")
    assert found["applications"] == [
        {"id": 1, "unit": "城北支公司", "job": "催收员", "state": "open", "admitted_elsewhere": False}
    ]
    assert search("dept", "")[1][0]["phone"] is None  # type: ignore[index]
    assert search("east", "林小雨") == (200, [])
    assert search("itli", "林小雨")[0] == 403


# --- entering --------------------------------------------------------------------------------------------


def test_the_same_identity_number_is_the_same_person(hiring: Hiring) -> None:
    first = hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    other = hiring.applies("林小雨", "城东分公司", id_number=RAIN_ID, phone="15400010009")
    again = hiring.applies("林小雨", "城东分公司", id_number=RAIN_ID, phone="15400010009")

    assert (first.new, first.recognised) == (True, False)
    assert (other.new, other.changed, other.recognised) == (False, True, True)
    assert (again.new, again.changed, again.recognised) == (False, False, True)
    assert len(rows(hiring.muster, Candidate)) == 1
    assert len(rows(hiring.muster, Application)) == 2


def test_the_same_identity_number_under_another_name_is_for_a_human(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)

    with pytest.raises(AnotherName):
        hiring.applies("林大雨", "城北支公司", id_number=RAIN_ID)

    assert [person.name for person in rows(hiring.muster, Candidate)] == ["林小雨"]


def test_phone_and_name_alone_wait_for_a_human_once(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司")
    entered = hiring.applies("林小雨", "城东分公司")
    hiring.applies("林小雨", "城东分公司")

    assert entered.possible_match
    [match] = rows(hiring.muster, CandidateMatch)
    assert (match.older_id, match.newer_id, match.state) == (1, 2, "waiting")
    assert len(rows(hiring.muster, Candidate)) == 2


# --- 录取 ------------------------------------------------------------------------------------------------


def test_a_candidate_is_admitted_after_a_preview_and_the_others_hear_of_it(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司", "外勤", id_number=RAIN_ID)

    hiring["north"].says("录取 林小雨")
    hiring["north"].sees("录取林小雨？\n其他机构会看到「已被其他机构录取」，给他的通知不再发。\n[确认][取消]")
    hiring.nobody_else_hears()
    hiring["north"].says("确认")

    hiring["north"].sees(
        "林小雨 已录取：城北支公司 催收员。另外 1 份应聘已标记，负责的人事会收到通知。\n"
        "24 小时内可以「撤销录取 林小雨」。"
    )
    hiring["east"].sees(
        "林小雨（编号 1）已被其他机构录取。\n你负责的应聘已标记，还没发出的通知不再发：城东分公司 外勤。"
    )
    hiring["dept"].sees("林小雨（编号 1）已录取：城北支公司 催收员。")
    hiring.nobody_else_hears()
    hiring["east"].says("候选人 林小雨")
    assert "城东分公司 外勤：已被其他机构录取" in hiring["east"].reads()[0]
    [event] = [row for row in rows(hiring.muster, AuditEvent) if row.action == "candidates.admit"]
    assert event.details == {"application": 1, "unit": 3, "overrides": False, "others": [2]}


def test_another_branch_cannot_admit_whom_one_has_admitted_but_the_head_office_can(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司", "外勤", id_number=RAIN_ID)
    hiring["north"].says("录取 林小雨")
    hiring["north"].says("确认")
    for account in ("north", "east", "dept"):
        hiring[account].news()

    hiring["east"].says("录取 林小雨")
    hiring["head"].says("录取 林小雨 城东分公司")
    hiring["head"].says("录取 林小雨 城东分公司 原因：两边都要")
    hiring["head"].says("确认")

    hiring["east"].sees("林小雨 已被其他机构录取，这里不能再录取。\n有疑问请联系总部人事。")
    refused, _, done = hiring["head"].reads()
    assert refused == (
        "林小雨 已被其他机构录取，这里不能再录取。\n确实两边都要，请写明原因：「录取 林小雨 机构 原因：……」。"
    )
    assert done.startswith("林小雨 已录取：城东分公司 外勤。")
    assert [one.state for one in rows(hiring.muster, Application)] == ["admitted", "admitted"]
    assert [one.overrides for one in rows(hiring.muster, Application)] == [False, True]


def test_the_database_itself_admits_a_person_once(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司", id_number=RAIN_ID)

    def admit_all(session: object) -> None:
        for one in session.scalars(select(Application)):  # type: ignore[attr-defined]
            one.state = ApplicationState.ADMITTED
        session.flush()  # type: ignore[attr-defined]

    with pytest.raises(IntegrityError):
        hiring.within(admit_all)


def test_which_of_several_applications_is_meant_is_asked_back(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城北支公司", "外勤", id_number=RAIN_ID)
    hiring["north"].says("录取 林小雨")
    hiring["north"].sees(
        "录取林小雨的哪一份应聘？\n点一下要录取的那一份。\n[城北支公司 催收员][城北支公司 外勤]"
    )

    hiring["north"].taps_card("admit:2")
    hiring["north"].taps_card("cancel:1")
    hiring["north"].says("录取 林小雨 外勤")
    hiring["north"].says("录取 林小雨 城南")

    told = hiring["north"].reads()
    assert told[0].startswith("录取林小雨？\n")
    assert told[-1] == "林小雨在你的范围里没有这样一份待定的应聘。发「候选人 林小雨」看看。"
    assert all(one.state == "open" for one in rows(hiring.muster, Application))


def test_what_other_branches_had_ready_is_not_sent_any_more(hiring: Hiring, clock: TestClock) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司", id_number=RAIN_ID)
    keys = {
        "theirs": "candidate:1:application:2",
        "part": "candidate:1:application:2:interview",
        "mine": "candidate:1:application:1",
        "alike": "candidate:1:application:21",
    }

    def post(session: object) -> None:
        text = {"msgtype": "text", "text": {"content": "面试通知"}}
        outgoing = [
            Outgoing(key, Channel.OFFICIAL, "oRain", OutboundKind.MESSAGE, text, Priority.PUSH, about=about)
            for key, about in keys.items()
        ]
        later = clock.now() + timedelta(hours=1)
        messaging.post(session, outgoing, now=later, lifetime=timedelta(hours=4))  # type: ignore[arg-type]

    hiring.within(post)
    hiring["north"].says("录取 林小雨")
    hiring["north"].says("确认")

    states = {row.key: row.state for row in rows(hiring.muster, OutboundMessage) if row.key in keys}
    assert states == {"theirs": "withdrawn", "part": "withdrawn", "mine": "intent", "alike": "intent"}


def test_an_admission_is_taken_back_within_a_day(hiring: Hiring, clock: TestClock) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司", "外勤", id_number=RAIN_ID)
    hiring["north"].says("录取 林小雨")
    hiring["north"].says("确认")
    for account in ("north", "east", "dept"):
        hiring[account].news()

    hiring["east"].says("撤销录取 林小雨")
    hiring["north"].says("撤销录取 林小雨")
    hiring["north"].says("撤销录取 林小雨")

    hiring["north"].sees(
        "林小雨 的录取已撤销：城北支公司 催收员 又是待定。负责另外 1 份应聘的人事会收到通知。",
        "林小雨 没有可以撤销的。发「候选人 林小雨」看看现在的情况。",
    )
    hiring["east"].sees(
        "林小雨 没有可以撤销的。发「候选人 林小雨」看看现在的情况。",
        "林小雨（编号 1）的录取撤销了，这些应聘又可以照常办：城东分公司 外勤。",
    )
    hiring["dept"].news()
    hiring["north"].says("录取 林小雨")
    hiring["north"].says("确认")
    hiring["north"].news()
    clock.at("2026-03-03T09:31")
    hiring["north"].says("撤销录取 林小雨")
    hiring["north"].sees("来不及了：这是 3月2日 周一 08:31 定的，24 小时内才能撤销。")


# --- 待合并 ----------------------------------------------------------------------------------------------


def test_hr_hears_of_possible_matches_once_a_day(hiring: Hiring, clock: TestClock) -> None:
    hiring.applies("林小雨", "城北支公司")
    hiring.applies("林小雨", "城东分公司")
    hiring.applies("高远", "城北支公司", phone="15400010002")
    hiring.applies("高远", "城北支公司", "外勤", phone="15400010002")

    clock.passes_to("09:20")
    clock.passes_to("2026-03-03T09:20")

    hiring["north"].sees("有 2 对候选人姓名和手机相同，可能是同一个人。发「待合并」看一看。")
    hiring["east"].sees("有 1 对候选人姓名和手机相同，可能是同一个人。发「待合并」看一看。")
    hiring.nobody_else_hears()


def test_two_rows_become_one_person_and_two_again(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司", "外勤")
    hiring["north"].says("待合并")
    [card] = hiring["north"].news()
    shown = card.payload["template_card"]["horizontal_content_list"]
    assert [(row["keyname"], row["value"]) for row in shown] == [
        ("手机", "154****0001 / 154****0001"),
        ("身份证", "990***********001X / 没有"),
        ("编号 1", "城北支公司 催收员"),
        ("编号 2", "（别处 1 份）"),
    ]

    hiring["north"].taps_card("match_same:1")
    hiring["head"].says("候选人")

    hiring["north"].sees(
        "(按钮:已合并)",
        "好，林小雨 算一个人了（编号 1），应聘都留着。弄错了，30 天内发「撤销合并 林小雨」。",
    )
    hiring["head"].sees(
        "最近的候选人：\n林小雨（编号 1） 城北支公司 催收员：待定、城东分公司 外勤：待定\n"
        "看一个人，发「候选人 林小雨」。"
    )
    assert [one.candidate_id for one in rows(hiring.muster, Application)] == [1, 2]
    again = hiring.applies("林小雨", "城东分公司", "外勤")
    assert (again.new, again.changed) == (False, False)

    hiring["east"].says("撤销合并 林小雨")
    hiring["east"].sees("分开了：编号 1 和编号 2 又是两个人，应聘各归各的，「待合并」里会再出现。")
    assert [one.person_id for one in rows(hiring.muster, Application)] == [1, 2]
    actions = [row.action for row in rows(hiring.muster, AuditEvent)]
    assert [name for name in actions if "merge" in name] == ["candidates.merge", "candidates.undo_merge"]


def test_two_persons_are_kept_apart_for_good(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司")
    hiring.applies("林小雨", "城东分公司")
    hiring["north"].says("待合并")
    hiring["north"].news()

    hiring["north"].taps_card("match_other:1")
    hiring["east"].says("待合并")
    hiring["east"].taps("match_same:1")
    hiring.applies("林小雨", "城东分公司", "外勤")

    assert hiring["north"].reads()[-1] == "好，是两个人，以后不再问。"
    hiring["east"].sees(
        "没有等你看的。姓名和手机相同、身份证号没有对上的候选人会出现在这里。",
        "已经有人处理过了：不是同一个人。",
    )


def test_a_match_of_others_is_out_of_reach(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司")
    hiring.applies("林小雨", "城北支公司", "外勤")

    hiring["east"].says("待合并")
    hiring["east"].taps("match_same:1")

    assert hiring["east"].reads()[-1] == ("没有这一对候选人，或者不在你的范围里。发「待合并」看现在有哪些。")
    assert rows(hiring.muster, CandidateMatch)[0].state == "waiting"


def test_two_who_were_both_admitted_are_not_put_together(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司")
    hiring.applies("林小雨", "城东分公司")
    for account in ("north", "east"):
        hiring[account].says("录取 林小雨")
        hiring[account].says("确认")
        hiring[account].news()
    hiring["dept"].news()

    hiring["head"].taps("match_same:1")

    hiring["head"].sees("两边都已录取，不能合并。先「撤销录取」一边，再合并。")


def test_the_merge_of_a_merged_person_is_taken_back_step_by_step(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", "一")
    hiring.applies("林小雨", "城北支公司", "二")
    hiring.applies("林小雨", "城北支公司", "三")

    hiring["north"].taps("match_same:3")
    hiring.clock.at("08:32")
    hiring["north"].taps("match_same:1")
    assert [one.person_id for one in rows(hiring.muster, Application)] == [1, 1, 1]
    hiring["north"].says("撤销合并 1")
    assert [one.person_id for one in rows(hiring.muster, Application)] == [1, 2, 2]
    hiring["north"].says("撤销合并 2")

    assert [one.person_id for one in rows(hiring.muster, Application)] == [1, 2, 3]
    hiring["north"].news()


# --- 改手机 ----------------------------------------------------------------------------------------------


def test_a_phone_is_corrected_after_a_preview_and_seen_by_all_branches(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司", id_number=RAIN_ID)

    hiring["north"].says("改手机 林小雨 154-0002-0002")
    [card] = hiring["north"].news()
    assert [row["value"] for row in card.payload["template_card"]["horizontal_content_list"]] == [
        "林小雨（编号 1）",
        "154****0001",
        "154****0002",
    ]
    hiring["north"].says("确认")
    hiring["east"].says("候选人 林小雨")

    hiring["north"].sees("林小雨 的手机改好了：154****0002。所有机构马上看到新号码。")
    assert "手机 154****0002" in hiring["east"].reads()[0]
    events = [row for row in rows(hiring.muster, AuditEvent) if "correct" in row.action]
    assert [(row.action, row.details) for row in events] == [
        ("candidates.ask_to_correct", {"what": "phone"}),
        ("candidates.correct", {"what": "phone"}),
    ]
    assert all(not row.personal for row in events)


@pytest.mark.parametrize("said", ["改手机", "改手机 林小雨", "改手机 15400020002", "改手机 林小雨 123"])
def test_what_is_missing_in_a_correction_is_said(hiring: Hiring, said: str) -> None:
    hiring.applies("林小雨", "城北支公司")

    hiring["north"].says(said)

    hiring["north"].sees("没看懂后面的内容。正确的写法：改候选人的手机，如「改手机 林小雨 新号码」")


def test_the_same_number_and_another_branch_change_nothing(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司")

    hiring["north"].says(f"改手机 林小雨 {RAIN}")
    hiring["east"].says("改手机 林小雨 15400020002")

    hiring["north"].sees("就是现在登记的号码，没有改。")
    hiring["east"].sees(NOBODY.format("林小雨"))


def test_candidates_leave_nothing_that_can_be_read_when_they_are_erased(hiring: Hiring) -> None:
    from models import staff
    from tests.chat.test_erasure import finds

    hiring.applies("欧阳小雪", "城北支公司", phone="15400030003", id_number=RAIN_ID)
    hiring.applies("欧阳小雪", "城东分公司", phone="15400030003")
    hiring["head"].taps("match_same:1")
    hiring["head"].news()

    def erase(session: object) -> None:
        person = hiring.named(session, "欧阳小雪")[0]
        staff.erase_person(
            session,  # type: ignore[arg-type]
            person=person,
            at=hiring.clock.now(),
            actor=None,
            policy=hiring.muster.policy,
        )

    hiring.within(erase)

    assert {word: finds(hiring.muster, word) for word in ("欧阳小雪", "15400030003")} == {
        "欧阳小雪": [],
        "15400030003": [],
    }
    assert [person.name for person in rows(hiring.muster, Candidate)] == ["已删除", "已删除"]
    assert all(
        person.phone is None and person.phone_hash is None for person in rows(hiring.muster, Candidate)
    )
    assert [one.state for one in rows(hiring.muster, Application)] == ["withdrawn", "withdrawn"]
    hiring["head"].says("候选人")
    hiring["head"].sees("你的范围里还没有候选人。")


def test_no_answer_and_no_notice_holds_a_full_value(hiring: Hiring) -> None:
    hiring.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    hiring.applies("林小雨", "城东分公司")
    words = (
        *("候选人", "候选人 林小雨", "候选人 1", "联系方式 1", "待合并", "绑定码 1", "改手机 1 15400020002"),
        *("确认", "录取 1", "确认", "撤销录取 1", "撤销合并 1"),
    )

    for account in ("head", "north", "east", "dept", "itli"):
        for said in words:
            hiring[account].says(said)

    told = "".join(str(row.payload) for row in rows(hiring.muster, OutboundMessage))
    assert "154****0002" in told
    assert [value for value in (RAIN, RAIN_ID, "15400020002") if value in told] == []
