"""Typed policy values: the numbers and rights an administrator may change (config/policy.toml)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Literal

from models.flows import Flow
from models.notice_policy import NoticeTexts
from models.rule_packs import RulePack
from models.wording_policy import WordingPolicy


@dataclass(frozen=True)
class CheckInPolicy:
    """Values of check-in and its reminder."""

    reminder_minutes_before: int
    """Minutes before the start of a shift at which the reminder is due."""
    reminder_expires_minutes_after: int
    """Minutes after the start of a shift from which a late reminder is no longer sent."""
    location_max_age_minutes: int
    """How old a location report may be, in minutes, to count for a tap or a word."""
    location_late_seconds: int
    """A location report that comes this many seconds after a check-in still belongs to it."""
    location_required: bool
    """Whether a check-in without a recent location is refused."""
    early_minutes: int
    """How long before the start of a shift a check-in already belongs to it, in minutes."""
    grace_minutes: int
    """Minutes after the start of a shift that still count as on time."""
    late_minutes: int
    """Up to so many minutes it is late, or an early leave."""
    half_day_minutes: int
    """From so many minutes on the day counts as absent, below it half a day."""
    out_minutes_after: int
    """So long after the end of a shift a check-out still belongs to it."""
    out_reminder_minutes_after: int
    """Minutes after the end of a shift at which who has not checked out is reminded."""
    overtime_from_minutes: int
    """Less than this after the end is no overtime."""
    official_days: int
    """So many days of WeCom's own check-in records are fetched the first time; 0: none ever."""
    official_minutes: int
    """So many minutes apart ours and WeCom's own record still are the same act."""
    official_metres: int
    """So many metres apart they still are at the same place."""
    correction_workdays: int
    """So many workdays afterwards a check-in can be corrected (domain.md 6.3)."""
    corrections_a_month: int
    """So many corrections somebody may ask for in a month (domain.md 6.3)."""
    leave_back_days: int
    """A leave may have begun so many days ago when it is asked for."""
    overtime_workdays: int
    """So many workdays afterwards overtime can be asked for."""
    overtime_talk_hours: int
    """Over so many hours of overtime in a month the leader is told once, to talk (domain.md section 9)."""
    overtime_limit_hours: int
    """So many hours in a month the law allows; shown to whoever decides (domain.md 2.6)."""


@dataclass(frozen=True)
class LocationPolicy:
    """Values of places, evidence and what is kept of people's whereabouts."""

    consent_version: str
    """The version of what people agree to; a new one asks everybody anew."""
    keep_days: int
    """Days for which a point and the name of a phone can be read (domain.md 2.6)."""
    site_radius_metres: int
    """Metres around a place of work that still belong to it."""
    accurate_metres: float
    """Up to so many metres a phone is sure where it is."""
    vague_metres: float
    """From more than so many metres on a phone is unsure."""
    speed_kmh: float
    """Faster than this nobody travels between two check-ins."""
    same_point_days: int
    """The very same point on so many days is odd."""
    same_accuracy: int
    """So many fixes before, at other points but with exactly the same accuracy, are odd."""
    clock_off_seconds: float
    """A phone's clock that is further off is odd."""
    late_seconds: int
    """What was measured longer ago than this when it arrived was sent late."""
    readers_days: int
    """So many days back a person sees who looked at their track."""
    queued_hours: int
    """How old a check-in that waited on the phone for a signal may be."""


@dataclass(frozen=True)
class FieldworkPolicy:
    """Values of visits to customers."""

    fence_metres: int
    """Metres around a customer's address that still belong to it."""
    stay_minutes: int
    """A shorter visit is no valid one."""
    note_hours: int
    """Within so many hours a visit is to be noted."""
    in_time_minutes: int
    """Up to so much before or after the planned moment a check-in is in time."""
    photo_needed: bool
    """Whether a valid visit takes a photo of the place."""
    claim_words: tuple[str, ...]
    """Words of a note by which somebody says to have been at the customer's."""
    not_yet_words: tuple[str, ...]
    """Words shortly before them by which nobody has been there: it is planned, asked for or denied."""


@dataclass(frozen=True)
class FieldAlertPolicy:
    """Values of the alerts of field work (domain.md 6.5)."""

    track_roles: frozenset[str]
    """Whose points are kept as a track while they are in shift; of all others only check-ins are."""
    stop_radius_metres: float
    """All points of a stay lie within so many metres."""
    stop_minutes: int
    """Longer than this is a stay."""
    stop_points: int
    """It rests on so many points at least."""
    stop_gap_minutes: int
    """Between two of them at most."""
    noon_from: time
    noon_until: time
    """Lunch, which does not count."""
    silent_workdays: int
    """So many workdays in a row without a note are told."""
    visit_days: int
    """Over so many attended workdays visits are counted."""
    visits_least: float
    """Fewer valid visits a day are told."""
    risk_contacts: int
    """So many contacts with the same person on a list of risks are told."""
    risk_days: int
    """Within so many days."""
    explain_workdays: int
    """So long the person may explain before whoever leads is told."""


@dataclass(frozen=True)
class InboxPolicy:
    """Values of receiving."""

    keep_days: int
    """Days for which messages, in and out, are kept."""
    other_half_seconds: int
    """An event and its message with the same content within this time are one act of the person."""


@dataclass(frozen=True)
class DeliveryPolicy:
    """Values of the outbox."""

    answer_expires_minutes: int
    """Minutes after which an answer that could not be delivered is given up."""
    push_expires_minutes: int
    """The same for messages that nobody asked for."""
    retry_first_seconds: int
    retry_longest_seconds: int
    """Bounds of the pause between two attempts; it doubles in between, with jitter."""
    sending_lease_seconds: int
    """How long a row may stay in `sending` before it counts as left behind."""
    pushes_per_second: int
    """Of many notices of one cause, so many different ones become due in each second."""
    number_keep_minutes: int
    """Minutes for which a message that shows a full number is kept once it has left."""
    attachment_keep_days: int
    """Days for which a file is kept after the last message that needed it could still leave."""


@dataclass(frozen=True)
class GovernorPolicy:
    """How much may leave (protocol 3.14)."""

    member_per_minute: int
    member_per_hour: int
    """Messages one member gets from the app; the platform drops more in silence."""
    account_limit: int
    """Accounts of the corporation, as its console shows."""
    per_account_day: int
    """Messages the app may send a day for each account."""
    texts_per_minute: int
    texts_per_hour: int
    texts_per_day: int
    """Text messages one number gets; gateways refuse more."""
    spread_seconds: int
    """Pushes held at the full and half hour leave within this many seconds after it."""


LEAST_LOG_MONTHS = 6
"""For so long the evidence trail is kept at least (domain.md 0)."""


@dataclass(frozen=True)
class AuditPolicy:
    """Values of the evidence trail."""

    log_months: int
    """Months for which its rows are kept."""
    group_chat: str
    """The group chat that is told the ends of the chain; empty for none."""
    group_minutes: int
    """How often it is told."""

    def __post_init__(self) -> None:
        """Refuse what no administrator may choose."""
        if self.log_months < LEAST_LOG_MONTHS:
            raise ValueError(f"audit.log_months < {LEAST_LOG_MONTHS}")
        if self.group_minutes < 1:
            raise ValueError("audit.group_minutes < 1")


@dataclass(frozen=True)
class JobPolicy:
    """Values of the timetable."""

    late_after_seconds: int
    """A planned moment older than this counts as missed, and its entry's own rule decides."""
    attempts: int
    """How often a failing job run is tried."""
    retry_seconds: int
    """Seconds until a failed run is tried again; it doubles each time."""
    keep_runs_days: int
    """Days for which finished job runs and due items are kept."""


@dataclass(frozen=True)
class SecurityPolicy:
    """Values of looking at people's data and of sensitive actions."""

    second_factor_required: bool
    """Whether sensitive actions are refused until the person has registered an authenticator."""
    reveals_per_day: int
    """How many full phone numbers one person may see in a day, one by one."""
    confirm_minutes: int
    """Minutes within which a full export has to be confirmed."""


@dataclass(frozen=True)
class CandidatePolicy:
    """Values of who candidates are and which WeChat is theirs."""

    code_hours: int
    """Hours for which a binding code or its QR code works."""
    wrong_codes: int
    """After so many wrong codes a WeChat has to wait."""
    locked_hours: int
    """How long it has to wait."""
    wrong_tails: int
    """After so many wrong ends of a phone number the code is void."""
    undo_merge_days: int
    """Days within which a merge can be taken back."""
    undo_admission_hours: int
    """Hours within which an admission can be taken back."""
    confirm_minutes: int
    """Minutes within which an admission or a correction has to be confirmed."""


@dataclass(frozen=True)
class NoticePolicy:
    """Values of what candidates are told (domain.md 7)."""

    unread_minutes: int
    """Without a sign of life for so long a text message follows."""
    receipt_minutes: int
    """A text whose fate is unknown, or which is still waiting, counts as failed after this time."""
    progress_days: int
    """So many days back HR sees what became of notices."""
    stuck_minutes: int
    """A notice that has waited so long on a channel goes over the next one."""
    stuck_notices: int
    """When so many are stuck on a channel, IT is told."""
    keep_hours: int
    """Without an end of its own a notice is worth sending for so long."""
    watch_hours: int
    """So long after its end it is looked at what became of it."""
    quiet_begins: time
    quiet_ends: time
    """Between the two candidates are left in peace, changes of the same day excepted."""
    reminder_hours: tuple[int, ...]
    """So many hours before an appointment it is reminded of."""
    undo_minutes: int
    official_template: str
    """Id of the service account's template for those who have not written lately; empty for none."""
    official_what: str
    official_when: str
    """The names of its two fields: what it is about, and when."""
    target_minutes: int
    """Within so much time of its cause a notice leaves; of one that does not the HR lead hears (S1-02)."""
    citing: int
    """When so many who stayed away cite missing notices, the report proposes another order of channels."""
    replies: Mapping[str, tuple[str, ...]]
    """Kind of a reply → the phrases that say so; the first kind that fits counts (S1-14, S1-44)."""

    def __post_init__(self) -> None:
        """Refuse what no administrator may choose."""
        if min(self.unread_minutes, self.receipt_minutes, self.stuck_minutes, self.stuck_notices) < 1:
            raise ValueError("notices: unread_, receipt_, stuck_ < 1")
        if min(self.target_minutes, self.citing) < 1:
            raise ValueError("notices: target_minutes, citing < 1")


@dataclass(frozen=True)
class DoctorPolicy:
    """From where on `muster doctor` calls something a fault."""

    free_megabytes: int
    """Free space of the data directory below which it is a fault."""
    drift_seconds: int
    """How far the machine's clock may be from the platform's."""
    sync_days: int
    """After so many days without a full run of the directory it is a fault."""


@dataclass(frozen=True)
class DirectoryPolicy:
    """Values of the directory sync."""

    most_leavers_percent: int
    """If more of the active people than this would leave at once, nobody does and a person has to look."""
    most_leavers_people: int
    """So few may leave at once whatever share they are."""
    roles: Mapping[str, str]
    """Words of a position → the role it stands for."""
    kinds: Mapping[str, str]
    """How the name of a department ends → what kind of unit it is."""


@dataclass(frozen=True)
class FilesPolicy:
    """Values of stored files, by the kind of a file (models/files/rules.py)."""

    most_megabytes: Mapping[str, int]
    """How large a file may be."""
    keep_days: Mapping[str, int]
    """For how long it is kept; a health proof, if nobody decides."""
    health_proof_days: int
    """Days after the decision for which a health proof is kept."""
    most_files: int
    """How many files one person may have."""


@dataclass(frozen=True)
class CalendarPolicy:
    """Days on which the organisation differs from the published calendar."""

    workdays: frozenset[date]
    rest_days: frozenset[date]
    holidays: frozenset[date]
    """Rest days of a statutory holiday, for a year that is not published yet; overtime is shown apart."""
    nag_from: str
    """From this day on (month-day) administrators are told that next year has no days yet."""

    def __post_init__(self) -> None:
        """Refuse a day that is worked and free at once, and a day that no year has."""
        date.fromisoformat(f"2000-{self.nag_from}")
        if twice := self.workdays & (self.rest_days | self.holidays):
            raise ValueError(f"{min(twice)}: workdays, rest_days, holidays")


@dataclass(frozen=True)
class PeoplePolicy:
    """Values of all changes about people."""

    confirm_minutes: int
    """How long a preview waits for its confirmation."""
    powerful_roles: frozenset[str]
    """Roles that take the right `people.appoint` to give."""


@dataclass(frozen=True)
class ChecklistStep:
    """One line of a checklist."""

    key: str
    """Its words stand in config/texts/work.j2."""
    role: str
    """The role that does it, nearest to the unit; `leader` for who leads the unit."""
    workdays: int
    """Due so many workdays after the start; negative: before."""


@dataclass(frozen=True)
class ChecklistPolicy:
    """Values of checklists."""

    due_at: time
    """The time of day at which a step is due."""
    urgent_hours: int
    """A step whose time has passed when the list begins is due so many hours later."""
    remind_hours: int
    """Hours before it is due at which the owner is reminded."""
    preparing: tuple[ChecklistStep, ...]
    """For who was told that they passed, before there is an employee."""
    joining: tuple[ChecklistStep, ...]
    moving: tuple[ChecklistStep, ...]


@dataclass(frozen=True)
class JoiningPolicy:
    """Values of joining."""

    number_prefix: str
    """What employee numbers begin with."""
    starts_at: time
    """The time of day at which the first day begins for the messages; rights begin with the day."""
    handbook: str
    directions: str
    """Addresses of the starter pack; empty: left out."""


@dataclass(frozen=True)
class HandoverPolicy:
    """Values of handing over and covering."""

    answer_workdays: int
    """Workdays within which a successor answers; then the next one is asked."""
    most_refusals: int
    """After so many refusals it falls to who leads the unit."""
    remind_workdays: frozenset[int]
    """So many workdays before the last day, leader and HR hear of what nobody has accepted."""
    delegate_workdays: int
    """A leave of up to so many workdays leaves the owner the owner."""


@dataclass(frozen=True)
class RemindersPolicy:
    """Values of reminders about cases, and of whom they go on to (domain.md 5.4)."""

    work_starts_at: time
    work_ends_at: time
    """Working hours of who has no shift."""
    quiet_from: time
    quiet_to: time
    """Between them nobody without a shift is pushed to, unless it cannot wait."""
    deadline_warning_hours: int
    """Working hours before a deadline at which its owner is reminded."""
    supervisor_hours: int
    """Working hours after the first breach at which the supervisor hears of it."""
    signal_minutes: tuple[int, int, int, int]
    """Minutes after a signal came at which owner, leader, supervisor and manager hear that it still waits."""
    signal_later_minutes: int
    """Who puts off what customer service passed on plans the call so many minutes from now."""
    note_hours: int
    """Hours after a number was dialled within which a note says what came of it."""
    follow_up_minutes: int
    """Minutes before a follow-up at which it is announced."""
    snooze_minutes: tuple[int, int]
    """What the two snooze buttons of a card put off by."""
    snooze_tomorrow_at: time
    """What the third one puts off to, on the next workday."""
    promise_before_at: time
    promise_due_at: time
    promise_broken_at: time
    """When promises are looked at: the workday before, the day itself, and once day and grace are over."""
    placement_days: frozenset[int]
    """So many days before a placement ends its owners hear of it."""
    idle_workdays: int
    """After so many workdays without a note, owner and leader hear of it."""
    reassign_workdays: int
    """After so many, the supervisor is asked whether somebody else is to have the case."""
    ended_reason: str
    """What stands in the history of a case that goes back because its placement has ended."""
    review_at: time
    """When idle cases and ending placements are looked at on a workday."""
    most_cards: int
    """Cards about cases that one person gets in a day; what is more waits for the evening card."""
    most_listed: int
    """Cases named on one card; of more it says how many there are."""
    morning_at: time
    morning_until: time
    """When the morning card comes where no shift is known, and from when on it is too late for it."""
    evening_at: time
    """When the evening card comes where no shift is known."""
    evening_minutes_before: int
    """Minutes before the end of the shift at which it comes otherwise."""


LEAST_RECYCLING_DAYS = 3
"""Idle cases stay with their owner for so many days at least (domain.md 5.3)."""


@dataclass(frozen=True)
class RecyclingRule:
    """After how many idle days cases of some buckets go to somebody else."""

    buckets: tuple[int, ...]
    days: int


@dataclass(frozen=True)
class DistributionPolicy:
    """Values of giving out cases (domain.md 5.3)."""

    claims_per_day: int
    """How many cases somebody may claim from the pool in a day."""
    share_percent: int
    """By performance, the most that one person gets of what is given out at once."""
    high_value_percent: int
    """By performance, so many of the debtors, those who owe most, go to the best third."""
    at_once: int
    """More cases than these are looked at and given out by a worker, in short transactions."""
    most_at_once: int
    """More cases than these are not given out in one go."""
    score_days: int
    """Days whose confirmed payments make the score."""
    default_strategy: str
    """The strategy where none is named."""
    strategies: Mapping[str, tuple[str, ...]]
    """Code of a strategy → what people call it; the first is shown."""
    recycling: tuple[RecyclingRule, ...]
    """Buckets that no rule names are never taken away."""
    recycling_remind_days: int
    recycling_warn_days: int
    """So many days before, the owner is reminded and the supervisor told."""
    recycling_most: int
    """So many debtors at most go to somebody else in one night."""

    def __post_init__(self) -> None:
        """Refuse what no administrator may choose."""
        if any(rule.days < LEAST_RECYCLING_DAYS for rule in self.recycling):
            raise ValueError(f"distribution.recycling: days < {LEAST_RECYCLING_DAYS}")
        if not 0 < self.recycling_warn_days < self.recycling_remind_days < LEAST_RECYCLING_DAYS:
            raise ValueError("distribution.recycling_remind_days, recycling_warn_days")
        if self.default_strategy not in self.strategies:
            raise ValueError("distribution.default_strategy")

    @property
    def recycling_days(self) -> Mapping[int, int]:
        """Bucket → days."""
        return {bucket: rule.days for rule in self.recycling for bucket in rule.buckets}


@dataclass(frozen=True)
class LeavingPolicy:
    """Values of leaving."""

    last_hour: time
    """The time at which the last day ends, where none is named."""
    reasons: Mapping[str, tuple[str, ...]]
    """Reason → the words for it, the first of which is shown; in the order in which they are offered."""
    report: Mapping[str, str]
    """Field of the leaving report → what it is called in the spreadsheet."""


class TurnoverFormula(StrEnum):
    """How a turnover rate is made (domain.md section 9)."""

    AVERAGE = "average"
    """Leavers ÷ ((headcount at the start + at the end) ÷ 2)."""
    LEAVERS_AND_END = "leavers_and_end"
    """Leavers ÷ (leavers + headcount at the end): never over 100 %."""


@dataclass(frozen=True)
class TurnoverPolicy:
    """Values of the turnover report."""

    formula: TurnoverFormula
    early_days: int
    """Who is gone within so many days counts as early attrition."""
    survival_months: int
    """The survival curve follows those hired in so many months."""
    least_people: int
    """Groups with fewer people are not told."""


@dataclass(frozen=True)
class ContactPolicy:
    """Values of contacting debtors beside those of the rule packs."""

    default_pack: str
    """The rule pack of a creditor for whom none is named."""
    dials_per_day: int
    """How often one person may dial numbers of debtors in a day."""
    consent_days: int
    """A consent to other hours holds for so many days at most."""
    stop_reasons: Mapping[str, tuple[str, ...]]
    """Why a debtor is not contacted any more → the words for it, the first of which is shown."""
    risk_kinds: Mapping[str, str]
    """Kind of a risk list → what people call it."""


@dataclass(frozen=True)
class CaseOutcome:
    """What can come of a contact."""

    words: tuple[str, ...]
    """What people call it; the first is shown."""
    connected: bool | None = None
    """Whether somebody answered; empty if that is not said by the outcome."""
    reached: str = ""
    """With whom somebody talked: `debtor`, `joint_obligor`, `third_party` or `nobody`; empty: not said."""

    @property
    def deals(self) -> bool:
        """Whether what was planned or passed on is dealt with by it: whoever owes was reached."""
        return self.reached in ("debtor", "joint_obligor")


@dataclass(frozen=True)
class SettlementTier:
    """Who decides about a waiver up to some share and amount."""

    role: str
    percent: int
    """Up to so many per cent of what is owed."""
    amount: int
    """And up to so many fen."""


@dataclass(frozen=True)
class CasesPolicy:
    """Values of cases and what belongs to them (domain.md sections 0 and 5)."""

    accept_hours: int
    """Working hours within which an assigned case is to be accepted."""
    contact_workdays: int
    """Workdays within which the owner contacts the debtor for the first time."""
    capacity_floor: int
    capacity_soft: int
    capacity_hard: int
    """Cases per person: at least, usually at most, and never more."""
    promise_days: int
    promise_days_late: int
    promise_late_bucket: int
    """How many days ahead a promise may be due, and from which bucket on the longer time holds."""
    wording_days: int
    """The figures about wording are of so many days, where no month is named."""
    grace_days: int
    """Days after the due date on which a payment still keeps a promise."""
    threshold_percent: int
    """The share of the promised amount that keeps it."""
    credit_days: int
    """A promise kept so many days after a transfer still counts for who made it."""
    most_declines: int
    """After so many declines a case goes to a supervisor."""
    retain_days: int
    """For how many days at most a case is retained."""
    undo_minutes: int
    """Minutes within which a change of owner can be taken back."""
    outcomes: Mapping[str, CaseOutcome]
    """Code → what can come of a contact, in the order in which it is offered."""
    tiers: tuple[SettlementTier, ...]
    """Who decides about waivers, the lowest first."""


WHOLE_WEIGHT = 100
"""What the weights of a score add up to, in percent."""
LEAST_RECORD_YEARS = 2
"""For so long collection records are kept at least (domain.md 0: the floor for card debt)."""


@dataclass(frozen=True)
class RetentionPolicy:
    """For how long collection data are kept."""

    collection_records_years: int
    """Years for which records are kept after the end of a case."""
    identity_days: int
    """Days after the return of a debtor's last case until who it was is deleted."""

    def __post_init__(self) -> None:
        """Refuse what no administrator may choose."""
        if self.collection_records_years < LEAST_RECORD_YEARS:
            raise ValueError(f"retention.collection_records_years < {LEAST_RECORD_YEARS}")


@dataclass(frozen=True)
class GoalKind:
    """Something a probation can be about."""

    words: tuple[str, ...]
    """What people call it, the shown name first."""
    unit: str
    level: bool = False
    """Whether it is a level to reach; else it is done so many times."""
    most: int = 10_000
    counts: Literal["", "visits", "training"] = ""
    """What it is counted from; empty: whoever leads says how far it is."""


@dataclass(frozen=True)
class GoalLine:
    """One goal of a template: how much of what, and its weight in percent."""

    kind: str
    target: int
    weight: int


@dataclass(frozen=True)
class GoalTemplate:
    """Goals that are set together (S2-25, S2-26)."""

    name: str
    goals: tuple[GoalLine, ...]
    months: int | None = None
    """For so long; None: as long as a probation usually is."""


@dataclass(frozen=True)
class QualityRule:
    """What follows from a figure about quality over a month: a reward, or a training that is recommended."""

    name: str
    measure: str
    roles: tuple[str, ...]
    at_least: Decimal | None = None
    above: Decimal | None = None
    """One of the two: from which value on, that one included or not."""
    least: int = 1
    """Over fewer things than this nothing follows: two of two are no habit."""


@dataclass(frozen=True)
class PerformancePolicy:
    """Values of scores, targets and rankings (domain.md section 4, docs/performance-scores.md)."""

    measures: Mapping[str, tuple[str, ...]]
    """Code of a measure → what people call it, the shown name first."""
    weights: Mapping[str, Mapping[str, int]]
    """Role → code of a measure → its weight in the score, in percent."""
    conduct_measures: frozenset[str]
    """What can only lower a score."""
    data_percent: int
    """Without data for so much of the weight there is no score."""
    breach_ceiling: int
    """The highest score of a month with a confirmed serious breach."""
    newcomer_percents: tuple[int, ...]
    """How much of a target counts in the first months of service, in percent."""
    newcomer_measures: frozenset[str]
    """For which measures."""
    shrink_strength: int
    """So many cases at the level of the peers are added to a rate."""
    least_cases: int
    least_days: int
    """Who has had fewer cases or attended days is not ranked."""
    least_people: int
    """Smaller groups are not ranked in public."""
    outlier_z: Decimal
    outlier_history: int
    """From which robust z-score on somebody should look, and the least history for that."""
    goal_kinds: Mapping[str, GoalKind]
    """Code → what a probation can be about."""
    goal_templates: Mapping[str, GoalTemplate]
    """Code → goals that are set together."""
    probation_months: int
    """How long goals hold where nobody says until when."""
    quality_rules: tuple[QualityRule, ...]
    """What follows from figures about quality."""

    def __post_init__(self) -> None:
        """Refuse weights that are no whole, and measures that have no name."""
        for role, weights in self.weights.items():
            if sum(weights.values()) != WHOLE_WEIGHT:
                raise ValueError(f"performance.weights.{role} != {WHOLE_WEIGHT}")
        named = {code for weights in self.weights.values() for code in weights}
        unknown = (named | self.conduct_measures | self.newcomer_measures) - self.measures.keys()
        if unknown:
            raise ValueError(f"performance.measures: {', '.join(sorted(unknown))}?")
        for one in self.quality_rules:
            if one.measure not in self.measures or (one.at_least is None) == (one.above is None):
                raise ValueError(f"performance.quality_rules.{one.name}")
        for code, template in self.goal_templates.items():
            whole = sum(line.weight for line in template.goals)
            if whole != WHOLE_WEIGHT or not {line.kind for line in template.goals} <= self.goal_kinds.keys():
                raise ValueError(f"performance.goal_templates.{code}")


@dataclass(frozen=True)
class TrainingPolicy:
    """Values of training (domain.md section 8)."""

    pass_mark: int
    compliance_pass_mark: int
    """In percent of the questions."""
    draws: int
    regulation_draws: int
    """So many questions make an exam, or the check of a regulation."""
    minutes_a_question: int
    """How long an exam may take: so many minutes for each of its questions."""
    tries: int
    """So many tries; then a live lesson."""
    try_gap_hours: int
    """Between two tries."""
    homework_minutes: int
    """So long the next words belong to homework, once it was asked for."""
    certificate_days: int
    """How long the certificate of a compliance course holds where the course does not say it."""
    due_workdays: int
    """So many workdays after the push a lesson is due; what is mandatory gates new cases from then on."""
    reminder_hours: tuple[int, ...]
    """So long after the push the person is reminded, at a working time."""
    leader_hours: int
    """So long after the push the leader gets the list of who has not done it."""
    leader_at: time
    """At this time of that day: one list, and time to act before the gate."""
    nudge_hours: int
    """Nobody is reminded by their leader again so soon after a card."""
    letters_a_minute: int
    """So many characters of a lesson are read in a minute."""
    push_from_minutes: int
    """So long after the start of their shift people get a lesson at the earliest."""
    push_until_minutes: int
    """So long before its end at the latest."""
    quiet_from: time
    quiet_to: time
    """Between them nothing is pushed to anybody, whatever they work."""
    licence_required: bool
    """Whether who has no licence to work gets new cases."""
    licence_roles: tuple[str, ...]
    """Who needs it."""
    licence_grace_workdays: int
    """Who has worked for longer than the newcomers has so many workdays to earn the first one."""
    newcomer_days: int
    """Who was hired so many days ago or less is a newcomer: no case before the exam."""
    licence_renew_days: int
    """So many days before it lapses the lesson of renewal comes."""
    broken_promise_percent: int
    broken_promise_least: int
    """More broken promises than this share of at least so many due ones: a lesson is given (S4-18)."""
    weak_score: int
    """A measure of which the score is below this is weak (S4-28)."""
    weak_rests_days: int
    """For so long a course is not given again for the same reason."""
    slow_seconds: int
    """A right answer after more than this was hard."""
    review_at: time
    """When the daily questions come to who has chosen no time of their own."""
    review_earliest: time
    review_latest: time
    """Between these somebody may have them come."""
    review_worth_hours: int
    """So long after its time the card of the day is still worth sending."""
    review_open_hours: int
    """A question that was shown so long ago is not asked any more; it comes back another day."""
    review_cards: int
    """So many questions make the two minutes of a day."""
    review_interval_days: int
    """The longest pause of a question (`fsrs`)."""
    review_retention: float
    """The share of questions that should still be known when they come back (`fsrs`)."""
    board_points: Mapping[str, int]
    """What counts on the board: `course` done, `right` answer of a review, day of the `streak`."""
    board_named: int
    """So many are named on the board."""
    conduct_courses: Mapping[str, str]
    """Code of a rule of the wording filter → code of the course that follows a confirmed hit."""
    suggest_days: int
    """Over so many days, up to yesterday, promises are looked at for suggestions."""
    suggest_from_day: int
    """From this day of a month on its figures are looked at, before it those of the month before."""
    suggest_most: int
    """So many courses are suggested at once."""
    coach_at: time
    """When, on the first workday of a week, courses are given for what people lack."""
    effect_back_days: int
    """Who did a course so many days ago or less is looked at for its effect."""
    effect_days: int
    """So long before and after a lesson a measure is looked at."""
    effect_least: int
    """So many people on either side, else no effect is told."""
    picture_bytes: int
    picture_pixels: int
    """Of one picture: bytes, and the longer side."""
    receipt_years: int
    """How long receipts and answers are kept."""


@dataclass(frozen=True)
class TeamReportPolicy:
    """Values of the reports to those who lead about their people."""

    roles: tuple[str, ...]
    """Whoever has one of these as their main role."""
    daily_at: time
    """On workdays, about the one before."""
    weekly_at: time
    """On the first workday of a week, about the week before."""
    until: time
    """What has not been sent by then is left out."""
    most_named: int
    """So many people who might need a look are named."""

    def __post_init__(self) -> None:
        """Refuse moments at which it would be too late already."""
        if max(self.daily_at, self.weekly_at) >= self.until:
            raise ValueError("team_reports.until")


@dataclass(frozen=True)
class SentencePolicy:
    """Values of understanding ordinary sentences."""

    ask_minutes: int
    """Minutes for which a question back waits for its answer."""
    begins: Mapping[str, time]
    """Part of the day → the hour that is meant by it for a reminder or a call."""
    ends: Mapping[str, time]
    """Part of the day → the hour by which something is to be done."""
    nicknames: int
    """How many nicknames one person may have."""


@dataclass(frozen=True)
class AdmissionsPolicy:
    """Values of the way from the last interview to the first day (domain.md section 7, pass notice)."""

    step_hours: int
    """Working hours within which a department or HR answers (S1-31)."""
    remind_hours: int
    """After so many of them who has to answer is reminded."""
    start_days: int
    """The first day that is suggested lies so many days ahead, on a workday."""
    offer_days: int
    """Days within which an offer is answered."""
    offer_remind_hours: int
    """So many hours before that who has not answered is reminded."""
    benefits: str
    documents: str
    """What stands in an offer where HR says nothing else; and what the pass notice asks to bring."""
    addresses: Mapping[str, str]
    """Name of a unit → where its starters report; a unit without one takes that of the unit above it."""
    lines: Mapping[str, str]
    """The lines of an offer in their order: code → name."""
    decline_reasons: Mapping[str, str]
    """Code → why an offer is declined, in the order of the numbers."""


@dataclass(frozen=True)
class RecruitingPolicy:
    """Values of hiring that are the same in every flow (domain.md section 7)."""

    no_show_minutes: int
    """So long after the start somebody who is not there was absent."""
    window_days: int
    """Natural days after a miss within which another chance can be asked for (S0-32)."""
    write_hours: int
    """Hours after a miss within which writing is best (S0-22)."""
    write_remind_hours: int
    """So many hours before that who has not written is reminded."""
    interview_address: str
    """Where the interview system is entered; `{number}` is the number of the application. Empty: HR tells."""
    answer_days: int
    """For so many days an answer waits until the candidate can be reached on the service account."""
    answer_workdays: int
    remind_workdays: int
    """Workdays within which HR answers, and after which it is reminded (S0-25)."""
    link_hours: int
    """Hours for which a fresh link works (S0-27)."""
    alternative_minutes: int
    """How long the talk of an alternative takes (S0-33)."""
    brief_minutes: int
    """So long before an interview who holds it gets the brief."""
    sheet_remind_hours: int
    """So long after it who holds it is reminded of a sheet that is still missing."""
    slot_changes: int
    slot_hours: int
    """How often a candidate may change a slot, and until how many hours before it."""
    remark_days: int
    """Days for which a remark is kept."""
    late_days: int
    """Days after a miss within which HR may still make an exception."""
    remarks: Mapping[str, str]
    """Code of a remark → its name (S0-18)."""
    reasons: Mapping[str, tuple[str, ...]]
    """Code of a reason for a miss → what people say, the shown name first, in the order of the numbers."""
    strong_score: float
    """From so many points on somebody counts as strong in a dimension (S0-40)."""
    most_results: int
    """How many interview results one call may bring."""
    most_kilobytes: int
    """How large its body may be."""


class Scope(IntEnum):
    """How far a right reaches from the unit of a post; each includes those before it."""

    OWN = 1
    """The person alone, and what is theirs."""
    TEAM = 2
    """The unit of the post, with the teams inside it; not the branches below."""
    SUBTREE = 3
    """The unit of the post and everything below it."""
    ALL = 4
    """The whole organisation."""


@dataclass(frozen=True)
class RoleRights:
    """What one role may do, by how far."""

    name: str
    """What people call the role."""
    own: frozenset[str] = frozenset()
    team: frozenset[str] = frozenset()
    subtree: frozenset[str] = frozenset()
    all: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Action:
    """Something that can be allowed (`area.action`)."""

    name: str
    """In words."""
    source: str
    """What asks for it."""
    sensitive: bool = False
    """Whether it takes a second confirmation (S0-61)."""


@dataclass(frozen=True)
class Rights:
    """Role × scope × action (config/rights.toml); what does not stand there is refused."""

    actions: Mapping[str, Action]
    roles: Mapping[str, RoleRights]

    def scope(self, role: str, action: str) -> Scope | None:
        """How far a role may do an action; None if it may not."""
        rights = self.roles.get(role)
        if rights is None:
            return None
        for scope, granted in (
            (Scope.ALL, rights.all),
            (Scope.SUBTREE, rights.subtree),
            (Scope.TEAM, rights.team),
            (Scope.OWN, rights.own),
        ):
            if action in granted:
                return scope
        return None

    def granted_to(self, role: str) -> Sequence[str]:
        """Every action of a role, in the order of the file."""
        return [action for action in self.actions if self.scope(role, action) is not None]


@dataclass(frozen=True)
class Policy:
    """All policy values, built once at start-up."""

    checkin: CheckInPolicy
    locations: LocationPolicy
    fieldwork: FieldworkPolicy
    field_alerts: FieldAlertPolicy
    inbox: InboxPolicy
    delivery: DeliveryPolicy
    governor: GovernorPolicy
    audit: AuditPolicy
    jobs: JobPolicy
    security: SecurityPolicy
    candidates: CandidatePolicy
    notices: NoticePolicy
    notice_texts: NoticeTexts
    doctor: DoctorPolicy
    directory: DirectoryPolicy
    calendar: CalendarPolicy
    people: PeoplePolicy
    checklist: ChecklistPolicy
    joining: JoiningPolicy
    handover: HandoverPolicy
    distribution: DistributionPolicy
    reminders: RemindersPolicy
    leaving: LeavingPolicy
    turnover: TurnoverPolicy
    files: FilesPolicy
    performance: PerformancePolicy
    team_reports: TeamReportPolicy
    training: TrainingPolicy
    contact: ContactPolicy
    cases: CasesPolicy
    retention: RetentionPolicy
    sentences: SentencePolicy
    admissions: AdmissionsPolicy
    recruiting: RecruitingPolicy
    rights: Rights
    packs: Mapping[str, RulePack]
    flows: Mapping[str, Flow]
    wording: WordingPolicy
