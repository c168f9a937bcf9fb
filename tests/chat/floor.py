"""A floor of collectors for the stories about cases: two teams, their leaders, and head office."""

from datetime import date, timedelta
from itertools import accumulate

from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.app import Muster
from bot.policy import work_calendar
from models import cases, staff
from models.cases import AssignmentCause, Case, CaseFacts, CaseStatus, DebtorFacts
from models.staff import Employee, Role, UnitKind
from tests.simulator import Member, Messenger, TestClock

PEOPLE = (
    ("boss", "钱主管", Role.SUPERVISOR, "城北分公司"),
    ("leader", "赵组长", Role.TEAM_LEADER, "城北分公司/一组"),
    ("zhangsan", "张三", Role.COLLECTOR, "城北分公司/一组"),
    ("lisi", "李四", Role.COLLECTOR, "城北分公司/一组"),
    ("wangwu", "王五", Role.COLLECTOR, "城北分公司/一组"),
    ("leader2", "孙组长", Role.TEAM_LEADER, "城北分公司/二组"),
    ("zhaoliu", "赵六", Role.COLLECTOR, "城北分公司/二组"),
    ("zhouqi", "周七", Role.COLLECTOR, "城北分公司/二组"),
    ("lisi2", "李思", Role.COLLECTOR, "城北分公司/二组"),
    ("zhangwei", "张伟", Role.COLLECTOR, "城北分公司/二组"),
    ("wukuaiji", "吴会计", Role.FINANCE, ""),
    ("zhengkefu", "郑客服", Role.CUSTOMER_SERVICE, ""),
    ("fenghegui", "冯合规", Role.COMPLIANCE, ""),
    ("farboss", "远主管", Role.SUPERVISOR, "城南分公司"),
    ("far", "远组长", Role.TEAM_LEADER, "城南分公司/三组"),
    ("yuansan", "远三", Role.COLLECTOR, "城南分公司/三组"),
)
PLACEMENTS = ("2026-03批", "R-2026-03")
FIRST_NUMBER = 1001
DAYS_PAST_DUE = (0, 15, 45, 75, 105, 135, 165, 200)
"""Bucket → days past due in the middle of it."""


class Floor:
    """Everybody with a phone; `floor["zhangsan"]` is the person with that account."""

    def __init__(self, muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> None:
        self.muster, self._client, self._messenger, self.clock = muster, client, messenger, clock
        self.policy = muster.policy
        self.calendar = work_calendar(self.policy)
        self._members: dict[str, Member] = {}
        clock.at("10:00")
        with muster.database.writing() as session:
            units = {"": staff.ensure_root(session)}
            for account, name, role, path in PEOPLE:
                for end in accumulate(path.split("/"), "{}/{}".format):
                    if end not in units:
                        above, _, part = end.rpartition("/")
                        kind = UnitKind.BRANCH if part.endswith("分公司") else UnitKind.TEAM
                        units[end] = staff.add_unit(session, name=part, parent=units[above], kind=kind)
                staff.add_employee(session, wecom_id=account, name=name, role=role, unit=units[path])

    def __getitem__(self, account: str) -> Member:
        if account not in self._members:
            self._members[account] = Member(account, self._client, self._messenger, self.clock)
        return self._members[account]

    def employee(self, account: str) -> Employee:
        """The person behind an account, with the posts held now."""
        with self.muster.database.reading() as session:
            found = staff.find_employee(session, account, at=self.clock.now())
            assert found is not None
            return found

    def case(
        self,
        *,
        owner: str | None = None,
        balance: int = 300000,
        bucket: int = 1,
        name: str = "王小明",
        phone: str = "13800138000",
        reference: str | None = None,
        product: str = "信用卡",
        placement: str = PLACEMENTS[0],
        branch: str = "城北分公司",
        area: str = "",
        accepted: bool = True,
        ends_on: date = date(2026, 6, 30),
    ) -> int:
        """A case of 蓉城银行, and its number: in the pool of the branch, or with who has accepted it.

        Cases with the same name and phone are of one debtor.
        """
        now, policy = self.clock.now(), self.policy
        with self.muster.database.writing() as session:
            unit = staff.find_unit(session, branch)
            assert unit is not None
            number = max(session.scalar(select(func.max(Case.id))) or 0, FIRST_NUMBER - 1) + 1
            days = DAYS_PAST_DUE[bucket]
            case = cases.place(
                session,
                placement=cases.open_placement(
                    session,
                    creditor=cases.creditor_called(session, "蓉城银行"),
                    number=placement if branch == "城北分公司" else f"{branch} {placement}",
                    unit=unit,
                    start_on=now.date(),
                    end_on=ends_on,
                    at=now,
                ),
                debtor=DebtorFacts(name=name, phone=phone),
                facts=CaseFacts(
                    reference=reference or f"RC{number}",
                    balance=balance,
                    overdue_since=now.date() - timedelta(days=days - 1) if days else None,
                    product=product,
                    area=area,
                ),
                at=now,
                policy=policy,
                calendar=self.calendar,
                number=number,
            )
            if owner is not None:
                to = staff.find_employee(session, owner, at=now)
                assert to is not None
                cases.assign(
                    session,
                    to={case.id: to.id},
                    cause=AssignmentCause.ASSIGN,
                    by=None,
                    at=now,
                    key=f"floor:{case.id}",
                    policy=policy,
                    calendar=self.calendar,
                )
            if owner is not None and accepted and case.status == CaseStatus.ASSIGNED:
                cases.accept(session, actor=to, case=case, at=now, policy=policy)
            return case.id

    def look(self, number: int) -> Case:
        """A case as it stands."""
        with self.muster.database.reading() as session:
            return session.get_one(Case, number)

    def everybody_reads(self) -> None:
        """What has arrived so far is not part of the story."""
        for account, *_ in PEOPLE:
            self[account].news()

    def hears_only(self, *accounts: str) -> None:
        """Nobody else has unread messages; whoever was named has, and they are put aside."""
        got = {account for account, *_ in PEOPLE if self[account].news()}
        assert got == set(accounts)
