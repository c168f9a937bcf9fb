"""The sample company: invented from a fixed seed, complete, and alive at any hour."""

import math
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.app import Muster
from bot.demo import caseload, city, company, hiring, history, learning, life, portfolio, targets
from bot.demo.company import BRANCHES, PEOPLE, SHIFTS, Sample
from bot.demo.customers import ON_THE_MAP, customers
from bot.directory import details_of
from bot.startup import publish_library
from models import attendance, directory, performance, staff, training
from models.attendance import CheckIn
from models.base import SHANGHAI
from models.candidates import Application
from models.cases import Case, ContactNote, Payment, PromiseToPay
from models.directory import Department, Source
from models.lifecycle import Reason, Separation
from models.performance import Target
from models.recruiting import InterviewSlot, StageRecord
from models.staff import Candidate, Employee, Role, Unit
from models.training import Attempt, Certificate, ReviewItem
from tests.simulator import rows

ROOT = Path(__file__).parents[2]
EVERYBODY = company.employees()
NAMED = len(PEOPLE)
WHOLE = """
from bot.demo import company, customers, history, life, portfolio
from datetime import date, datetime, timezone
print(company.corp_configuration(company.employees(200), agent_id=1, secret="", callback={}, contacts={}))
print(company.account_configuration(name="", original_id="", secret="", callback={}))
print(company.candidates(), customers.customers(3000))
now = datetime(2026, 3, 2, tzinfo=timezone.utc)
print(list(life.arrivals(company.employees(), date(2026, 3, 2), now)))
print(history.history(company.employees(), date(2026, 3, 2)))
print(list(portfolio.debts(company.employees(), date(2026, 3, 2))))
"""


def test_the_same_seed_gives_the_same_company() -> None:
    """In other processes, too, in which nothing has the same hash."""

    def described(hash_seed: str) -> bytes:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", WHOLE]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True).stdout

    first = described("1")

    assert len(first) > 100_000
    assert described("2") == first


def test_a_larger_company_keeps_everybody() -> None:
    larger = company.employees(200)

    assert larger[: len(EVERYBODY)] == EVERYBODY
    assert EVERYBODY[:NAMED] == PEOPLE
    assert len({person.userid for person in larger}) == len({person.name for person in larger}) == 200
    assert customers(3000)[:ON_THE_MAP] == customers(ON_THE_MAP)


def test_every_role_is_there() -> None:
    assert Counter(person.role for person in EVERYBODY) == {
        Role.COLLECTOR: 33,
        Role.FIELD_REP: 8,
        Role.TEAM_LEADER: 5,
        Role.SUPERVISOR: 3,
        Role.HR_HEAD: 2,
        Role.HR_CITY: 2,
        Role.ADMIN: 1,
        Role.IT: 1,
        Role.ADMINISTRATION: 1,
        Role.COMPLIANCE: 1,
        Role.FINANCE: 1,
        Role.QA: 1,
        Role.CUSTOMER_SERVICE: 1,
    }
    assert len(EVERYBODY) == company.EMPLOYEES == 60


def test_nobody_has_two_names_or_the_name_of_another() -> None:
    candidates = company.candidates()
    names = [person.name for person in (*EVERYBODY, *candidates)] + [company.OUTSIDER[1]]
    userids = [person.userid for person in EVERYBODY] + [company.OUTSIDER[0]]

    assert len(set(names)) == len(names) == 60 + 40 + 1
    assert len(set(userids)) == len(userids)
    assert len({candidate.openid for candidate in candidates}) == 40
    assert all(re.fullmatch("[a-z]+", userid) for userid in userids)


@pytest.mark.parametrize("number", [60, 200])
def test_a_leader_leads_eight_to_fifteen(number: int) -> None:
    teams: dict[str, list[Sample]] = {}
    for person in company.employees(number):
        teams.setdefault(person.team, []).append(person)
    led = {name: people for name, people in teams.items() if name not in (*BRANCHES, "管理部")}
    full = list(led.values())[: None if number == 60 else -1]  # the last team of a larger company may be half

    assert len(full) >= 5
    for people in full:
        roles = Counter(person.role for person in people)
        assert roles[Role.TEAM_LEADER] == 1
        assert 8 <= len(people) - 1 <= 15


def test_the_shifts_are_mixed() -> None:
    shifts = Counter(person.shift for person in EVERYBODY)
    late = {person.role for person in EVERYBODY if person.shift == "晚班"}

    assert set(shifts) == set(SHIFTS)
    assert 0.1 < shifts["晚班"] / len(EVERYBODY) < 0.4
    assert late == {Role.COLLECTOR}


def test_the_departments_are_a_tree() -> None:
    told = company.corp_configuration(EVERYBODY, agent_id=1, secret="", callback={}, contacts={})
    departments = {entry["id"]: entry for entry in told["departments"]}  # type: ignore[attr-defined]
    members = {entry["userid"]: entry for entry in told["members"]}  # type: ignore[attr-defined]

    def path(number: int) -> list[str]:
        entry = departments[number]
        return [*(path(entry["parentid"]) if entry["parentid"] else []), entry["name"]]

    assert len({entry["name"] for entry in departments.values()}) == len(departments)
    assert path(members["lihua"]["department"][0]) == [company.NAME, "总部", "催收一组"]
    assert path(members["newcomer"]["department"][0]) == [company.NAME]
    for person in EVERYBODY:
        [number] = members[person.userid]["department"]
        assert path(number)[-1] == person.team
        assert path(number)[1] in BRANCHES


def test_phones_are_in_their_offices() -> None:
    sites = (city.HEAD_OFFICE, city.NORTH_BRANCH, city.EAST_BRANCH)
    for person in EVERYBODY:
        place = company.place_of(person)
        [site] = [site for site in sites if site.label == place.label]
        north = (place.latitude - site.latitude) * city.METRES_PER_DEGREE
        east = (place.longitude - site.longitude) * city.METRES_PER_DEGREE * math.cos(math.radians(30.6))
        assert math.hypot(north, east) <= 81
        assert (place == site) == (person in PEOPLE)


def test_customers_are_invented_and_live_in_the_city() -> None:
    everybody = customers(10_000)

    assert len({customer.phone for customer in everybody}) == 10_000
    assert len({customer.name for customer in everybody}) == 10_000
    assert len({customer.door.label for customer in everybody}) == 10_000
    for customer in everybody:
        assert re.fullmatch(r"1540000\d{4}", customer.phone)
        assert city.SOUTH < customer.door.latitude < city.NORTH
        assert city.WEST < customer.door.longitude < city.EAST
        street = re.fullmatch(r"(\S+?\d+号)（(\S+)）", customer.door.label)
        assert street is not None
        assert street[1] in customer.address
        assert street[2] == customer.name


def test_most_candidates_come_and_by_several_ways() -> None:
    candidates = company.candidates()
    ways = Counter(candidate.scene for candidate in candidates[2:])

    assert candidates[:2] == company.KNOWN_CANDIDATES
    assert set(ways) == {None, "", *company.SCENES}
    assert ways[None] < len(candidates) / 4


def enter(muster: Muster, now: str) -> int:
    """The company on a morning; returns how many have checked in."""
    with muster.database.writing() as session:
        company.enter(session, EVERYBODY)
        history.enter_history(session, EVERYBODY, now=datetime.fromisoformat(now).replace(tzinfo=SHANGHAI))
        return life.check_in_so_far(
            session,
            EVERYBODY,
            now=datetime.fromisoformat(now).replace(tzinfo=SHANGHAI),
            policy=muster.policy,
            calendar=muster.calendar,
        )


def test_everybody_is_entered_once(muster: Muster) -> None:
    for _ in range(2):
        enter(muster, "2026-03-02 14:00")

    with muster.database.reading() as session:
        at = datetime(2026, 3, 2, 14, tzinfo=SHANGHAI)
        here = select(func.count()).select_from(Employee).where(staff.active(at))
        assert session.scalar(here) == 60
        known = {
            e.employee.wecom_id: e for e in attendance.expected(session, at=at, calendar=muster.calendar)
        }
        for person in EVERYBODY:
            found = known[person.userid]
            [employee] = staff.with_posts(session, [found.employee], at=at)
            assert (employee.name, employee.role) == (person.name, person.role)
            assert employee.unit_id is not None
            assert found.starts_at.time() == SHIFTS[person.shift][0]
            assert (found.check_in is None) or person not in PEOPLE


def test_everybody_has_targets_and_keeps_them(muster: Muster) -> None:
    for month in (3, 3, 4):
        at = datetime(2026, month, 2, 14, tzinfo=SHANGHAI)
        with muster.database.writing() as session:
            company.enter(session, EVERYBODY)
            targets.enter_targets(session, at=at, policy=muster.policy)

    assert len(rows(muster, Target)) == len(targets.TARGETS)
    with muster.database.reading() as session:
        people = staff.people_in_roles(session, [Role.COLLECTOR, Role.FIELD_REP], at=at)
        found = performance.standards(session, people, first=date(2026, 4, 1), policy=muster.policy)
    assert {len(some) for some in found.values()} == {12, 4}


@pytest.mark.parametrize(
    ("now", "least", "most"),
    [
        ("2026-03-02 02:00", 0, 0),  # at night
        ("2026-03-02 08:30", 0, 0),
        ("2026-03-02 08:55", 10, 32),
        ("2026-03-02 09:40", 37, 39),  # 35 of the invented work the early shift
        ("2026-03-02 12:00", 37, 39),
        ("2026-03-02 14:00", 44, 47),
        ("2026-03-02 23:59", 44, 47),
        ("2026-03-01 14:00", 0, 0),  # a Sunday
        ("2026-10-01 14:00", 0, 0),  # a holiday
    ],
)
def test_a_day_so_far(muster: Muster, now: str, least: int, most: int) -> None:
    assert least <= enter(muster, now) <= most
    assert enter(muster, now) == 0, "a second start on the same day changes nothing"

    with muster.database.reading() as session:
        moment = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
        assert all(check_in.at <= moment for check_in in session.scalars(select(CheckIn)))


def test_attendance_is_as_in_life() -> None:
    """96 % on time, 3 % late, 1 % not there, over a year of mornings (domain.md 10)."""
    on_time = late = 0
    days = [date(2026, month, day) for month in range(1, 13) for day in range(1, 29)]
    for day in days:
        now = datetime.combine(day, time(23), tzinfo=SHANGHAI)
        for person, at in life.arrivals(EVERYBODY, day, now):
            start = attendance.shift_start(day, SHIFTS[person.shift][0], at)
            minutes = (at - start).total_seconds() / 60
            on_time += minutes <= 5
            late += minutes > 5
    everybody = len(days) * (len(EVERYBODY) - NAMED)

    assert on_time / everybody == pytest.approx(0.96, abs=0.01)
    assert late / everybody == pytest.approx(0.03, abs=0.005)
    assert 1 - (on_time + late) / everybody == pytest.approx(0.01, abs=0.003)


def roles(session: Session, at: datetime) -> dict[str, str]:
    """UserID → the role of the main post."""
    people = session.scalars(select(Employee))
    return {person.wecom_id: person.role for person in staff.with_posts(session, people, at=at)}


def test_the_company_survives_a_sync(muster: Muster) -> None:
    """Every department finds its unit by name, and nobody gets another role by it."""
    at, policy = muster.clock.now(), muster.policy.directory
    told = company.corp_configuration(EVERYBODY, agent_id=1, secret="", callback={}, contacts={})
    departments = [Department(d["id"], d["parentid"], d["name"]) for d in told["departments"]]  # type: ignore[attr-defined]
    members = {m["userid"]: details_of(m) for m in told["members"]}  # type: ignore[attr-defined]
    with muster.database.writing() as session:
        company.enter(session, EVERYBODY)
        before, units = roles(session, at), set(session.scalars(select(Unit.name)))
        run = directory.start(session, at=at)
        directory.note_departments(session, run, departments, source=Source.CONTACTS)
        directory.note_department_names(session, run, {one.id: one for one in departments})
        directory.apply_departments(session, run, at=at, policy=policy)
        directory.note_listed(session, run, [(name, None) for name in members], cursor="")
        directory.note_details(session, run, members)
        while directory.apply_members(session, run, limit=50, at=at, policy=policy):
            pass
        assert directory.leavers(session, run, at=at) == []
        after, names = roles(session, at), set(session.scalars(select(Unit.name)))

    assert names == units
    assert after.pop(company.OUTSIDER[0]) == ""
    assert after == before


@pytest.mark.parametrize("today", ["2026-03-02", "2026-11-25", "2027-06-30"])
def test_turnover_is_as_in_life(today: str) -> None:
    """35 to 45 % a year, in a company large enough not to be chance; early months are worst."""
    people = company.employees(2000)
    hired, formers = history.history(people, date.fromisoformat(today))
    tenures = [(former.left_on - former.hired_on).days for former in formers]

    assert set(hired) == {person.userid for person in people}
    assert 0.35 <= len(formers) / history.YEARS / len(people) <= 0.45
    assert sum(days <= 90 for days in tenures) > sum(90 < days <= 180 for days in tenures)
    assert all(former.left_on < date.fromisoformat(today) for former in formers)


def test_who_left_is_known_with_a_reason_and_can_do_nothing(muster: Muster) -> None:
    enter(muster, "2026-03-02 14:00")

    with muster.database.reading() as session:
        at = datetime(2026, 3, 2, 14, tzinfo=SHANGHAI)
        gone = session.scalars(select(Employee).where(Employee.left_at.is_not(None))).all()
        reasons = session.scalars(select(Separation.reason)).all()
        assert 30 <= len(gone) == len(reasons) <= 65
        assert set(reasons) <= set(Reason)
        for person in gone:
            assert re.fullmatch(r"former\d{3}", person.wecom_id)
            assert staff.find_employee(session, person.wecom_id, at=at) is None
        here = session.scalars(select(Employee).where(staff.active(at))).all()
        assert all(person.hired_on is not None for person in here)


def test_the_known_candidates_have_applied_once(muster: Muster) -> None:
    for _ in range(2):
        with muster.database.writing() as session:
            company.enter(session, EVERYBODY)
            company.enter_candidates(session, EVERYBODY, at=muster.clock.now(), policy=muster.policy)

    people = [person for person in rows(muster, Candidate) if person.name]
    assert [person.name for person in people] == [one.name for one in company.KNOWN_CANDIDATES]
    assert len({person.phone_hash for person in [*people, *rows(muster, Employee)]}) == 2 + len(EVERYBODY)
    assert len(rows(muster, Application)) == 2


def test_some_candidates_are_bound_and_stand_in_different_stages(muster: Muster) -> None:
    for _ in range(2):
        with muster.database.writing() as session:
            company.enter(session, EVERYBODY)
            at = muster.clock.now()
            company.enter_candidates(session, EVERYBODY, at=at, policy=muster.policy)
            hiring.enter_standings(session, EVERYBODY, at=at, policy=muster.policy)

    bound = [person for person in rows(muster, Candidate) if person.name and person.openid]
    assert len(bound) == len(hiring.STANDINGS) == len(rows(muster, Application))
    stages = [stage.status for stage in rows(muster, StageRecord) if stage.code == "ai_interview"]
    assert sorted(stages) == ["completed", "no_show", "passed", "pending"]
    assert len(rows(muster, InterviewSlot)) == len(hiring.HOURS)


# --- cases -----------------------------------------------------------------------------------------------


def test_the_debts_are_as_usual() -> None:
    owed = list(portfolio.debts(EVERYBODY, date(2026, 3, 2)))

    assert len(owed) == 41 * portfolio.EACH + 3 * portfolio.SPARE
    assert len({debt.reference for debt in owed}) == len(owed)
    for lender in portfolio.LENDERS:
        amounts = sorted(debt.balance for debt in owed if debt.lender == lender)
        assert lender.least * 100 <= amounts[0]
        assert amounts[-1] <= lender.most * 100
        assert 0.8 < amounts[len(amounts) // 2] / (lender.median * 100) < 1.25
    again = len(owed) - len({(debt.lender, debt.customer.phone) for debt in owed})
    assert 0.03 < again / len(owed) < 0.1
    numbers = {debt.customer.phone for debt in owed}
    assert numbers.isdisjoint(friend.number for debt in owed for friend in debt.friends)


def test_cases_are_there_in_every_state(muster: Muster) -> None:
    few = [one for one in EVERYBODY if one in PEOPLE or one.role in (Role.FINANCE, Role.SUPERVISOR)]
    now = datetime(2026, 3, 2, 8, 40, tzinfo=SHANGHAI)

    facts = {"now": now, "policy": muster.policy, "calendar": muster.calendar}

    with muster.database.writing() as session:
        company.enter(session, few)
        entered = caseload.enter_cases(session, few, **facts)
        again = caseload.enter_cases(session, few, **facts)

    assert (entered, again) == (8 * portfolio.EACH + 3 * portfolio.SPARE, 0)
    states = Counter(case.status for case in rows(muster, Case))
    assert {"pool", "assigned", "in_progress", "ptp", "paid", "disputed"} <= set(states)
    assert {payment.state for payment in rows(muster, Payment)} == {"reported", "confirmed"}
    assert now.date() in {promise.due_on for promise in rows(muster, PromiseToPay)}
    assert {note.outcome for note in rows(muster, ContactNote)} >= {"no_answer", "talked", "busy"}
    lihua = next(person for person in rows(muster, Employee) if person.wecom_id == "lihua")
    mine = Counter(case.status for case in rows(muster, Case) if case.live_owner_id == lihua.id)
    assert mine["assigned"] >= 10
    assert mine["in_progress"] >= 10


def test_people_have_learned_and_most_may_work(muster: Muster) -> None:
    few = [one for one in EVERYBODY if one.role in (Role.COLLECTOR, Role.FIELD_REP)][-14:]
    now = datetime(2026, 3, 2, 8, 40, tzinfo=SHANGHAI)
    publish_library(muster)

    for _ in range(2):
        with muster.database.writing() as session:
            company.enter(session, few)
            learning.enter_learning(session, few, now=now, policy=muster.policy)

    licences = [one for one in rows(muster, Certificate) if one.licence]
    assert len(licences) == len(few) - learning.UNLICENSED
    scores = [one.score for one in rows(muster, Attempt) if one.score is not None]
    assert len(scores) >= len(few)
    assert 70 <= sum(scores) / len(scores) <= 98
    assert len({one.employee_id for one in rows(muster, ReviewItem)}) >= 2
    with muster.database.reading() as session:
        waiting = training.open_enrolments(session, staff.find_employee(session, few[0].userid, at=now))
    assert any(one.reason == "assigned" for one in waiting)
