"""Files in answers and notices: kept once with their message, sent after it, and forgotten in time."""

from datetime import timedelta

import pytest

from bot.app import Muster
from bot.channels.base import ApiError, Unreachable
from handlers.base import Answer, Attachment, AttachmentKind, Audience, CloseCards, Context, Notice, Reply
from jobs.base import JobContext
from jobs.housekeeping import forget_finished
from models import messaging, staff
from models.messaging import KeptContent, OutboundMessage, OutboundState
from tests.bot.delivery import during_the_next_call
from tests.simulator import MONDAY, Follower, Given, Member, Messenger, TestClock, in_words, rows

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
CHART = Attachment(AttachmentKind.IMAGE, "回收率.png", PNG)
REPORT = Attachment(AttachmentKind.FILE, "报表.pdf", b"%PDF-1.7 report")
CLIP = Attachment(
    AttachmentKind.VIDEO,
    "培训.mp4",
    b"\0\0\0\x18ftypmp42" + bytes(40),
    Attachment(AttachmentKind.IMAGE, "c.jpg", JPEG),
)


def answering(muster: Muster, *parts: Reply | Attachment, audience: Audience = Audience.EMPLOYEE) -> None:
    """Whoever says 「来图」 gets these parts."""

    def handler(ctx: Context) -> Answer:
        """来图"""
        return parts

    muster.router.command("来图", audience=audience)(handler)


def test_a_picture_stands_between_the_words(muster: Muster, alice: Member) -> None:
    answering(muster, Reply("common/stale_key"), CHART, REPORT, Reply("common/crashed"))

    alice.says("来图")

    arrived = alice.news()
    assert [parcel.payload["msgtype"] for parcel in arrived] == ["text", "image", "file", "text"]
    placeholder = arrived[1].payload["image"]["media_id"]
    assert (placeholder["as"], placeholder["name"]) == ("image", "回收率.png")
    kept = {row.sha256: row.content for row in rows(muster, KeptContent)}
    assert kept[placeholder["attachment"]] == PNG
    assert len(kept) == 2


def test_a_file_alone_is_an_answer(muster: Muster, alice: Member) -> None:
    muster.router.command("来图")(lambda ctx: CHART)

    alice.says("来图")

    alice.sees("[image]")


def test_the_same_file_is_kept_once_for_as_long_as_the_last_message_needs_it(
    muster: Muster, alice: Member, clock: TestClock
) -> None:
    answering(muster, CHART)
    alice.says("来图")
    first = rows(muster, KeptContent)[0].needed_until
    clock.at("2026-03-02 11:00")
    alice.says("来图")

    alice.sees("[image]", "[image]")
    [kept] = rows(muster, KeptContent)
    assert kept.needed_until - first == timedelta(hours=2, minutes=30)


def test_a_candidate_gets_a_video_with_its_cover_and_no_file(
    muster: Muster, candidate: Follower, clock: TestClock
) -> None:
    answering(muster, CLIP, audience=Audience.CANDIDATE)
    candidate.says("来图")
    [video] = candidate.news()
    assert video.payload["video"]["title"] == "培训"
    assert video.payload["video"]["thumb_media_id"]["as"] == "thumb"

    muster.router.command("来文件", audience=Audience.CANDIDATE)(lambda ctx: REPORT)
    candidate.says("来文件")

    candidate.sees("「报表.pdf」发不出去：服务号不能发文件。")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"GIF89a" + bytes(50), "「动图.gif」发不出去：这里只能发 JPEG、PNG。"),
        (PNG.ljust(10 * 1024 * 1024 + 1, b"\0"), "「动图.gif」太大了，这里最多能发 10 MB。"),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused_and_nothing_is_kept(
    muster: Muster, alice: Member, content: bytes, says: str
) -> None:
    def handler(ctx: Context) -> Answer:
        """来图"""
        return [CHART, Attachment(AttachmentKind.IMAGE, "动图.gif", content)]

    muster.router.command("来图")(handler)

    alice.says("来图")

    alice.sees(says)
    assert rows(muster, KeptContent) == []


def test_a_notice_brings_its_files(muster: Muster, alice: Member, clock: TestClock) -> None:
    clock.at("08:31")
    notify(muster, "AliceLi", attachments=[CHART, REPORT])

    assert [parcel.payload["msgtype"] for parcel in alice.news()] == ["text", "image", "file"]


def notify(muster: Muster, *to: str, block: str = "common/stale_key", **more: object) -> None:
    """A notice to each of them, as a job gives it."""
    with muster.database.writing() as session:
        people = [staff.find_employee(session, wecom_id, at=MONDAY) for wecom_id in to]
        notices = [Notice(person, block, **more) for person in people if person]  # type: ignore[arg-type]
        muster.posting.post_notices(session, "test", notices, muster.clock.now())
    muster.outbox.drain()


def test_contents_go_once_no_message_can_need_them(muster: Muster, alice: Member, clock: TestClock) -> None:
    answering(muster, CHART)
    alice.says("来图")
    alice.news()
    keep = muster.policy.delivery.attachment_keep_days
    lifetime = timedelta(minutes=muster.policy.delivery.answer_expires_minutes)

    def after(span: timedelta) -> int:
        with muster.database.writing() as session:
            ctx = JobContext(session, muster.clock.now() + span, muster.calendar, muster.policy)
            forget_finished(ctx)
        return len(rows(muster, KeptContent))

    assert after(lifetime + timedelta(days=keep)) == 1
    assert after(lifetime + timedelta(days=keep, seconds=1)) == 0


def test_a_file_is_found_for_sending_by_its_hash(muster: Muster, alice: Member) -> None:
    answering(muster, CHART)
    alice.says("来图")
    digest = alice.news()[0].payload["image"]["media_id"]["attachment"]

    with muster.database.reading() as session:
        assert messaging.kept_content(session, digest) == PNG
        assert messaging.kept_content(session, "0" * 64) is None


# --- cards of several people about one thing ---------------------------------------------------------------


@pytest.fixture
def approvers(muster: Muster, given: Given, leader: Member, alice: Member, clock: TestClock) -> None:
    """The leader and Alice both have a card about the same thing; whoever taps it closes it for all."""

    def dealt_with(ctx: Context) -> Answer:
        """同意"""
        return [
            Reply("checkin/already_checked_in", at=ctx.now),
            CloseCards(f"correction:{ctx.args}", "common/stale_key_button"),
        ]

    muster.router.tap("approve")(dealt_with)
    clock.at("08:31")


CARD = "# 补卡申请\n李华\n[同意](approve:17)"


def cards(muster: Muster, monkeypatch: pytest.MonkeyPatch, *to: str) -> None:
    """A card about correction 17 for each of them."""
    monkeypatch.setattr(muster.texts, "render", _rendering(muster))
    notify(muster, *to, block="test/card", about="correction:17")


def _rendering(muster: Muster) -> object:
    render = muster.texts.render
    return lambda block, values: CARD if block == "test/card" else render(block, values)


@pytest.mark.usefixtures("approvers")
def test_who_was_not_first_sees_that_it_is_dealt_with(
    muster: Muster, leader: Member, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards(muster, monkeypatch, "leader", "AliceLi")
    leader.sees("补卡申请\n李华\n[同意]")
    alice.sees("补卡申请\n李华\n[同意]")

    leader.taps_card("approve:17")

    leader.sees("(按钮:已打卡)", "今天 08:31 已经打过卡了，不用重复打。")
    [update] = alice.news()
    assert update.payload["button"] == {"replace_name": "已失效"}
    assert alice.last_card is not None
    assert update.payload["response_code"] == alice.last_card["response_code"]


@pytest.mark.usefixtures("approvers")
def test_a_card_is_updated_once_and_within_three_days(
    muster: Muster, alice: Member, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards(muster, monkeypatch, "AliceLi")
    alice.news()
    change = {"button": {"replace_name": "已处理"}}

    def update(now: str) -> int:
        clock.at(now)
        with muster.database.writing() as session:
            return messaging.update_card(
                session, about="correction:17", change=change, now=muster.clock.now()
            )

    assert update("2026-03-05 08:31") == 0
    assert update("2026-03-05 08:29") == 1
    assert update("2026-03-05 08:29") == 0
    row = max(rows(muster, OutboundMessage), key=lambda one: one.id)
    assert row.expires_at.isoformat() == "2026-03-05T08:31:00+08:00"


@pytest.mark.usefixtures("approvers")
def test_a_card_that_has_not_left_is_withdrawn_when_it_is_dealt_with(
    muster: Muster, messenger: Messenger, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(muster.outbox, "drain", lambda: 0)
    cards(muster, monkeypatch, "AliceLi")

    with muster.database.writing() as session:
        changed = messaging.update_card(session, about="correction:17", change={}, now=muster.clock.now())

    [row] = rows(muster, OutboundMessage)
    assert (changed, row.state) == (0, OutboundState.WITHDRAWN)


@pytest.mark.usefixtures("approvers")
@pytest.mark.parametrize(
    ("answer", "later", "arrived", "change"),
    [
        (None, "08:32", True, OutboundState.ACCEPTED),
        (Unreachable("no answer"), "08:32", True, OutboundState.ACCEPTED),
        (Unreachable("no answer"), "12:32", False, OutboundState.WITHDRAWN),
        (ApiError(81013, "gone"), "08:32", False, OutboundState.WITHDRAWN),
    ],
)
def test_a_card_that_is_dealt_with_on_its_way_is_closed_once_it_has_arrived(
    muster: Muster,
    messenger: Messenger,
    alice: Member,
    clock: TestClock,
    monkeypatch: pytest.MonkeyPatch,
    answer: Exception | None,
    later: str,
    arrived: bool,
    change: str,
) -> None:
    def deal_with() -> None:
        button = {"button": {"replace_name": "已处理"}}
        with muster.database.writing() as session:
            messaging.update_card(session, about="correction:17", change=button, now=clock.now())
        messenger.fails_with = answer

    during_the_next_call(messenger, deal_with)
    cards(muster, monkeypatch, "AliceLi")
    messenger.fails_with = None
    clock.at(later)
    muster.outbox.drain()

    told = alice.news()
    assert [in_words(parcel) for parcel in told] == (
        ["补卡申请\n李华\n[同意]", "(按钮:已处理)"] if arrived else []
    )
    if arrived:
        assert alice.last_card is not None
        assert told[1].payload["response_code"] == alice.last_card["response_code"]
    _, update = sorted(rows(muster, OutboundMessage), key=lambda row: row.id)
    assert update.state == change


def test_a_tapped_card_may_be_changed_for_three_days(
    muster: Muster, alice: Member, messenger: Messenger, clock: TestClock
) -> None:
    clock.passes_to("08:51")
    alice.news()
    alice.taps_card("check_in")

    update = next(row for row in rows(muster, OutboundMessage) if row.kind == "card_update")
    assert update.expires_at - clock.now() == timedelta(hours=72)
    alice.news()


def test_an_option_of_a_menu_message_is_a_tap(muster: Muster, candidate: Follower) -> None:
    muster.router.tap("attend", audience=Audience.CANDIDATE)(lambda ctx: Reply("welcome/candidate"))

    candidate.post(candidate.message("text", Content="参加", bizmsgmenuid="attend:3"))

    assert candidate.reads()[0].startswith("你好，欢迎关注")
    with muster.database.reading() as session:
        since = muster.clock.now() - timedelta(hours=1)
        acts = messaging.acts_since(session, senders=[candidate.id], since=since)
    assert [act for act, _ in acts[candidate.id]] == ["menu"]


def test_typing_is_worthless_a_moment_later(muster: Muster, candidate: Follower, clock: TestClock) -> None:
    candidate.says("帮助")
    candidate.news()

    for key, delay in (("typing-1", 0), ("typing-2", 20)):
        with muster.database.writing() as session:
            messaging.show_typing(session, key=key, recipient=candidate.id, now=clock.now())
        clock.at(f"08:30:{delay:02}")
        muster.outbox.drain()

    assert [parcel.payload for parcel in candidate.news()] == [{"command": "Typing"}]
    states = {row.key: row.state for row in rows(muster, OutboundMessage)}
    assert states["typing-2"] == OutboundState.WITHDRAWN
