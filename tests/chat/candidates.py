"""Two branches that hire, the HR of each, and people who applied, for the stories about candidates."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from models import candidates, staff
from models.staff import Candidate, Role, UnitKind
from tests.simulator import Follower, Member, Messenger, TestClock

PEOPLE = (
    ("head", "何总部", Role.HR_HEAD, ""),
    ("province", "苗省级", Role.HR_PROVINCE, "北方分公司"),
    ("north", "白城北", Role.HR_CITY, "北方分公司/城北支公司"),
    ("east", "冯城东", Role.HR_CITY, "城东分公司"),
    ("dept", "用部门", Role.HIRING_DEPARTMENT, "北方分公司/城北支公司"),
    ("asker", "面试官", Role.INTERVIEWER, "城东分公司"),
    ("itli", "李工", Role.IT, ""),
    ("law", "陈合规", Role.COMPLIANCE, ""),
)
RAIN, RAIN_ID = "15400010001", "99010119900101001X"
"""154 is handed out to no operator, and no place has the code 990101."""


class Hiring:
    """Everybody with a phone; `hiring["north"]` is the person with that account."""

    def __init__(self, muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> None:
        self.muster, self._client, self._messenger, self.clock = muster, client, messenger, clock
        self._members: dict[str, Member] = {}
        self._followers: dict[str, Follower] = {}
        clock.at("08:31")
        with muster.database.writing() as session:
            for account, name, role, path in PEOPLE:
                unit = staff.ensure_root(session)
                for part in path.split("/") if path else []:
                    kind = UnitKind.BRANCH if part.endswith("分公司") else UnitKind.SUB_BRANCH
                    unit = staff.add_unit(session, name=part, parent=unit, kind=kind)
                staff.add_employee(session, wecom_id=account, name=name, role=role, unit=unit)

    def __getitem__(self, account: str) -> Member:
        if account not in self._members:
            self._members[account] = Member(account, self._client, self._messenger, self.clock)
        return self._members[account]

    def follower(self, openid: str) -> Follower:
        """Somebody on the service account."""
        if openid not in self._followers:
            self._followers[openid] = Follower(openid, self._client, self._messenger, self.clock)
        return self._followers[openid]

    def applies(
        self,
        name: str,
        unit: str,
        job: str = "催收员",
        *,
        phone: str | None = RAIN,
        id_number: str | None = None,
    ) -> candidates.Entered:
        """Somebody applies."""
        with self.muster.database.writing() as session:
            there = staff.find_unit(session, unit)
            assert there is not None
            return candidates.enter(
                session,
                name=name,
                phone=phone,
                id_number=id_number,
                address=None,
                unit=there,
                job=job,
                applied_on=None,
                source="",
                at=self.clock.now(),
                actor="operator",
                policy=self.muster.policy,
            )

    def within(self, work: Callable[[Any], Any]) -> Any:
        """Something done in a transaction of its own."""
        with self.muster.database.writing() as session:
            return work(session)

    def named(self, session: Any, name: str) -> list[Candidate]:
        """The rows of candidates with this name, oldest first."""
        found = session.scalars(select(Candidate).where(Candidate.name == name).order_by(Candidate.id))
        return list(found)

    def nobody_else_hears(self) -> None:
        """There are no unread messages."""
        people = [*(self[account] for account, *_ in PEOPLE), *self._followers.values()]
        unread = {person.id: reads for person in people if (reads := person.reads())}
        assert unread == {}
