"""Ten thousand malformed callbacks and more: no 5xx, no row, one log line each.

A mutation may happen to be a good message still; then it is answered 200 and is a row, and no other is.
"""

import base64
import random
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from wechatpy.crypto.base import WeChatCipher
from wechatpy.utils import WeChatSigner

from bot.app import build
from bot.document import read_document
from bot.inbound import parse
from bot.web import create_app
from config.settings import load_settings
from handlers.base import Account
from tests import tencent
from tests.bot.wire import CONTACTS, LINES, OFFICIAL, WECOM, Line, document, event
from tests.simulator import Given, TestClock

pytestmark = pytest.mark.proof

SEED = 20260302
ROUNDS = 4000
"""Per account."""

ANSWERS = frozenset({200, 400, 403, 413})

ID = "<MsgId>1000000000000000045</MsgId>"
PLACE = "<Location_X>30.658601</Location_X><Location_Y>104.064855</Location_Y><Scale>16</Scale>"
DOCUMENTS = {
    "wecom": [
        document("text", f"<Content><![CDATA[打卡]]></Content>{ID}<AgentID>1000002</AgentID>"),
        document("image", f"<PicUrl>http://p.example/1</PicUrl><MediaId>m</MediaId>{ID}"),
        document("location", f"{PLACE}<Label><![CDATA[示例路 8 号]]></Label>{ID}"),
        event("click", "<EventKey><![CDATA[check_in]]></EventKey>"),
        event("LOCATION", "<Latitude>30.6</Latitude><Longitude>104.0</Longitude><Precision>30</Precision>"),
        event("location_select", f"<EventKey>k</EventKey><SendLocationInfo>{PLACE}</SendLocationInfo>"),
        event(
            "template_card_event",
            "<EventKey>ok</EventKey><TaskId>t</TaskId><CardType>vote_interaction</CardType>"
            "<ResponseCode>rc</ResponseCode><SelectedItems><SelectedItem><QuestionKey>q</QuestionKey>"
            "<OptionIds><OptionId>a</OptionId><OptionId>b</OptionId></OptionIds></SelectedItem>"
            "</SelectedItems>",
        ),
    ],
    "contacts": [
        event("change_contact", "<ChangeType>update_user</ChangeType><UserID>lihua</UserID>", sender="sys"),
        event("change_contact", "<ChangeType>delete_party</ChangeType><Id>2</Id>", sender="sys"),
    ],
    "official": [
        document("text", f"<Content><![CDATA[帮助]]></Content>{ID}", sender="oLihua"),
        document("voice", f"<MediaId>m</MediaId><Format>amr</Format>{ID}", sender="oLihua"),
        event("subscribe", "<EventKey>qrscene_1</EventKey><Ticket>t</Ticket>", sender="oLihua"),
        event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID><Status>success</Status>", sender="oLihua"),
        event(
            "subscribe_msg_popup_event",
            "<SubscribeMsgPopupEvent><List><TemplateId>T</TemplateId></List><List><TemplateId>U</TemplateId>"
            "</List></SubscribeMsgPopupEvent>",
            sender="oLihua",
        ),
    ],
}

LEAF = re.compile(r"<(\w+)>(?:<!\[CDATA\[[^\]]*\]\]>|[^<]*)</\1>")
ODD_TEXTS = [
    "",
    " ",
    "0",
    "-1",
    "9" * 400,
    "001700000000" + "9" * 20,
    "1e999",
    "NaN",
    "１２３",
    "null",
    "你" * 3000,
    "\u200b\u202e",
    "\x00",
    "\x0b",
    "\ufffe",
    "&#0;",
    "&#xD800;",
    "&#x1F600;",
    "&lt;xml&gt;",
    "&unknown;",
    "]]>",
    "<![CDATA[",
    "<a><b>c</b></a>",
    "<!-- -->",
    "<?php ?>",
    "' OR 1=1 --",
    "{{ 7 * 7 }}",
    "%s%n",
    "../../etc/passwd",
    "sys",
    "event",
    "text",
    "location",
    "location_select",
    "template_card_event",
]
DOCTYPES = [
    "<!DOCTYPE xml>",
    '<!DOCTYPE xml [<!ENTITY a "b">]>',
    '<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd">',
    '<!DOCTYPE xml [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>',
]


@dataclass
class Request:
    """A callback in the making, and what was sealed into it if that is still whole."""

    line: Line
    method: str = "POST"
    content_type: str | None = "text/xml"
    query: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass
class Installation:
    """The bot under fire, and the count of what it did."""

    client: FlaskClient
    database: sqlite3.Connection
    statuses: Counter[int] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)

    def rows(self) -> tuple[int, int]:
        """How many rows came in and go out."""
        query = "SELECT (SELECT max(rowid) FROM inbound_message), (SELECT max(id) FROM outbound_message)"
        came, goes = self.database.execute(query).fetchone()
        return came or 0, goes or 0

    def newest(self) -> str:
        """The key of the newest row."""
        (key,) = self.database.execute(
            "SELECT key FROM inbound_message ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
        return str(key)

    def take(self, request: Request, plain: bytes | None = None) -> int:
        """Send it, and see to it that what is stored goes with the answer."""
        came, goes = self.rows()
        pairs = "&".join(
            f"{quote(k, errors='replace')}={quote(v, errors='replace')}" for k, v in request.query
        )
        with capture_logs() as logs:
            response = self.client.open(
                f"{request.line.path}?{pairs}",
                method=request.method,
                data=request.body,
                content_type=request.content_type,
            )
        status = response.status_code
        self.statuses[status] += 1
        assert status in ANSWERS, (request, plain, logs)
        came_now, goes_now = self.rows()
        if status != 200 or request.method == "GET":
            assert (came_now, goes_now) == (came, goes), (request, plain)
            assert len(logs) == (status != 200), (request, logs)
            return status
        assert response.data == b""
        assert not any(entry["event"] == "crashed" for entry in logs), (request, plain, logs)
        if came_now == came:  # it was known
            assert goes_now == goes
            if plain is not None:
                account = Account(request.line.account)
                assert parse(account, read_document(plain)).key in self.keys, (request, plain)
        else:
            assert came_now == came + 1
            self.keys.add(self.newest())
        return status


@pytest.fixture(scope="module")
def installation(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The whole bot over SQLite, without Redis, messengers or wake-ups."""
    folder = tmp_path_factory.mktemp("fuzz")
    database = folder / "muster.db"
    shutil.copy(sqlite_template, database)
    chosen = load_settings(
        _env_file=None,
        mode="sandbox",
        data_dir=folder,
        database_url=f"sqlite:///{database}",
        redis_url=f"unix://{folder / 'nobody.sock'}",
        **tencent.SETTINGS,
    )
    muster = build(chosen, clock=TestClock(), messengers={}, wakeups=_NoWakeups())
    Given(muster).employee("lihua", "李华")
    with closing(sqlite3.connect(database)) as connection:
        yield Installation(create_app(muster).test_client(), connection)
    muster.close()


class _NoWakeups:
    def deliver(self) -> None:
        """Nobody is woken."""

    def work(self) -> None:
        """Nobody is woken."""


# --- sealing what no platform would seal -------------------------------------------------------------


def layout(line: Line, message: bytes) -> bytes:
    """Random bytes, length, message, receiver and padding (protocol 1.2)."""
    content = bytes(16) + len(message).to_bytes(4, "big") + message + line.receive_id.encode()
    pad = 32 - len(content) % 32
    return content + bytes([pad]) * pad


def encrypt(line: Line, plain: bytes) -> str:
    """The base64 ciphertext of whole blocks."""
    whole = plain[: len(plain) // 16 * 16]
    cipher = WeChatCipher(base64.b64decode(line.key + "="))
    return base64.b64encode(cipher.encrypt(whole)).decode()


def signed(line: Line, ciphertext: str, *, nonce: str = "77665544") -> Request:
    """A callback with this ciphertext, rightly signed."""
    signer = WeChatSigner()
    signer.add_data(line.token, "1700000000", nonce, ciphertext.encode("utf-8", "replace").decode())
    query = [("msg_signature", signer.signature), ("timestamp", "1700000000"), ("nonce", nonce)]
    if line is OFFICIAL:
        query.append(("encrypt_type", "aes"))
    body = f"<xml><ToUserName>{line.receive_id}</ToUserName><Encrypt>{ciphertext}</Encrypt></xml>"
    return Request(line, query=query, body=body.encode("utf-8", "replace"))


# --- the mutating fuzzer -----------------------------------------------------------------------------


def any_bytes(rng: random.Random, raw: bytes) -> bytes:
    """Flip, cut, insert, remove or double some bytes."""
    if not raw:
        return rng.randbytes(rng.randrange(1, 40))
    at = rng.randrange(len(raw))
    to = min(len(raw), at + rng.randrange(1, 40))
    match rng.randrange(6):
        case 0:
            return raw[:at] + bytes([raw[at] ^ 1 << rng.randrange(8)]) + raw[at + 1 :]
        case 1:
            return raw[:at]
        case 2:
            return raw[:at] + rng.randbytes(rng.randrange(1, 8)) + raw[at:]
        case 3:
            return raw[:at] + raw[to:]
        case 4:
            return raw[:to] + raw[at:]
        case _:
            return raw[at:]


def elements(rng: random.Random, xml: str) -> str:
    """Drop, double, rename, refill, nest or move an element, or put something before the root."""
    leaves = list(LEAF.finditer(xml))
    if not leaves:
        return rng.choice(ODD_TEXTS)
    leaf, other = rng.choice(leaves), rng.choice(leaves)
    name, text = leaf.group(1), leaf.group(0)
    before, after = xml[: leaf.start()], xml[leaf.end() :]
    match rng.randrange(10):
        case 0:
            return before + after
        case 1:
            return before + text * rng.choice([2, 3, 50]) + after
        case 2:
            changed = rng.choice([name.lower(), name.upper(), name + "_", other.group(1), "xml", "名"])
            return before + text.replace(f"{name}>", f"{changed}>") + after
        case 3 | 4 | 5:
            return f"{before}<{name}>{rng.choice(ODD_TEXTS)}</{name}>{after}"
        case 6:
            deep = rng.choice([1, 5, 11, 12, 200])
            return f"{before}{f'<{name}>' * deep}{text}{f'</{name}>' * deep}{after}"
        case 7:
            return before + after.replace("</xml>", f"{text}</xml>")
        case 8:
            return rng.choice(DOCTYPES) + xml.replace("</xml>", rng.choice(["&a;</xml>", "</xml>"]))
        case _:
            return f"{before}<{name}/>{after}"


def damaged_document(rng: random.Random, line: Line) -> tuple[Request, bytes]:
    """The document is damaged; envelope and signature are right."""
    xml = rng.choice(DOCUMENTS[line.account])
    for _ in range(rng.randrange(1, 4)):
        xml = elements(rng, xml)
    plain = xml.encode("utf-8", "replace")
    if rng.random() < 0.3:
        plain = any_bytes(rng, plain)
    return signed(line, encrypt(line, layout(line, plain)), nonce=str(rng.random())), plain


def damaged_layout(rng: random.Random, line: Line) -> tuple[Request, None]:
    """Length, padding, receiver or anything else inside the ciphertext is wrong."""
    message = rng.choice(DOCUMENTS[line.account]).encode()
    plain = layout(line, message)
    match rng.randrange(5):
        case 0:
            number = rng.choice([0, 1, 2**31, 2**32 - 1, len(message) + rng.randrange(-40, 40)])
            plain = plain[:16] + number.to_bytes(4, "big") + plain[20:]
        case 1:
            pad = rng.randrange(256)
            plain = plain[:-pad] + bytes([pad]) * pad
        case 2:
            plain = plain[:-1] + rng.randbytes(1)
        case 3:
            other = Line(line.account, line.path, line.token, line.key, rng.choice(["", "ww", "x" * 99]))
            plain = layout(other, message)
        case _:
            plain = any_bytes(rng, plain)
    return signed(line, encrypt(line, plain)), None


def damaged_ciphertext(rng: random.Random, line: Line) -> tuple[Request, None]:
    """The base64 text is damaged before it is signed, or after."""
    ciphertext = encrypt(line, layout(line, rng.choice(DOCUMENTS[line.account]).encode()))
    changed = any_bytes(rng, ciphertext.encode()).decode("latin-1")
    request = signed(line, changed if rng.random() < 0.5 else ciphertext)
    request.body = request.body.replace(ciphertext.encode(), changed.encode())
    return request, None


def damaged_envelope(rng: random.Random, line: Line) -> tuple[Request, None]:
    """The XML around the ciphertext is damaged."""
    request = signed(line, encrypt(line, layout(line, rng.choice(DOCUMENTS[line.account]).encode())))
    body = elements(rng, request.body.decode()).encode("utf-8", "replace")
    request.body = any_bytes(rng, body) if rng.random() < 0.4 else body
    return request, None


def damaged_query(rng: random.Random, line: Line) -> tuple[Request, None]:
    """Parameters are dropped, doubled, renamed, changed or moved."""
    request = signed(line, encrypt(line, layout(line, rng.choice(DOCUMENTS[line.account]).encode())))
    query = request.query
    for _ in range(rng.randrange(1, 3)):
        at = rng.randrange(len(query)) if query else 0
        name, value = query.pop(at) if query else ("nonce", "1")
        match rng.randrange(6):
            case 0:
                pass
            case 1:
                query += [(name, value), (name, rng.choice(ODD_TEXTS))]
            case 2:
                query.insert(0, (name, rng.choice(ODD_TEXTS)))
                query.append((name, value))
            case 3:
                query.append((rng.choice([name.upper(), name + "[]", "signature", ""]), value))
            case 4:
                query.append((name, rng.choice(ODD_TEXTS)))
            case _:
                query.append((name, any_bytes(rng, value.encode()).decode("latin-1")))
    if rng.random() < 0.2:
        request.method = "GET"
        query.append(("echostr", rng.choice([request.body.decode()[60:200], *ODD_TEXTS])))
    return request, None


def damaged_request(rng: random.Random, line: Line) -> tuple[Request, None]:
    """Method, content type or the whole body is wrong."""
    request = signed(line, encrypt(line, layout(line, rng.choice(DOCUMENTS[line.account]).encode())))
    match rng.randrange(4):
        case 0:
            request.method = rng.choice(["PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "X-Y"])
        case 1:
            request.content_type = rng.choice(["application/json", "text/html", "multipart/form-data", ";"])
        case 2:
            request.body = rng.randbytes(rng.randrange(300))
        case _:
            request.body = request.body.ljust(rng.choice([600_000, 2**20]), b" ")
    return request, None


Maker = Callable[[random.Random, Line], tuple[Request, bytes | None]]
MAKERS: dict[Maker, int] = {
    damaged_document: 8,
    damaged_layout: 3,
    damaged_ciphertext: 3,
    damaged_envelope: 3,
    damaged_query: 3,
    damaged_request: 1,
}


@pytest.mark.parametrize("line", LINES, ids=[line.account for line in LINES])
def test_thousands_of_mutations_are_no_error_and_leave_nothing(
    installation: Installation, line: Line
) -> None:
    rng = random.Random(f"{SEED} {line.account}")
    before = installation.statuses.copy()

    for maker in rng.choices(list(MAKERS), list(MAKERS.values()), k=ROUNDS):
        installation.take(*maker(rng, line))

    counted = installation.statuses - before
    print(f"{line.account}: {dict(sorted(counted.items()))}")
    assert sum(counted.values()) == ROUNDS
    assert counted[400] > ROUNDS / 3
    assert counted[403] > ROUNDS / 20
    assert sum(counted.values()) - counted[200] > ROUNDS * 0.85
    assert counted[413] > 0
    assert installation.rows()[0] == len(installation.keys)


# --- hypothesis --------------------------------------------------------------------------------------

thorough = settings(
    max_examples=300, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
lines = st.sampled_from(LINES)
texts = st.one_of(st.text(max_size=40), st.sampled_from(ODD_TEXTS))
names = st.sampled_from(
    [
        *("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgID", "Content", "Event"),
        *("EventKey", "Location_X", "Location_Y", "Latitude", "Longitude", "Precision", "SendLocationInfo"),
        *("SelectedItems", "SelectedItem", "OptionIds", "OptionId", "TaskId", "ChangeType", "Label"),
    ]
)


def _element(name: str, inside: str) -> str:
    return f"<{name}>{inside}</{name}>"


fragments = st.recursive(
    st.builds(_element, names, texts),
    lambda inner: st.builds(_element, names, st.lists(inner, max_size=4).map("".join)),
    max_leaves=20,
)


@thorough
@given(line=lines, body=st.binary(max_size=400), query=st.dictionaries(texts, texts, max_size=4))
def test_noise_is_refused(installation: Installation, line: Line, body: bytes, query: dict[str, str]) -> None:
    assert installation.take(Request(line, query=list(query.items()), body=body)) in {400, 403}


@thorough
@given(line=lines, message=st.binary(max_size=300))
def test_noise_under_the_right_key_is_refused(installation: Installation, line: Line, message: bytes) -> None:
    assert installation.take(signed(line, encrypt(line, layout(line, message)))) == 400


@thorough
@given(line=lines, plain=st.binary(max_size=200))
def test_noise_for_a_layout_is_refused(installation: Installation, line: Line, plain: bytes) -> None:
    assert installation.take(signed(line, encrypt(line, plain))) in {400, 403}


@thorough
@given(line=lines, ciphertext=texts)
def test_noise_for_a_ciphertext_is_refused(installation: Installation, line: Line, ciphertext: str) -> None:
    assert installation.take(signed(line, ciphertext)) in {400, 403}


@thorough
@given(line=lines, inner=st.lists(fragments, max_size=8).map("".join))
def test_a_document_of_known_elements_in_any_order_is_taken_or_refused(
    installation: Installation, line: Line, inner: str
) -> None:
    plain = f"<xml>{inner}</xml>".encode("utf-8", "replace")

    installation.take(signed(line, encrypt(line, layout(line, plain))), plain)


@thorough
@given(
    line=st.sampled_from([WECOM, OFFICIAL]),
    type_=st.sampled_from(["text", "image", "location", "link", "event", "file"]),
    event_=st.sampled_from(["click", "LOCATION", "location_select", "template_card_event", "subscribe", "x"]),
    inner=st.lists(fragments, max_size=6).map("".join),
)
def test_a_message_with_any_elements_is_taken_or_refused(
    installation: Installation, line: Line, type_: str, event_: str, inner: str
) -> None:
    plain = document(type_, f"<Event>{event_}</Event>{inner}").encode("utf-8", "replace")

    installation.take(signed(line, encrypt(line, layout(line, plain))), plain)


def test_after_all_that_good_messages_are_answered_as_ever(installation: Installation) -> None:
    for line in (WECOM, CONTACTS, OFFICIAL):
        for number, xml in enumerate(DOCUMENTS[line.account]):
            fresh = xml.replace("1772411400", f"177241150{number}").replace(
                ID, f"<MsgId>{2**62 + number}</MsgId>"
            )
            came, _ = installation.rows()
            assert installation.take(signed(line, encrypt(line, layout(line, fresh.encode())))) == 200
            assert installation.rows()[0] == came + 1
    print(f"all: {dict(sorted(installation.statuses.items()))}")
    assert installation.rows()[0] == len(installation.keys)
