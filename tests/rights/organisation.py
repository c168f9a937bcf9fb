"""One organisation for the questions of rights, and somebody of each role in the middle of it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Muster
from bot.policy import work_calendar
from models import candidates, cases, staff
from models.policy import Scope
from models.staff import Candidate, Employee, Role, Unit, UnitKind

REGION = "990101"
"""No place in China has this code."""
PHONE = "1540001"
"""154 is handed out to no operator."""


class Distance(StrEnum):
    """Where a target is, seen from the branch of who asks."""

    OWN = "own"
    TEAM = "team"
    SUBTREE = "subtree"
    ELSEWHERE = "elsewhere"


REACHES = {
    Scope.OWN: {Distance.OWN},
    Scope.TEAM: {Distance.OWN, Distance.TEAM},
    Scope.SUBTREE: {Distance.OWN, Distance.TEAM, Distance.SUBTREE},
    Scope.ALL: set(Distance),
}
"""Scope of a right → the distances at which it is allowed, said once more and apart from the code."""


@dataclass(frozen=True)
class Target:
    """Whom or what something is asked about."""

    account: str
    name: str
    unit: str
    unit_id: int
    mate: str
    """The account of somebody near who asks."""
    candidate: str
    candidate_id: int
    """Somebody who has applied to the unit."""
    case: int
    """The number of a case that the target works."""


def id_number(serial: int) -> str:
    """A number of 18 places with the right check digit, of a region that does not exist."""
    body = f"{REGION}19900101{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def build_organisation(muster: Muster, role: Role, actor: str) -> dict[Distance, Target]:
    """Head office, two branches, a sub-branch, teams in each; `actor` holds `role` in the western branch.

    Returns a target at each distance.
    """
    with muster.database.writing() as session:
        root = staff.ensure_root(session)
        west = staff.add_unit(session, name="城西分公司", parent=root, kind=UnitKind.BRANCH)
        east = staff.add_unit(session, name="城东分公司", parent=root, kind=UnitKind.BRANCH)
        below = staff.add_unit(session, name="西郊支公司", parent=west, kind=UnitKind.SUB_BRANCH)
        places = {
            Distance.OWN: west,
            Distance.TEAM: staff.add_unit(session, name="西一组", parent=west),
            Distance.SUBTREE: staff.add_unit(session, name="西郊一组", parent=below),
            Distance.ELSEWHERE: staff.add_unit(session, name="东一组", parent=east),
        }
        staff.add_employee(session, wecom_id="head", name="总主管", role=Role.SUPERVISOR, unit=root)
        made = {
            distance: _enter(muster, session, distance, unit, role, actor)
            for distance, unit in places.items()
        }
        return {
            distance: replace(one, case=_give_case(muster, session, one)) for distance, one in made.items()
        }


def _give_case(muster: Muster, session: Session, target: Target) -> int:
    """A case that the target has accepted; returns its number."""
    at, calendar = muster.clock.now(), work_calendar(muster.policy)
    owner = staff.find_known(session, target.account)
    assert owner is not None
    placement = cases.open_placement(
        session,
        creditor=cases.creditor_called(session, "砚湖银行"),
        number="R-1",
        unit=session.get_one(Unit, target.unit_id),
        start_on=at.date(),
        end_on=at.date() + timedelta(days=90),
        at=at,
    )
    case = cases.place(
        session,
        placement=placement,
        debtor=cases.DebtorFacts(name=f"{target.name}户", phone=f"1540004{target.unit_id:04d}"),
        facts=cases.CaseFacts(reference=target.account, balance=1_000_000),
        at=at,
        policy=muster.policy,
        calendar=calendar,
    )
    cases.assign(
        session,
        to={case.id: owner.id},
        cause=cases.AssignmentCause.ASSIGN,
        by=None,
        at=at,
        key=f"rights:{target.account}",
        policy=muster.policy,
        calendar=calendar,
    )
    session.refresh(case)
    case.status = cases.CaseStatus.IN_PROGRESS
    return case.id


def _enter(
    muster: Muster, session: Session, distance: Distance, unit: Unit, role: Role, actor: str
) -> Target:
    own = distance is Distance.OWN
    account = actor if own else f"target{distance}"
    name = {"own": "问事人", "team": "组里人", "subtree": "下级人", "elsewhere": "别处人"}[distance]
    person: Employee = staff.add_employee(
        session,
        wecom_id=account,
        name=name,
        role=role if own else Role.COLLECTOR,
        unit=unit,
    )
    serial = list(Distance).index(distance)
    staff.keep_identity(
        session,
        person=person,
        phone=f"{PHONE}{serial:04d}",
        id_number=id_number(serial),
        address=f"砚湖区听竹路{serial + 1}号",
    )
    candidate = f"{name}应聘"
    candidates.enter(
        session,
        name=candidate,
        phone=f"1540002{serial:04d}",
        id_number=None,
        address=None,
        unit=unit,
        job="催收员",
        applied_on=None,
        source="",
        at=muster.clock.now(),
        actor="operator",
        policy=muster.policy,
    )
    applied = session.scalars(select(Candidate.id).where(Candidate.name == candidate)).one()
    mate = f"target{Distance.TEAM}" if own else actor
    return Target(account, name, unit.name, unit.id, mate, candidate, applied, 0)
