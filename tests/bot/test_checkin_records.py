"""WeCom's own check-in records, fetched from a real sandbox over HTTP and held against ours."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from bot.app import Muster
from bot.channels.base import ApiError
from bot.channels.wecom import WeComClient
from bot.checkin_records import CheckinRecords
from config.settings import Settings
from jobs.base import JobContext
from jobs.corroboration import ask_for_records
from models import corroboration
from models.corroboration import OfficialRecord, RecordRun
from models.locations import LocationFix
from sandbox.client import Sandbox
from tests.sandbox.scene import AGENT, CORP, SECRET, running_sandbox
from tests.simulator import Given, Member, Messenger, TestClock, rows

OFFICE = (30.584190, 104.062190)
NEAR = {"latitude": 30.5845, "longitude": 104.0623, "label": "金融城双塔"}
FAR = {"latitude": 30.6405, "longitude": 104.1213, "label": "城东"}
PEOPLE = [{"userid": name, "name": name, "department": [1]} for name in ("AliceLi", "leader")]


@dataclass
class Records:
    """The company in the sandbox, and our installation that reads its records."""

    muster: Muster
    sandbox: Sandbox
    clock: TestClock
    settings: Settings

    def put(self, **app: object) -> None:
        """Tell the sandbox of the company; `app` is what else holds of ours."""
        own = {"agent_id": AGENT, "name": "点将", "secret": SECRET, "callback": None, **app}
        company = {"name": "青禾", "apps": [own], "departments": [{"id": 1, "name": "青禾", "parentid": 0}]}
        self.sandbox.put_corp(CORP, {**company, "members": PEOPLE})

    def recorded(self, at: str, kind: str = "上班打卡", who: str = "AliceLi", **more: object) -> None:
        """WeCom records a check-in."""
        self.clock.at(at)
        moment = int(self.clock.now().timestamp())
        self.sandbox.person(who).check_in(at=moment, type=kind, exceptions=[], **{**NEAR, **more})

    def fetch(self, at: str) -> RecordRun:
        """The timetable asks, and the errand runs to its end."""
        self.clock.at(at)
        with self.muster.database.writing() as session:
            ask_for_records(JobContext(session, self.clock.now(), self.muster.calendar, self.muster.policy))
        muster = self.muster
        errand = CheckinRecords(
            muster.database, self.clock, muster.policy, muster.calendar, WeComClient(self.settings)
        )
        while errand.is_due():
            errand.step()
        newest: RecordRun = rows(self.muster, RecordRun)[-1]
        return newest


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    """The address of a sandbox."""
    with running_sandbox() as (url, _):
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[Sandbox]:
    """An empty sandbox."""
    with Sandbox(sandbox_url) as running:
        running.reset()
        yield running
        running.reset()


@pytest.fixture
def records(
    muster: Muster, sandbox: Sandbox, sandbox_url: str, settings: Settings, clock: TestClock
) -> Records:
    """A company with two members."""
    changed = {"wecom_api_base": f"{sandbox_url}/wecom", "wecom_secret": SecretStr(SECRET)}
    found = Records(muster, sandbox, clock, settings.model_copy(update=changed))
    found.put()
    return found


def test_a_record_beside_ours_makes_it_worth_more(
    records: Records, alice: Member, leader: Member, clock: TestClock, muster: Muster
) -> None:
    clock.at("2026-03-02 08:31")
    leader.opens_chat(*OFFICE)
    leader.says("加打卡地点 一组")
    leader.news()
    clock.at("08:55")
    alice.opens_chat(*OFFICE)
    alice.taps("check_in")
    alice.news()
    records.recorded("2026-03-02 08:57")

    run = records.fetch("2026-03-02 20:20")

    assert (run.records, run.error) == (1, "")
    hers = rows(muster, LocationFix)[-1]
    assert (hers.grade, hers.reasons) == ("A", ["inside", "accurate", "official"])
    leader.says("打卡核对 今天")
    leader.sees("3月2日 周一，和企业微信的打卡记录没有不一样的地方。\n（记录取到 3月2日 周一 20:20）")


def test_every_kind_of_difference_is_listed(
    records: Records, alice: Member, leader: Member, clock: TestClock
) -> None:
    clock.at("2026-03-02 08:55")
    alice.opens_chat(*OFFICE)
    alice.says("上班")
    records.recorded("2026-03-02 09:40")
    clock.at("2026-03-03 08:55")
    alice.opens_chat(*OFFICE)
    alice.says("上班")
    records.recorded("2026-03-03 08:56", **FAR)
    records.recorded("2026-03-03 18:01", kind="下班打卡")
    clock.at("2026-03-04 08:55")
    alice.says("上班")
    alice.news()

    records.fetch("2026-03-04 20:20")
    leader.says("打卡核对 三月")

    leader.sees(
        "3月1日 周日 到 3月4日 周三，和企业微信的打卡记录不一样的有 1 人：\n"
        "· 李爱丽\n"
        "  3月2日 周一上班：这里 08:55，企业微信 09:40\n"
        "  3月3日 周二上班：两边相距 8.5 公里\n"
        "  3月3日 周二下班：只有企业微信有（18:01）\n"
        "  ……还有 1 处\n"
        "不一样不等于不对：先问本人。\n（记录取到 3月4日 周三 20:20）"
    )


def test_fetching_again_changes_nothing(
    records: Records, clock: TestClock, given: Given, muster: Muster
) -> None:
    given.employee("AliceLi", "李爱丽")
    records.recorded("2026-03-02 08:57")
    assert records.fetch("2026-03-02 10:20").records == 1

    assert records.fetch("2026-03-02 20:20").records == 0
    assert len(rows(muster, OfficialRecord)) == 1


def test_somebody_whom_the_platform_does_not_know_spoils_it_for_nobody(
    records: Records, given: Given, muster: Muster
) -> None:
    for name in ("ghost1", "AliceLi", "ghost2", "leader", "ghost3"):
        given.employee(name, name)
    records.recorded("2026-03-02 08:57")
    records.recorded("2026-03-02 08:58", who="leader")

    assert records.fetch("2026-03-02 20:20").records == 2


def test_an_app_that_may_not_is_told_what_to_do(
    records: Records, alice: Member, leader: Member, clock: TestClock
) -> None:
    records.put(checkin=False)

    run = records.fetch("2026-03-02 20:20")

    assert run.error.startswith("301062")
    leader.says("打卡核对")
    assert "请管理员把本应用加进「打卡」的可调用接口的应用" in leader.reads()[0]
    alice.says("打卡核对")
    assert "不一样" not in alice.reads()[0]


def test_a_busy_platform_is_asked_again_where_it_stopped(
    records: Records, given: Given, sandbox: Sandbox, muster: Muster
) -> None:
    given.employee("AliceLi", "李爱丽")
    records.recorded("2026-03-02 08:57")
    sandbox.settings(checkin_per_minute=0)

    with pytest.raises(ApiError):
        records.fetch("2026-03-02 20:20")
    sandbox.settings(checkin_per_minute=600)
    sandbox.advance(120)

    assert records.fetch("2026-03-02 20:21").records == 1


def test_nothing_of_where_is_kept_of_who_has_not_agreed(
    records: Records,
    given: Given,
    messenger: Messenger,
    client: FlaskClient,
    clock: TestClock,
    muster: Muster,
) -> None:
    given.employee("AliceLi", "李爱丽", agreed=False)
    given.employee("leader", "赵组长")
    records.recorded("2026-03-02 08:57")
    records.recorded("2026-03-02 08:58", who="leader")
    records.fetch("2026-03-02 20:20")
    hers, his = rows(muster, OfficialRecord)
    assert (hers.sealed, hers.device_hash) == (None, None)
    assert his.sealed is not None

    Member("leader", client, messenger, clock).says("撤回定位同意")
    messenger.inbox.clear()

    assert [row.sealed for row in rows(muster, OfficialRecord)] == [None, None]


def test_points_of_records_are_emptied_like_all_others(
    records: Records, given: Given, clock: TestClock, muster: Muster
) -> None:
    given.employee("AliceLi", "李爱丽")
    records.recorded("2026-03-02 08:57")
    records.fetch("2026-03-02 20:20")
    clock.at("2026-04-02 09:00")
    with muster.database.writing() as session:
        corroboration.forget_records(session, at=clock.now(), policy=muster.policy)

    [record] = rows(muster, OfficialRecord)
    assert (record.sealed, record.device_hash, record.day.isoformat()) == (None, None, "2026-03-02")
