"""What other systems tell us: the results of AI interviews (docs/interview-results.md).

Whatever is told bears a signature over the body as it came. One that is wrong leaves nothing behind but a
count: no row, no line in the log.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import redis
import structlog
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from bot.app import Muster
from bot.database import is_unavailable
from jobs.recruiting import AT_ONCE
from models import planning, recruiting
from models.recruiting import Malformed

RESULTS_PATH = "/hooks/interview-results"
SIGNATURE = "X-Muster-Signature"
PREFIX = "sha256="
FORGED = "muster:forged_results"
"""Where Redis counts what bore a wrong signature."""
ENTERED_WITHIN = timedelta(days=7)
"""For so long what was told is still worth entering by the item planned for it; later the timetable does."""
MOST_SUBJECT = 2**31 - 1

log = structlog.get_logger("hooks")


def largest_body(muster: Muster) -> int:
    """The largest body of results that is read, in bytes."""
    return muster.policy.recruiting.most_kilobytes * 1024


def forged(store: redis.Redis) -> int:
    """How many calls bore a wrong signature, as far as Redis remembers."""
    try:
        return int(store.get(FORGED) or 0)
    except redis.RedisError:
        return 0


class _Wrong(Exception):
    """What was told is not taken: a status, and where and what is wrong."""

    def __init__(self, status: int, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.facts = status, code, facts


def hooks(muster: Muster) -> Blueprint:
    """`POST /hooks/interview-results`, where a key for it is configured."""
    routes = Blueprint("hooks", __name__)
    key = muster.settings.interview_webhook_secret.get_secret_value().encode()
    if not key:
        return routes

    @routes.post(RESULTS_PATH)
    def take() -> ResponseReturnValue:
        try:
            body = _body(largest_body(muster))
            if not _signed(key, body, request.headers.get(SIGNATURE, "")):
                _count(muster.store)
                return Response(status=403)
            return _take(muster, _items(body, muster.policy.recruiting.most_results))
        except _Wrong as wrong:
            log.warning("results_rejected", status=wrong.status, error=wrong.code, **wrong.facts)
            return jsonify(error=wrong.code, **wrong.facts), wrong.status

    return routes


def _body(limit: int) -> bytes:
    request.max_content_length = limit
    try:
        return request.stream.read()
    except RequestEntityTooLarge:
        raise _Wrong(413, "too_large", most_bytes=limit) from None
    except BadRequest:
        raise _Wrong(400, "cut_off") from None


def _signed(key: bytes, body: bytes, given: str) -> bool:
    mine = PREFIX + hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mine.encode(), given.strip().lower().encode("utf-8", "replace"))


def _count(store: redis.Redis) -> None:
    try:
        store.incr(FORGED)
    except redis.RedisError:
        return


def _items(body: bytes, most: int) -> list[Any]:
    """The results in a body: one object, or a list of them.

    Raises:
        _Wrong: (400) it is no JSON, or neither; (413) there are too many.
    """
    try:
        told = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except json.JSONDecodeError as wrong:
        where = f"line {wrong.lineno} column {wrong.colno}"
        raise _Wrong(400, "malformed", where=where, what=wrong.msg) from None
    except UnicodeDecodeError as wrong:
        raise _Wrong(400, "malformed", where=f"byte {wrong.start}", what="not_utf8") from None
    except RecursionError:
        raise _Wrong(400, "malformed", where="", what="nested_too_deeply") from None
    except ValueError:
        raise _Wrong(400, "malformed", where="", what="not_a_number") from None
    if isinstance(told, dict):
        return [told]
    if not isinstance(told, list):
        raise _Wrong(400, "malformed", where="", what="neither_object_nor_list")
    if len(told) > most:
        raise _Wrong(413, "too_many", most=most, told=len(told))
    return told


def _no_number(name: str) -> Callable[[], None]:
    raise ValueError(name)


def _take(muster: Muster, items: list[Any]) -> ResponseReturnValue:
    """Keep what was told, plan that it is entered, and say what became of each."""
    at = muster.clock.now()
    try:
        with muster.database.writing() as session:
            taken = recruiting.take_results(session, items=items, at=at, policy=muster.policy)
            slices = range(-(-len(taken.accepted) // AT_ONCE))
            rows = [
                (recruiting.RESULTS, secrets.randbelow(MOST_SUBJECT), at, at + ENTERED_WITHIN) for _ in slices
            ]
            if rows:
                planning.plan_due(session, rows)
    except Malformed as wrong:
        raise _Wrong(400, "malformed", where=wrong.where, what=wrong.what) from None
    except Exception as error:
        if not is_unavailable(error):
            raise
        log.error("database_unavailable", error=type(error).__name__)
        return jsonify(error="unavailable"), 503
    if taken.accepted:
        muster.wakeups.work()
    refused = {event_id: {"where": where, "what": what} for event_id, (where, what) in taken.refused.items()}
    answer = {
        "accepted": list(taken.accepted),
        "repeated": list(taken.repeated),
        "refused": list(refused),
        "reasons": refused,
    }
    return jsonify(answer), 202
