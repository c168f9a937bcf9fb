"""The directory sync against a real sandbox, over HTTP: units, people and posts follow the directory."""

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr

from bot import syncing
from bot.app import Muster
from bot.channels.base import ApiError, Unreachable
from bot.channels.wecom import ContactsClient, WeComClient
from bot.directory import DirectorySync
from config.settings import Settings
from jobs.directory import sync_directory
from models import directory, lifecycle, staff
from models.directory import DirectoryChange, DirectoryRun, RunState, Stage
from models.lifecycle import Separation
from models.messaging import OutboundMessage
from models.staff import Employee, Post, Role, Unit, UnitKind
from sandbox.client import Sandbox
from tests import tencent
from tests.sandbox.scene import AGENT, CONTACTS_SECRET, CORP, SECRET, running_sandbox
from tests.simulator import TestClock, rows

NAME = "青禾资产服务"
DEPARTMENTS = [
    {"id": 1, "name": NAME, "parentid": 0},
    {"id": 2, "name": "城北分公司", "parentid": 1},
    {"id": 3, "name": "催收一组", "parentid": 2},
    {"id": 4, "name": "质检部", "parentid": 1},
]
PEOPLE = [
    {"userid": "LiHua", "name": "李华", "department": [3], "position": "高级催收员", "mobile": "13800000001"},
    {"userid": "zhaolei", "name": "赵磊", "department": [3], "position": "催收组长"},
    {"userid": "wumin", "name": "吴敏", "department": [4, 3], "position": "质检"},
    {"userid": "laochen", "name": "老陈", "department": [1], "position": "司机"},
]


def finish(sync: DirectorySync) -> None:
    """Go on to the end; on a busy machine the sandbox may be slow to answer, and then it is asked again."""
    while sync.is_due():
        with contextlib.suppress(Unreachable):
            sync.step()


@dataclass
class Company:
    """The company in the sandbox, and our installation that reads it."""

    muster: Muster
    sandbox: Sandbox
    settings: Settings
    sync: DirectorySync
    clock: TestClock

    def put(
        self,
        members: list[dict[str, Any]] | None = None,
        *,
        departments: list[dict[str, Any]] | None = None,
        contacts: bool = True,
        sees: dict[str, Any] | None = None,
    ) -> None:
        """Tell the sandbox of the company, and what of it the app sees."""
        own = {"agent_id": AGENT, "name": "点将", "secret": SECRET, "callback": None, **(sees or {})}
        self.sandbox.put_corp(
            CORP,
            {
                "name": NAME,
                "apps": [own],
                "contacts": {"secret": CONTACTS_SECRET, "callback": None} if contacts else None,
                "departments": DEPARTMENTS if departments is None else departments,
                "members": PEOPLE if members is None else members,
            },
        )

    def runs(self, *, accept_leavers: bool = False) -> DirectoryRun:
        """One full run to its end."""
        id_ = self.sync.start(accept_leavers=accept_leavers)
        finish(self.sync)
        return self.run(id_)

    def run(self, id_: int) -> DirectoryRun:
        """The run as it is now."""
        with self.muster.database.reading() as session:
            found = directory.find_run(session, id_)
        assert found is not None
        return found

    def person(self, wecom_id: str) -> Employee | None:
        """Somebody with the posts held now."""
        with self.muster.database.reading() as session:
            return staff.find_employee(session, wecom_id, at=self.clock.now())

    def posts(self, wecom_id: str) -> list[tuple[str, str, bool]]:
        """(unit, role, whether it is the main post) of each post held now."""
        person = self.person(wecom_id)
        assert person is not None
        names = {unit.id: unit.name for unit in rows(self.muster, Unit)}
        return [(names[post.unit_id], post.role, post.is_main) for post in person.posts]

    def tree(self) -> list[str]:
        """The paths of all open units."""
        with self.muster.database.reading() as session:
            units = [unit for unit in rows(self.muster, Unit) if unit.closed_at is None]
            return sorted("/".join(staff.unit_path(session, unit)) for unit in units)

    def told(self, recipient: str) -> list[str]:
        """What the outbox holds for somebody."""
        sent = [row for row in rows(self.muster, OutboundMessage) if row.recipient == recipient]
        return [str(row.payload["text"]["content"]) for row in sent]

    def says(self, change: str, **fields: Any) -> None:
        """A contact event reaches our callback."""
        from bot.web import create_app

        about = {"Event": "change_contact", "ChangeType": change, **fields}
        head = {"ToUserName": CORP, "FromUserName": "sys", "MsgType": "event"}
        document = {**head, "CreateTime": int(self.clock.now().timestamp()), **about}
        address, body = tencent.wecom_callback(document, path="/wecom/contacts")
        answer = create_app(self.muster).test_client().post(address, data=body, content_type="text/xml")
        assert answer.status_code == 200
        finish(self.sync)

    def process(self, *, contacts: bool = True) -> DirectorySync:
        """The sync as another process has it."""
        app = WeComClient(self.settings)
        assistant = ContactsClient(self.settings) if contacts else None
        parts = self.muster
        return DirectorySync(
            parts.database,
            parts.posting,
            parts.reporting,
            self.clock,
            parts.policy,
            app,
            assistant,
            agent_id=AGENT,
        )

    def foreground(self) -> Muster:
        """The parts as `muster sync` has them."""
        return dataclasses.replace(self.muster, directory=self.process())

    def calls(self, path: str) -> int:
        """How often the platform was asked this."""
        return sum(call["path"].endswith(path) for call in self.sandbox.log(kind="api"))


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    """The address of a sandbox."""
    with running_sandbox() as (url, _):
        yield url


@pytest.fixture
def company(sandbox_url: str, settings: Settings, muster: Muster, clock: TestClock) -> Iterator[Company]:
    """The sample company; nothing of it is known to us yet."""
    with Sandbox(sandbox_url) as sandbox:
        sandbox.reset()
        changed = {
            "wecom_api_base": f"{sandbox_url}/wecom",
            "wecom_secret": SecretStr(SECRET),
            "wecom_contacts_secret": SecretStr(CONTACTS_SECRET),
        }
        made = Company(muster, sandbox, settings.model_copy(update=changed), muster.directory, clock)
        made.sync = made.process()
        made.put()
        yield made
        sandbox.reset()


def employs(company: Company, wecom_id: str, name: str, role: Role, unit: str = "") -> None:
    """Somebody was entered by people before."""
    with company.muster.database.writing() as session:
        place = staff.add_unit(session, name=unit) if unit else staff.ensure_root(session)
        staff.add_employee(session, wecom_id=wecom_id, name=name, role=role, unit=place)


# --- a full run ------------------------------------------------------------------------------------------


def test_a_full_run_makes_the_units_and_enters_everybody(company: Company) -> None:
    run = company.runs()

    assert (run.state, run.source) == (RunState.DONE, "contacts")
    assert company.tree() == [
        NAME,
        f"{NAME}/城北分公司",
        f"{NAME}/城北分公司/催收一组",
        f"{NAME}/质检部",
    ]
    assert {unit.name: unit.kind for unit in rows(company.muster, Unit)} == {
        NAME: UnitKind.HEAD_OFFICE,
        "城北分公司": UnitKind.BRANCH,
        "催收一组": UnitKind.TEAM,
        "质检部": UnitKind.TEAM,
    }
    assert company.posts("lihua") == [("催收一组", "collector", True)]
    assert company.posts("zhaolei") == [("催收一组", "team_leader", True)]
    assert company.posts("wumin") == [("质检部", "qa", True), ("催收一组", "qa", False)]
    assert run.counts["new"] == 4


def test_whose_position_says_nothing_has_no_rights_and_is_counted(company: Company) -> None:
    run = company.runs()

    assert company.posts("laochen") == []
    assert run.counts["without_post"] == 1


def test_no_phone_comes_from_the_directory(company: Company) -> None:
    company.runs()

    assert all(employee.phone is None for employee in rows(company.muster, Employee))
    assert all(
        "13800000001" not in str(member.details) for member in rows(company.muster, directory.DirectoryMember)
    )


def test_a_second_run_changes_nothing_and_tells_nobody(company: Company) -> None:
    employs(company, "zhaolei", "赵磊", Role.ADMIN)
    company.runs()
    before = len(company.told("zhaolei"))
    posts = len(rows(company.muster, Post))

    run = company.runs()

    assert run.counts["unchanged"] == 4
    assert (run.counts["new"], run.counts["changed"]) == (0, 0)
    assert len(company.told("zhaolei")) == before == 1
    assert len(rows(company.muster, Post)) == posts


def test_the_administrators_are_told_once_with_the_counts(company: Company) -> None:
    employs(company, "zhaolei", "赵磊", Role.ADMIN)

    company.runs()

    assert company.told("zhaolei") == [
        "通讯录同步好了。\n"
        "新来 3 人\n"
        "资料有变 1 人\n"
        "部门：新增 3、变动 1、撤销 0\n"
        "还没有岗位 1 人（老陈）：职务认不出来，他们暂时什么都用不了。请给他们安排岗位，"
        "或让维护人员把职务加到 policy.toml 的 directory.roles。"
    ]


def test_a_role_given_by_people_stays_and_the_unit_follows(company: Company) -> None:
    employs(company, "LiHua", "李华", Role.COMPLIANCE, "合规组")

    company.runs()

    assert company.posts("lihua") == [("催收一组", "compliance", True)]


def test_nobody_becomes_an_administrator_by_what_a_position_says(company: Company) -> None:
    company.put([{"userid": "wang", "name": "王工", "department": [1], "position": "系统管理员"}])

    company.runs()

    assert company.posts("wang") == []


def test_who_leads_the_department_leads_the_team(company: Company) -> None:
    company.put(
        [
            {
                "userid": "qian",
                "name": "钱班",
                "department": [3],
                "position": "负责人",
                "is_leader_in_dept": [1],
            }
        ]
    )

    company.runs()

    assert company.posts("qian") == [("催收一组", "team_leader", True)]


def test_a_position_that_changes_changes_the_role_the_sync_gave(company: Company) -> None:
    company.runs()
    company.put([{**PEOPLE[0], "position": "组长"}, *PEOPLE[1:]])
    company.clock.at("10:00")

    run = company.runs()

    assert company.posts("lihua") == [("催收一组", "team_leader", True)]
    assert run.counts["changed"] == 1


def test_a_position_that_is_no_longer_known_takes_the_rights_the_sync_gave(company: Company) -> None:
    company.runs()
    company.put([{**PEOPLE[0], "position": "顾问"}, *PEOPLE[1:]])
    company.clock.at("10:00")

    company.runs()

    assert company.posts("lihua") == []


# --- departments -----------------------------------------------------------------------------------------


def test_a_unit_known_by_name_is_adopted_and_moved_to_its_place(company: Company) -> None:
    employs(company, "zhaolei", "赵磊", Role.TEAM_LEADER, "催收一组")
    [before] = [unit.id for unit in rows(company.muster, Unit) if unit.name == "催收一组"]

    company.runs()

    [after] = [unit for unit in rows(company.muster, Unit) if unit.name == "催收一组"]
    assert (after.id, after.directory_id) == (before, 3)
    assert f"{NAME}/城北分公司/催收一组" in company.tree()


def test_renamed_moved_and_closed_departments_are_followed(company: Company) -> None:
    company.runs()
    company.put(
        [{**PEOPLE[2], "department": [1]}, *PEOPLE[:2], PEOPLE[3]],
        departments=[
            DEPARTMENTS[0],
            {**DEPARTMENTS[1], "name": "城南分公司"},
            {"id": 3, "name": "质检部", "parentid": 1},
            {"id": 5, "name": "催收一组", "parentid": 2},
        ],
    )
    company.clock.at("10:00")

    company.runs()

    assert company.tree() == [
        NAME,
        f"{NAME}/城南分公司",
        f"{NAME}/城南分公司/催收一组",
        f"{NAME}/质检部",
    ]
    assert company.posts("lihua") == [("质检部", "collector", True)]
    [closed] = [unit for unit in rows(company.muster, Unit) if unit.directory_id == 4]
    assert closed.closed_at is not None


def test_two_departments_that_change_places_are_followed(company: Company) -> None:
    company.runs()
    company.put(
        departments=[
            DEPARTMENTS[0],
            {"id": 3, "name": "城北分公司", "parentid": 1},
            {"id": 2, "name": "催收一组", "parentid": 3},
            DEPARTMENTS[3],
        ]
    )

    run = company.runs()

    assert run.state == RunState.DONE
    assert {unit.directory_id: unit.name for unit in rows(company.muster, Unit)} == {
        1: NAME,
        2: "催收一组",
        3: "城北分公司",
        4: "质检部",
    }
    assert f"{NAME}/城北分公司/催收一组" in company.tree()


# --- leavers ---------------------------------------------------------------------------------------------


def test_who_is_missing_from_the_list_has_left(company: Company) -> None:
    company.runs()
    company.put(PEOPLE[1:])

    run = company.runs()

    assert run.counts["left"] == 1
    assert company.person("lihua") is None
    [separation] = rows(company.muster, Separation)
    assert (separation.reason, separation.announced_by) == ("unknown", "system")


def test_who_comes_back_is_active_again_with_a_post(company: Company) -> None:
    company.runs()
    company.put(PEOPLE[1:])
    company.runs()
    company.put()
    company.clock.at("10:00")

    run = company.runs()

    assert run.counts["back"] == 1
    assert company.posts("lihua") == [("催收一组", "collector", True)]


def test_who_left_by_what_people_said_is_not_brought_back_by_a_late_directory(company: Company) -> None:
    company.runs()
    with company.muster.database.writing() as session:
        person = staff.find_known(session, "lihua")
        assert person is not None
        lifecycle.notice_departure(session, employee=person, at=company.clock.now())
    company.clock.at("10:00")

    run = company.runs()

    assert company.person("lihua") is None
    assert run.counts["left_but_listed"] == 1


CROWD = [
    {"userid": f"c{number:04}", "name": f"员工{number}", "department": [3], "position": "催收员"}
    for number in range(30)
]


def test_when_too_many_would_leave_nobody_does_until_somebody_has_looked(company: Company) -> None:
    company.put([*PEOPLE, *CROWD])
    employs(company, "zhaolei", "赵磊", Role.ADMIN)
    company.runs()
    company.put(PEOPLE)

    run = company.runs()

    assert (run.state, run.counts["leaving"]) == (RunState.STOPPED, 30)
    assert company.person("c0001") is not None
    assert "一下子有 30 人离开" in company.told("zhaolei")[-1]
    assert not company.sync.is_due()

    again = company.runs(accept_leavers=True)

    assert (again.state, again.counts["left"]) == (RunState.DONE, 30)
    assert company.person("c0001") is None


def test_a_few_may_leave_whatever_share_they_are(company: Company) -> None:
    company.put([*PEOPLE, *CROWD[:5]])
    company.runs()
    company.put(PEOPLE)

    assert company.runs().counts["left"] == 5


# --- the visible range -----------------------------------------------------------------------------------


def test_who_is_out_of_the_visible_range_is_counted_and_stays_as_known(company: Company) -> None:
    employs(company, "LiHua", "李华", Role.COLLECTOR, "催收一组")
    company.put(sees={"departments": [4]})

    run = company.runs()

    assert run.state == RunState.DONE
    assert run.counts["hidden"] == 3
    assert company.posts("lihua") == [("催收一组", "collector", True)]
    assert company.posts("wumin") == [("质检部", "qa", True)]
    assert company.person("zhaolei") is None


def test_without_a_contacts_secret_the_visible_range_is_read(company: Company) -> None:
    company.put(contacts=False)
    company.sync = company.process(contacts=False)

    run = company.runs()

    assert (run.state, run.source, run.counts["new"]) == (RunState.DONE, "app", 4)
    assert company.posts("lihua") == [("催收一组", "collector", True)]
    assert company.calls("user/get") == 0


def test_without_a_contacts_secret_whoever_it_never_had_does_not_leave(company: Company) -> None:
    employs(company, "elsewhere", "另有其人", Role.COLLECTOR)
    company.put(contacts=False)
    company.sync = company.process(contacts=False)

    run = company.runs()

    assert not run.counts["left"]
    assert run.counts["unheard_of"] == 1
    assert company.person("elsewhere") is not None


def test_members_named_one_by_one_are_read_too(company: Company) -> None:
    company.put(contacts=False, sees={"members": ["LiHua"]})
    company.sync = company.process(contacts=False)

    run = company.runs()

    assert run.counts["new"] == 1
    assert [post[1] for post in company.posts("lihua")] == ["collector"]


# --- trouble ---------------------------------------------------------------------------------------------


def test_a_wrong_contacts_secret_ends_the_run_and_tells_the_maintainers(company: Company) -> None:
    wrong = company.settings.model_copy(update={"wecom_contacts_secret": SecretStr("wrong-secret")})
    company.settings = wrong
    company.sync = company.process()

    run = company.runs()

    assert (run.state, run.error[:5]) == (RunState.FAILED, "40001")
    assert rows(company.muster, Employee) == []
    assert any(row.recipient == "itwang" for row in rows(company.muster, OutboundMessage))


def test_the_contact_sync_cannot_read_members_and_that_is_said(company: Company) -> None:
    swapped = {"wecom_secret": SecretStr(CONTACTS_SECRET)}
    company.settings = company.settings.model_copy(update=swapped)
    company.sync = company.process()

    run = company.runs()

    assert (run.state, run.error[:5]) == (RunState.FAILED, "48009")


@pytest.mark.parametrize("code", [-1, 45009])
def test_a_busy_platform_is_asked_again_and_the_run_goes_on(company: Company, code: int) -> None:
    company.sandbox.faults(api_errcode={"value": code, "times": 1, "path": "/user/get"})
    id_ = company.sync.start()

    with pytest.raises(ApiError):
        company.runs()
    finish(company.sync)

    assert company.run(id_).state == RunState.DONE
    assert len(rows(company.muster, Employee)) == 4


# --- killed in the middle --------------------------------------------------------------------------------


@pytest.mark.parametrize("pieces", range(1, 9))
def test_a_run_that_is_killed_anywhere_goes_on_in_another_process(company: Company, pieces: int) -> None:
    company.put([*PEOPLE, *CROWD])
    id_ = company.sync.start()
    for _ in range(pieces):
        run = company.sync._claimed()
        if run is not None:
            with contextlib.suppress(Unreachable):  # as in `finish`; whoever goes on asks again
                company.sync._piece(run)
    other = company.process()
    if company.run(id_).state == RunState.RUNNING:
        assert not other.is_due()  # for a while the first one may still be at it
    company.clock.at("08:31")

    finish(other)

    run = company.run(id_)
    assert (run.state, run.counts["new"]) == (RunState.DONE, 34)
    assert len(rows(company.muster, Employee)) == 34
    assert sum(post.is_main for post in rows(company.muster, Post)) == 33


def test_an_answer_that_comes_after_another_process_took_over_is_not_kept(company: Company) -> None:
    id_ = company.sync.start()
    stale = company.sync._claimed()
    assert stale is not None
    company.clock.at("08:31")
    other = company.process()
    finish(other)

    company.sync._piece(stale)

    assert company.run(id_).state == RunState.DONE
    assert company.run(id_).stage == Stage.LEAVERS


def test_two_runs_are_never_under_way(company: Company) -> None:
    assert company.sync.start() == company.process().start()


def test_a_run_in_the_foreground_tells_how_far_it_has_come_and_what_came_of_it(company: Company) -> None:
    said: list[str] = []

    line = syncing.follow(company.foreground(), said.append)

    assert line == "通讯录共 4 人：新来 4，没有岗位 1"
    assert said[0] == "读部门"
    assert syncing.status(company.foreground()) == f"03-02 08:30 同步完成，{line}"


def test_a_run_in_the_foreground_that_stops_says_what_to_look_at(company: Company) -> None:
    company.put([*PEOPLE, *CROWD])
    company.runs()
    company.put()

    with pytest.raises(syncing.Unfinished, match="会有 30 人离开，太多了"):
        syncing.follow(company.foreground(), lambda _: None)
    with pytest.raises(syncing.Unfinished, match="muster sync --accept-leavers"):
        syncing.status(company.foreground())

    line = syncing.follow(company.foreground(), lambda _: None, accept_leavers=True)
    assert "离开 30" in line


def test_a_run_in_the_foreground_rests_and_goes_on_or_says_that_it_is_not_finished(company: Company) -> None:
    said: list[str] = []
    company.sandbox.faults(api_errcode={"value": 45009, "times": 2, "path": "/user/get"})

    assert "新来 4" in syncing.follow(company.foreground(), said.append, rest_seconds=0)
    assert "企业微信暂时不答（45009" in " ".join(said)

    company.sandbox.faults(api_errcode={"value": -1, "path": "/user/list_id"})
    with pytest.raises(syncing.Unfinished, match="停在「列出成员」"):
        syncing.follow(company.foreground(), said.append, rest_seconds=0)


def test_before_the_first_run_the_status_says_so(company: Company) -> None:
    with pytest.raises(syncing.Unfinished, match="还没有同步过"):
        syncing.status(company.foreground())


# --- events ----------------------------------------------------------------------------------------------


def test_an_event_makes_us_read_the_member_again(company: Company) -> None:
    company.runs()
    company.put([{**PEOPLE[0], "name": "李桦", "department": [4]}, *PEOPLE[1:]])
    company.clock.at("10:00")

    company.says("update_user", UserID="LiHua", Name="不要信我", Department="4")

    person = company.person("lihua")
    assert person is not None
    assert person.name == "李桦"
    assert company.posts("lihua") == [("质检部", "collector", True)]
    assert rows(company.muster, DirectoryChange) == []


def test_a_new_member_is_entered_within_moments(company: Company) -> None:
    company.runs()
    company.put([*PEOPLE, CROWD[0]])

    company.says("create_user", UserID="c0000", Department="3")

    assert company.posts("c0000") == [("催收一组", "collector", True)]


def test_a_deleted_member_has_left(company: Company) -> None:
    company.runs()
    company.put(PEOPLE[1:])

    company.says("delete_user", UserID="LiHua")

    assert company.person("lihua") is None
    assert len(rows(company.muster, Separation)) == 1


def test_an_old_event_of_a_deletion_is_not_believed(company: Company) -> None:
    company.runs()

    company.says("delete_user", UserID="LiHua")

    assert company.person("lihua") is not None


def test_a_change_that_the_platform_will_not_hear_of_is_dropped(company: Company) -> None:
    company.runs()
    company.put(PEOPLE[1:])
    company.sandbox.faults(api_errcode={"value": 40058, "times": 1, "path": "/user/get"})

    company.says("delete_user", UserID="LiHua")

    assert rows(company.muster, DirectoryChange) == []
    assert company.person("lihua") is not None  # the next full run sees it


def test_a_change_that_cannot_be_read_does_not_hide_that_the_set_up_is_wrong(company: Company) -> None:
    company.settings = company.settings.model_copy(update={"wecom_secret": SecretStr("wrong-secret")})
    company.sync = company.process()
    with company.muster.database.writing() as session:
        kind = directory.ChangeKind.MEMBER
        directory.note_change(session, kind=kind, key="LiHua", at=company.clock.now())
    id_ = company.sync.start()

    for _ in range(5):
        with contextlib.suppress(ApiError, Unreachable):
            company.sync.step()

    assert company.run(id_).state == RunState.FAILED
    assert len(rows(company.muster, DirectoryChange)) == 1


def test_another_userid_is_the_same_person(company: Company) -> None:
    company.runs()
    before = company.person("lihua")
    assert before is not None
    company.sandbox.call("POST", f"corps/{CORP}/members/LiHua/rename", {"to": "li.hua"})

    company.says("update_user", UserID="LiHua", NewUserID="li.hua")
    run = company.runs()

    after = company.person("li.hua")
    assert after is not None
    assert (after.id, company.person("lihua")) == (before.id, None)
    assert not run.counts["left"]
    assert not run.counts.get("new")


def test_changed_departments_are_read_again(company: Company) -> None:
    company.runs()
    company.put(departments=[*DEPARTMENTS[:3], {**DEPARTMENTS[3], "name": "合规部"}])

    company.says("update_party", Id="4", Name="不要信我")
    company.says("delete_party", Id="3")

    assert f"{NAME}/合规部" in company.tree()
    assert f"{NAME}/城北分公司/催收一组" in company.tree()  # it is still there


def test_an_event_that_makes_no_sense_is_only_kept(company: Company) -> None:
    company.says("update_tag", TagId="1")
    company.says("update_party", Id="abc")
    company.says("update_user", UserID="x" * 65)

    assert rows(company.muster, DirectoryChange) == []


def test_the_timetable_asks_for_a_run(company: Company) -> None:
    from jobs.base import JobContext

    with company.muster.database.writing() as session:
        context = JobContext(session, company.clock.now(), company.muster.calendar, company.muster.policy)
        assert sync_directory(context) == []

    assert company.sync.is_due()


# --- five thousand ---------------------------------------------------------------------------------------


@pytest.mark.proof
def test_five_thousand_members_come_in_in_one_run(company: Company) -> None:
    if not company.muster.database.sqlite:
        pytest.skip("once is enough")
    company.put(
        [
            {"userid": f"m{number:04}", "name": f"员工{number}", "department": [3], "position": "催收员"}
            for number in range(5000)
        ]
    )
    id_ = company.sync.start()
    seen = []
    while company.sync.is_due():
        company.sync.step()
        run = company.run(id_)
        seen.append((run.stage, run.done, run.total))

    assert run.state == RunState.DONE
    assert run.counts["new"] == 5000
    details = [done for stage, done, _ in seen if stage == Stage.DETAILS]
    assert details == sorted(details)
    assert max(total for *_, total in seen) == 5000
    assert len(rows(company.muster, Employee)) == 5000
