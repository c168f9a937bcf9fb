"""What the notices of some time came to: how fast they left, how many arrived, and what came back."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import recruiting, secrecy, staff
from models.base import in_chunks
from models.candidates import Application, ApplicationState
from models.messaging import Channel
from models.notices import rules
from models.notices.planning import REMINDER
from models.notices.queries import REACHED
from models.notices.rules import Latency
from models.notices.tables import CandidateNotice, NoticeDelivery, NoticeReply, NoticeState
from models.policy import Policy
from models.recruiting import RemedialRequest, RequestState, StageRecord, StopReason
from models.staff import Candidate, Employee, Unit

SEND = "notices.send"
NOT_TOLD = "not_told"
"""The reason by which a candidate says that no notice came (config/policy.toml, `reasons`)."""


@dataclass(frozen=True)
class Counted:
    """The notices of one template, or on one channel."""

    sent: int
    reached: int
    """Those that the platform took, that arrived, or that were seen."""
    seen: int = 0
    """Those with a sign of life."""
    replied: int = 0
    """Those that were answered in words."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """Kind of a reply → how many notices have one (S1-14)."""


@dataclass(frozen=True)
class Noticed:
    """One notice as a record of the report."""

    notice: CandidateNotice
    person: Candidate
    left_at: datetime | None
    waited: timedelta | None
    """How long it waited for us; None for reminders, which wait for their time, and for what has not left."""
    states: Mapping[str, str]
    """Channel → state."""
    replies: Sequence[NoticeReply]

    @property
    def reached(self) -> bool:
        """Whether it arrived over any channel, or was seen."""
        return self.notice.read_at is not None or any(state in REACHED for state in self.states.values())


@dataclass(frozen=True)
class NoticeReport:
    """What the notices of some time came to."""

    sent: int
    reached: int
    seen: int
    replied: int
    kinds: Mapping[str, int]
    latency: Latency
    prevented: int
    """How often an event asked again for a notice that was given; none was sent (S1-05)."""
    doubled: int
    """How many notices said to somebody what another one had said word for word."""
    channels: Mapping[str, Counted]
    templates: Mapping[str, Counted]
    ended: int
    """Applications that candidates withdrew in the time."""
    lost: int
    """Of these, whom a notice did not reach, or who say so (S1-19)."""
    proposal: str | None
    """What to change of the channels (S1-37): a code of `rules.proposal`."""
    records: Sequence[Noticed]


def notice_report(
    session: Session,
    *,
    actor: Employee,
    since: datetime,
    until: datetime,
    policy: Policy,
    unit: Unit | None = None,
    absent: int = 0,
) -> NoticeReport | None:
    """The notices that were made in the time, within reach; None for who may not see notices.

    `absent` is how many absences cite missing notices.
    """
    if not staff.may(staff.roles_of(actor), SEND, policy.rights):
        return None
    mine = recruiting.within(actor=actor, unit=unit, action=SEND, policy=policy)
    records = _records(session, mine, since, until, policy)
    gone = [one for one in records if one.notice.state == NoticeState.SENT]
    channels = {
        name: Counted(len(states), sum(state in REACHED for state in states))
        for name, states in sorted(_by_channel(gone).items())
    }
    ended, lost = _withdrawn(session, mine, since, until)
    whole = _counted(gone)
    pairs = {name: (one.sent, one.reached) for name, one in channels.items()}
    return NoticeReport(
        sent=whole.sent,
        reached=whole.reached,
        seen=whole.seen,
        replied=whole.replied,
        kinds=whole.kinds,
        latency=rules.latency_of(
            [one.waited for one in gone if one.waited is not None], policy.notices.target_minutes
        ),
        prevented=sum(one.notice.repeats for one in records),
        doubled=_doubled(session, gone),
        channels=channels,
        templates=_by_template(gone),
        ended=ended,
        lost=lost,
        proposal=rules.proposal(
            absent + lost, policy.notices.citing, pairs.get(Channel.OFFICIAL), pairs.get(Channel.SMS)
        ),
        records=records,
    )


def _records(
    session: Session, mine: Sequence[ColumnElement[bool]], since: datetime, until: datetime, policy: Policy
) -> list[Noticed]:
    rows = session.execute(
        select(CandidateNotice, Candidate)
        .join(Application, Application.id == CandidateNotice.application_id)
        .join(Candidate, Candidate.id == CandidateNotice.person_id)
        .where(*mine, CandidateNotice.created_at >= since, CandidateNotice.created_at < until)
        .order_by(CandidateNotice.created_at, CandidateNotice.id)
    ).all()
    ids = [notice.id for notice, _ in rows]
    deliveries: dict[int, list[NoticeDelivery]] = defaultdict(list)
    replies: dict[int, list[NoticeReply]] = defaultdict(list)
    for some in in_chunks(ids):
        for one in session.scalars(select(NoticeDelivery).where(NoticeDelivery.notice_id.in_(some))):
            deliveries[one.notice_id].append(one)
        for reply in session.scalars(
            select(NoticeReply).where(NoticeReply.notice_id.in_(some)).order_by(NoticeReply.id)
        ):
            replies[reply.notice_id].append(reply)
    return [
        _record(notice, person, deliveries[notice.id], replies[notice.id], policy) for notice, person in rows
    ]


def _record(
    notice: CandidateNotice,
    person: Candidate,
    deliveries: Sequence[NoticeDelivery],
    replies: Sequence[NoticeReply],
    policy: Policy,
) -> Noticed:
    numbers = policy.notices
    left_at = min((one.posted_at for one in deliveries), default=None)
    waited = None
    if left_at is not None and notice.template != REMINDER:
        waited = rules.waited(
            notice.created_at, left_at, notice.until, numbers.quiet_begins, numbers.quiet_ends
        )
    return Noticed(notice, person, left_at, waited, {one.channel: one.state for one in deliveries}, replies)


def _by_channel(gone: Sequence[Noticed]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in gone:
        for channel, state in one.states.items():
            found[channel].append(state)
    return found


def _by_template(gone: Sequence[Noticed]) -> Mapping[str, Counted]:
    found: dict[str, list[Noticed]] = defaultdict(list)
    for one in gone:
        found[one.notice.template].append(one)
    return {code: _counted(found[code]) for code in sorted(found, key=lambda code: (-len(found[code]), code))}


def _counted(gone: Sequence[Noticed]) -> Counted:
    kinds = Counter(kind for one in gone for kind in {reply.kind for reply in one.replies})
    return Counted(
        len(gone),
        sum(one.reached for one in gone),
        sum(one.notice.read_at is not None for one in gone),
        sum(bool(one.replies) for one in gone),
        dict(kinds.most_common()),
    )


def _doubled(session: Session, gone: Sequence[Noticed]) -> int:
    """How many notices repeat another one word for word to the same person; reminders do on purpose."""
    groups: dict[tuple[int, str], list[CandidateNotice]] = defaultdict(list)
    for one in gone:
        if one.notice.template != REMINDER:
            root = one.person.merged_into_id or one.person.id
            groups[root, one.notice.template].append(one.notice)
    found = 0
    for notices in groups.values():
        if len(notices) > 1:
            told = [_words(session, notice) for notice in notices]
            said = [words for words in told if words]
            found += len(said) - len(set(said))
    return found


def _words(session: Session, notice: CandidateNotice) -> str:
    return secrecy.open_text(session, f"candidate:{notice.person_id}", notice.words) or ""


def _withdrawn(
    session: Session, mine: Sequence[ColumnElement[bool]], since: datetime, until: datetime
) -> tuple[int, int]:
    """(applications that candidates withdrew in the time, those of them whom no notice reached)."""
    ended: Any = (
        *mine,
        Application.state == ApplicationState.WITHDRAWN,
        Application.decided_at >= since,
        Application.decided_at < until,
    )
    arrived = select(NoticeDelivery.notice_id).where(NoticeDelivery.state.in_(REACHED))
    tried = select(NoticeDelivery.notice_id).where(NoticeDelivery.state != "withdrawn")
    unheard = select(CandidateNotice.application_id).where(
        CandidateNotice.application_id.is_not(None),
        CandidateNotice.read_at.is_(None),
        CandidateNotice.id.in_(tried),
        CandidateNotice.id.not_in(arrived),
    )
    excused = select(StageRecord.application_id).where(StageRecord.cause == StopReason.NOTICE_FAILED)
    said = select(RemedialRequest.application_id).where(
        RemedialRequest.reason_code == NOT_TOLD, RemedialRequest.state != RequestState.DRAFT
    )
    without = Application.id.in_(unheard) | Application.id.in_(excused) | Application.id.in_(said)
    total = session.scalar(select(func.count(Application.id)).where(*ended)) or 0
    lost = session.scalar(select(func.count(Application.id)).where(*ended, without)) or 0
    return int(total), int(lost)
