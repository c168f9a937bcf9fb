"""The callbacks of the app, the contact-sync assistant and the service account (protocol section 1)."""

from collections.abc import Callable, Collection, Mapping

import structlog
from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from bot.app import Muster
from bot.dispatch import Unavailable
from bot.document import Fields, read_document
from bot.envelope import Envelope, need
from bot.inbound import parse
from bot.rejection import Rejected, forbidden, malformed, too_large
from config.settings import Settings
from handlers.base import Account, Message

MAX_BODY = 512 * 1024
"""The largest body read, in bytes; the platform's own are far smaller."""

XML_TYPES = frozenset({"", "text/xml", "application/xml", "application/x-www-form-urlencoded"})
"""No type, XML, or what HTTP clients say when they were not told what they carry."""

log = structlog.get_logger("callbacks")

WECOM_PATH = "/wecom/callback"
CONTACTS_PATH = "/wecom/contacts"
OFFICIAL_PATH = "/official/callback"

Query = Mapping[str, str]
Open = Callable[[Query, bytes], Fields]
Verify = Callable[[Query], bytes]


class Callbacks:
    """Reads the callbacks of every account that is configured, whatever server they came through."""

    def __init__(self, settings: Settings) -> None:
        app = _envelope(settings, "wecom", settings.wecom_corp_id)
        self._accounts = {WECOM_PATH: (Account.WECOM, *_secure(app))}
        if settings.wecom_contacts_token.get_secret_value():
            contacts = _envelope(settings, "wecom_contacts", settings.wecom_corp_id)
            self._accounts[CONTACTS_PATH] = (Account.CONTACTS, *_secure(contacts))
        if settings.official_app_id:
            official = _official(
                _envelope(settings, "official", settings.official_app_id), settings.official_mode
            )
            self._accounts[OFFICIAL_PATH] = (Account.OFFICIAL, *official)

    @property
    def paths(self) -> Collection[str]:
        """Where callbacks are taken."""
        return self._accounts.keys()

    def account(self, path: str) -> Account:
        """Whose callbacks come there."""
        return self._accounts[path][0]

    def read(self, path: str, method: str, query: Query, type_: str, body: bytes) -> bytes | Message:
        """The answer to a verification, or the message that a callback brought.

        `type_` is the media type without its parameters, in lower case.

        Raises:
            Rejected: (400) it cannot be read, (403) signature or receiver are wrong, (413) it is too large.
        """
        account, verify, open_ = self._accounts[path]
        try:
            if method == "GET":
                return verify(query)
            if method != "POST":
                raise malformed("neither GET nor POST")
            if type_ not in XML_TYPES:
                raise malformed("wrong content type")
            if len(body) > MAX_BODY:
                raise too_large("the body is over the cap")
            if not body:
                raise malformed("the body is empty")
            return parse(account, open_(query, body))
        except Rejected as rejected:
            _log(account, rejected)
            raise


def _log(account: Account, rejected: Rejected) -> None:
    log.warning("callback_rejected", account=account, status=rejected.status, reason=rejected.reason)


def not_taken(error: Unavailable) -> int:
    """The status by which the platform is asked to send a message again."""
    log.error("database_unavailable", error=type(error.__cause__ or error).__name__)
    return 500


def callbacks(muster: Muster) -> Blueprint:
    """The same behind WSGI, for servers other than ours."""
    routes = Blueprint("callbacks", __name__)
    reader = Callbacks(muster.settings)

    def answer() -> Response:
        try:
            body = _body()
        except Rejected as rejected:
            _log(reader.account(request.path), rejected)
            return Response(status=rejected.status)
        try:
            read = reader.read(request.path, request.method, request.args, request.mimetype, body)
            if isinstance(read, bytes):
                return Response(read, mimetype="text/plain")
            muster.intake.take_now(read)
        except Rejected as rejected:
            return Response(status=rejected.status)
        except Unavailable as error:
            return Response(status=not_taken(error))
        return Response()

    def add(state: BlueprintSetupState) -> None:
        """Route every method here: Flask would answer the others with 405, and say nothing."""
        for path in reader.paths:
            endpoint = f"{routes.name}.{path}"
            state.app.url_map.add(state.app.url_rule_class(path, endpoint=endpoint))
            state.app.view_functions[endpoint] = answer

    routes.record(add)
    return routes


def _body() -> bytes:
    """The body; one over the cap is not read to its end.

    Raises:
        Rejected: (413) it is over the cap, (400) it ends early.
    """
    request.max_content_length = MAX_BODY
    try:
        return request.stream.read()
    except RequestEntityTooLarge:
        raise too_large("the body is over the cap") from None
    except BadRequest:
        raise malformed("the body is cut off") from None


def _envelope(settings: Settings, name: str, receive_id: str) -> Envelope:
    token = getattr(settings, f"{name}_token").get_secret_value()
    key = getattr(settings, f"{name}_encoding_aes_key").get_secret_value()
    return Envelope(token, key, receive_id)


def _encrypted(document: Fields) -> str:
    ciphertext = document.get("Encrypt")
    if not isinstance(ciphertext, str) or not ciphertext:
        raise malformed("Encrypt is missing")
    return ciphertext


def _secure(envelope: Envelope) -> tuple[Verify, Open]:
    """WeCom: everything is encrypted, the verification too (protocol 1.4, 1.5)."""

    def verify(query: Query) -> bytes:
        return envelope.open(query, need(query, "echostr"))

    def open_(query: Query, body: bytes) -> Fields:
        return read_document(envelope.open(query, _encrypted(read_document(body))))

    return verify, open_


def _official(envelope: Envelope, mode: str) -> tuple[Verify, Open]:
    """The service account in its configured mode; the verification is not encrypted (protocol 1.8)."""

    def check(query: Query) -> None:
        envelope.check(need(query, "signature"), need(query, "timestamp"), need(query, "nonce"))

    def verify(query: Query) -> bytes:
        echo = need(query, "echostr")
        check(query)
        return echo.encode("utf-8", "replace")

    def open_(query: Query, body: bytes) -> Fields:
        encryption = query.get("encrypt_type", "")
        if encryption == "aes":
            return read_document(envelope.open(query, _encrypted(read_document(body))))
        if encryption not in {"", "raw"}:
            raise malformed("unknown encrypt_type")
        if mode == "secure":
            raise forbidden("a plain message, and the account is configured as secure")
        check(query)
        return read_document(body)

    return verify, open_
