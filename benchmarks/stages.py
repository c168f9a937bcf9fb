"""Where the time of a callback goes, in process: each call timed over many messages, the whole beside it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean, median
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks.company import NoWakeups, Silent, fields, hire, sentence, settings_in
from benchmarks.table import Figure
from bot import routing
from bot.app import build
from bot.document import read_document
from bot.envelope import Envelope
from bot.inbound import parse
from bot.texts import Texts
from bot.web import create_app
from handlers.base import Account
from models import messaging, staff
from models.messaging import Channel
from tests import tencent

Spent = defaultdict[str, list[float]]


def measure(folder: Path, count: int) -> Iterator[Figure]:
    """Medians over `count` messages."""
    settings = settings_in(folder / "stages")
    hire(settings)
    muster = build(settings, messengers={Channel.WECOM: Silent()}, wakeups=NoWakeups())
    spent: Spent = defaultdict(list)
    envelope = Envelope(tencent.TOKEN, tencent.AES_KEY, tencent.CORP_ID)
    made = [tencent.wecom_callback(fields(n, "帮助" if n % 2 else sentence(n))) for n in range(count)]
    client = create_app(muster).test_client()
    flask_only = timed(client, "/healthz", min(count, 300))
    dispatcher = muster.dispatcher
    undo = [
        watch(messaging, "receive", spent, "receive row"),
        watch(staff, "find_employee", spent, "identity"),
        watch(muster.routing, "route", spent, "route"),
        watch(routing, "nearest", spent, "nearest command (half of the messages)"),
        watch(Texts, "render", spent, "render"),
        watch(messaging, "post", spent, "outbox row"),
        watch(muster.database.engine.dialect, "do_commit", spent, "commit (SQLite, FULL)"),
    ]
    asked = [(dict(parse_qsl(urlsplit(address).query)), body.encode()) for address, body in made]
    outer = [clocked(spent, "read XML, outer", read_document, body) for _, body in asked]
    sealed = [(query, str(document["Encrypt"])) for (query, _), document in zip(asked, outer, strict=True)]
    opened = [
        clocked(spent, "open envelope", envelope.open, query, ciphertext) for query, ciphertext in sealed
    ]
    inner = [clocked(spent, "read XML, inner", read_document, document) for document in opened]
    messages = [clocked(spent, "parse", parse, Account.WECOM, document) for document in inner]
    for message in messages:
        clocked(spent, "dispatch, whole", dispatcher.handle, message)
    for back in undo:
        back()
    base = wechatpy_open(made)
    muster.close()
    for name, times in spent.items():
        compared: dict[str, Any] = {}
        if name == "open envelope":
            compared = {"baseline": "wechatpy: outer XML + envelope", "base": base}
        yield Figure(f"stage: {name}", median(times) * 1e6, "µs", **compared)
        if name.startswith(("commit", "dispatch")):  # rare checkpoints do not show in a median
            yield Figure(f"stage: {name}, mean", mean(times) * 1e6, "µs")
    yield Figure("stage: Flask test client, empty answer", flask_only * 1e6, "µs")


def clocked(spent: Spent, name: str, act: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call and note how long it took."""
    start = time.perf_counter()
    result = act(*args, **kwargs)
    spent[name].append(time.perf_counter() - start)
    return result


def watch(owner: Any, name: str, spent: Spent, label: str) -> Callable[[], None]:
    """Time every call of a function of `owner`; returns what puts the original back."""
    original = getattr(owner, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return clocked(spent, label, original, *args, **kwargs)

    setattr(owner, name, wrapper)
    return lambda: setattr(owner, name, original)


def timed(client: Any, path: str, count: int) -> float:
    """The median seconds of one request through Flask's test client."""
    times: Spent = defaultdict(list)
    for _ in range(count):
        clocked(times, "", client.get, path)
    return median(times[""])


def wechatpy_open(made: list[tuple[str, str]]) -> float:
    """The median microseconds wechatpy takes to check, open and read the same callbacks."""
    from wechatpy.enterprise.crypto import WeChatCrypto

    crypto = WeChatCrypto(tencent.TOKEN, tencent.AES_KEY, tencent.CORP_ID)
    times: Spent = defaultdict(list)
    for address, body in made:
        query = dict(parse_qsl(urlsplit(address).query))
        signed = query["msg_signature"], query["timestamp"], query["nonce"]
        clocked(times, "", crypto.decrypt_message, body, *signed)
    return median(times[""]) * 1e6
