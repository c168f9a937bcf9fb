"""What candidates are told, how it finds them, and what HR sees and does when it does not."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.channels.base import GatewayError, NotSent, Parcel
from jobs.hiring import event_of
from models import messaging, notices, recruiting, staff
from models.base import SHANGHAI
from models.candidates import Application
from models.messaging import OutboundKind, OutboundMessage
from models.notices import CandidateNotice, NoticeDelivery
from models.recruiting import StageRecord, StageStatus
from models.recruiting.stages import open_link
from models.recruiting.tables import ClockStop
from models.staff import Candidate
from tests.chat.candidates import RAIN_ID, Hiring
from tests.simulator import Messenger, TestClock, rows

INVITED = (
    "面试邀请\n林小雨，您好！您应聘城北支公司柜员的AI 面试安排在 3月4日 周三 10:00。\n"
    "进入方式：https://interview.example/1\n请提前 10 分钟准备好，时间有变化请直接回复告诉我们。"
)
UPDATED = "进度更新\n林小雨，您应聘城北支公司柜员有新的进度：笔试安排好了"
CARD = (
    "林小雨没收到「进度更新」\n短信号码不对。请打电话告诉本人；"
    "号码不对，发「改手机 林小雨 新号码」。\n[已联系]"
)
TEXT = "sms"


def day(text: str) -> datetime:
    """A moment in March 2026, as `04 10:00`."""
    return datetime.fromisoformat(f"2026-03-{text.replace(' ', 'T')}").replace(tzinfo=SHANGHAI)


class Notices:
    """The company that hires, 林小雨 who applied in the north, and what reaches her."""

    def __init__(self, hiring: Hiring, texts: Messenger) -> None:
        self.hiring, self.texts = hiring, texts
        self.rain = hiring.follower("oRain")
        hiring.applies("林小雨", "城北支公司", "柜员", id_number=RAIN_ID)

    def binds(self, *, writes: bool = True) -> None:
        """Her WeChat is known; she has just written, so that the service account may write back."""
        now = self.hiring.clock.now()

        def bind(session: Any) -> None:
            person = session.get_one(Candidate, 1)
            person.openid, person.followed_at, person.bound_at = "oRain", now, now

        self.hiring.within(bind)
        if writes:
            self.rain.says("你好")
            self.rain.news()
            self.hiring.clock.at("08:40")

    def is_invited(self, starts_at: datetime) -> int:
        """HR arranges her AI interview; the id of the stage."""
        muster = self.hiring.muster
        with muster.database.writing() as session:
            process = recruiting.process_of(session, 1, policy=muster.policy)
            stage = process.current
            assert stage is not None
            stage.status, stage.starts_at = StageStatus.SCHEDULED, starts_at
            id_, event = stage.id, event_of(stage, starts_at)
        self.plan(
            event,
            "interview_invitation",
            values={"stage": "AI 面试", "time": starts_at, "link": "https://interview.example/1"},
            invitation=True,
            starts_at=starts_at,
        )
        return id_

    def stage(self, id_: int) -> tuple[str, bool]:
        """How a stage stands, and whether that is not her fault."""
        with self.hiring.muster.database.reading() as session:
            found = session.get_one(StageRecord, id_)
            return found.status, found.not_at_fault

    def clock_stands(self, stage: int) -> bool:
        """Whether her time to ask for another chance stands still."""
        stops = [one for one in rows(self.hiring.muster, ClockStop) if one.stage_id == stage]
        return any(one.until_at is None for one in stops)

    def plan(self, event: str = "e1", template: str = "update", **more: Any) -> bool:
        """The bot is told to tell her something; whether it is the first time."""
        muster = self.hiring.muster
        values = more.pop("values", {"answer": "笔试安排好了"})
        application_id = more.pop("application", 1)
        with muster.database.writing() as session:
            application = session.get_one(Application, application_id)
            person = session.get_one(Candidate, application.person_id)
            made = notices.plan(
                session,
                person=person,
                application=application,
                event=event,
                template=template,
                values=values,
                at=muster.clock.now(),
                policy=muster.policy,
                **more,
            )
            return made is not None

    def invites(self, *, at: str = "04 10:00") -> bool:
        """She is invited to an interview."""
        values = {"stage": "AI 面试", "time": day(at), "link": "https://interview.example/1"}
        return self.plan("stage:1", "interview_invitation", values=values, invitation=True, starts_at=day(at))

    def read(self) -> list[str]:
        """What the service account has said to her since the last look."""
        return [_menu(parcel) for parcel in self.rain.news()]

    def texted(self) -> int:
        """How many text messages went to her in all."""
        return len([one for one in self.texts.inbox["candidate:1"] if one.payload["msgtype"] == TEXT])

    def states(self) -> Mapping[str, str]:
        """Channel → state of her deliveries."""
        return {one.channel: one.state for one in rows(self.hiring.muster, NoticeDelivery)}


def _menu(parcel: Parcel) -> str:
    if parcel.kind is OutboundKind.TEMPLATE:
        return "".join(f"({name}:{told['value']})" for name, told in parcel.payload["data"].items())
    return str(parcel.payload["msgmenu"]["head_content"])


@pytest.fixture
def story(
    muster: Muster, client: FlaskClient, messenger: Messenger, letterbox: Messenger, clock: TestClock
) -> Notices:
    """The beginning of every story."""
    return Notices(Hiring(muster, client, messenger, clock), letterbox)


# --- the ladder ------------------------------------------------------------------------------------------


def test_without_a_sign_of_life_a_text_follows_after_an_hour(story: Notices, clock: TestClock) -> None:
    story.binds()
    story.plan()
    clock.passes_to("08:41")
    assert story.read() == [UPDATED]

    clock.passes_to("09:39")
    assert story.texted() == 0
    clock.passes_to("09:43")

    assert story.texted() == 1
    clock.passes_to("12:00")
    assert story.texted() == 1
    assert story.read() == []


@pytest.mark.parametrize("how", ["taps", "writes"])
def test_a_tap_or_a_word_is_a_sign_of_life(story: Notices, clock: TestClock, how: str) -> None:
    story.binds()
    story.plan()
    clock.passes_to("08:41")
    story.read()

    if how == "taps":
        story.rain.taps("notice_read:1")
        story.rain.sees("好的，收到。有问题直接回复我们。")
    else:
        story.rain.says("收到谢谢")
        story.rain.news()
    clock.passes_to("10:00")

    assert story.texted() == 0
    assert story.states() == {"official": "read"}


@pytest.mark.parametrize("how", ["link", "process"])
def test_looking_at_the_interview_is_a_sign_of_life_for_its_notices(
    story: Notices, client: FlaskClient, clock: TestClock, how: str
) -> None:
    story.binds()
    muster = story.hiring.muster
    stage = story.is_invited(day("04 10:00"))
    story.plan("elsewhere", due=day("03 10:00"))
    clock.passes_to("08:42")
    story.read()
    with muster.database.writing() as session:
        found = session.get_one(StageRecord, stage)
        link = open_link(session, found, at=clock.now(), policy=muster.policy)

    if how == "link":
        assert client.head(f"/app/interview/{link}").status_code == 200
        assert {one.read_at for one in rows(muster, CandidateNotice)} == {None}
        assert client.get(f"/app/interview/{link}").status_code == 200
    else:
        story.rain.taps("my_process")
        story.rain.news()

    read = {one.event: one.read_at is not None for one in rows(muster, CandidateNotice)}
    assert read == {
        f"stage:{stage}:202603041000": True,
        f"stage:{stage}:202603041000:remind:24": False,
        f"stage:{stage}:202603041000:remind:2": False,
        "elsewhere": False,
    }
    north = story.hiring["north"]
    north.says("通知进度")
    assert north.reads()[-1].startswith(
        "最近 7 天的通知 4 条，已读 1 条，未读 0 条，没收到 0 条，还没发 3 条。"
    )


def test_whom_the_service_account_does_not_know_gets_a_text_at_once(story: Notices, clock: TestClock) -> None:
    story.plan()
    clock.passes_to("08:42")

    assert story.texted() == 1
    assert [one.payload for one in story.texts.inbox["candidate:1"]] == [{"msgtype": "sms"}]


def test_a_text_that_fails_is_for_a_human_at_once(story: Notices, clock: TestClock) -> None:
    story.texts.fails_with = GatewayError("isv.MOBILE_NUMBER_ILLEGAL")
    story.plan()
    clock.passes_to("08:42")
    clock.passes_to("08:43")

    north = story.hiring["north"]
    north.sees(CARD)
    north.says("通知待办")
    north.sees("要跟进的 1 件。", CARD)
    north.taps_card("follow_up_done:1")
    assert north.reads()[-1] == "林小雨的「进度更新」不用再跟进了\n30 分钟内可以撤销。\n[撤销]"
    north.says("通知待办")
    north.sees("没有要跟进的。")
    north.says("撤销")
    assert "又回到「通知待办」里了" in north.reads()[-1]
    story.hiring["east"].says("通知待办")
    story.hiring["east"].sees("没有要跟进的。")


def test_who_answers_after_all_needs_no_call(story: Notices, clock: TestClock) -> None:
    story.binds()
    story.texts.fails_with = GatewayError("isv.MOBILE_NUMBER_ILLEGAL")
    story.plan()
    clock.passes_to("08:41")
    clock.passes_to("09:43")
    clock.passes_to("09:45")
    assert len(story.hiring["north"].reads()) == 1

    story.rain.says("看到了")
    clock.passes_to("09:50")

    story.hiring["north"].says("通知待办")
    assert story.hiring["north"].reads() == ["没有要跟进的。"]


def test_a_template_message_says_that_there_is_something_to_who_has_not_written(
    story: Notices, clock: TestClock
) -> None:
    numbers = story.hiring.muster.policy.notices
    object.__setattr__(numbers, "official_template", "tmpl-1")
    try:
        story.binds(writes=False)
        story.plan()
        clock.passes_to("08:42")
        [nudge] = story.rain.news()
        assert nudge.kind is OutboundKind.TEMPLATE
        with story.hiring.muster.database.writing() as session:
            messaging.note_receipt(session, msgid=f"msg-{nudge.ids[0]}", delivered=True, status="success")
        clock.passes_to("08:44")
        assert story.states() == {"official": "delivered"}

        story.rain.says("？")
        assert UPDATED in [_menu(one) for one in story.rain.news() if one.payload.get("msgtype") == "msgmenu"]
    finally:
        object.__setattr__(numbers, "official_template", "")


# --- once, and no longer than it is true -----------------------------------------------------------------


def test_one_person_is_told_of_an_event_once_whatever_the_branches(story: Notices, clock: TestClock) -> None:
    story.binds()
    story.hiring.applies("林小雨", "城东分公司", "柜员", id_number=RAIN_ID)

    assert [story.plan("pass:ai"), story.plan("pass:ai", application=2)] == [True, False]
    clock.passes_to("08:42")

    assert story.read() == [UPDATED]
    [notice] = rows(story.hiring.muster, CandidateNotice)
    assert notice.repeats == 1


def test_admitted_elsewhere_stops_what_is_pending(story: Notices, clock: TestClock) -> None:
    story.binds()
    story.hiring.applies("林小雨", "城东分公司", "柜员", id_number=RAIN_ID)
    story.plan("later", application=2, due=day("02 11:00"))
    story.plan("reminded", application=2)
    clock.passes_to("08:42")
    assert len(story.read()) == 1

    north = story.hiring["north"]
    north.says("录取 林小雨 城北支公司")
    north.says("确认")
    north.news()
    story.hiring["east"].news()
    story.hiring["dept"].news()
    clock.passes_to("12:00")

    assert (story.read(), story.texted()) == ([], 0)
    assert not story.plan("another", application=2)


def test_at_night_candidates_are_left_in_peace_but_for_what_cannot_wait(
    story: Notices, clock: TestClock
) -> None:
    story.binds()
    clock.at("22:00")
    story.plan("can-wait")
    story.plan("cannot", until=day("03 07:30"))
    clock.passes_to("22:02")
    assert len(story.read()) == 1

    clock.passes_to("2026-03-03T08:29")
    assert story.read() == []
    clock.passes_to("2026-03-03T08:31")

    assert story.read() == [UPDATED]


def test_what_was_planned_is_stopped_when_it_changes(story: Notices, clock: TestClock) -> None:
    story.binds()
    story.invites()

    def stop(session: Any) -> int:
        return notices.stop(session, person=session.get_one(Candidate, 1), event="stage:1", at=clock.now())

    assert story.hiring.within(stop) == 3  # with both reminders
    clock.passes_to("2026-03-04T09:00")

    assert (story.read(), story.texted()) == ([], 0)


# --- invitations -----------------------------------------------------------------------------------------


def test_an_invitation_goes_by_three_channels_and_is_reminded_of(story: Notices, clock: TestClock) -> None:
    story.binds()
    _has_mail(story)
    story.invites()
    clock.passes_to("08:42")

    assert story.read() == [INVITED]
    assert [one.payload["msgtype"] for one in story.texts.inbox["candidate:1"]] == ["sms", "email"]
    kept = [row for row in rows(story.hiring.muster, OutboundMessage) if row.channel == "email"]
    assert "林小雨" not in json.dumps(kept[0].payload, ensure_ascii=False)
    clock.passes_to("2026-03-03T09:50")
    story.rain.says("好")
    story.rain.news()
    clock.passes_to("2026-03-03T10:02")
    assert story.read() == [
        "面试提醒\n林小雨，提醒您：AI 面试在 3月4日 周三 10:00。临时来不了，请直接回复告诉我们。"
    ]
    clock.passes_to("2026-03-04T08:29")
    assert story.read() == []
    clock.passes_to("2026-03-04T08:32")
    assert len(story.read()) == 1


def _has_mail(story: Notices) -> None:
    def keep(session: Any) -> None:
        staff.keep_identity(session, person=session.get_one(Candidate, 1), email="rain@example.com")

    story.hiring.within(keep)


def test_whether_an_invitation_arrived_is_told_by_its_receipts(story: Notices, clock: TestClock) -> None:
    story.texts.fails_with = GatewayError("FailedOperation.PhoneNumberInBlacklist")
    story.invites()

    def failed(session: Any) -> bool:
        return notices.delivery_failed(session, person=session.get_one(Candidate, 1), event="stage:1")

    clock.passes_to("08:42")
    clock.passes_to("08:44")
    assert story.hiring.within(failed)
    story.hiring["north"].news()

    assert not story.hiring.within(
        lambda session: notices.delivery_failed(session, person=session.get_one(Candidate, 1), event="none")
    )


# --- values and templates --------------------------------------------------------------------------------


def test_whom_no_invitation_reached_is_not_to_blame_for_missing_it(story: Notices, clock: TestClock) -> None:
    story.texts.fails_with = GatewayError("isv.MOBILE_NUMBER_ILLEGAL")
    stage = story.is_invited(day("02 10:00"))
    clock.passes_to("08:43")
    north = story.hiring["north"]
    assert "林小雨没收到「面试邀请」" in north.reads()[0]

    clock.passes_to("10:30")

    assert story.stage(stage) == ("no_show", True)
    assert story.clock_stands(stage)
    north.news()
    north.taps_card("follow_up_done:1")
    clock.passes_to("10:32")
    assert not story.clock_stands(stage)
    assert story.stage(stage) == ("no_show", True)
    north.news()


def test_a_missing_value_blocks_and_hr_completes_it(story: Notices, clock: TestClock) -> None:
    story.binds()
    story.plan("pass", "pass", values={}, strength="沟通表达")
    clock.passes_to("08:42")
    assert story.read() == []

    north = story.hiring["north"]
    north.sees(
        "林小雨的「通过通知」缺报到时间\n补上就发：补通知 1 报到时间：……\n不用发了，点一下。\n[不用发了]"
    )
    north.says("补通知 1 地点：三楼")
    north.sees("缺的是报到时间，请照这些名字补。")
    north.says("补通知 1 报到时间：3月9日 09:00")
    assert [told for told in north.reads() if told.startswith("补齐了，给林小雨的「通过通知」")]
    clock.passes_to("08:44")

    [told] = story.read()
    assert told == (
        "通过通知\n林小雨，恭喜您通过城北支公司柜员的面试！\n报到时间：3月9日 09:00；联系人：白城北。\n"
        "我们有服务星级评定和大堂营销培训；入职 3 个月内服务 10 位新客户、达标率 90% 以上是第一个目标。\n"
        "面试官对您的沟通能力印象很深。\n有问题直接回复，我们会转给联系人。"
    )


def test_a_teller_with_a_high_score_is_told_in_the_words_for_tellers(story: Notices) -> None:
    values = {"start": "3月9日 09:00", "address": "城北路 1 号", "materials": "身份证"}
    story.plan("pass", "pass", values=values, score=88)

    [notice] = rows(story.hiring.muster, CandidateNotice)
    assert (notice.template, notice.state) == ("pass_teller", "planned")


def test_new_words_are_in_force_once_another_one_has_reviewed_them(story: Notices, clock: TestClock) -> None:
    story.binds()
    head, province = story.hiring["head"], story.hiring["province"]

    head.says("改通知模板 进度更新\n{姓名}，有新消息：{答复}")
    head.sees("「进度更新」的新话记下了，是第 2 版。已请 1 位同事审，通过了才用。")
    head.taps("template_good:1")
    head.sees("自己改的请别人审。")
    story.plan("before")
    province.sees("请审通知「进度更新」\n何总部改的第 2 版：\n{姓名}，有新消息：{答复}\n[通过][不通过]")
    province.taps_card("template_good:1")
    assert "「进度更新」第 2 版从现在起用。" in province.reads()
    head.sees("苗省级审了「进度更新」第 2 版：通过，已经用上。")
    story.plan("after")
    clock.passes_to("08:42")

    assert story.read() == [UPDATED, "进度更新\n林小雨，有新消息：笔试安排好了"]
    story.hiring["north"].says("改通知模板 进度更新\n随便")
    assert "没有这项权限" in story.hiring["north"].reads()[0]
    head.says("改通知模板 进度更新\n{工资}")
    assert "没有人会填" in head.reads()[0]


def test_hr_sees_a_notice_before_it_leaves_where_it_wants_to(story: Notices, clock: TestClock) -> None:
    story.binds()
    story.plan(approve=True)
    clock.passes_to("08:42")
    assert story.read() == []

    north = story.hiring["north"]
    north.sees("「进度更新」发给林小雨？\n林小雨，您应聘城北支公司柜员有新的进度：笔试安排好了\n[发][不发]")
    north.taps_card("notice_go:1")
    north.news()
    clock.passes_to("08:44")

    assert story.read() == [UPDATED]


# --- what HR and IT see ----------------------------------------------------------------------------------


def test_hr_sees_who_has_not_been_reached(story: Notices, clock: TestClock) -> None:
    story.texts.fails_with = GatewayError("isv.MOBILE_NUMBER_ILLEGAL")
    story.plan()
    clock.passes_to("08:42")
    clock.passes_to("08:43")
    north = story.hiring["north"]
    north.news()

    north.says("谁没收到")
    north.sees(
        "最近 7 天的通知 1 条，已读 0 条，未读 0 条，没收到 1 条。\n短信：没送到 1\n没收到的 1 位：\n"
        "林小雨（编号 1）「进度更新」 短信没送到\n要打电话的发「通知待办」。"
    )
    north.says("通知记录 林小雨")
    north.sees("给林小雨（编号 1）的通知：\n3月2日 周一 08:31「进度更新」 短信没送到")
    story.hiring["east"].says("谁没收到")
    story.hiring["east"].sees("最近 7 天没有发过通知。")
    story.hiring["east"].says("通知记录 林小雨")
    story.hiring["east"].sees("「林小雨」：没有这个候选人，或者不在你的范围里。发「候选人」看你范围里的人。")


def test_when_the_service_account_is_down_texts_go_at_once_and_it_is_told(
    story: Notices, messenger: Messenger, clock: TestClock
) -> None:
    story.binds()
    messenger.fails_with = NotSent("no connection")
    for event in ("e1", "e2", "e3"):
        story.plan(event)
    clock.passes_to("08:42")
    clock.passes_to("08:49")
    assert story.texted() == 0

    clock.passes_to("08:53")
    assert story.texted() == 1  # one a minute and number; the others follow
    messenger.fails_with = None
    clock.passes_to("08:59")

    assert any("服务号发不出去" in told for told in story.hiring["itli"].reads())
    assert story.texted() > 1
    assert len(story.read()) == 3


def test_an_erased_candidate_leaves_no_words(story: Notices, clock: TestClock) -> None:
    story.plan(due=day("02 11:00"))

    def erase(session: Any) -> None:
        person = session.get_one(Candidate, 1)
        staff.erase_person(
            session, person=person, at=clock.now(), actor=None, policy=story.hiring.muster.policy
        )

    story.hiring.within(erase)
    clock.passes_to("11:02")

    [notice] = rows(story.hiring.muster, CandidateNotice)
    assert (notice.words, notice.values, notice.state) == (None, None, "stopped")
    assert story.texted() == 0


def test_the_message_centre_has_what_was_told(story: Notices, clock: TestClock) -> None:
    story.binds()
    story.plan()
    clock.passes_to("08:42")
    story.read()

    with story.hiring.muster.database.reading() as session:
        person = session.get_one(Candidate, 1)
        [told] = notices.messages_of(session, person=person, policy=story.hiring.muster.policy)
    assert (told.title, told.words) == ("进度更新", UPDATED.partition("\n")[2])
