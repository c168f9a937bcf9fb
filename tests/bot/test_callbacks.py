"""The callbacks of the three accounts: verification, what is refused and how, and nothing twice."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.event import listen
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from bot.app import Muster, build
from bot.callbacks import MAX_BODY
from bot.web import create_app
from config.settings import Settings
from models.messaging import InboundMessage, OutboundMessage
from tests import tencent
from tests.bot.wire import CONTACTS, LINES, OFFICIAL, WECOM, Line, document, event
from tests.servers import postgresql
from tests.simulator import Given, TestClock, rows

SECRET_WORDS = "我的身份证号是 110101199003070000"
"""What a person said; no log line may hold it."""

THREADS = 6


class NoWakeups:
    """Nobody is woken."""

    def deliver(self) -> None:
        """Nothing."""

    def work(self) -> None:
        """Nothing."""


def said(words: str = SECRET_WORDS, *, sender: str = "lihua", number: int = 1) -> str:
    """The document of a text."""
    return document("text", f"<Content><![CDATA[{words}]]></Content><MsgId>{number}</MsgId>", sender=sender)


def post(client: FlaskClient, callback: tuple[str, str | bytes], **more: Any) -> TestResponse:
    """Send a callback as the platform does."""
    address, body = callback
    return client.post(address, data=body, **{"content_type": "text/xml", **more})


@pytest.fixture(params=LINES, ids=[line.account for line in LINES])
def line(request: pytest.FixtureRequest) -> Line:
    """Each account in turn."""
    found: Line = request.param
    return found


# --- verification ------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [WECOM, CONTACTS], ids=["wecom", "contacts"])
@pytest.mark.parametrize("echo", ["6311223344556677889", " 空 格 ", "a+b/c=="])
def test_wecom_is_verified_by_the_decrypted_echo_and_nothing_else(
    client: FlaskClient, line: Line, echo: str
) -> None:
    ciphertext = line.encrypt(echo)

    response = client.get(line.address({**line.query(ciphertext), "echostr": ciphertext}))

    assert (response.status_code, response.data) == (200, echo.encode())
    assert response.mimetype == "text/plain"


@pytest.mark.parametrize("echo", ["6311223344556677889", "a+b/c==", "<b>&amp;", "回声"])
def test_the_service_account_is_verified_by_the_echo_as_received(client: FlaskClient, echo: str) -> None:
    query = tencent.plain_query(tencent.OFFICIAL_TOKEN)

    response = client.get(OFFICIAL.address({**query, "echostr": echo}))

    assert (response.status_code, response.data) == (200, echo.encode())
    assert response.mimetype == "text/plain"


def verification(line: Line) -> dict[str, str]:
    """The query of a good verification."""
    if line is OFFICIAL:
        return {**tencent.plain_query(line.token), "echostr": "631122"}
    ciphertext = line.encrypt("631122")
    return {**line.query(ciphertext), "echostr": ciphertext}


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce", "echostr"])
def test_a_verification_without_its_parts_is_refused(client: FlaskClient, line: Line, missing: str) -> None:
    query = verification(line)
    del query["msg_signature" if missing == "signature" and line is not OFFICIAL else missing]

    assert refusal(client.get, line.address(query)) == 400


@pytest.mark.parametrize("changed", ["signature", "timestamp", "nonce", "echostr"])
def test_a_verification_that_was_changed_is_refused(client: FlaskClient, line: Line, changed: str) -> None:
    query = verification(line)
    query["msg_signature" if changed == "signature" and line is not OFFICIAL else changed] += "0"
    covered = line is not OFFICIAL or changed != "echostr"

    response = client.get(line.address(query))

    assert response.status_code == (403 if covered else 200)


def test_a_verification_for_another_corp_is_refused(client: FlaskClient) -> None:
    ciphertext = WECOM.encrypt("631122", receive_id="wwother")

    assert refusal(client.get, WECOM.address({**WECOM.query(ciphertext), "echostr": ciphertext})) == 403


# --- what is refused ---------------------------------------------------------------------------------


def refusal(send: Callable[..., TestResponse], *args: Any, **more: Any) -> int:
    """The status of a request that is refused with one log line and no word."""
    with capture_logs() as logs:
        response = send(*args, **more)
    assert response.data == b""
    [entry] = logs
    assert (entry["event"], entry["log_level"]) == ("callback_rejected", "warning")
    assert entry["status"] == response.status_code
    written = repr(entry)
    for secret in (SECRET_WORDS, "1101011990", "lihua", *(one for x in LINES for one in (x.token, x.key))):
        assert secret not in written
    return response.status_code


Damage = Callable[[Line], tuple[dict[str, str], str | bytes]]


def _query(change: Mapping[str, str | None]) -> Damage:
    def damage(line: Line) -> tuple[dict[str, str], str | bytes]:
        ciphertext = line.encrypt(said())
        query = {**line.query(ciphertext), **{k: v for k, v in change.items() if v is not None}}
        for name in [name for name, value in change.items() if value is None]:
            del query[name]
        return query, line.sealed(ciphertext)[1]

    return damage


def _body(change: Callable[[str], str | bytes]) -> Damage:
    def damage(line: Line) -> tuple[dict[str, str], str | bytes]:
        ciphertext = line.encrypt(said())
        return line.query(ciphertext), change(line.sealed(ciphertext)[1])

    return damage


def _ciphertext(change: Callable[[str], str]) -> Damage:
    """A damaged ciphertext, rightly signed."""

    def damage(line: Line) -> tuple[dict[str, str], str | bytes]:
        ciphertext = change(line.encrypt(said()))
        return line.query(ciphertext), line.sealed(ciphertext)[1]

    return damage


def _inside(change: Callable[[str], str]) -> Damage:
    """A damaged document, rightly encrypted and signed."""

    def damage(line: Line) -> tuple[dict[str, str], str | bytes]:
        ciphertext = line.encrypt(change(said()))
        return line.query(ciphertext), line.sealed(ciphertext)[1]

    return damage


def _receiver(receive_id: str) -> Damage:
    def damage(line: Line) -> tuple[dict[str, str], str | bytes]:
        ciphertext = line.encrypt(said(), receive_id=receive_id)
        return line.query(ciphertext), line.sealed(ciphertext)[1]

    return damage


def _without(name: str) -> Damage:
    start, end = f"<{name}>", f"</{name}>"
    return _inside(lambda xml: xml[: xml.index(start)] + xml[xml.index(end) + len(end) :])


DOCTYPE = '<!DOCTYPE xml [<!ENTITY a "b">]>'
BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
FILE = '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
DEEP = "<a>" * 200 + "</a>" * 200

DAMAGES: list[tuple[str, Damage, int]] = [
    ("no signature", _query({"msg_signature": None}), 400),
    ("no timestamp", _query({"timestamp": None}), 400),
    ("no nonce", _query({"nonce": None}), 400),
    ("an empty signature", _query({"msg_signature": ""}), 400),
    ("a wrong signature", _query({"msg_signature": "0" * 40}), 403),
    ("a signature in Chinese", _query({"msg_signature": "签名"}), 403),
    ("another timestamp", _query({"timestamp": "1700000001"}), 403),
    ("another nonce", _query({"nonce": "1"}), 403),
    ("another receiver", _receiver("wwother"), 403),
    ("no receiver", _receiver(""), 403),
    ("broken base64", _ciphertext(lambda text: "*" + text[1:]), 400),
    ("base64 cut off", _ciphertext(lambda text: text[:-3]), 400),
    ("half a block", _ciphertext(lambda _: "QUJD"), 400),
    ("padding cut off", _ciphertext(lambda text: text[: (len(text) - 1) // 64 * 64]), 400),
    ("a wrong length inside", _ciphertext(lambda text: "A" * 64 + text[64:]), 400),
    ("an empty body", _body(lambda _: ""), 400),
    ("a body of blanks", _body(lambda _: "  \n "), 400),
    ("no XML", _body(lambda _: "Encrypt=1"), 400),
    ("XML cut off", _body(lambda body: body[:-4]), 400),
    ("XML and more", _body(lambda body: body + body), 400),
    ("another root", _body(lambda body: body.replace("xml>", "root>")), 400),
    ("no Encrypt", _body(lambda body: body.replace("Encrypt>", "Encrypted>")), 400),
    ("an empty Encrypt", _body(lambda _: "<xml><Encrypt/></xml>"), 400),
    ("two Encrypts", _body(lambda body: body.replace("</xml>", "<Encrypt>a</Encrypt></xml>")), 400),
    ("Encrypt holding elements", _body(lambda _: "<xml><Encrypt><a>1</a></Encrypt></xml>"), 400),
    ("a document type around", _body(lambda body: DOCTYPE + body), 400),
    ("a wrong encoding", _body(lambda body: body.encode("utf-16")), 400),
    ("no UTF-8", _body(lambda body: body.replace("</xml>", "\xff</xml>").encode("latin-1")), 400),
    ("a wrong encoding without a mark", _body(lambda body: body.encode("utf-16-le")), 400),
    ("a NUL", _body(lambda body: body.replace("</xml>", "\0</xml>")), 400),
    ("one byte over the cap", _body(lambda _: "a" * (MAX_BODY + 1)), 413),
    ("no XML inside", _inside(lambda _: "你好"), 400),
    ("nothing inside", _inside(lambda _: ""), 400),
    ("XML cut off inside", _inside(lambda xml: xml[:-3]), 400),
    ("a document type inside", _inside(lambda xml: DOCTYPE + xml), 400),
    (
        "a document type and its entity",
        _inside(lambda xml: DOCTYPE + xml.replace("</xml>", "&a;</xml>")),
        400,
    ),
    ("a laughing billion", _inside(lambda xml: BOMB + xml.replace("</xml>", "&d;</xml>")), 400),
    ("a foreign file", _inside(lambda xml: FILE + xml.replace("</xml>", "&a;</xml>")), 400),
    ("an unknown entity", _inside(lambda xml: xml.replace("</xml>", "&nbsp;</xml>")), 400),
    ("a control character", _inside(lambda xml: xml.replace("</xml>", "\x01</xml>")), 400),
    ("half a surrogate", _inside(lambda xml: xml.replace("</xml>", "&#xD800;</xml>")), 400),
    ("elements too deep", _inside(lambda xml: xml.replace("</xml>", f"{DEEP}</xml>")), 400),
    ("elements too many", _inside(lambda xml: xml.replace("</xml>", "<a/>" * 6000 + "</xml>")), 400),
    ("no ToUserName", _without("ToUserName"), 400),
    ("no FromUserName", _without("FromUserName"), 400),
    ("no CreateTime", _without("CreateTime"), 400),
    ("no MsgType", _without("MsgType"), 400),
    ("no MsgId", _without("MsgId"), 400),
    ("no Content", _without("Content"), 400),
    ("a moment beyond all", _inside(lambda xml: xml.replace("1772411400", "001700000000" + "9" * 30)), 400),
    ("a moment of words", _inside(lambda xml: xml.replace("1772411400", "now")), 400),
]


@pytest.mark.parametrize(
    ("damage", "status"), [case[1:] for case in DAMAGES], ids=[case[0] for case in DAMAGES]
)
def test_bad_input_is_refused_and_nothing_is_stored(
    client: FlaskClient, muster: Muster, line: Line, damage: Damage, status: int
) -> None:
    query, body = damage(line)

    assert refusal(post, client, (line.address(query), body)) == status

    assert_nothing_stored(muster)


def assert_nothing_stored(muster: Muster) -> None:
    """No row came in, none goes out."""
    assert rows(muster, InboundMessage) == []
    assert rows(muster, OutboundMessage) == []


@pytest.mark.parametrize(
    "method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X"]
)
def test_another_method_is_refused(client: FlaskClient, muster: Muster, line: Line, method: str) -> None:
    address, body = line.callback(said())

    assert refusal(client.open, address, method=method, data=body, content_type="text/xml") == 400

    assert_nothing_stored(muster)


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", "image/png", "???"]
)
def test_another_content_type_is_refused(
    client: FlaskClient, muster: Muster, line: Line, content_type: str
) -> None:
    assert refusal(post, client, line.callback(said()), content_type=content_type) == 400

    assert_nothing_stored(muster)


@pytest.mark.parametrize(
    "content_type",
    ["text/xml", "application/xml; charset=utf-8", "TEXT/XML", "application/x-www-form-urlencoded", None],
)
def test_xml_under_any_of_its_names_is_taken(
    client: FlaskClient, muster: Muster, line: Line, content_type: str | None
) -> None:
    assert post(client, line.callback(said()), content_type=content_type).status_code == 200

    assert len(rows(muster, InboundMessage)) == 1


def test_a_body_that_ends_early_is_refused(client: FlaskClient, muster: Muster, line: Line) -> None:
    address, body = line.callback(said())
    longer = {"CONTENT_LENGTH": str(len(body) + 9)}

    assert refusal(post, client, (address, body), environ_overrides=longer) == 400

    assert_nothing_stored(muster)


def test_a_body_as_large_as_the_cap_is_taken(client: FlaskClient, muster: Muster, line: Line) -> None:
    address, body = line.callback(said())
    padded = body.replace("</xml>", " " * (MAX_BODY - len(body)) + "</xml>")

    assert post(client, (address, padded)).status_code == 200

    assert len(rows(muster, InboundMessage)) == 1


def test_a_callback_of_one_account_is_nothing_to_another(client: FlaskClient, muster: Muster) -> None:
    for mine in LINES:
        for other in LINES:
            if mine is not other:
                address, body = mine.callback(said())
                address = address.replace(mine.path, other.path)
                assert refusal(post, client, (address, body)) in {400, 403}

    assert_nothing_stored(muster)


# --- the modes of the service account ----------------------------------------------------------------


@pytest.fixture
def in_mode(settings: Settings, muster: Muster, clock: TestClock) -> Iterator[Callable[[str], FlaskClient]]:
    """The web application with the service account in this mode."""

    def make(mode: str) -> FlaskClient:
        changed = settings.model_copy(update={"official_mode": mode})
        other = build(changed, clock=clock, messengers={}, wakeups=NoWakeups())
        closing.append(other)
        return create_app(other).test_client()

    closing: list[Muster] = []
    yield make
    for other in closing:
        other.close()


def plain(xml: str, **more: str) -> tuple[str, str]:
    """(address, body) of a callback of the service account without encryption."""
    query = {**tencent.plain_query(tencent.OFFICIAL_TOKEN), "openid": "oLihua", **more}
    return f"{OFFICIAL.path}?{urlencode(query)}", xml


def compatible(xml: str) -> tuple[str, str]:
    """(address, body) of a callback that says everything twice, in clear and encrypted."""
    ciphertext = OFFICIAL.encrypt(xml)
    query = {**tencent.plain_query(tencent.OFFICIAL_TOKEN), "openid": "oLihua"}
    signed = tencent.query(tencent.OFFICIAL_TOKEN, ciphertext, query["timestamp"])
    query.update(signed, encrypt_type="aes")
    return OFFICIAL.address(query), xml.replace("</xml>", f"<Encrypt>{ciphertext}</Encrypt></xml>")


FORMS: dict[str, Callable[[], tuple[str, str]]] = {
    "plain": lambda: plain(said(sender="oLihua")),
    "raw": lambda: plain(said(sender="oLihua"), encrypt_type="raw"),
    "compatible": lambda: compatible(said(sender="oLihua")),
    "secure": lambda: OFFICIAL.callback(said(sender="oLihua")),
}


@pytest.mark.parametrize(
    ("mode", "form", "status"),
    [
        ("secure", "secure", 200),
        ("secure", "compatible", 200),
        ("secure", "plain", 403),
        ("secure", "raw", 403),
        ("compatible", "secure", 200),
        ("compatible", "compatible", 200),
        ("compatible", "plain", 200),
        ("compatible", "raw", 200),
        ("plain", "plain", 200),
        ("plain", "raw", 200),
    ],
)
def test_the_service_account_takes_what_its_mode_allows(
    in_mode: Callable[[str], FlaskClient], muster: Muster, mode: str, form: str, status: int
) -> None:
    client = in_mode(mode)

    if status != 200:
        assert refusal(post, client, FORMS[form]()) == status
        assert_nothing_stored(muster)
        return
    for _ in range(2):
        assert post(client, FORMS[form]()).status_code == 200
    [row] = rows(muster, InboundMessage)
    assert (row.account, row.sender, row.fields["Content"]) == ("official", "oLihua", SECRET_WORDS)
    assert len(rows(muster, OutboundMessage)) == 1


def test_what_stands_in_clear_beside_the_ciphertext_is_not_believed(
    in_mode: Callable[[str], FlaskClient], muster: Muster
) -> None:
    address, body = compatible(said("打卡", sender="oLihua"))

    assert post(in_mode("compatible"), (address, body.replace("oLihua", "oOther"))).status_code == 200

    assert rows(muster, InboundMessage)[0].sender == "oLihua"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"signature": "0" * 40}, 403),
        ({"timestamp": "1"}, 403),
        ({"signature": ""}, 400),
        ({"nonce": ""}, 400),
        ({"encrypt_type": "rot13"}, 400),
        ({"encrypt_type": "aes"}, 400),
    ],
)
def test_a_plain_callback_is_checked_as_well(
    in_mode: Callable[[str], FlaskClient], muster: Muster, query: dict[str, str], status: int
) -> None:
    assert refusal(post, in_mode("plain"), plain(said(sender="oLihua"), **query)) == status

    assert_nothing_stored(muster)


def test_a_plain_account_without_a_key_opens_nothing(settings: Settings, muster: Muster) -> None:
    from pydantic import SecretStr

    changed = {"official_mode": "plain", "official_encoding_aes_key": SecretStr("")}
    other = build(settings.model_copy(update=changed), messengers={}, wakeups=NoWakeups())
    client = create_app(other).test_client()

    assert refusal(post, client, OFFICIAL.callback(said())) == 400
    assert post(client, plain(said(sender="oLihua"))).status_code == 200

    other.close()


def test_what_is_not_configured_is_not_there(settings: Settings, muster: Muster) -> None:
    from pydantic import SecretStr

    changed = {"official_app_id": "", "wecom_contacts_token": SecretStr("")}
    other = build(settings.model_copy(update=changed), messengers={}, wakeups=NoWakeups())
    client = create_app(other).test_client()

    statuses = [post(client, line.callback(said())).status_code for line in LINES]

    assert statuses == [200, 404, 404]
    other.close()


# --- once, and only once -----------------------------------------------------------------------------


def test_a_change_of_the_directory_is_acknowledged_and_kept(client: FlaskClient, muster: Muster) -> None:
    change = "<ChangeType>update_user</ChangeType><UserID>lihua</UserID>"

    response = post(client, CONTACTS.callback(event("change_contact", change, sender="sys")))

    assert (response.status_code, response.data) == (200, b"")
    [row] = rows(muster, InboundMessage)
    assert (row.account, row.outcome, row.fields["UserID"]) == ("contacts", "kept", "lihua")
    assert rows(muster, OutboundMessage) == []


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(said(), id="message"),
        pytest.param(event("click", "<EventKey>help</EventKey>"), id="event"),
    ],
)
def test_a_message_sent_again_is_answered_once(
    client: FlaskClient, muster: Muster, given: Given, xml: str
) -> None:
    given.employee("lihua", "李华")

    callbacks = [WECOM.callback(xml) for _ in range(4)]

    assert len(set(callbacks)) == 4  # other nonces, other ciphertexts
    for callback in callbacks:
        response = post(client, callback)
        assert (response.status_code, response.data) == (200, b"")
    assert len(rows(muster, InboundMessage)) == 1
    assert len(rows(muster, OutboundMessage)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (event("click", "<EventKey>help</EventKey>"), event("click", "<EventKey>check_in</EventKey>")),
        (event("enter_agent", "<EventKey/>"), event("click", "<EventKey>help</EventKey>")),
        (
            event("template_card_event", "<EventKey>ok</EventKey><TaskId>1</TaskId>"),
            event("template_card_event", "<EventKey>ok</EventKey><TaskId>2</TaskId>"),
        ),
        (said(number=1), said(number=2)),
        (said(sender="lihua"), said(sender="hanmei")),
    ],
    ids=["two keys", "two events", "two cards", "two messages", "two people"],
)
def test_two_things_in_one_second_are_both_taken(
    client: FlaskClient, muster: Muster, one: str, other: str
) -> None:
    for xml in (one, other, one, other):
        assert post(client, WECOM.callback(xml)).status_code == 200

    assert len(rows(muster, InboundMessage)) == 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_message_that_arrives_several_times_at_once_is_answered_once(
    app: Flask, muster: Muster, given: Given, number: int
) -> None:
    given.employee("lihua", "李华")
    callbacks = [WECOM.callback(said("打卡", number=number)) for _ in range(THREADS)]
    barrier = threading.Barrier(THREADS)
    statuses: list[int] = []

    def send(callback: tuple[str, str]) -> None:
        client = app.test_client()
        barrier.wait(10)
        statuses.append(post(client, callback).status_code)

    threads = [threading.Thread(target=send, args=[callback]) for callback in callbacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert statuses == [200] * THREADS
    assert len(rows(muster, InboundMessage)) == 1
    [answer] = rows(muster, OutboundMessage)
    assert "打卡成功" in answer.payload["text"]["content"]


def test_different_messages_that_arrive_at_once_are_all_answered(
    app: Flask, muster: Muster, given: Given
) -> None:
    given.employee("lihua", "李华")
    barrier = threading.Barrier(THREADS)
    statuses: list[int] = []

    def send(number: int) -> None:
        client = app.test_client()
        callback = WECOM.callback(said("打卡", number=number))
        barrier.wait(10)
        statuses.append(post(client, callback).status_code)

    threads = [threading.Thread(target=send, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert statuses == [200] * THREADS
    answers = [message.payload["text"]["content"] for message in rows(muster, OutboundMessage)]
    assert len(answers) == THREADS
    assert sum("打卡成功" in answer for answer in answers) == 1


# --- without a database ------------------------------------------------------------------------------


def unavailable(client: FlaskClient) -> None:
    """The platform is asked to send it again, and the log says why in one line."""
    with capture_logs() as logs:
        response = post(client, WECOM.callback(said()))
    assert (response.status_code, response.data) == (500, b"")
    assert [entry["event"] for entry in logs] == ["database_unavailable"]
    assert SECRET_WORDS not in repr(logs)


def test_without_its_postgresql_the_platform_is_asked_to_send_again(
    settings: Settings, muster: Muster, client: FlaskClient, clock: TestClock, tmp_path: Path
) -> None:
    nowhere = f"postgresql+psycopg://postgres@/postgres?host={tmp_path}"
    other = build(
        settings.model_copy(update={"database_url": nowhere}),
        clock=clock,
        messengers={},
        wakeups=NoWakeups(),
    )

    unavailable(create_app(other).test_client())
    other.close()

    assert_nothing_stored(muster)
    assert post(client, WECOM.callback(said())).status_code == 200
    assert len(rows(muster, InboundMessage)) == len(rows(muster, OutboundMessage)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_postgresql_that_stops_in_between_loses_nothing(settings: Settings, clock: TestClock) -> None:
    from bot.migrations import migrate

    with postgresql() as url:
        migrate(url)
        other = build(
            settings.model_copy(update={"database_url": url}),
            clock=clock,
            messengers={},
            wakeups=NoWakeups(),
        )
        client = create_app(other).test_client()
        assert post(client, WECOM.callback(said(number=1))).status_code == 200
        assert len(rows(other, InboundMessage)) == 1
    unavailable(client)
    other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_locked_sqlite_is_no_loss_either(settings: Settings, muster: Muster, client: FlaskClient) -> None:
    impatient = build(settings, clock=muster.clock, messengers={}, wakeups=NoWakeups())
    listen(impatient.database.engine, "connect", lambda new, _: new.execute("PRAGMA busy_timeout=50"))

    with muster.database.writing() as session:
        session.connection()
        unavailable(create_app(impatient).test_client())
    impatient.close()

    assert_nothing_stored(muster)
    assert post(client, WECOM.callback(said())).status_code == 200
    assert len(rows(muster, InboundMessage)) == len(rows(muster, OutboundMessage)) == 1
