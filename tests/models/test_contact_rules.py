"""The pure rules of contact: the packs' own examples, the boundaries, and the next lawful moment."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.policy import PACKS_FOLDER, load_packs
from config.settings import SettingsError
from models.base import SHANGHAI
from models.contact.kinds import ContactChannel, Purpose, Relation, Rule
from models.contact.rules import Consent, Situation, contradictions, decide, ended_late, situation_of
from models.rule_packs import Example, PackVersion, RulePack

PACKS = load_packs()
EXAMPLES = [
    (pack, version, one) for pack in PACKS.values() for version in pack.versions for one in version.examples
]


def on_monday(clock: str) -> datetime:
    """That time on 2 March 2026."""
    return datetime.combine(date(2026, 3, 2), time.fromisoformat(clock), tzinfo=SHANGHAI)


def call(clock: str = "10:00", **facts: Any) -> Situation:
    """A call on that Monday."""
    return Situation(at=on_monday(clock), channel=ContactChannel.CALL, **facts)


@pytest.mark.parametrize(
    ("pack", "version", "one"),
    EXAMPLES,
    ids=[f"{pack.name} {version.version} {one.says}" for pack, version, one in EXAMPLES],
)
def test_a_pack_does_what_its_examples_say(pack: RulePack, version: PackVersion, one: Example) -> None:
    assert pack.on(one.at.date()) is version
    assert contradictions(one, pack) == []


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_every_rule_of_a_pack_has_an_example_on_both_sides(pack: RulePack) -> None:
    for version in pack.versions:
        shown = {rule for one in version.examples for rule in (*one.rules, *one.warnings)}
        numbered = {
            Rule.CALLS_PER_DAY: version.calls,
            Rule.ATTEMPTS_PER_NUMBER: version.attempts,
            Rule.TEXTS_PER_DAY: version.texts and not version.contacts,
            Rule.CONTACTS_PER_DAY: version.contacts,
            Rule.GAP: version.gap_minutes,
            Rule.QUIET_HOURS: version.hours,
            Rule.THIRD_PARTY_CALLS: version.third_party_calls,
        }
        assert {rule for rule, value in numbered.items() if value} <= shown
        assert any(one.allowed for one in version.examples)


@pytest.mark.parametrize(
    ("clock", "allowed", "next_at"),
    [
        ("00:00:00", False, "2026-03-02 08:00"),
        ("07:59:59", False, "2026-03-02 08:00"),
        ("08:00:00", True, "2026-03-02 08:00"),
        ("21:59:59", True, "2026-03-02 21:59:59"),
        ("22:00:00", False, "2026-03-03 08:00"),
        ("23:59:59", False, "2026-03-03 08:00"),
    ],
)
@pytest.mark.parametrize("channel", list(ContactChannel))
def test_the_window_is_half_open_on_every_channel(
    channel: ContactChannel, clock: str, allowed: bool, next_at: str
) -> None:
    answer = decide(Situation(at=on_monday(clock), channel=channel), PACKS["standard"])

    assert answer.allowed is allowed
    assert answer.next_at == datetime.fromisoformat(next_at).replace(tzinfo=SHANGHAI)
    assert answer.rules == (() if allowed else (Rule.QUIET_HOURS,))
    assert answer.pack == "standard@2026.1"


@pytest.mark.parametrize(
    ("facts", "broken"),
    [
        ({"calls": 2}, None),
        ({"calls": 3}, Rule.CALLS_PER_DAY),
        ({"calls": 2, "unsettled": 1}, Rule.OUTCOME_MISSING),
        ({"calls": 1, "unsettled": 1}, None),
        ({"attempts": 5}, None),
        ({"attempts": 6}, Rule.ATTEMPTS_PER_NUMBER),
        ({"calls": 1, "creditor_calls": 2}, None),
        ({"calls": 2, "creditor_calls": 2}, Rule.CALLS_PER_DAY),
        ({"calls": 3, "creditor_calls": 5}, Rule.CALLS_PER_DAY),
        ({"calls": 0, "creditor_calls": 0}, Rule.CALLS_PER_DAY),
    ],
)
def test_the_counts_of_a_day(facts: dict[str, Any], broken: Rule | None) -> None:
    answer = decide(call(**facts), PACKS["standard"])

    assert answer.rules == (() if broken is None else (broken,))
    if facts.get("creditor_calls") == 0:
        assert answer.next_at is None
    elif broken:
        assert answer.next_at == on_monday("08:00") + timedelta(days=1)


@pytest.mark.parametrize(
    ("channel", "facts", "standard", "strict"),
    [
        (ContactChannel.CALL, {"at": on_monday("21:30")}, (), (Rule.QUIET_HOURS,)),
        (ContactChannel.CALL, {"calls": 2, "contacts": 3}, (), (Rule.CONTACTS_PER_DAY,)),
        (ContactChannel.CALL, {"relation": Relation.JOINT_OBLIGOR}, (), (Rule.JOINT_OBLIGOR,)),
        (ContactChannel.SMS, {"texts": 1, "contacts": 1}, (), ()),
    ],
)
def test_two_packs_say_different_things_of_the_same_situation(
    channel: ContactChannel, facts: dict[str, Any], standard: tuple[Rule, ...], strict: tuple[Rule, ...]
) -> None:
    known = Situation(**{"at": on_monday("10:00"), "channel": channel, **facts})

    assert decide(known, PACKS["standard"]).rules == standard
    assert decide(known, PACKS["strict"]).rules == strict


def test_the_version_of_the_day_counts_and_an_older_one_stays_valid_for_its_time() -> None:
    seventh = call(attempts=6)
    before = replace(seventh, at=datetime(2026, 1, 29, 10, tzinfo=SHANGHAI))
    since = replace(seventh, at=datetime(2026, 1, 30, 10, tzinfo=SHANGHAI))

    assert decide(before, PACKS["standard"]).pack == "standard@2025.1"
    assert decide(before, PACKS["standard"]).allowed
    assert decide(since, PACKS["standard"]).pack == "standard@2026.1"
    assert decide(since, PACKS["standard"]).rules == (Rule.ATTEMPTS_PER_NUMBER,)


def test_the_next_moment_is_that_of_the_version_in_force_then() -> None:
    pack = PACKS["strict"]
    [version] = pack.versions
    later = replace(
        version,
        version="next",
        valid_from=date(2026, 3, 3),
        hours=replace(version.hours, begin=time(9)),
    )
    changing = replace(pack, versions=(version, later))

    assert decide(call("22:00"), changing).next_at == on_monday("09:00") + timedelta(days=1)


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({"stopped": True}, (Rule.STOPPED,)),
        ({"suspended": True}, (Rule.SUSPENDED,)),
        ({"refused": True}, (Rule.REFUSED,)),
        ({"invalid": True}, (Rule.INVALID_NUMBER,)),
        ({"blocks": (Rule.HALTED,)}, (Rule.HALTED,)),
        ({"stopped": True, "at": on_monday("23:00")}, (Rule.STOPPED, Rule.QUIET_HOURS)),
        ({"relation": Relation.UNRELATED_THIRD_PARTY, "purpose": Purpose.RELAY}, (Rule.THIRD_PARTY_GATE,)),
    ],
)
def test_what_no_time_heals_has_no_next_moment(facts: dict[str, Any], rules: tuple[Rule, ...]) -> None:
    answer = decide(Situation(**{**vars(call()), **facts}), PACKS["standard"])

    assert answer.rules == rules
    assert answer.next_at is None


def test_a_supervisor_lifts_the_number_of_visits_and_nothing_harder() -> None:
    visit = Situation(at=on_monday("10:00"), channel=ContactChannel.VISIT, visits=1, visits_in_week=1)
    refused = decide(visit, PACKS["standard"])
    lifted = decide(replace(visit, overridden=True), PACKS["standard"])
    at_night = decide(replace(visit, overridden=True, at=on_monday("23:00")), PACKS["standard"])

    assert (refused.rules, refused.can_be_lifted) == ((Rule.VISITS_PER_DAY,), True)
    assert (lifted.allowed, lifted.warnings) == (True, (Rule.VISITS_PER_DAY,))
    assert (at_night.allowed, at_night.can_be_lifted) == (False, False)


@pytest.mark.parametrize(
    ("begin", "end", "clock", "allowed"),
    [
        ("22:00", "23:00", "22:30", True),
        ("22:00", "23:00", "23:00", False),
        ("22:00", "00:30", "23:59", True),
        ("22:00", "00:30", "00:15", True),
        ("22:00", "00:30", "00:30", False),
        ("06:00", "08:00", "05:59", False),
        ("06:00", "08:00", "06:00", True),
    ],
)
def test_consent_opens_its_hours_and_no_more(begin: str, end: str, clock: str, allowed: bool) -> None:
    at = on_monday(clock)
    consent = Consent(
        time.fromisoformat(begin), time.fromisoformat(end), at - timedelta(days=3), at + timedelta(days=3)
    )

    assert decide(call(clock, consents=(consent,)), PACKS["standard"]).allowed is allowed


def test_consent_ends_in_the_middle_of_its_hours_and_opens_nothing_for_others() -> None:
    at = on_monday("22:30")
    ending = Consent(time(22), time(23), at - timedelta(days=3), at)
    lasting = replace(ending, expires_at=at + timedelta(days=3))

    assert not decide(call("22:30", consents=(ending,)), PACKS["standard"]).allowed
    third = call(
        "22:30",
        consents=(lasting,),
        relation=Relation.UNRELATED_THIRD_PARTY,
        purpose=Purpose.LOCATE,
        lost_contact=True,
    )
    assert decide(third, PACKS["standard"]).rules == (Rule.QUIET_HOURS,)


def test_a_call_that_goes_on_beyond_the_window_is_only_noted() -> None:
    version = PACKS["standard"].on(date(2026, 3, 2))
    begun = on_monday("21:59:00")

    assert ended_late(begun, on_monday("22:04"), version)
    assert not ended_late(begun, on_monday("21:59:59"), version)
    assert not ended_late(on_monday("22:00"), on_monday("22:04"), version)


clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
moments = st.builds(
    lambda day, clock: datetime.combine(date(2026, 3, 1) + timedelta(days=day), clock, tzinfo=SHANGHAI),
    st.integers(0, 30),
    clocks,
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """What can be known of a contact, with what no time heals left out."""
    at = draw(moments)
    relation = draw(st.sampled_from(list(Relation)))
    consents = tuple(
        Consent(begin, end, at - timedelta(days=given), at + timedelta(minutes=lasts))
        for begin, end, given, lasts in draw(
            st.lists(st.tuples(clocks, clocks, st.integers(0, 5), st.integers(1, 5000)), max_size=2)
        )
        if begin != end
    )
    minutes = draw(st.none() | st.integers(0, 30))
    return Situation(
        at=at,
        channel=draw(st.sampled_from(list(ContactChannel))),
        relation=relation,
        purpose=Purpose.RELAY,
        calls=draw(st.integers(0, 4)),
        unsettled=draw(st.integers(0, 2)) if relation is Relation.DEBTOR else 0,
        contacts=draw(st.integers(0, 4)),
        attempts=draw(st.integers(0, 7)),
        texts=draw(st.integers(0, 3)),
        visits=draw(st.integers(0, 2)),
        visits_in_week=draw(st.integers(0, 3)),
        last_attempt_at=None if minutes is None else at - timedelta(minutes=minutes),
        reached_on=tuple(
            at.date() - timedelta(days=days)
            for days in sorted(draw(st.lists(st.integers(0, 40), max_size=2)))
        ),
        consents=consents,
        lost_contact=True,
        creditor_calls=draw(st.none() | st.integers(1, 4)),
        overridden=draw(st.booleans()),
    )


def at_moment(known: Situation, moment: datetime) -> Situation:
    """The same situation when nothing has happened until then: counts of days that are over fall away."""
    monday = moment.date() - timedelta(days=moment.weekday())
    same_day = moment.date() == known.at.date()
    fresh = {"calls": 0, "contacts": 0, "attempts": 0, "texts": 0, "visits": 0}
    if known.relation is Relation.DEBTOR:
        fresh["unsettled"] = 0
    same_week = known.at.date() >= monday
    return replace(
        known,
        at=moment,
        visits_in_week=known.visits_in_week if same_week else 0,
        **({} if same_day else fresh),  # type: ignore[arg-type]
    )


@settings(max_examples=400, deadline=None)
@given(known=situations(), name=st.sampled_from(sorted(PACKS)))
@example(known=call("22:00", calls=3), name="standard")
def test_the_next_moment_is_lawful_and_the_minute_before_is_not(known: Situation, name: str) -> None:
    pack = PACKS[name]
    answer = decide(known, pack)

    if answer.allowed:
        assert answer.next_at == known.at
    elif answer.next_at is None:
        assert set(answer.rules) & {
            Rule.THIRD_PARTY_CHANNEL,
            Rule.THIRD_PARTY_PURPOSE,
            Rule.JOINT_OBLIGOR,
            Rule.OUTCOME_MISSING,
        }
    else:
        assert answer.next_at > known.at
        assert decide(at_moment(known, answer.next_at), pack).allowed
        minute_before = answer.next_at - timedelta(minutes=1)
        if minute_before > known.at:
            assert not decide(at_moment(known, minute_before), pack).allowed


def test_the_examples_are_read_as_they_are_written() -> None:
    known = situation_of(
        Example(
            says="",
            at=on_monday("10:00"),
            allowed=True,
            calls=1,
            texts=1,
            minutes_ago=5,
            reached_days_ago=3,
            consent=(time(22), time(23)),
        )
    )

    assert (known.calls, known.contacts, known.texts) == (1, 2, 1)
    assert known.last_attempt_at == on_monday("09:55")
    assert known.reached_on == (date(2026, 2, 27),)
    assert known.consents[0].covers(on_monday("22:30"))


def write_pack(folder: Path, *changes: tuple[str, str]) -> Path:
    """The strict pack with some words replaced, alone in a folder."""
    text = (PACKS_FOLDER / "strict.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "strict.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("end = 21:00:00", "end = 22:00:00", "对不上"),
        ('name = "strict"', 'name = "other"', "文件名"),
        ('source = "机构内部规定（据报道，比国家标准严）"', 'source = ""', "source"),
        ("valid_from = 2026-01-30", "valid_from = 2026-04-01", "不在这个版本"),
        ("begin = 08:00:00", "begin = 23:00:00", "begin >= end"),
        ("value = 3", "value = -1", "value"),
    ],
)
def test_a_pack_that_does_not_do_what_it_says_stops_the_start(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        load_packs(write_pack(tmp_path, (old, new)))
