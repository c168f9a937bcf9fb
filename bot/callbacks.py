"""The callbacks of the app, the contact-sync assistant and the service account (protocol section 1)."""

from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from bot.app import Muster
from bot.dispatch import Unavailable
from bot.document import Fields, read_document
from bot.envelope import Envelope, need
from bot.inbound import parse
from bot.intake import LATER
from bot.rejection import Rejected, forbidden, malformed, too_large
from config.settings import Settings
from handlers.base import Account

MAX_BODY = 512 * 1024
"""The largest body read, in bytes; the platform's own are far smaller."""

XML_TYPES = frozenset({"", "text/xml", "application/xml", "application/x-www-form-urlencoded"})
"""No type, XML, or what HTTP clients say when they were not told what they carry."""

log = structlog.get_logger("callbacks")

WECOM_PATH = "/wecom/callback"
CONTACTS_PATH = "/wecom/contacts"
OFFICIAL_PATH = "/official/callback"
PATHS = frozenset({WECOM_PATH, CONTACTS_PATH, OFFICIAL_PATH})

Open = Callable[[Mapping[str, str], bytes], Fields]
Verify = Callable[[Mapping[str, str]], bytes]


def callbacks(muster: Muster) -> Blueprint:
    """The routes of every account that is configured."""
    settings = muster.settings
    routes = Blueprint("callbacks", __name__)
    app = _envelope(settings, "wecom", settings.wecom_corp_id)
    _add(routes, muster, WECOM_PATH, Account.WECOM, *_secure(app))
    if settings.wecom_contacts_token.get_secret_value():
        contacts = _envelope(settings, "wecom_contacts", settings.wecom_corp_id)
        _add(routes, muster, CONTACTS_PATH, Account.CONTACTS, *_secure(contacts))
    if settings.official_app_id:
        official = _envelope(settings, "official", settings.official_app_id)
        _add(
            routes,
            muster,
            OFFICIAL_PATH,
            Account.OFFICIAL,
            *_official(official, settings.official_mode),
        )
    return routes


def _envelope(settings: Settings, name: str, receive_id: str) -> Envelope:
    token = getattr(settings, f"{name}_token").get_secret_value()
    key = getattr(settings, f"{name}_encoding_aes_key").get_secret_value()
    return Envelope(token, key, receive_id)


def not_taken(error: Unavailable) -> int:
    """The status by which the platform is asked to send a message again."""
    log.error("database_unavailable", error=type(error.__cause__ or error).__name__)
    return 500


def _add(routes: Blueprint, muster: Muster, path: str, account: Account, verify: Verify, open_: Open) -> None:
    def answer() -> Response:
        try:
            if request.method == "GET":
                return Response(verify(request.args), mimetype="text/plain")
            if request.method != "POST":
                raise malformed("neither GET nor POST")
            message = parse(account, open_(request.args, _body()))
        except Rejected as rejected:
            log.warning("callback_rejected", account=account, status=rejected.status, reason=rejected.reason)
            return Response(status=rejected.status)
        if LATER in request.environ:  # the server takes it in without holding a thread
            request.environ[LATER] = message
            return Response()
        try:
            muster.intake.take_now(message)
        except Unavailable as error:
            return Response(status=not_taken(error))
        return Response()

    def add(state: BlueprintSetupState) -> None:
        """Route every method here: Flask would answer the others with 405, and say nothing."""
        endpoint = f"{routes.name}.{account}"
        state.app.url_map.add(state.app.url_rule_class(path, endpoint=endpoint))
        state.app.view_functions[endpoint] = answer

    routes.record(add)


def _body() -> bytes:
    """The body, if its type and size are those of a callback."""
    if request.mimetype not in XML_TYPES:
        raise malformed("wrong content type")
    if (request.content_length or 0) > MAX_BODY:
        raise too_large("the body is over the cap")
    request.max_content_length = MAX_BODY
    try:
        body = request.stream.read()
    except RequestEntityTooLarge:
        raise too_large("the body is over the cap") from None
    except BadRequest:
        raise malformed("the body is cut off") from None
    if not body:
        raise malformed("the body is empty")
    return body


def _encrypted(document: Fields) -> str:
    ciphertext = document.get("Encrypt")
    if not isinstance(ciphertext, str) or not ciphertext:
        raise malformed("Encrypt is missing")
    return ciphertext


def _secure(envelope: Envelope) -> tuple[Verify, Open]:
    """WeCom: everything is encrypted, the verification too (protocol 1.4, 1.5)."""

    def verify(query: Mapping[str, str]) -> bytes:
        return envelope.open(query, need(query, "echostr"))

    def open_(query: Mapping[str, str], body: bytes) -> Fields:
        return read_document(envelope.open(query, _encrypted(read_document(body))))

    return verify, open_


def _official(envelope: Envelope, mode: str) -> tuple[Verify, Open]:
    """The service account in its configured mode; the verification is not encrypted (protocol 1.8)."""

    def check(query: Mapping[str, str]) -> None:
        envelope.check(need(query, "signature"), need(query, "timestamp"), need(query, "nonce"))

    def verify(query: Mapping[str, str]) -> bytes:
        echo = need(query, "echostr")
        check(query)
        return echo.encode("utf-8", "replace")

    def open_(query: Mapping[str, str], body: bytes) -> Fields:
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
