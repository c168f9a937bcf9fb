"""A small company for the stories about joining, moving and leaving."""

from flask.testing import FlaskClient

from bot.app import Muster
from models import staff
from models.staff import Role, UnitKind
from tests.simulator import Member, Messenger, TestClock

PEOPLE = (
    ("boss", "钱经理", Role.MANAGER, "城北分公司"),
    ("hr", "何人事", Role.HR_CITY, "城北分公司"),
    ("leader", "赵组长", Role.TEAM_LEADER, "城北分公司/一组"),
    ("zhangsan", "张三", Role.COLLECTOR, "城北分公司/一组"),
    ("wangwu", "王五", Role.COLLECTOR, "城北分公司/一组"),
    ("zhaoliu", "赵六", Role.COLLECTOR, "城北分公司/一组"),
    ("leader2", "孙组长", Role.TEAM_LEADER, "城北分公司/二组"),
    ("itli", "李工", Role.IT, ""),
    ("itwu", "吴工", Role.IT, ""),
    ("desk", "周行政", Role.ADMINISTRATION, ""),
    ("root", "王管理", Role.ADMIN, ""),
    ("far", "远组长", Role.TEAM_LEADER, "城南分公司/三组"),
    ("farmember", "远三", Role.COLLECTOR, "城南分公司/三组"),
)


class Company:
    """Everybody with a phone; `company["hr"]` is the person with that account."""

    def __init__(self, muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> None:
        self.muster, self._client, self._messenger, self.clock = muster, client, messenger, clock
        self._members: dict[str, Member] = {}
        clock.at("08:31")  # pushes of the half hour are spread over the minute after it
        with muster.database.writing() as session:
            for account, name, role, path in PEOPLE:
                unit = staff.ensure_root(session)
                for part in path.split("/") if path else []:
                    kind = UnitKind.BRANCH if part.endswith("分公司") else UnitKind.TEAM
                    unit = staff.add_unit(session, name=part, parent=unit, kind=kind)
                staff.add_employee(session, wecom_id=account, name=name, role=role, unit=unit)

    def __getitem__(self, account: str) -> Member:
        if account not in self._members:
            self._members[account] = Member(account, self._client, self._messenger, self.clock)
        return self._members[account]

    def hears_only(self, *accounts: str) -> None:
        """Nobody else has unread messages; whoever was named has, and they are put aside."""
        got = {account for account, *_ in PEOPLE if self[account].news()}
        assert got == set(accounts)

    def everybody_reads(self) -> None:
        """What has arrived so far is not part of the story."""
        for account, *_ in PEOPLE:
            self[account].news()
