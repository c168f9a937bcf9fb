"""离职率, as it is asked, answered, drawn and taken away."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import staff
from models.base import SHANGHAI
from models.lifecycle import Reason, Separation, SeparationState
from models.staff import Employee, Role, UnitKind
from tests.simulator import Member, Messenger, TestClock


class Company:
    """A company with two branches, whose people came and went."""

    def __init__(self, muster: Muster) -> None:
        self._muster = muster
        self._count = 0
        with muster.database.writing() as session:
            root = staff.ensure_root(session, name="蓉城信诚")
            for branch in ("城东分公司", "城北分公司"):
                unit = staff.add_unit(session, name=branch, parent=root, kind=UnitKind.BRANCH)
                staff.add_unit(session, name=branch.replace("分公司", "催收组"), parent=unit)

    def has(self, wecom_id: str, name: str, role: Role, unit: str = "") -> None:
        """Somebody who may ask; hired long ago."""
        with self._muster.database.writing() as session:
            place = staff.find_unit(session, unit) if unit else staff.root_unit(session)
            person = staff.add_employee(session, wecom_id=wecom_id, name=name, role=role, unit=place)
            staff.set_hired_on(session, employee=person, day=date(2020, 1, 1))

    def hired(
        self, number: int, day: str, team: str, *, left: str | None = None, reason: str = Reason.PAY
    ) -> None:
        """So many collectors were hired that day, and perhaps all left."""
        with self._muster.database.writing() as session:
            for _ in range(number):
                self._count += 1
                person = staff.add_employee(
                    session,
                    wecom_id=f"collector{self._count}",
                    name="某某",
                    role=Role.COLLECTOR,
                    unit=staff.find_unit(session, team),
                )
                person.number = f"E{self._count:05d}"
                staff.set_hired_on(session, employee=person, day=date.fromisoformat(day))
                if left is not None:
                    leave(session, person, left, reason)


def leave(session: Any, person: Employee, left: str, reason: str) -> None:
    """Somebody leaves at six in the evening of that day; it was announced ten days before."""
    at = datetime.fromisoformat(f"{left} 18:00").replace(tzinfo=SHANGHAI)
    person.left_at = at
    staff.end_posts(session, employee=person, at=at)
    session.add(
        Separation(
            employee_id=person.id,
            announced_at=at - timedelta(days=10),
            announced_by="system",
            leaves_at=at,
            reason=reason,
            state=SeparationState.CLOSED,
            closed_at=at + timedelta(days=1),
        )
    )


@pytest.fixture
def company(muster: Muster) -> Company:
    """Twenty collectors in the east, twelve in the north; six of the east's new ones left in February."""
    made = Company(muster)
    made.hired(20, "2023-01-10", "城东催收组")
    made.hired(12, "2023-01-10", "城北催收组")
    made.hired(10, "2025-09-01", "城东催收组")
    made.hired(6, "2025-12-01", "城东催收组", left="2026-02-10")
    made.hired(1, "2025-12-01", "城东催收组", left="2026-01-10", reason=Reason.HEALTH)
    return made


def member(company: Company, muster: Muster, client: FlaskClient, messenger: Messenger, id_: str) -> Member:
    """Somebody's phone."""
    clock = muster.clock
    assert isinstance(clock, TestClock)
    return Member(id_, client, messenger, clock)


@pytest.fixture
def heting(company: Company, muster: Muster, client: FlaskClient, messenger: Messenger) -> Member:
    """HR of the head office."""
    company.has("heting", "何婷", Role.HR_HEAD)
    return member(company, muster, client, messenger, "heting")


def test_print(heting: Member, muster: Muster, clock: TestClock) -> None:
    heting.says("离职率")
    print(heting.reads()[0])
    clock.passes_to("08:31")
    print(heting.reads())
    heting.says("离职率 城东分公司 今年 导出")
    print(heting.reads()[0])
    clock.passes_to("08:32")
    print(heting.reads())
    for w in [
        "离职率 城北",
        "离职率 北京",
        "离职率 四月",
        "离职率 2026年4月",
        "离职率 分公司",
        "离职率 本月",
        "流失率 城东催收组 12月",
    ]:
        heting.says(w)
        print("--", w)
        print(heting.reads())
        clock.passes_to("08:40")
        heting.reads()
    assert 0
