"""How a candidate's WeChat comes to belong to the person, and what candidates do with their own data."""

import re

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import staff
from models.audit import AuditEvent
from models.candidates import BindingCode, BindingPicture, BindingTry, CandidateMatch
from models.staff import Candidate
from tests.chat.candidates import RAIN_ID, Hiring
from tests.simulator import Follower, Messenger, TestClock, rows

ASK = "绑定码对了。为了确认是你本人，请回复应聘时留的手机号的后四位。"
BOUND = "林小雨，绑定好了。以后的通知会发到这里；发「我的资料」看看留了什么。"
USED = "这个绑定码或二维码过期了，或者已经用过。请招聘负责人重新发一个。"
WRONG = "绑定码不对，或者已经过期。还可以试 {} 次；请看清 8 位数字再发，或请招聘负责人重新发一个。"
HOW = "请发「绑定」加上人事给你的 8 位数字，如「绑定 12345678」。没有绑定码，请联系通知你面试的招聘负责人。"


@pytest.fixture
def hiring(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Hiring:
    """The company that hires, and somebody who applied in the north."""
    company = Hiring(muster, client, messenger, clock)
    company.applies("林小雨", "城北支公司", id_number=RAIN_ID)
    return company


@pytest.fixture
def rain(hiring: Hiring) -> Follower:
    """Her WeChat."""
    return hiring.follower("oRain")


def code_for(hiring: Hiring, name: str = "林小雨") -> str:
    """The code that HR is given."""
    hiring["north"].says(f"绑定码 {name}")
    [told] = hiring["north"].reads()
    found = re.search(r"的绑定码：(\d{8})\n", told)
    assert found, told
    return found[1]


def other_than(code: str) -> str:
    """A code that is another one."""
    return f"{(int(code) + 1) % 10**8:08d}"


def binds(hiring: Hiring, follower: Follower) -> None:
    """She has bound her WeChat."""
    follower.says(f"绑定 {code_for(hiring)}")
    follower.says("0001")
    follower.sees(ASK, BOUND)


@pytest.mark.parametrize("said", ["绑定 {}", "绑定{}", "{}", " {} ", "绑定码是{}。"])
def test_a_code_and_the_end_of_the_phone_number_bind(hiring: Hiring, rain: Follower, said: str) -> None:
    rain.says(said.format(code_for(hiring)))
    rain.sees(ASK)

    rain.says("０００１")

    rain.sees(BOUND)
    rain.says("我的资料")
    rain.sees(
        "招聘系统里留的资料（已打码）：\n姓名 林小雨\n手机 154****0001\n身份证 990***********001X\n"
        "住址 没有\n应聘 城北支公司 催收员\n手机换了发「改手机 新号码」；要删掉发「删除我的资料」。"
    )
    hiring["north"].says("候选人 林小雨")
    assert "微信已绑定" in hiring["north"].reads()[0]
    [event] = [row for row in rows(hiring.muster, AuditEvent) if row.action == "candidates.bind"]
    assert (event.actor, event.subject) == ("candidate:1", "candidate:1")
    assert rows(hiring.muster, BindingTry) == []


def test_the_code_is_told_with_what_to_do(hiring: Hiring) -> None:
    code = code_for(hiring)
    hiring["north"].says("绑定码 林小雨")
    [told] = hiring["north"].reads()

    assert re.sub(r"\d{8}", "########", told) == (
        "林小雨 的绑定码：########\n请当面或电话告诉本人：关注招聘服务号，发「绑定 ########」，"
        "再答手机号的后四位。3月3日 周二 08:31 前有效，只能用一次；之前发的作废。"
    )
    kept = [row.code_hash for row in rows(hiring.muster, BindingCode)]
    assert all(code not in hash_ for hash_ in kept)


def test_five_wrong_codes_lock_a_wechat_and_the_count_is_kept(
    hiring: Hiring, rain: Follower, clock: TestClock
) -> None:
    code = code_for(hiring)
    for left in (4, 3, 2, 1):
        rain.says(other_than(code))
        rain.sees(WRONG.format(left))

    clock.at("08:32")
    rain.says(f"绑定 {other_than(code)}")
    rain.says(f"绑定 {code}")

    locked = "输错太多次了，3月3日 周二 08:32 以后再试，并请招聘负责人重新发一个绑定码。"
    rain.sees(locked, locked)
    clock.at("2026-03-03T08:33")
    rain.says(code_for(hiring))
    rain.sees(ASK)


def test_three_wrong_ends_void_the_code_for_everybody(hiring: Hiring, rain: Follower) -> None:
    code = code_for(hiring)
    other = hiring.follower("oOther")
    rain.says(code)
    rain.says("9999")
    rain.says(code)
    other.says(code)
    other.says("8888")
    rain.says("7777")

    wrong = "和留的手机号对不上，还可以试 {} 次。请只回复手机号的后四位；换过号码，请告诉招聘负责人。"
    rain.sees(
        ASK,
        wrong.format(2),
        ASK,
        "手机尾号错了太多次，这个绑定码作废了。请联系招聘负责人核对手机号，再要一个新的。",
    )
    other.sees(ASK, wrong.format(1))
    other.says("0001")
    other.sees(USED)
    rain.says("0001")
    rain.sees(HOW)
    assert [person.openid for person in rows(hiring.muster, Candidate) if person.name] == [None]


def test_a_code_works_once_for_a_day_and_until_the_next_one(
    hiring: Hiring, rain: Follower, clock: TestClock
) -> None:
    first = code_for(hiring)
    second = code_for(hiring)
    rain.says(first)
    rain.sees(WRONG.format(4))
    rain.says(second)
    clock.at("2026-03-03T08:31")
    rain.says("0001")
    rain.sees(ASK, USED)

    rain.says(second)

    rain.sees(WRONG.format(3))


def test_a_bound_person_binds_no_second_wechat(hiring: Hiring, rain: Follower) -> None:
    first = hiring.follower("oFirst")
    code = code_for(hiring)
    first.says(code)
    rain.says(code)
    rain.says("0001")
    first.says("0001")

    rain.sees(ASK, BOUND)
    first.sees(ASK, USED)
    hiring["north"].says("绑定码 林小雨")
    hiring["north"].sees(
        "林小雨 已经绑定了微信。要换微信，请本人在原来的微信里取消关注服务号，再来要绑定码。"
    )


def test_after_unfollowing_another_wechat_can_be_bound(hiring: Hiring, rain: Follower) -> None:
    binds(hiring, rain)
    rain.post(rain.event("unsubscribe"))

    binds(hiring, hiring.follower("oNew"))

    [known] = [person for person in rows(hiring.muster, Candidate) if person.name]
    assert known.openid == "oNew"


def test_the_wechat_of_another_person_waits_for_a_human(hiring: Hiring, rain: Follower) -> None:
    binds(hiring, rain)
    hiring.applies("高远", "城北支公司", phone="15400010002")

    rain.says(code_for(hiring, "高远"))

    rain.sees("你的微信已经绑定了另一份应聘资料。我已经请招聘负责人核对是不是同一个人，核对好就不用再绑。")
    assert len(rows(hiring.muster, CandidateMatch)) == 1


def test_numbers_out_of_nowhere_are_answered(hiring: Hiring, rain: Follower) -> None:
    rain.says("1234")
    rain.says("绑定")
    rain.says("绑定 123")

    rain.sees(HOW, HOW, HOW)


def test_a_qr_code_asks_the_same_question(hiring: Hiring, rain: Follower) -> None:
    scene = scene_for(hiring)
    rain.follows(scene)
    rain.says("0001")

    rain.sees(ASK, BOUND)
    [known] = [person for person in rows(hiring.muster, Candidate) if person.name]
    assert (known.openid, known.scene) == ("oRain", None)
    assert not any(scene in str(person.scene) for person in rows(hiring.muster, Candidate))


def test_who_follows_already_scans_the_qr_code(hiring: Hiring, rain: Follower) -> None:
    rain.follows("campus")
    rain.news()
    scene = scene_for(hiring)

    rain.post(rain.event("SCAN", EventKey=scene, Ticket="t"))
    rain.says("0001")
    hiring.clock.at("08:32")
    rain.post(rain.event("SCAN", EventKey=scene, Ticket="t"))
    rain.post(rain.event("SCAN", EventKey="campus", Ticket="t"))

    rain.sees(ASK, BOUND, USED)
    [known] = [person for person in rows(hiring.muster, Candidate) if person.name]
    assert known.scene == "campus"


def test_a_made_up_scene_binds_nobody(hiring: Hiring, rain: Follower) -> None:
    rain.follows("bind-0123456789")

    rain.sees(USED)


def scene_for(hiring: Hiring) -> str:
    """The scene of the QR code that HR asks for."""
    from models import secrecy

    hiring["north"].says("绑定二维码 林小雨")
    hiring["north"].sees(
        "林小雨 的绑定二维码马上发给你。本人用微信扫一下、关注服务号，再答手机号的后四位就行。"
        "3月3日 周二 08:31 前有效；之前发的作废。"
    )
    [picture] = rows(hiring.muster, BindingPicture)
    scene = hiring.within(lambda session: secrecy.open_text(session, "candidate:1", picture.scene))
    assert isinstance(scene, str)
    return scene


def test_without_a_phone_nobody_is_bound(hiring: Hiring) -> None:
    hiring.applies("高远", "城北支公司", phone=None, id_number="990101199001010028")

    hiring["north"].says("绑定码 高远")
    hiring["east"].says("绑定码 林小雨")
    hiring["dept"].says("绑定码 林小雨")

    hiring["north"].sees("高远 没有登记手机，没法核对本人。先发「改手机 高远 号码」，再来。")
    hiring["east"].sees("「林小雨」：没有这个候选人，或者不在你的范围里。发「候选人」看你范围里的人。")
    hiring["dept"].sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_candidates_correct_their_own_phone(hiring: Hiring, rain: Follower) -> None:
    binds(hiring, rain)

    rain.says("改手机 15400020002")
    rain.says("改手机 15400020002")
    rain.says("改手机 明天")

    rain.sees(
        "手机改好了：154****0001 改成 154****0002。不对的话再发一次「改手机 新号码」。",
        "就是现在登记的号码，没有改。",
        "没看懂后面的内容。正确的写法：改我的手机，如「改手机 新号码」",
    )
    [event] = [row for row in rows(hiring.muster, AuditEvent) if row.action == "candidates.correct"]
    assert (event.actor, event.details, event.personal) == ("candidate:1", {"what": "phone"}, {})


def test_who_is_not_bound_has_no_data_to_see(hiring: Hiring, rain: Follower) -> None:
    for said in ("我的资料", "改手机 15400020002", "删除我的资料"):
        rain.says(said)

    unknown = (
        "还不知道你是哪位。请先发「绑定」加上人事给你的 8 位数字；没有绑定码，请联系通知你面试的招聘负责人。"
        "没绑定过的话，取消关注就会删掉全部记录。"
    )
    rain.sees(unknown, unknown, unknown)


def test_the_wish_to_be_deleted_reaches_hr_and_compliance_once(hiring: Hiring, rain: Follower) -> None:
    binds(hiring, rain)

    rain.says("删除我的资料")
    rain.says("删除我的资料")

    rain.sees(
        "已经告诉人事和合规，他们核对后会删除你的资料，删好就不能恢复。",
        "你在 3月2日 周一 08:31 已经提过，人事和合规正在办。",
    )
    asked = (
        "候选人 林小雨（编号 1）要求删除自己的资料。\n"
        "核对后由合规请维护人员在服务器上运行：muster erase candidate:1 --reason 本人申请"
    )
    hiring["law"].sees(asked)
    hiring["north"].sees(asked)
    hiring.nobody_else_hears()


def test_a_bound_candidate_can_be_erased_with_the_rows_that_were_absorbed(
    hiring: Hiring, rain: Follower
) -> None:
    binds(hiring, rain)

    def erase(session: object) -> None:
        [person] = hiring.named(session, "林小雨")
        staff.erase_person(
            session,  # type: ignore[arg-type]
            person=person,
            at=hiring.clock.now(),
            actor=None,
            policy=hiring.muster.policy,
        )

    hiring.within(erase)

    assert [(person.name, person.openid) for person in rows(hiring.muster, Candidate)] == [
        ("已删除", None),
        ("已删除", None),
    ]
    assert rows(hiring.muster, BindingCode) == []


def test_who_unfollows_in_the_middle_leaves_nothing(hiring: Hiring, rain: Follower) -> None:
    rain.says(code_for(hiring))
    rain.sees(ASK)

    rain.post(rain.event("unsubscribe"))

    assert rows(hiring.muster, BindingTry) == []
    assert [person.name for person in rows(hiring.muster, Candidate)] == ["林小雨"]


@pytest.mark.parametrize(("said", "answer"), [("1", ASK), ("0001", BOUND), ("154 0001 0001", BOUND)])
def test_the_end_of_the_number_may_be_the_whole_and_too_little_costs_no_try(
    hiring: Hiring, rain: Follower, said: str, answer: str
) -> None:
    rain.says(code_for(hiring))

    rain.says(said)

    rain.sees(ASK, answer)
    assert [code.wrong_tails for code in rows(hiring.muster, BindingCode)] == [0]
