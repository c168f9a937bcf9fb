"""Notices leave, and climb from channel to channel until there is a sign of life (S0-42, S1-15, S1-17)."""

import json
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import candidates, messaging, planning, secrecy
from models.base import in_chunks, insert_once
from models.candidates import Application, ApplicationState
from models.messaging import Channel, OutboundKind, Outgoing, Priority
from models.notices.planning import REMINDER, halt, may_be_told, told_more, told_of
from models.notices.rules import allowed_from
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
    planned = [one for one in notices if one.state == NoticeState.PLANNED]
    leaving = standing(session, planned)
    for notice in planned:
        if notice not in leaving:
            halt(session, notice, at=at, reason="no longer told")
    followers = _followers(session, leaving)
    open_ = _may_be_spoken_to(session, list(followers.values()), at)
    return _hand_over(session, leaving, followers, open_, at, policy)


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
    followers = _followers(session, [notice])
    open_ = _may_be_spoken_to(session, list(followers.values()), due)
    spoken = _hand_over(session, [notice], followers, open_, due, policy)
    return spoken[0] if spoken else None


def _followers(session: Session, notices: Sequence[CandidateNotice]) -> Mapping[int, Candidate]:
    """Notice → the row of its person that has an OpenID; without those whom nobody has seen on WeChat."""
    people: dict[int, Candidate] = {}
    for ids in in_chunks(one.person_id for one in notices):
        people |= {one.id: one for one in session.scalars(select(Candidate).where(Candidate.id.in_(ids)))}
    roots = {one.id: candidates.root_of(session, people[one.person_id]).id for one in notices}
    found = candidates.wechats_of(session, set(roots.values()))
    return {id_: found[root] for id_, root in roots.items() if root in found}


def _hand_over(
    session: Session,
    notices: Sequence[CandidateNotice],
    followers: Mapping[int, Candidate],
    open_: Mapping[str, bool],
    at: datetime,
    policy: Policy,
) -> Sequence[Spoken]:
    """Hand notices to their first channels; what the service account says of them.

    Where that cannot speak, because the person has not written lately and there is no template message, the
    text message does not wait for a sign of life.
    """
    template = bool(policy.notices.official_template)
    may_speak = {id_: open_[to.openid or ""] for id_, to in followers.items()}
    for notice in notices:
        notice.state = NoticeState.SENT
    session.flush()
    speaking = _deliver(
        session, [one for one in notices if one.id in followers], Channel.OFFICIAL, at, policy
    )
    at_once = [one for one in notices if one.invitation or not (may_speak.get(one.id, False) or template)]
    texted = {one.id for one in at_once} | {one.id for one in notices if one.id not in followers}
    text_all(session, [one for one in notices if one.id in texted], at=at, policy=policy)
    _plan_climb(session, [one for one in notices if one.id not in texted], at, policy)
    for notice in notices:
        if notice.invitation:
            _write_to(session, notice, session.get_one(Candidate, notice.person_id), at, policy)
    session.flush()
    return [
        Spoken(
            one,
            followers[one.id],
            title_of(one, policy),
            words_of(session, one),
            f"{one.about}:{Channel.OFFICIAL}",
            not may_speak[one.id] and template,
        )
        for one in speaking
    ]


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
    return bool(standing(session, [notice]))


def standing(session: Session, notices: Sequence[CandidateNotice]) -> Sequence[CandidateNotice]:
    """Those of the notices of which the person is still to be told."""
    applications: dict[int, Application] = {}
    for ids in in_chunks(one.application_id for one in notices if one.application_id is not None):
        found = session.scalars(select(Application).where(Application.id.in_(ids)))
        applications |= {one.id: one for one in found}
    told = told_more(session, list(applications.values()))

    def stands(notice: CandidateNotice) -> bool:
        application = applications.get(notice.application_id or 0)
        if application is None:
            return True
        summons = notice.invitation or notice.template == REMINDER
        return application.id in told and not (summons and application.state != ApplicationState.OPEN)

    return [one for one in notices if one.state != NoticeState.STOPPED and stands(one)]


def climb(session: Session, notices: Sequence[CandidateNotice], *, at: datetime, policy: Policy) -> None:
    """Those of whom there is no sign of life get a text message (S1-17)."""
    silent = [one for one in notices if one.read_at is None and one.state == NoticeState.SENT]
    text_all(session, standing(session, silent), at=at, policy=policy)


def text_all(session: Session, notices: Sequence[CandidateNotice], *, at: datetime, policy: Policy) -> None:
    """Send the neutral text message of each notice, once; in quiet hours at their end."""
    numbers = policy.notices
    ends = {one.id: allowed_from(at, one.until, numbers.quiet_begins, numbers.quiet_ends) for one in notices}
    planning.plan_due(
        session, [(CLIMB, one.id, ends[one.id], one.until) for one in notices if ends[one.id] > at]
    )
    now = [one for one in notices if ends[one.id] <= at]
    _post(session, [(one, TEXT) for one in _deliver(session, now, Channel.SMS, at, policy)], Channel.SMS, at)


def _write_to(
    session: Session, notice: CandidateNotice, person: Candidate, at: datetime, policy: Policy
) -> None:
    """The invitation as a letter, where a mail address is known."""
    if candidates.email_of(session, person.subject) is None:
        return
    if not _deliver(session, [notice], Channel.EMAIL, at, policy):
        return
    told = {"subject": title_of(notice, policy), "text": words_of(session, notice)}
    sealed = secrecy.seal(session, person.subject, json.dumps(told))
    letter = {"msgtype": "email", "sealed": b64encode(sealed or b"").decode()}
    _post(session, [(notice, letter)], Channel.EMAIL, at)


def _deliver(
    session: Session, notices: Sequence[CandidateNotice], channel: Channel, at: datetime, policy: Policy
) -> Sequence[CandidateNotice]:
    """Enter a delivery of each; those that have not gone over this channel before."""
    known = gone_over(session, [one.id for one in notices], channel)
    fresh = [one for one in notices if one.id not in known]
    rows = [
        {
            "notice_id": one.id,
            "channel": channel,
            "about": f"{one.about}:{channel}",
            "state": DeliveryState.QUEUED,
            "reason": "",
            "posted_at": at,
            "changed_at": at,
            "watched_until": max(one.until, at) + timedelta(hours=policy.notices.watch_hours),
        }
        for one in fresh
    ]
    insert_once(session, NoticeDelivery, rows)
    return fresh


def gone_over(session: Session, notice_ids: Sequence[int], channel: Channel) -> set[int]:
    """Which of these notices have gone over this channel."""
    return {
        id_
        for ids in in_chunks(notice_ids)
        for id_ in session.scalars(
            select(NoticeDelivery.notice_id).where(
                NoticeDelivery.notice_id.in_(ids), NoticeDelivery.channel == channel
            )
        )
    }


def _post(
    session: Session,
    letters: Sequence[tuple[CandidateNotice, Mapping[str, str]]],
    channel: Channel,
    at: datetime,
) -> None:
    """Put what a channel carries into the outbox: a message has its key, so that twice is once."""
    messages = [
        Outgoing(
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
        for notice, payload in letters
    ]
    messaging.post(session, messages, now=at, lifetime=timedelta())


def _plan_climb(session: Session, notices: Sequence[CandidateNotice], at: datetime, policy: Policy) -> None:
    numbers = policy.notices
    later = at + timedelta(minutes=numbers.unread_minutes)
    dues = [
        (CLIMB, one.id, allowed_from(later, one.until, numbers.quiet_begins, numbers.quiet_ends), one.until)
        for one in notices
    ]
    planning.plan_due(session, [due for due in dues if due[2] < due[3]])


def title_of(notice: CandidateNotice, policy: Policy) -> str:
    """What the notice is called."""
    return policy.notice_texts.title(notice.template)


def words_of(session: Session, notice: CandidateNotice) -> str:
    """What the person reads; empty once erased."""
    return secrecy.open_text(session, f"candidate:{notice.person_id}", notice.words) or ""
