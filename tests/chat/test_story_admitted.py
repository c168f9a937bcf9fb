"""Two branches, one person: told once, admitted once; times, remarks and questions, seen from the phones."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.channels.base import Parcel, Receipt
from bot.policy import load_policy
from config.settings import Settings
from models import candidates
from models.policy import Policy
from models.recruiting import StageStatus
from tests.chat.stories import Story
from tests.simulator import Messenger, TestClock


class Letterbox(Messenger):
    """Text messages, with the number as it is when each one leaves."""

    muster: Muster
    numbers: list[str | None]

    def send(self, parcel: Parcel) -> Receipt:
        """Remember the message and the number."""
        with self.muster.database.reading() as session:
            self.numbers.append(candidates.phone_of(session, parcel.recipient))
        return super().send(parcel)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The policy as it is delivered, with an interview system and a template message."""
    policy = load_policy()
    recruiting = replace(policy.recruiting, interview_address="https://interview.example/{number}")
    notices = replace(policy.notices, official_template="tmpl-1")
    return replace(policy, recruiting=recruiting, notices=notices)


@pytest.fixture
def letterbox() -> Letterbox:
    """Where text messages end up."""
    box = Letterbox()
    box.numbers = []
    return box


@pytest.fixture
def story(
    muster: Muster,
    client: FlaskClient,
    messenger: Messenger,
    letterbox: Letterbox,
    clock: TestClock,
    settings: Settings,
) -> Story:
    """The beginning of every story."""
    letterbox.muster = muster
    return Story(muster, client, messenger, letterbox, clock, settings)


def titles(reads: list[str]) -> list[str]:
    """What messages begin with."""
    return [read.splitlines()[0] for read in reads]


def test_one_person_in_two_branches_is_told_once_and_admitted_once(story: Story) -> None:
    first = story.applies("林小雨")
    story.applies_too(first, "催收员", unit="城东分公司")
    rain, north, east = story.candidate(first), story["north"], story["east"]
    rain.says("你好")
    rain.reads()

    # The same appointment typed twice is one invitation; the other branch has one of its own.
    for _ in range(2):
        north.says("安排面试 林小雨 3月4日 10:00")
    east.says("安排面试 林小雨 3月5日 15:00")
    story.a_moment_passes()
    assert titles(rain.reads()) == ["面试邀请", "面试邀请"]
    assert len(story.letters_to(first)) == 2

    # The north admits her: the east sees the mark, and its reminders and whatever else is pending stop.
    north.reads()
    east.reads()
    north.says("录取 林小雨 城北分公司")
    north.says("确认")
    assert titles(east.reads()) == ["林小雨（编号 1）已被其他机构录取。"]
    east.says("候选人 林小雨")
    assert "城东分公司 催收员：已被其他机构录取" in east.reads()[0]
    story.until("05 15:30")
    assert "面试提醒" not in titles(rain.reads())
    assert len(story.letters_to(first)) == 2
    rain.says("我的流程")
    assert "已录取，恭喜！" in rain.reads()[-1]


def test_a_changed_number_counts_for_everything_that_is_pending(story: Story, letterbox: Letterbox) -> None:
    first = story.applies("林小雨")
    story.applies_too(first, "催收员", unit="城东分公司")
    north, east = story["north"], story["east"]
    north.says("安排面试 林小雨 3月4日 10:00")
    east.says("安排面试 林小雨 3月4日 15:00")
    story.a_moment_passes()
    before = letterbox.numbers[0]
    assert letterbox.numbers == [before] * 2

    north.says("改手机 林小雨 154-0002-0002")
    north.says("确认")
    story.until("03 16:30")
    story.a_moment_passes()

    assert letterbox.numbers[2:] == ["15400020002"] * 2
    assert before != "15400020002"


def test_a_time_is_chosen_changed_and_taken_back_and_the_last_one_is_reminded_of(story: Story) -> None:
    application = story.applies("林小雨")
    story.scores(application, 80)
    rain, north, asker = story.candidate(application), story["north"], story["asker"]
    north.says("放时间 初试 面试官 3月5日 10:00 二楼")
    north.says("放时间 初试 另面试官 3月6日 15:00 三楼")
    north.reads()

    rain.says("选时间")
    rain.says("1")
    story.a_moment_passes()
    read = rain.reads()
    assert titles(read) == ["初试：选一个时间", "初试定在 3月5日 周四 10:00", "面试安排"]
    assert "初试安排在 3月5日 周四 10:00，地点：二楼" in read[-1]
    assert asker.reads()[0].startswith(
        "请你面试：林小雨，应聘 城北分公司 催收员，初试\n时间：3月5日 周四 10:00"
    )

    # She changes her mind, and once more: what counts is the last one, of which she is reminded once.
    for _ in range(2):
        rain.says("改时间")
        rain.says("1")
        story.a_moment_passes()
    assert titles(rain.reads())[-2:] == ["初试定在 3月5日 周四 10:00", "面试安排"]
    rain.says("改时间")
    rain.says("1")
    assert titles(rain.reads())[-1] == "时间最多自己改 2 次，已经改满了。还要改请问人事。"
    asker.reads()
    story.until("04 09:55")
    rain.says("收到")
    rain.reads()
    story.until("04 10:05")
    assert titles(rain.reads()) == ["面试提醒"]
    story.until("06 12:00")
    assert "3月6日" not in "".join(rain.reads())


def test_beside_a_remark_stands_the_own_side(story: Story) -> None:
    application = story.applies("林小雨")
    rain, north = story.candidate(application), story["north"]
    rain.says("帮助")
    story.misses_it(application)
    rain.reads()

    rain.says("备注")
    rain.says("1")
    rain.says("那天早上急诊，有病历")
    assert titles(rain.reads())[-1] == "你的说明记下了"
    north.says("候选人备注 林小雨")

    assert "缺席，没有说明原因" in north.reads()[-1]
    north.says("候选人备注 林小雨")
    assert "那天早上急诊，有病历" in north.reads()[-1]


def test_an_answer_after_sixty_hours_is_announced_by_a_template(story: Story) -> None:
    application = story.applies("林小雨")
    rain, north = story.candidate(application), story["north"]
    rain.says("问人事 复试要带什么")
    rain.reads()
    north.reads()

    # Sixty hours later the service account may not speak: a template message says that there is something.
    story.until("04 21:10")
    north.says("答复 1 身份证和学历证书")
    assert "写好了给林小雨的答复，夜里不打扰，3月5日 周四 08:30 发给本人。" in north.reads()
    story.a_moment_passes()
    assert rain.reads() == []

    # It is night: it comes in the morning; an hour later, without a sign of life, a text.
    story.until("05 08:35")
    assert rain.reads() == ["(模板)人事答复，回复任意内容查看"]
    assert story.letters_to(application) == []
    story.until("05 09:35")
    assert story.letters_to(application) == ["sms"]
    rain.says("？")
    story.a_moment_passes()
    assert (
        "人事答复你\n你问的：复试要带什么\n答复：身份证和学历证书\n1. 再问一句\n2. 看我的流程" in rain.reads()
    )


def test_who_gives_up_is_asked_once_and_hears_no_more(story: Story) -> None:
    application = story.applies("林小雨")
    rain, north = story.candidate(application), story["north"]
    rain.says("你好")
    north.says("安排面试 林小雨 3月4日 10:00")
    story.a_moment_passes()
    rain.reads()
    north.reads()

    rain.says("我不去了")
    assert titles(rain.reads())[-1] == "确定不应聘了吗？"
    rain.says("1")

    assert titles(rain.reads()) == ["好的，城北分公司 催收员的应聘撤回了"]
    story.a_moment_passes()
    assert titles(north.reads()) == ["林小雨不应聘了（城北分公司 催收员）"]
    letters = len(story.letters_to(application))
    story.until("04 10:30")
    assert (rain.reads(), len(story.letters_to(application))) == ([], letters)
    assert story.stage(application).status != StageStatus.NO_SHOW
