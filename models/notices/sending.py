"""Notices leave, and climb from channel to channel until there is a sign of life (S0-42, S1-15, S1-17)."""

import json
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models import candidates, messaging, planning, secrecy
from models.base import insert_once
from models.candidates import Application, ApplicationState
from models.messaging import Channel, OutboundKind, Outgoing, Priority
from models.notices.planning import REMINDER, halt, may_be_told, told_of
from models.notices.rules import allowed_from, is_quiet
from models.notices.tables import CandidateNotice, DeliveryState, NoticeDelivery, NoticeState
from models.policy import Policy
from models.staff import Candidate

CLIMB = "notice_climb"
"""A due item: no sign of life so far, so the next channel."""
STANDS = "notice_stands"
"""The check asked when a message of a notice leaves (`Notice.only_if`); its subject is the notice."""
TEXT = {"msgtype": "sms"}


@dataclass(frozen=True)
class Spoken:
    """What the service account says to somebody: a job makes the message of it."""

    notice: CandidateNotice
    to: Candidate
    """The row that has the OpenID."""
    title: str
    words: str
    about: str
    nudge: bool
    """The person has not written lately: a template message says that there is something."""


def send(
    session: Session, notices: Sequence[CandidateNotice], *, at: datetime, policy: Policy
) -> Sequence[Spoken]:
    """Hand notices to their first channels; those whose reason is gone are stopped. Twice is once."""
    leaving: list[tuple[CandidateNotice, Candidate | None]] = []
    for notice in notices:
        if notice.state != NoticeState.PLANNED:
            continue
        if not stands(session, notice):
            halt(session, notice, at=at, reason="no longer told")
            continue
        leaving.append((notice, _follower(session, notice)))
    open_ = _may_be_spoken_to(session, [one for _, one in leaving if one is not None], at)
    found = [_hand_over(session, notice, to, open_, at, policy) for notice, to in leaving]
    session.flush()
    return [one for one in found if one is not None]


def say(
    session: Session,
    *,
    person: Candidate,
    application: Application | None,
    event: str,
    template: str,
    at: datetime,
    policy: Policy,
    until: datetime,
) -> Spoken | None:
    """Begin a notice in words of a job's own, such as an answer with its buttons: it climbs like the others.

    `template` is a code of `[spoken]` in config/notices.toml. In quiet hours it leaves at their end, which is
    its `due_at`. None if nothing is to be said on the service account: it was said before, the person is told
    nothing more of this application, or has no WeChat here, and so gets a text message.
    """
    root = candidates.root_of(session, person)
    if application is not None and not may_be_told(session, application):
        return None
    numbers = policy.notices
    due = allowed_from(at, until, numbers.quiet_begins, numbers.quiet_ends)
    row = {
        "person_id": root.id,
        "application_id": application.id if application else None,
        "event": event,
        "template": template,
        "version": 1,
        "values": None,
        "words": None,
        "state": NoticeState.SENT,
        "invitation": False,
        "approve": False,
        "created_at": at,
        "due_at": due,
        "until": until,
        "read_at": None,
        "repeats": 0,
    }
    if told_of(session, root, event) is not None or insert_once(session, CandidateNotice, row) == 0:
        return None
    notice = told_of(session, root, event)
    assert notice is not None
    to = _follower(session, notice)
    open_ = {} if to is None else _may_be_spoken_to(session, [to], due)
    spoken = _hand_over(session, notice, to, open_, due, policy)
    session.flush()
    return spoken


def _follower(session: Session, notice: CandidateNotice) -> Candidate | None:
    """The row of the person that has an OpenID."""
    person = session.get_one(Candidate, notice.person_id)
    return candidates.wechat_of(session, candidates.root_of(session, person))


def _hand_over(
    session: Session,
    notice: CandidateNotice,
    to: Candidate | None,
    open_: Mapping[str, bool],
    at: datetime,
    policy: Policy,
) -> Spoken | None:
    """Hand a notice to its first channels; what the service account says of it.

    Where that cannot speak, because the person has not written lately and there is no template message, the
    text message does not wait for a sign of life.
    """
    notice.state = NoticeState.SENT
    may_speak = to is not None and open_[to.openid or ""]
    template = bool(policy.notices.official_template)
    speaks = to is not None and _deliver(session, notice, Channel.OFFICIAL, at, policy)
    if notice.invitation or to is None or not (may_speak or template):
        text_to(session, notice, at=at, policy=policy)
    elif to is not None:
        _plan_climb(session, notice, at, policy)
    if notice.invitation:
        _write_to(session, notice, session.get_one(Candidate, notice.person_id), at, policy)
    if to is None or not speaks:
        return None
    return Spoken(
        notice,
        to,
        title_of(notice, policy),
        words_of(session, notice),
        f"{notice.about}:{Channel.OFFICIAL}",
        not may_speak and template,
    )


def _may_be_spoken_to(session: Session, people: Collection[Candidate], at: datetime) -> Mapping[str, bool]:
    """OpenID → whether the service account may speak now: only to who has written lately."""
    openids = {one.openid or "" for one in people}
    since = at - timedelta(hours=48)
    acts = messaging.acts_since(session, senders=openids, since=since)
    tried = messaging.tried_since(session, channel=Channel.OFFICIAL, recipients=openids, since=since)
    return {
        openid: messaging.has_allowance(acts[openid], [one.last_at for one in tried[openid]], at)
        for openid in openids
    }


def stands(session: Session, notice: CandidateNotice) -> bool:
    """Whether the person is still to be told; to interviews nobody is called of whom it is decided."""
    if notice.state == NoticeState.STOPPED:
        return False
    application = session.get(Application, notice.application_id) if notice.application_id else None
    if application is None:
        return True
    summons = notice.invitation or notice.template == REMINDER
    return may_be_told(session, application) and not (summons and application.state != ApplicationState.OPEN)


def climb(session: Session, notices: Iterable[CandidateNotice], *, at: datetime, policy: Policy) -> None:
    """Those of whom there is no sign of life get a text message (S1-17)."""
    for notice in notices:
        if notice.read_at is None and notice.state == NoticeState.SENT and stands(session, notice):
            text_to(session, notice, at=at, policy=policy)


def text_to(session: Session, notice: CandidateNotice, *, at: datetime, policy: Policy) -> bool:
    """Send the neutral text message, once; False if it was sent before or may not be sent at this hour."""
    numbers = policy.notices
    if is_quiet(at, numbers.quiet_begins, numbers.quiet_ends):
        due = allowed_from(at, notice.until, numbers.quiet_begins, numbers.quiet_ends)
        if due > at:
            planning.plan_due(session, [(CLIMB, notice.id, due, notice.until)])
            return False
    if not _deliver(session, notice, Channel.SMS, at, policy):
        return False
    _post(session, notice, Channel.SMS, TEXT, at)
    return True


def _write_to(
    session: Session, notice: CandidateNotice, person: Candidate, at: datetime, policy: Policy
) -> None:
    """The invitation as a letter, where a mail address is known."""
    if candidates.email_of(session, person.subject) is None:
        return
    if not _deliver(session, notice, Channel.EMAIL, at, policy):
        return
    told = {"subject": title_of(notice, policy), "text": words_of(session, notice)}
    sealed = secrecy.seal(session, person.subject, json.dumps(told))
    _post(
        session, notice, Channel.EMAIL, {"msgtype": "email", "sealed": b64encode(sealed or b"").decode()}, at
    )


def _deliver(
    session: Session, notice: CandidateNotice, channel: Channel, at: datetime, policy: Policy
) -> bool:
    """Enter a delivery; False if the notice has gone over this channel before."""
    row = {
        "notice_id": notice.id,
        "channel": channel,
        "about": f"{notice.about}:{channel}",
        "state": DeliveryState.QUEUED,
        "reason": "",
        "posted_at": at,
        "changed_at": at,
        "watched_until": max(notice.until, at) + timedelta(hours=policy.notices.watch_hours),
    }
    return insert_once(session, NoticeDelivery, row) == 1


def _post(
    session: Session, notice: CandidateNotice, channel: Channel, payload: dict[str, str], at: datetime
) -> None:
    message = Outgoing(
        f"notice:{notice.id}:{channel}",
        channel,
        f"candidate:{notice.person_id}",
        OutboundKind.MESSAGE,
        payload,
        Priority.PUSH,
        STANDS,
        notice.id,
        notice.until,
        f"{notice.about}:{channel}",
    )
    messaging.post(session, [message], now=at, lifetime=notice.until - at)


def _plan_climb(session: Session, notice: CandidateNotice, at: datetime, policy: Policy) -> None:
    numbers = policy.notices
    due = at + timedelta(minutes=numbers.unread_minutes)
    due = allowed_from(due, notice.until, numbers.quiet_begins, numbers.quiet_ends)
    if due < notice.until:
        planning.plan_due(session, [(CLIMB, notice.id, due, notice.until)])


def title_of(notice: CandidateNotice, policy: Policy) -> str:
    """What the notice is called."""
    return policy.notice_texts.title(notice.template)


def words_of(session: Session, notice: CandidateNotice) -> str:
    """What the person reads; empty once erased."""
    return secrecy.open_text(session, f"candidate:{notice.person_id}", notice.words) or ""
