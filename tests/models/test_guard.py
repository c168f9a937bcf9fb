"""The guard over the database: what counts for whom, what is always recorded, what stays in the trail."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Muster
from models import contact, secrecy, staff
from models.audit import AuditEvent, AuditOutcome
from models.base import SHANGHAI
from models.contact import (
    ContactAttempt,
    ContactChannel,
    ContactConsent,
    ContactRefused,
    ContactSuspension,
    Creditor,
    Debtor,
    DebtorContact,
    Direction,
    Purpose,
    Reached,
    Relation,
    Rule,
)
from models.staff import Role

MORNING = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)


class Desk:
    """One session with two creditors, their debtors, and two collectors."""

    def __init__(self, muster: Muster, session: Session) -> None:
        self.session, self.policy = session, muster.policy
        team = staff.add_unit(session, name="一组")
        self.people = {
            name: staff.add_employee(session, wecom_id=name, name=name, role=Role.COLLECTOR, unit=team)
            for name in ("alice", "bob")
        }
        self.bank = self.creditor("城市银行", "standard")
        self.fund = self.creditor("小额公司", "strict")

    def creditor(self, name: str, pack: str, calls: int | None = None) -> Creditor:
        """A creditor with its pack."""
        one = Creditor(name=name, pack=pack, calls_per_day=calls)
        self.session.add(one)
        self.session.flush()
        return one

    def debtor(self, creditor: Creditor | None = None, key: str = "wang") -> Debtor:
        """Somebody who owes a creditor."""
        one = Debtor(
            creditor_id=(creditor or self.bank).id,
            key_hash=key,
            owner_id=self.people["alice"].id,
            name_mask="王*",
            created_at=MORNING,
        )
        self.session.add(one)
        self.session.flush()
        return one

    def number(
        self, debtor: Debtor, number: str = "h1", relation: Relation = Relation.DEBTOR
    ) -> DebtorContact:
        """A number of somebody about a debtor."""
        one = DebtorContact(debtor_id=debtor.id, relation=relation, number_hash=number, source="借款合同")
        self.session.add(one)
        self.session.flush()
        return one

    def records(
        self, debtor: Debtor, number: DebtorContact | None, who: str = "alice", **facts: Any
    ) -> ContactAttempt:
        """Somebody says that there was a contact: a call that nobody took, if nothing else is said."""
        given = {
            "channel": ContactChannel.CALL,
            "direction": Direction.OUT,
            "at": MORNING,
            "connected": False,
            **facts,
        }
        return contact.record(
            self.session, actor=self.people[who], debtor=debtor, contact=number, policy=self.policy, **given
        )

    def talks(
        self, debtor: Debtor, number: DebtorContact, who: str = "alice", **facts: Any
    ) -> ContactAttempt:
        """An effective call."""
        return self.records(debtor, number, who, connected=True, reached=Reached.DEBTOR, **facts)

    def decides(
        self, debtor: Debtor, number: DebtorContact | None = None, **facts: Any
    ) -> contact.ContactDecision:
        """What the guard says of a call."""
        given = {"channel": ContactChannel.CALL, "at": MORNING, **facts}
        return contact.decide(self.session, debtor=debtor, contact=number, policy=self.policy, **given)

    def trail(self, action: str) -> list[AuditEvent]:
        """The rows of the evidence trail of one action."""
        rows = self.session.scalars(select(AuditEvent).where(AuditEvent.action == action))
        return list(rows.all())


@pytest.fixture
def desk(muster: Muster) -> Iterator[Desk]:
    """A desk over a database of either kind."""
    with muster.database.writing() as session:
        yield Desk(muster, session)


def test_effective_calls_count_over_all_agents_and_numbers_of_the_creditor(desk: Desk) -> None:
    wang = desk.debtor()
    mobile, office = desk.number(wang, "mobile"), desk.number(wang, "office")
    desk.talks(wang, mobile, "alice")
    desk.talks(wang, office, "bob")

    assert desk.decides(wang, mobile).allowed
    desk.talks(wang, mobile, "bob")
    fourth = desk.decides(wang, office)

    assert (fourth.rules, fourth.allowed) == ((Rule.CALLS_PER_DAY,), False)
    assert fourth.next_at == MORNING.replace(hour=8) + timedelta(days=1)
    assert desk.decides(wang, office, at=fourth.next_at).allowed


def test_another_creditor_of_the_same_person_counts_apart(desk: Desk) -> None:
    of_bank, of_fund = desk.debtor(), desk.debtor(desk.fund)
    there = desk.number(of_bank)
    for _ in range(3):
        desk.talks(of_bank, there)

    assert not desk.decides(of_bank, there).allowed
    assert desk.decides(of_fund).allowed


@pytest.mark.parametrize(
    ("pack", "hour", "rules"),
    [("standard", "21:30", ()), ("strict", "21:30", (Rule.QUIET_HOURS,)), ("", "21:30", ())],
)
def test_each_creditor_lives_by_its_own_pack(
    desk: Desk, pack: str, hour: str, rules: tuple[Rule, ...]
) -> None:
    wang = desk.debtor(desk.creditor("第三家", pack))
    at = datetime.fromisoformat(f"2026-03-02 {hour}").replace(tzinfo=SHANGHAI)

    answer = desk.decides(wang, at=at)

    assert answer.rules == rules
    assert answer.pack == f"{pack or 'standard'}@2026.1"


def test_a_creditor_may_lower_the_number_of_calls(desk: Desk) -> None:
    wang = desk.debtor(desk.creditor("分包方", "standard", calls=1))
    there = desk.number(wang)
    desk.talks(wang, there)

    assert desk.decides(wang, there).rules == (Rule.CALLS_PER_DAY,)


def test_six_attempts_at_a_number_and_no_seventh(desk: Desk) -> None:
    wang, brother = desk.debtor(), desk.debtor(desk.fund, "brother")
    shared, of_brother = desk.number(wang, "shared"), desk.number(brother, "shared")
    for minute in range(5):
        desk.records(wang, shared, at=MORNING + timedelta(minutes=20 * minute))
    later = MORNING + timedelta(hours=5)

    assert desk.decides(wang, shared, at=later).allowed
    desk.records(brother, of_brother, "bob", at=MORNING + timedelta(hours=4))

    assert desk.decides(wang, shared, at=later).rules == (Rule.ATTEMPTS_PER_NUMBER,)
    assert desk.decides(wang, desk.number(wang, "other"), at=later).allowed


def test_a_call_of_which_nobody_said_what_came_counts_until_it_is_said(desk: Desk) -> None:
    wang = desk.debtor()
    there = desk.number(wang)
    calls = [desk.records(wang, there, connected=None) for _ in range(3)]

    assert desk.decides(wang, there).rules == (Rule.OUTCOME_MISSING,)
    contact.settle(
        desk.session, attempt=calls[0], connected=False, reached=None, at=MORNING, policy=desk.policy
    )
    assert desk.decides(wang, there).allowed


def test_what_they_begin_never_counts_and_breaks_nothing(desk: Desk) -> None:
    wang = desk.debtor()
    there = desk.number(wang)
    night = MORNING.replace(hour=23)
    for _ in range(4):
        call = desk.talks(wang, there, direction=Direction.IN, at=night)
        assert (call.flags, call.effective) == ([], False)

    assert desk.decides(wang, there).allowed


def test_what_happened_is_recorded_with_the_rules_that_it_broke(desk: Desk) -> None:
    wang = desk.debtor()
    there = desk.number(wang)
    for _ in range(3):
        desk.talks(wang, there)

    fourth = desk.talks(wang, there, at=MORNING.replace(hour=22))

    assert fourth.flags == [Rule.QUIET_HOURS, Rule.CALLS_PER_DAY]
    assert fourth.pack == "standard@2026.1"
    [row] = desk.trail("contact.breach")[-1:]
    assert row.details == {
        "attempt": fourth.id,
        "rules": [Rule.QUIET_HOURS, Rule.CALLS_PER_DAY],
        "pack": "standard@2026.1",
    }


def test_a_call_begun_in_time_that_ends_later_is_flagged_and_no_breach(desk: Desk) -> None:
    wang = desk.debtor()
    begun = MORNING.replace(hour=21, minute=59, second=59)

    call = desk.talks(wang, desk.number(wang), at=begun, ended_at=begun + timedelta(minutes=5))

    assert call.flags == [Rule.ENDED_LATE]
    assert call.effective
    assert desk.trail("contact.breach") == []


def test_texts_and_visits_count_per_debtor(desk: Desk) -> None:
    wang = desk.debtor()
    for channel in (ContactChannel.SMS, ContactChannel.WECOM):
        assert desk.decides(wang, channel=channel).allowed
        desk.records(wang, None, channel=channel, connected=None)
    desk.records(wang, None, channel=ContactChannel.VISIT)

    assert desk.decides(wang, channel=ContactChannel.SMS).rules == (Rule.TEXTS_PER_DAY,)
    visit = desk.decides(wang, channel=ContactChannel.VISIT)
    assert (visit.rules, visit.can_be_lifted) == ((Rule.VISITS_PER_DAY,), True)
    on_tuesday, on_monday = MORNING + timedelta(days=1), MORNING + timedelta(days=7)
    desk.records(wang, None, channel=ContactChannel.VISIT, at=on_tuesday)
    wednesday = desk.decides(wang, channel=ContactChannel.VISIT, at=MORNING + timedelta(days=2))
    assert (wednesday.rules, wednesday.next_at) == ((Rule.VISITS_PER_WEEK,), on_monday.replace(hour=8))


def test_three_failures_in_a_row_open_the_gate_to_third_parties_and_a_talk_closes_it(desk: Desk) -> None:
    wang = desk.debtor()
    there = desk.number(wang)
    mother = desk.number(wang, "mother", Relation.RELATED_THIRD_PARTY)

    def gate(**facts: Any) -> tuple[Rule, ...]:
        return desk.decides(wang, **{"number": mother, "purpose": Purpose.RELAY, **facts}).rules

    desk.records(wang, there)
    desk.talks(wang, there)
    desk.records(wang, there)
    desk.records(wang, there, connected=True, reached=Reached.THIRD_PARTY)
    assert gate() == (Rule.THIRD_PARTY_GATE,)

    desk.records(wang, there)
    assert wang.lost_contact_at == MORNING
    assert gate() == ()
    assert gate(purpose=None) == (Rule.THIRD_PARTY_PURPOSE,)
    assert gate(channel=ContactChannel.SMS) == (Rule.THIRD_PARTY_CHANNEL,)

    desk.talks(wang, there, direction=Direction.IN)
    assert gate() == (Rule.THIRD_PARTY_GATE,)
    assert [row.action for row in (*desk.trail("contact.lost"), *desk.trail("contact.found"))] == [
        "contact.lost",
        "contact.found",
    ]


def test_a_third_party_is_called_once_in_thirty_days_and_never_after_a_refusal(desk: Desk) -> None:
    wang = desk.debtor()
    wang.lost_contact_at = MORNING
    mother = desk.number(wang, "mother", Relation.RELATED_THIRD_PARTY)
    asked = {"purpose": Purpose.LOCATE}
    desk.records(wang, mother, **asked)
    assert desk.decides(wang, mother, **asked).allowed  # nobody took the call

    desk.records(wang, mother, connected=True, reached=Reached.THIRD_PARTY, **asked)
    again = desk.decides(wang, mother, **asked)
    assert again.rules == (Rule.THIRD_PARTY_CALLS,)
    assert again.next_at == MORNING.replace(hour=8) + timedelta(days=30)
    assert desk.decides(wang, mother, at=again.next_at, **asked).allowed

    mother.do_not_contact_at = MORNING
    refused = desk.decides(wang, mother, at=again.next_at, **asked)
    assert (refused.rules, refused.next_at) == ((Rule.REFUSED,), None)


def test_consent_holds_until_it_is_withdrawn(desk: Desk) -> None:
    wang = desk.debtor()
    night = MORNING.replace(hour=22, minute=30)
    consent = ContactConsent(
        debtor_id=wang.id,
        from_hour=datetime(2026, 1, 1, 22, tzinfo=SHANGHAI).time(),
        to_hour=datetime(2026, 1, 1, 23, tzinfo=SHANGHAI).time(),
        given_at=MORNING,
        expires_at=MORNING + timedelta(days=30),
        noted_by_id=desk.people["alice"].id,
    )
    desk.session.add(consent)
    desk.session.flush()
    assert desk.decides(wang, at=night).allowed
    assert desk.decides(wang, at=MORNING.replace(hour=23)).next_at == MORNING.replace(hour=8) + timedelta(
        days=1
    )

    consent.withdrawn_at = night
    desk.session.flush()
    assert desk.decides(wang, at=night).rules == (Rule.QUIET_HOURS,)


def test_suspended_rights_and_stops_refuse_everything(desk: Desk) -> None:
    wang, alice = desk.debtor(), desk.people["alice"]
    desk.session.add(ContactSuspension(employee_id=alice.id, since=MORNING, why="wording"))
    desk.session.flush()
    assert desk.decides(wang, actor=alice).rules == (Rule.SUSPENDED,)
    assert desk.decides(wang, actor=desk.people["bob"]).allowed

    wang.stopped_at, wang.stopped_why = MORNING, "request"
    assert desk.decides(wang, actor=desk.people["bob"]).rules == (Rule.STOPPED,)


def test_a_refusal_names_rule_version_and_next_moment_and_stays_in_the_trail(desk: Desk) -> None:
    wang, alice = desk.debtor(), desk.people["alice"]
    there = desk.number(wang)
    night = MORNING.replace(hour=22)

    with pytest.raises(ContactRefused) as refused:
        contact.require(
            desk.session,
            debtor=wang,
            channel=ContactChannel.CALL,
            at=night,
            policy=desk.policy,
            contact=there,
            actor=alice,
        )
    contact.note_refusal(desk.session, actor=alice.subject, refusal=refused.value, at=night)

    assert refused.value.facts["rule"] == "quiet_hours"
    assert refused.value.facts["title"] == "国家标准 2026.1"
    assert refused.value.facts["next_at"] == MORNING.replace(hour=8) + timedelta(days=1)
    [row] = desk.trail("contact.refused")
    assert (row.outcome, row.actor, row.subject) == (AuditOutcome.REFUSED, alice.subject, wang.subject)
    assert row.details == {
        "rules": ["quiet_hours"],
        "pack": "standard@2026.1",
        "channel": "call",
        "contact": there.id,
        "next_at": "2026-03-03T08:00:00+08:00",
    }


def test_two_who_dial_at_the_same_moment_do_not_pass_the_limit_together(muster: Muster) -> None:
    with muster.database.writing() as session:
        desk = Desk(muster, session)
        wang = desk.debtor()
        there = desk.number(wang)
        there.number = secrecy.seal(session, wang.subject, "13800138000")
        for _ in range(2):
            desk.records(wang, there, connected=None)
    start, shown, refused = Barrier(2), list[str](), list[str]()

    def dial(account: str) -> None:
        start.wait()
        with muster.database.writing() as session:
            person = staff.find_known(session, account)
            assert person is not None
            try:
                number, _ = contact.reveal_number(
                    session,
                    actor=person,
                    debtor=session.get_one(Debtor, 1),
                    contact=session.get_one(DebtorContact, 1),
                    at=MORNING,
                    policy=muster.policy,
                )
                shown.append(number)
            except ContactRefused as refusal:
                refused.append(refusal.facts["rule"])

    both = [Thread(target=dial, args=[account]) for account in ("alice", "bob")]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert (shown, refused) == (["13800138000"], ["outcome_missing"])


def test_nothing_of_an_erased_person_is_left_with_the_guard(desk: Desk) -> None:
    alice = desk.people["alice"]
    contact.suspend(desk.session, employee=alice, why="威胁客户", at=MORNING, by=None)
    contact.suspend(desk.session, employee=desk.people["bob"], why="alice 说他骂人", at=MORNING, by=None)
    alice.left_at = MORNING
    staff.end_posts(desk.session, employee=alice, at=MORNING)
    desk.session.flush()

    staff.make_unreadable(desk.session, person=alice, at=MORNING)

    whys = desk.session.scalars(select(ContactSuspension.why).order_by(ContactSuspension.id)).all()
    assert list(whys) == ["已删除", "已删除 说他骂人"]


def test_other_areas_may_have_something_against_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from models.contact import queries

    monkeypatch.setattr(queries, "_blocks", [])
    wang, other = desk.debtor(), desk.debtor(key="other")
    contact.on_deciding(lambda _session, debtor, _at: [Rule.HALTED] if debtor is wang else [])

    assert desk.decides(wang).rules == (Rule.HALTED,)
    assert desk.decides(other).allowed


def test_holidays_are_spoken_of_and_forbid_nothing(muster: Muster, desk: Desk) -> None:
    wang = desk.debtor()
    labour_day = MORNING.replace(month=5, day=1)
    calendar = muster.handling.context(desk.session, desk.people["alice"], MORNING).calendar

    answer = desk.decides(wang, at=labour_day, calendar=calendar)

    assert (answer.allowed, answer.warnings) == (True, (Rule.HOLIDAY,))
    assert desk.decides(wang, at=MORNING, calendar=calendar).warnings == ()
    assert not calendar.is_holiday(datetime(2026, 2, 14, tzinfo=SHANGHAI).date())  # a make-up workday


def test_what_is_left_today(desk: Desk) -> None:
    wang = desk.debtor()
    desk.talks(wang, desk.number(wang))
    left = contact.allowance(desk.session, debtor=wang, at=MORNING, policy=desk.policy)

    assert (left.pack.title, left.version) == ("国家标准", "2026.1")
    assert (left.calls, left.calls_most) == (1, 3)
    assert (left.texts, left.texts_most, left.visits, left.visits_most) == (0, 2, 0, 1)
    assert left.decision.allowed
