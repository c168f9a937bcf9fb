"""Whatever happens to people, every open item has exactly one owner, and nobody who has left is one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from bot.policy import load_policy, work_calendar
from jobs import handover as handover_jobs
from jobs import lifecycle as lifecycle_jobs
from jobs.base import JobContext, Notice
from models import handover, lifecycle, secrecy, staff
from models.base import SHANGHAI, Base
from models.errors import DomainError
from models.handover import Handover, HandoverItem, HandoverState, ItemState, OwnedItem, Ownership, Refusal
from models.lifecycle import Reason, Separation, SeparationState
from models.secrecy import Keyring
from models.staff import Employee, Role, UnitKind

MONDAY = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
POLICY = load_policy()
CALENDAR = work_calendar(POLICY)
EXAMPLES, STEPS = 200, 12


class Letters:
    """An area that knows nothing of people but who has which letter: registered with one call."""

    def __init__(self) -> None:
        self.owner: dict[int, int] = {}
        self.unit: dict[int, int] = {}
        self.written = 0

    def write(self, owner: int, unit: int) -> None:
        """A new letter for somebody."""
        self.written += 1
        self.owner[self.written], self.unit[self.written] = owner, unit

    def open_items(self, session: Session, owner_id: int, at: datetime) -> Sequence[OwnedItem]:
        """Somebody's letters."""
        return [
            OwnedItem("letter", number, {"label": f"No. {number}"}, unit_id=self.unit[number])
            for number, owner in sorted(self.owner.items())
            if owner == owner_id
        ]

    def owner_of(self, session: Session, item_id: int, at: datetime) -> int | None:
        """Who has a letter."""
        return self.owner.get(item_id)

    def reassign(self, session: Session, item_id: int, from_id: int, to_id: int, at: datetime) -> bool:
        """Give a letter to somebody else."""
        if self.owner.get(item_id) != from_id:
            return False
        self.owner[item_id] = to_id
        return True


@contextmanager
def registered(letters: Letters) -> Iterator[None]:
    """The area takes part meanwhile."""
    handover.register(Ownership("letters", letters.open_items, letters.owner_of, letters.reassign))
    try:
        yield
    finally:
        handover.unregister("letters")


class Company(RuleBasedStateMachine):
    """Two branches with teams in them; people leave, move, go on leave, refuse, change their minds."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        Base.metadata.create_all(self.engine)
        self.session = Session(self.engine, info={secrecy.INFO: Keyring([b"k" * 32], b"h" * 32)})
        self.letters = Letters()
        self.area = registered(self.letters)
        self.area.__enter__()
        self.now = MONDAY
        self.told: set[tuple[object, ...]] = set()

    def teardown(self) -> None:
        """In the end nothing is lost; the next example starts from nothing."""
        if hasattr(self, "units"):
            self._look()
        self.area.__exit__(None, None, None)
        self.session.close()
        self.engine.dispose()

    @initialize(teams=st.lists(st.integers(1, 3), min_size=2, max_size=3), letters=st.integers(0, 12))
    def found(self, teams: list[int], letters: int) -> None:
        """Everybody in their posts, with letters dealt out."""
        root = staff.ensure_root(self.session)
        self.admin = self._hire("admin", Role.ADMIN, root)
        self._hire("it", Role.IT, root)
        self.units = []
        for number, size in enumerate(teams):
            branch = staff.add_unit(self.session, name=f"branch {number % 2}", kind=UnitKind.BRANCH)
            team = staff.add_unit(self.session, name=f"team {number}", parent=branch)
            self.units.append(team)
            self._hire(f"leader {number}", Role.TEAM_LEADER, team)
            for member in range(size):
                self._hire(f"member {number}.{member}", Role.COLLECTOR, team)
        people = self._here()
        for number in range(letters):
            self._write(people[number % len(people)])

    def _hire(self, name: str, role: Role, unit: staff.Unit) -> Employee:
        return staff.add_employee(
            self.session, wecom_id=name.replace(" ", "-"), name=name, role=role, unit=unit
        )

    def _here(self) -> list[Employee]:
        people = self.session.scalars(select(Employee).where(staff.active(self.now)).order_by(Employee.id))
        return list(staff.with_posts(self.session, people, at=self.now))

    def _one(self, number: int, *, but_for: Sequence[Employee] = ()) -> Employee:
        people = [person for person in self._here() if person not in (self.admin, *but_for)]
        return people[number % len(people)] if people else self.admin

    def _write(self, person: Employee) -> None:
        assert person.unit_id is not None
        self.letters.write(person.id, person.unit_id)

    def _acting(self) -> Employee:
        return next(person for person in self._here() if person.id == self.admin.id)

    @contextmanager
    def _trying(self) -> Iterator[None]:
        """A refusal changes nothing."""
        kept = dict(self.letters.owner)
        mark = self.session.begin_nested()
        try:
            yield
            mark.commit()
        except DomainError:
            mark.rollback()
            self.letters.owner = kept

    @rule(number=st.integers(0, 20), days=st.integers(0, 6))
    def somebody_leaves(self, number: int, days: int) -> None:
        """HR announces that somebody leaves."""
        with self._trying():
            lifecycle.announce_separation(
                self.session,
                actor=self._acting(),
                employee=self._one(number),
                leaves_at=self.now + timedelta(days=days),
                reason=Reason.PAY,
                at=self.now,
                policy=POLICY,
            )

    @rule(number=st.integers(0, 20))
    def somebody_stays_after_all(self, number: int) -> None:
        """HR undoes a leaving."""
        with self._trying():
            lifecycle.cancel_separation(
                self.session, actor=self._acting(), employee=self._one(number), at=self.now, policy=POLICY
            )

    @rule(number=st.integers(0, 20))
    def somebody_is_gone(self, number: int) -> None:
        """The directory finds somebody gone."""
        person = self._one(number)
        if person is not self.admin:
            lifecycle.notice_departure(self.session, employee=person, at=self.now)

    @rule(number=st.integers(0, 20), unit=st.integers(0, 5), days=st.integers(0, 6), leads=st.booleans())
    def somebody_moves(self, number: int, unit: int, days: int, leads: bool) -> None:
        """HR moves somebody."""
        with self._trying():
            lifecycle.plan_transfer(
                self.session,
                actor=self._acting(),
                employee=self._one(number),
                unit=self.units[unit % len(self.units)],
                role=Role.TEAM_LEADER if leads else Role.COLLECTOR,
                effective_at=self.now + timedelta(days=days),
                at=self.now,
                policy=POLICY,
                calendar=CALENDAR,
            )

    @rule(number=st.integers(0, 20))
    def somebody_does_not_move(self, number: int) -> None:
        """HR undoes a transfer."""
        with self._trying():
            lifecycle.cancel_transfer(
                self.session, actor=self._acting(), employee=self._one(number), at=self.now, policy=POLICY
            )

    @rule(
        number=st.integers(0, 20), other=st.integers(0, 20), first=st.integers(0, 3), length=st.integers(0, 9)
    )
    def somebody_goes_on_leave(self, number: int, other: int, first: int, length: int) -> None:
        """A cover is arranged."""
        person = self._one(number)
        start: date = self.now.date() + timedelta(days=first)
        with self._trying():
            lifecycle.arrange_cover(
                self.session,
                actor=self._acting(),
                employee=person,
                cover=self._one(other),
                first=start,
                last=start + timedelta(days=length),
                at=self.now,
                policy=POLICY,
                calendar=CALENDAR,
            )

    @rule(number=st.integers(0, 20))
    def somebody_is_back_early(self, number: int) -> None:
        """A leave ends before its time."""
        with self._trying():
            lifecycle.end_cover(
                self.session, actor=self._acting(), employee=self._one(number), at=self.now, policy=POLICY
            )

    @rule(number=st.integers(0, 50), yes=st.booleans(), reason=st.sampled_from(list(Refusal)[:3]))
    def somebody_answers(self, number: int, yes: bool, reason: Refusal) -> None:
        """Who was asked says yes or no, to one or to all."""
        asked = self.session.scalars(
            select(HandoverItem).where(HandoverItem.state == ItemState.PROPOSED).order_by(HandoverItem.id)
        ).all()
        if not asked:
            return
        row = asked[number % len(asked)]
        actor = next((person for person in self._here() if person.id == row.to_id), None)
        if actor is None:
            return
        line = row.id if number % 3 else None
        with self._trying():
            if yes:
                handover.accept(
                    self.session,
                    actor=actor,
                    handover_id=row.handover_id,
                    at=self.now,
                    policy=POLICY,
                    line_id=line,
                )
            else:
                handover.refuse(
                    self.session,
                    actor=actor,
                    handover_id=row.handover_id,
                    reason=reason,
                    at=self.now,
                    policy=POLICY,
                    line_id=line,
                )

    @rule(number=st.integers(0, 20), other=st.integers(0, 20))
    def the_leader_names_somebody(self, number: int, other: int) -> None:
        """Somebody is named for what nobody has accepted."""
        open_ones = handover.open_handovers(self.session)
        if not open_ones:
            return
        with self._trying():
            handover.name_successor(
                self.session,
                actor=self._acting(),
                handover=open_ones[number % len(open_ones)],
                successor=self._one(other),
                at=self.now,
                policy=POLICY,
            )

    @rule(number=st.integers(0, 20))
    def a_letter_comes(self, number: int) -> None:
        """New work, for whoever is here."""
        person = self._one(number)
        if person.unit_id is not None:
            self._write(person)

    @precondition(lambda self: self.letters.owner)
    @rule(number=st.integers(0, 50))
    def a_letter_is_answered(self, number: int) -> None:
        """Work is finished."""
        there = sorted(self.letters.owner)
        del self.letters.owner[there[number % len(there)]]

    @rule(hours=st.sampled_from([1, 9, 24, 72, 200]))
    def time_passes(self, hours: int) -> None:
        """What is due happens; it may be late."""
        self.now += timedelta(hours=hours)
        self._look()

    @rule(number=st.integers(0, 20))
    def somebody_comes_back(self, number: int) -> None:
        """The directory has somebody again who had left."""
        gone = self.session.scalars(
            select(Employee).where(Employee.left_at <= self.now).order_by(Employee.id)
        ).all()
        if gone:
            person = gone[number % len(gone)]
            staff.add_employee(
                self.session,
                wecom_id=person.wecom_id,
                name=person.name,
                role=Role.COLLECTOR,
                unit=self.units[0],
                since=self.now,
            )

    def _look(self) -> None:
        """Once the jobs have run, and again, everything open is with exactly one person who is here."""
        self._run_jobs()
        self._run_jobs()
        self._nothing_is_lost()
        self._whoever_left_is_closed()

    def _nothing_is_lost(self) -> None:
        people = self.session.scalars(select(Employee).order_by(Employee.id)).all()
        owners: dict[handover.Key, list[Employee]] = {}
        for person in people:
            for key in handover.open_items(self.session, person.id, self.now):
                owners.setdefault(key, []).append(person)
        letters = {key for key in owners if key[0] == "letters"}
        assert letters == {("letters", number) for number in self.letters.owner}
        for key, owned_by in owners.items():
            assert len(owned_by) == 1, f"{key} has {[person.name for person in owned_by]}"
            assert owned_by[0].is_here(self.now), f"{key} is with {owned_by[0].name}, who has left"
            assert handover.owner_of(self.session, key, self.now) == owned_by[0].id

    def _whoever_left_is_closed(self) -> None:
        """A leaving whose moment has passed is closed, and its ledger too."""
        for separation in self.session.scalars(
            select(Separation).where(Separation.state == SeparationState.ANNOUNCED)
        ):
            assert separation.leaves_at > self.now
        for one in handover.open_handovers(self.session):
            assert (one.returns_at or one.effective_at) > self.now

    @invariant()
    def ledgers_are_sound(self) -> None:
        """Nobody hands over to themselves; a closed ledger has no line that waits."""
        rows = self.session.execute(
            select(HandoverItem, Handover).join(Handover, Handover.id == HandoverItem.handover_id)
        ).all()
        for row, one in rows:
            assert row.to_id != one.employee_id
            if one.state != HandoverState.OPEN:
                assert row.state not in handover.WAITING

    def _run_jobs(self) -> None:
        ctx = JobContext(self.session, self.now, CALENDAR, POLICY)
        notices = [*lifecycle_jobs.tend_lifecycle(ctx), *handover_jobs.tend_handovers(ctx)]
        self._check_told(notices)

    def _check_told(self, notices: Sequence[Notice]) -> None:
        """The same is never said twice."""
        for notice in notices:
            if notice.block in ("leaving/has_left", "moving/you_moved", "moving/somebody_moved"):
                about = notice.values.get("separation") or notice.values["transfer"]
                named = (notice.block, notice.to.id, type(about).__name__, about.id)
                assert named not in self.told
                self.told.add(named)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_nothing_is_ever_without_exactly_one_owner() -> None:
    """Several hundred companies, each with up to twenty things that happen to people."""
    run_state_machine_as_test(
        Company,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
