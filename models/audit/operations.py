"""Writes of the evidence trail."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import secrecy
from models.audit.tables import SYSTEM, AuditEvent, AuditOutcome
from models.base import insert_once

CAUSE = "cause"
"""Where a session keeps what it was opened for."""
_RECORDED = "recorded"


def record(
    session: Session,
    *,
    at: datetime,
    action: str,
    actor: str = SYSTEM,
    subject: str | None = None,
    outcome: AuditOutcome = AuditOutcome.DONE,
    details: Mapping[str, Any] | None = None,
    personal: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Enter what somebody did into the evidence trail, in the transaction that does it (S4-46).

    `details` hold no personal value: numbers, codes, ids, pseudonyms. Names, phones, words that somebody
    wrote and the like go into `personal`, under the pseudonym of the person they are about.
    """
    row = {
        "at": at,
        "actor": actor,
        "action": action,
        "subject": subject,
        "outcome": outcome,
        "cause": session.info.get(CAUSE),
        "details": dict(details or {}),
        "personal": {who: _sealed(session, who, values) for who, values in (personal or {}).items()},
    }
    insert_once(session, AuditEvent, row)
    session.info[_RECORDED] = recorded(session) + 1


def recorded(session: Session) -> int:
    """How many rows this session has entered."""
    return int(session.info.get(_RECORDED, 0))


def _sealed(session: Session, who: str, values: Mapping[str, Any]) -> str:
    plain = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    sealed = secrecy.seal(session, who, plain)
    return "" if sealed is None else base64.b64encode(sealed).decode()
