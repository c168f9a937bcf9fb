"""Whatever people do: each figure is the sum of the records it lists, and tallies are what a recount says."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases, contact, performance, tally, training
from models.cases import AssignmentCause, Case, CaseFacts, DebtorFacts, drafting, ownership
from models.contact import ContactChannel, Debtor, Direction
from models.performance import ResultKind, Told
from models.performance.catalogue import CATALOGUE
from models.performance.outside import SIGNED
from models.performance.queries import BEGINNING, Days
from models.staff import Employee
from models.tally import MonthTally, Tally
from models.training import Attempt, Enrolment, PushReason, ReceiptBy
from tests.chat.quizzes import NIGHT, NOTICE
from tests.models import test_cases_invariants as floors
from tests.models.test_cases_invariants import (
    CALENDAR,
    POLICY,
    amounts,
    numbers,
    refusals_are_answers,
    some,
    workers,
)

EXAMPLES, PROOFS, STEPS = 8, 200, 30
END = date(2026, 12, 31)


class Figures(floors.Floor):
    """The floor of the invariants, whose transactions end with a recount as the bot's do."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """What the records add up to is counted anew before it commits."""
        with super().transaction() as session:
            yield session
            tally.recount(session)

    @rule(who=workers, number=numbers)
    def dial(self, who: str, number: int) -> None:
        """A call is begun of which nobody says yet what came."""
        with self.transaction() as session:
            actor, case = self.who(session, who), session.get_one(Case, number)
            if actor is not None:
                contact.record(
                    session,
                    actor=actor,
                    debtor=session.get_one(Debtor, case.debtor_id),
                    contact=None,
                    channel=ContactChannel.CALL,
                    direction=Direction.OUT,
                    at=self.now,
                    policy=POLICY,
                )

    @rule(who=workers, outcome=st.sampled_from(["no_answer", "talked"]))
    def correct(self, who: str, outcome: str) -> None:
        """The newest note is corrected by another one."""
        with self.transaction() as session:
            note = session.scalars(
                select(cases.ContactNote).order_by(cases.ContactNote.id.desc()).limit(1)
            ).one_or_none()
            found = None if note is None else (note.case_id, note.id)
        if found is not None:
            self.act(cases.add_note, who, found[0], outcome=outcome, corrects=found[1])

    @rule(which=some, to=workers)
    def assign_by_drafts(self, which: list[int], to: str) -> None:
        """A large change of owner: laid down first, then written at once."""
        self.batches += 1
        with refusals_are_answers(), self.transaction() as session:
            taker = session.scalars(select(Employee).where(Employee.wecom_id == to)).one()
            intended = ownership.intend(
                session,
                to=dict.fromkeys(which, taker.id),
                cause=AssignmentCause.ASSIGN,
                by=None,
                at=self.now,
                key=f"batch:{self.batches}",
                policy=POLICY,
                calendar=CALENDAR,
            )
            run_id = self.batches
            drafts = drafting.draft_rows(session, intended.moves, run_id=run_id, at=self.now)
            drafting.lay_down(session, drafts)
            drafting.write_drafts(session, run_id=run_id, batch=intended.batch, by=None, at=self.now)
        self.later()

    @rule(number=numbers, amount=amounts)
    def book(self, number: int, amount: int) -> None:
        """A payment comes out of the creditor's books."""
        with refusals_are_answers(), self.transaction() as session:
            cases.book_payment(
                session,
                case=session.get_one(Case, number),
                amount=amount,
                paid_on=self.now.date(),
                external_id=f"{number}:{self.now}",
                at=self.now,
                policy=POLICY,
            )
        self.later()

    @rule(debtor=st.integers(0, 2), bucket=st.integers(0, 7))
    def import_case(self, debtor: int, bucket: int) -> None:
        """One more case of a debtor comes, to who works the others."""
        with self.transaction() as session:
            placement = session.scalars(select(cases.Placement)).one()
            cases.place(
                session,
                placement=placement,
                debtor=DebtorFacts(name=floors.DEBTORS[debtor], phone=f"1380013800{debtor}"),
                facts=CaseFacts(
                    reference=str(self.now),
                    balance=50000,
                    overdue_since=self.now.date() - timedelta(days=30 * bucket),
                ),
                at=self.now,
                policy=POLICY,
                calendar=CALENDAR,
            )
        self.later()

    @rule(
        who=workers,
        kind=st.sampled_from(list(ResultKind)),
        which=st.integers(0, 3),
        other=st.integers(0, 2),
        back=st.integers(0, 40),
        amount=st.integers(1, 100),
    )
    def tell(self, who: str, kind: ResultKind, which: int, other: int, back: int, amount: int) -> None:
        """Another system says something, or says otherwise what it has said before."""
        row = Told(
            kind,
            self.now.date() - timedelta(days=back),
            amount,
            person="" if kind is ResultKind.OVERDUE else who,
            external_id=f"{kind}{which}",
            customer=f"K{other}" if kind is ResultKind.PURCHASE else "",
            loan=f"{ResultKind.LOAN}{other}" if kind is ResultKind.OVERDUE else "",
            first_visit_on=self.now.date() - timedelta(days=back + other) if kind in SIGNED else None,
        )
        with self.transaction() as session:
            performance.take_results(
                session, [row], actor=None, at=self.now, policy=POLICY, system="CRM", preview=other > 1
            )
        self.later()

    @rule(number=st.integers(1, 12))
    def take_back_results(self, number: int) -> None:
        """An import is taken back; what it corrected counts again."""
        with refusals_are_answers(), self.transaction() as session:
            performance.withdraw_import(session, number, actor=None, at=self.now, policy=POLICY)

    @rule(who=workers, course=st.integers(0, 1), due=st.integers(-3, 3))
    def teach(self, who: str, course: int, due: int) -> None:
        """Somebody is to learn a course until a day, which may be over; the second one has no questions."""
        with self.transaction() as session:
            person = self.who(session, who)
            if person is not None:
                draft = (NIGHT, NOTICE)[course]
                done = training.publish(session, draft=draft, actor=None, at=self.now, policy=POLICY)
                enrolment, _ = training.enrol(
                    session, person=person, version=done.version, reason=PushReason.ASSIGNED, at=self.now
                )
                enrolment.due_at = self.now + timedelta(days=due)
        self.later()

    def newest(self, session: Session, which: int) -> Enrolment | None:
        """One of the enrolments, the newest first."""
        return session.scalars(
            select(Enrolment).order_by(Enrolment.id.desc()).offset(which).limit(1)
        ).one_or_none()

    @rule(which=st.integers(0, 3), score=st.integers(0, 100), over=st.booleans())
    def sit(self, which: int, score: int, over: bool) -> None:
        """A try is begun, and handed in at once or never."""
        with self.transaction() as session:
            enrolment = self.newest(session, which)
            if (
                enrolment is None
                or session.scalars(
                    select(Attempt).where(
                        Attempt.enrolment_id == enrolment.id, Attempt.submitted_at.is_(None)
                    )
                ).first()
            ):
                return
            number = len(session.scalars(select(Attempt).where(Attempt.enrolment_id == enrolment.id)).all())
            attempt = Attempt(
                enrolment_id=enrolment.id,
                number=number + 1,
                started_at=self.now,
                ends_at=self.now + timedelta(minutes=10),
                questions=[],
            )
            session.add(attempt)
            session.flush()
            if over:
                attempt.submitted_at, attempt.score, attempt.passed = self.now, score, score >= 80
                if attempt.passed:
                    training.complete(
                        session, person=self.of(session, enrolment), enrolment=enrolment, at=self.now
                    )
        self.later()

    def of(self, session: Session, enrolment: Enrolment) -> Employee:
        """Whose it is."""
        return session.get_one(Employee, enrolment.employee_id)

    @rule(which=st.integers(0, 3), days=st.integers(-40, 40))
    def move_deadline(self, which: int, days: int) -> None:
        """A deadline comes earlier or later."""
        with self.transaction() as session:
            enrolment = self.newest(session, which)
            if enrolment is not None and enrolment.due_at is not None:
                enrolment.due_at += timedelta(days=days)
        self.later()

    @rule(which=st.integers(0, 3), act=st.sampled_from(["read", "withdraw", "leave"]))
    def end_learning(self, which: int, act: str) -> None:
        """It is read, taken back, or everything of the person is."""
        with self.transaction() as session:
            enrolment = self.newest(session, which)
            if enrolment is None:
                return
            person = self.of(session, enrolment)
            if act == "read":
                training.acknowledge(
                    session, person=person, enrolment=enrolment, by=ReceiptBy.BUTTON, at=self.now
                )
            elif act == "leave":
                person.left_at = self.now
                session.flush()
                training.let_go(session, at=self.now)
                person.left_at = None  # and is hired back
            elif enrolment.completed_at is None:
                enrolment.withdrawn_at = self.now
        self.later()

    @rule(day=st.sampled_from([date(2026, 3, 31), date(2026, 4, 30)]))
    def end_month(self, day: date) -> None:
        """How cases stand is noted as the end of a month."""
        with self.transaction() as session:
            performance.note_month_end(session, day, after=0, limit=500)

    @invariant()
    def tallies_are_right(self) -> None:
        """Nothing would be counted otherwise, and months are their days."""
        with self.transaction() as session:
            people = session.scalars(select(Employee.id)).all()
            assert not tally.count_anew(session, people, BEGINNING, END)
            assert months(session) == days_by_month(session)

    def everything_holds(self) -> None:
        """The invariants of cases are another test's."""

    def teardown(self) -> None:
        """In the end every figure explains itself."""
        with self.transaction() as session:
            check_figures(session, session.scalars(select(Employee.id)).all(), self)


def months(session: Session) -> dict[tuple[int, str, date, int], tuple[int, int]]:
    """The months as they are kept."""
    return {
        (row.employee_id, row.measure, row.month, row.entry_bucket): (row.value, row.count)
        for row in session.scalars(select(MonthTally))
        if row.value or row.count
    }


def days_by_month(session: Session) -> dict[tuple[int, str, date, int], tuple[int, int]]:
    """The months as their days add up to them."""
    found: dict[tuple[int, str, date, int], tuple[int, int]] = {}
    for row in session.scalars(select(Tally)):
        key = (row.employee_id, row.measure, row.day.replace(day=1), row.entry_bucket)
        value, count = found.get(key, (0, 0))
        found[key] = value + row.value, count + row.count
    return {key: amounts for key, amounts in found.items() if amounts != (0, 0)}


def check_figures(session: Session, people: Sequence[int], floor: floors.Floor) -> None:
    """Every figure of everybody, of this month and of the last three days, is what its records make."""
    today = floor.now.date()
    month = today.replace(day=1)
    for first, last in ((month, month + timedelta(days=30)), (today - timedelta(days=2), today)):
        found = performance.figures(session, people, first, last, at=floor.now, calendar=CALENDAR)
        for person in people:
            for code, measure in CATALOGUE.items():
                if not measure.live:
                    listed = performance.records_of(session, person, code, first, last, at=floor.now)
                    made = performance.figure_of(code, listed, Days(first, last, today))
                    assert made == found[person][code]


def run(examples: int) -> None:
    """So many floors, each with up to thirty things that people do."""
    run_state_machine_as_test(
        Figures,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_figures_explain_themselves_whatever_people_do() -> None:
    run(EXAMPLES)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_figures_explain_themselves_for_long() -> None:
    run(PROOFS)
