"""The one way in which a candidate is told what nobody asked for at that instant (docs/notices.md)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from jobs.base import Notice
from models import notices
from models.candidates import Application
from models.notices import Spoken
from models.policy import Policy
from models.staff import Candidate


def tell(
    session: Session,
    *,
    person: Candidate,
    application: Application | None,
    event: str,
    template: str,
    block: str,
    values: Mapping[str, Any],
    at: datetime,
    policy: Policy,
    until: datetime,
) -> list[Notice]:
    """Say something in the words of a block, once for each `event`; without a sign of life a text follows.

    `template` is a code of `[spoken]` in config/notices.toml. In quiet hours it waits for their end. Empty
    where nothing goes over the service account; a text message may have left all the same.
    """
    spoken = notices.say(
        session,
        person=person,
        application=application,
        event=event,
        template=template,
        at=at,
        policy=policy,
        until=until,
    )
    return [] if spoken is None else parts_of(spoken, block=block, values=values, at=at, policy=policy)


def parts_of(
    spoken: Spoken, block: str, values: Mapping[str, Any], *, at: datetime, policy: Policy
) -> list[Notice]:
    """What the service account says; before it a template message where the person has not written lately."""
    more: dict[str, Any] = {
        "subject_id": spoken.notice.id,
        "expires_at": spoken.notice.until,
        "not_before": spoken.notice.due_at if spoken.notice.due_at > at else None,
        "about": spoken.about,
    }
    told = Notice(spoken.to, block=block, values=values, only_if="notice_stands", **more)
    if not spoken.nudge:
        return [told]
    numbers = policy.notices
    nudge = {"title": spoken.title, "at": at, "template": numbers.official_template}
    nudge |= {"what": numbers.official_what, "when": numbers.official_when}
    return [Notice(spoken.to, "notices/nudge", nudge, only_if="notice_stands", **more), told]


def of_candidates(told: Iterable[object]) -> list[Notice]:
    """What candidates hear, of all that leaves with an answer: texts say of it when it does."""
    return [one for one in told if isinstance(one, Notice) and isinstance(one.to, Candidate)]
