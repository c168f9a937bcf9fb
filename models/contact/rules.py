"""The pure decision whether somebody may be contacted now, and from when on (domain.md 2.2, 2.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from models.contact.kinds import TEXTS, THIRD_PARTIES, ContactChannel, Purpose, Relation, Rule
from models.rule_packs import Example, Hours, Limit, Mode, PackVersion, RulePack

MOST_STEPS = 50
"""So many times at most the next lawful moment is moved on; each time it lies later."""


@dataclass(frozen=True)
class Consent:
    """Hours to which a debtor has agreed, from `given_at` up to and without `expires_at`.

    They may cross midnight: 22:00 to 00:30.
    """

    begin: time
    end: time
    given_at: datetime
    expires_at: datetime

    def covers(self, at: datetime) -> bool:
        """Whether contact at this moment has been agreed to."""
        if not self.given_at <= at < self.expires_at:
            return False
        clock = at.time()
        if self.begin < self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def opens(self, at: datetime) -> datetime | None:
        """The first moment from `at` on at which it covers; None if there is none any more."""
        for moment in (at, self.given_at, _at(at, self.begin), _at(at + timedelta(days=1), self.begin)):
            if moment >= at and self.covers(moment):
                return moment
        return None


@dataclass(frozen=True)
class Situation:
    """What is known when somebody is to be contacted. Counts are those of the day of `at`."""

    at: datetime
    """Asia/Shanghai."""
    channel: ContactChannel
    relation: Relation = Relation.DEBTOR
    purpose: Purpose | None = None
    calls: int = 0
    """Effective calls to the debtor, or connected ones to this joint obligor."""
    unsettled: int = 0
    """Calls to the same person of which nobody has said what came; to a third party, in all the days."""
    contacts: int = 0
    """Effective calls, texts, letters and visits."""
    attempts: int = 0
    """Dial attempts to the same number."""
    texts: int = 0
    visits: int = 0
    visits_in_week: int = 0
    last_attempt_at: datetime | None = None
    """At the same number."""
    reached_on: tuple[date, ...] = ()
    """Days on which this third party was talked to, newest first."""
    consents: tuple[Consent, ...] = ()
    lost_contact: bool = False
    stopped: bool = False
    suspended: bool = False
    refused: bool = False
    invalid: bool = False
    risk: bool = False
    holiday: bool = False
    blocks: tuple[Rule, ...] = ()
    """What other areas have against it."""
    creditor_calls: int | None = None
    """The creditor's own, lower number of effective calls."""
    overridden: bool = False
    """Somebody who may lift what can be lifted has done so."""


@dataclass(frozen=True)
class ContactDecision:
    """Whether a contact is lawful, and if not, why and from when on it will be."""

    allowed: bool
    rules: tuple[Rule, ...]
    """The rules that refuse it."""
    next_at: datetime | None
    """The earliest lawful moment, if nothing else happens meanwhile; None: it does not become lawful by
    itself. Of an allowed contact the moment itself."""
    pack: str
    """`name@version` by which it was judged."""
    warnings: tuple[Rule, ...] = ()
    """Rules that it breaks, but that refuse nothing."""
    can_be_lifted: bool = False
    """Whether somebody with the right to lift could allow it."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Rule → its number, where it has one."""

    @property
    def broken(self) -> tuple[Rule, ...]:
        """All of them: what a contact that happened is flagged with."""
        return self.rules + self.warnings


@dataclass(frozen=True)
class _Broken:
    rule: Rule
    ready_at: datetime | None = None
    """When this rule alone would allow it; None: not by itself."""
    mode: Mode = Mode.REFUSE
    limit: int | None = None


def decide(situation: Situation, pack: RulePack) -> ContactDecision:
    """Whether this contact is lawful by the version of the pack that is in force then."""
    found = _order(_examine(situation, pack.on(situation.at.date()), situation.at))
    refusing = [one for one in found if _refuses(one, situation)]
    return ContactDecision(
        allowed=not refusing,
        rules=tuple(one.rule for one in refusing),
        next_at=_next(situation, pack),
        pack=pack.named_on(situation.at.date()),
        warnings=tuple(one.rule for one in found if not _refuses(one, situation)),
        can_be_lifted=bool(refusing) and all(one.mode is Mode.ASK for one in refusing),
        limits={str(one.rule): one.limit for one in found if one.limit is not None},
    )


def _refuses(one: _Broken, situation: Situation) -> bool:
    return one.mode is Mode.REFUSE or (one.mode is Mode.ASK and not situation.overridden)


def _order(found: Iterable[_Broken]) -> list[_Broken]:
    places = list(Rule)
    return sorted(found, key=lambda one: places.index(one.rule))


def _next(situation: Situation, pack: RulePack) -> datetime | None:
    """The earliest moment at which nothing refuses it.

    Every refusing rule tells the first moment at which it would be content; the latest of them cannot lie
    behind the answer, so that moving there until all are content finds it.
    """
    at = situation.at
    for _ in range(MOST_STEPS):
        found = _examine(situation, pack.on(at.date()), at)
        waits = [one.ready_at for one in found if _refuses(one, situation)]
        if not waits:
            return at
        moments = [moment for moment in waits if moment is not None]
        if len(moments) < len(waits):
            return None
        at = max(moments)
    return None


def _examine(s: Situation, version: PackVersion, at: datetime) -> list[_Broken]:
    """All rules that a contact at `at` would break, knowing what was known at the moment of the situation."""
    return [
        *_standing(s, version),
        *_third_party(s, version, at),
        *_hours(s, version, at),
        *_counts(s, version, at),
    ]


def _standing(s: Situation, version: PackVersion) -> list[_Broken]:
    """What does not change with the time of day."""
    found = [_Broken(rule) for rule in s.blocks]
    for holds, rule in (
        (s.stopped, Rule.STOPPED),
        (s.suspended, Rule.SUSPENDED),
        (s.refused, Rule.REFUSED),
        (s.invalid, Rule.INVALID_NUMBER),
    ):
        if holds:
            found.append(_Broken(rule))
    if s.relation is Relation.JOINT_OBLIGOR and not version.joint_obligors.value:
        found.append(_Broken(Rule.JOINT_OBLIGOR))
    if s.risk:
        found.append(_Broken(Rule.RISK, mode=Mode.WARN))
    return found


def _third_party(s: Situation, version: PackVersion, at: datetime) -> list[_Broken]:
    if s.relation not in THIRD_PARTIES:
        return []
    found: list[_Broken] = []
    if not version.third_parties.value:
        found.append(_Broken(Rule.THIRD_PARTY))
    if not s.lost_contact:
        found.append(_Broken(Rule.THIRD_PARTY_GATE, limit=version.lost_contact_attempts.value))
    if s.purpose is None or s.purpose not in version.third_party_purposes.value:
        found.append(_Broken(Rule.THIRD_PARTY_PURPOSE))
    if s.channel not in version.third_party_channels.value:
        found.append(_Broken(Rule.THIRD_PARTY_CHANNEL))
    limit = version.third_party_calls
    reached = [day for day in s.reached_on if day + timedelta(days=limit.days) > at.date()]
    if len(reached) >= limit.value:
        ready = None
        if limit.value:
            ready = _midnight(at, reached[limit.value - 1] + timedelta(days=limit.days))
        found.append(_Broken(Rule.THIRD_PARTY_CALLS, ready, limit.mode, limit.value))
    elif len(reached) + s.unsettled >= limit.value:
        found.append(_Broken(Rule.OUTCOME_MISSING, None, limit.mode, s.unsettled))
    return found


def _hours(s: Situation, version: PackVersion, at: datetime) -> list[_Broken]:
    found: list[_Broken] = []
    hours = version.hours
    if not _within(hours, at):
        agreed = s.consents if version.consent.value and s.relation is Relation.DEBTOR else ()
        if not any(consent.covers(at) for consent in agreed):
            opens = [opening for consent in agreed if (opening := consent.opens(at)) is not None]
            found.append(_Broken(Rule.QUIET_HOURS, min([_opening(hours, at), *opens]), hours.mode))
    if s.channel is ContactChannel.VISIT and not _within(version.visit_hours, at):
        ready = _opening(version.visit_hours, at)
        found.append(_Broken(Rule.VISIT_HOURS, ready, version.visit_hours.mode))
    if s.holiday and version.holiday.value and at.date() == s.at.date():
        found.append(
            _Broken(Rule.HOLIDAY, _midnight(at, at.date() + timedelta(days=1)), version.holiday.mode)
        )
    return found


def _counts(s: Situation, version: PackVersion, at: datetime) -> list[_Broken]:
    today, day = s.at.date(), at.date()
    tomorrow = _midnight(at, day + timedelta(days=1))
    monday = _midnight(at, day + timedelta(days=7 - day.weekday()))
    this_week = monday_of(today) == monday_of(day)
    found: list[_Broken] = []

    def count(rule: Rule, limit: Limit | None, counted: int, ready: datetime) -> None:
        if limit is not None and counted >= limit.value:
            found.append(_Broken(rule, ready if limit.value else None, limit.mode, limit.value))

    if day == today and s.relation not in THIRD_PARTIES:
        if s.channel is ContactChannel.CALL:
            calls = calls_limit(version, s.creditor_calls)
            count(Rule.CALLS_PER_DAY, calls, s.calls, tomorrow)
            if calls is not None and s.calls < calls.value <= s.calls + s.unsettled:
                found.append(_Broken(Rule.OUTCOME_MISSING, tomorrow, calls.mode, s.unsettled))
        count(Rule.CONTACTS_PER_DAY, version.contacts, s.contacts, tomorrow)
    if day == today:
        if s.channel is ContactChannel.CALL:
            count(Rule.ATTEMPTS_PER_NUMBER, version.attempts, s.attempts, tomorrow)
        if s.channel in TEXTS:
            count(Rule.TEXTS_PER_DAY, version.texts, s.texts, tomorrow)
    if s.channel is ContactChannel.VISIT:
        if day == today:
            count(Rule.VISITS_PER_DAY, version.visits, s.visits, tomorrow)
        if this_week:
            count(Rule.VISITS_PER_WEEK, version.visits_in_week, s.visits_in_week, monday)
    if s.channel is ContactChannel.CALL and version.gap_minutes is not None and s.last_attempt_at is not None:
        ready = s.last_attempt_at + timedelta(minutes=version.gap_minutes.value)
        if at < ready:
            gap = version.gap_minutes
            found.append(_Broken(Rule.GAP, ready, gap.mode, gap.value))
    return found


def calls_limit(version: PackVersion, creditor_calls: int | None) -> Limit | None:
    """The number of effective calls, which a creditor may have lowered and never raises."""
    limit = version.calls
    if creditor_calls is None or (limit is not None and limit.value <= creditor_calls):
        return limit
    if limit is None:
        return Limit("creditor", "creditor", creditor_calls)
    return Limit(limit.note, limit.source, creditor_calls, limit.mode)


def ended_late(begun_at: datetime, ended_at: datetime, version: PackVersion) -> bool:
    """Whether a call that was begun in time went on beyond it: noted, and no breach (domain.md 2.2)."""
    return _within(version.hours, begun_at) and ended_at > begun_at and not _within(version.hours, ended_at)


def monday_of(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def situation_of(example: Example) -> Situation:
    """The situation that an example tells."""
    at = example.at
    consents: tuple[Consent, ...] = ()
    if example.consent is not None:
        begin, end = example.consent
        consents = (Consent(begin, end, at - timedelta(days=1), at + timedelta(days=30)),)
    minutes, days = example.minutes_ago, example.reached_days_ago
    return Situation(
        at=at,
        channel=ContactChannel(example.channel),
        relation=Relation(example.relation),
        purpose=Purpose(example.purpose) if example.purpose else None,
        calls=example.calls,
        unsettled=example.unsettled,
        contacts=example.calls + example.texts + example.visits,
        attempts=example.attempts,
        texts=example.texts,
        visits=example.visits,
        visits_in_week=max(example.visits, example.visits_in_week),
        last_attempt_at=None if minutes is None else at - timedelta(minutes=minutes),
        reached_on=() if days is None else (at.date() - timedelta(days=days),),
        consents=consents,
        lost_contact=example.lost_contact,
        stopped=example.stopped,
        suspended=example.suspended,
        refused=example.refused,
        holiday=example.holiday,
        creditor_calls=example.creditor_calls,
    )


def contradictions(example: Example, pack: RulePack) -> list[str]:
    """In what the pack's answer differs from the example's: nothing, if it does what its writer says."""
    answer = decide(situation_of(example), pack)
    wanted = example.at if example.allowed else example.next_at
    return [
        f"{name} {told!s} != {expected!s}"
        for name, told, expected in (
            ("allowed", answer.allowed, example.allowed),
            ("rules", answer.rules, tuple(example.rules)),
            ("warnings", answer.warnings, tuple(example.warnings)),
            ("next_at", answer.next_at, wanted),
        )
        if told != expected
    ]


def _within(hours: Hours, at: datetime) -> bool:
    return hours.begin <= at.time() < hours.end


def closed_until(hours: Hours, at: datetime) -> datetime | None:
    """When those hours begin next; None if it is within them at `at`."""
    return None if _within(hours, at) else _opening(hours, at)


def _opening(hours: Hours, at: datetime) -> datetime:
    """When those hours begin next."""
    opening = _at(at, hours.begin)
    return opening if opening >= at else _at(at + timedelta(days=1), hours.begin)


def _at(day: datetime, clock: time) -> datetime:
    return datetime.combine(day.date(), clock, tzinfo=day.tzinfo)


def _midnight(at: datetime, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=at.tzinfo)
