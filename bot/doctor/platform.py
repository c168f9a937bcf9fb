"""Checks against WeCom and the service account: what a console page must say for us to work."""

import functools
import ipaddress
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from bot.channels.base import ApiError, Unreachable
from bot.channels.wecom import ContactsClient
from bot.doctor.base import Checkup, Finding, Outcome, failed, not_applicable, ok
from bot.envelope import Envelope
from bot.menu import load_menus
from bot.processes import web_answers

ANSWER_SECONDS = 1.0
"""Within this time the platform wants the verification answered (protocol 1.4)."""
BAD_GATEWAY = frozenset({502, 503, 504})
WRONG_STATUS = {
    400: "doctor/callback_without_query",
    403: "doctor/callback_other_token",
    404: "doctor/callback_not_routed",
}
NO_MENU = 46003
UNTRUSTED_IP = 60020
NOT_GRANTED = 48001

WECOM = {
    40001: "doctor/wecom_secret",
    40091: "doctor/wecom_secret",
    40013: "doctor/wecom_corp",
    40056: "doctor/wecom_agent",
    301002: "doctor/wecom_agent",
    50003: "doctor/wecom_disabled",
    UNTRUSTED_IP: "doctor/wecom_ip",
}
CONTACTS = {
    **WECOM,
    40001: "doctor/contacts_secret",
    40091: "doctor/contacts_secret",
    48002: "doctor/contacts_not_assistant",
    48009: "doctor/contacts_ip",
    UNTRUSTED_IP: "doctor/contacts_ip",
}
OFFICIAL = {
    40001: "doctor/official_secret",
    40125: "doctor/official_secret",
    40013: "doctor/official_app_id",
    40164: "doctor/official_ip",
    NOT_GRANTED: "doctor/official_right",
}
"""Error code → what to click (protocol 3.1, 3.15, 4.1)."""
OPEN_ITEMS = ("type", "name", "key", "url", "appid", "pagepath")

_CALLER = re.compile(r"(?:from|invalid) ip:?\s*([0-9A-Fa-f.:]+)")

Look = Callable[[Checkup], Finding]


def over(codes: Mapping[int, str]) -> Callable[[Look], Look]:
    """A check that calls the platform: what it refuses, or does not answer, is the finding."""

    def wrap(look: Look) -> Look:
        @functools.wraps(look)
        def wrapped(checkup: Checkup) -> Finding:
            try:
                return look(checkup)
            except ApiError as error:
                return refused(error, codes)
            except Unreachable as error:
                settings = checkup.settings
                base = settings.official_api_base if codes is OFFICIAL else settings.wecom_api_base
                reason = str(error).removeprefix("no token: ")
                return failed("doctor/platform_unreachable", host=urlsplit(base).netloc, reason=reason)

        return wrapped

    return wrap


def refused(error: ApiError, codes: Mapping[int, str]) -> Finding:
    """What an error code means, with the caller's address if the platform says it."""
    caller = _CALLER.search(str(error))
    block = codes.get(error.code, "doctor/platform_refused")
    return failed(block, code=error.code, ip=caller[1].rstrip(".:") if caller else "")


# --- the callback ----------------------------------------------------------------------------------------


def check_callback(checkup: Checkup) -> Finding:
    """The verification that the console makes, asked the way the platform asks it (protocol 1.4)."""
    settings = checkup.settings
    if _is_local(settings.public_url) and not _is_local(settings.wecom_api_base):
        return failed("doctor/callback_local", url=settings.public_url)
    echo = secrets.token_hex(8)
    address = f"{settings.public_url}/wecom/callback"
    try:
        status, told, seconds = _verify(checkup, address, echo)
        if seconds > ANSWER_SECONDS:  # perhaps the first request after a start
            status, told, seconds = _verify(checkup, address, echo)
    except urllib3.exceptions.HTTPError as error:
        if not web_answers(settings):
            return failed("doctor/callback_web_down", bind=settings.bind)
        return failed("doctor/callback_unreachable", address=address, reason=type(error).__name__)
    if status == 200 and told == echo.encode():
        if seconds > ANSWER_SECONDS:
            return failed("doctor/callback_slow", seconds=round(seconds, 1))
        return ok("doctor/callback_right", address=address)
    if status in BAD_GATEWAY:
        block = "doctor/callback_gateway" if web_answers(settings) else "doctor/callback_web_down"
        return failed(block, bind=settings.bind, status=status)
    if 300 <= status < 400:
        return failed("doctor/callback_redirected", address=address)
    return failed(WRONG_STATUS.get(status, "doctor/callback_not_ours"), address=address, status=status)


def _verify(checkup: Checkup, address: str, echo: str) -> tuple[int, bytes, float]:
    """Status, body and seconds of a correctly signed verification."""
    settings = checkup.settings
    envelope = Envelope(
        settings.wecom_token.get_secret_value(),
        settings.wecom_encoding_aes_key.get_secret_value(),
        settings.wecom_corp_id,
    )
    ciphertext = envelope.encrypt(echo.encode())
    timestamp, nonce = str(int(checkup.clock.now().timestamp())), secrets.token_hex(5)
    signature = envelope.sign(timestamp, nonce, ciphertext)
    query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": ciphertext}
    started = time.monotonic()
    answer = checkup.web.request("GET", f"{address}?{urlencode(query)}", redirect=False)
    return answer.status, answer.data, time.monotonic() - started


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- the app ---------------------------------------------------------------------------------------------


@over(WECOM)
def check_token(checkup: Checkup) -> Finding:
    """There is a token, the shared one if it still lives."""
    checkup.wecom.tokens.get()
    return ok("doctor/token_right")


@over(WECOM)
def check_ip(checkup: Checkup) -> Finding:
    """The address we call from is trusted: the platform asks for that after the token (protocol 3.1)."""
    try:
        checkup.app = checkup.wecom.get("agent/get", params={"agentid": checkup.settings.wecom_agent_id})
    except ApiError as error:
        if error.code == UNTRUSTED_IP:
            raise
        checkup.app = error
        return Finding(Outcome.NOT_APPLICABLE, "doctor/ip_unknown", blocked_by="app")
    return ok("doctor/ip_right")


@over(WECOM)
def check_app(checkup: Checkup) -> Finding:
    """The id is that of the app, and somebody sees it."""
    if isinstance(checkup.app, ApiError):
        raise checkup.app
    app = checkup.app
    seen_by = {
        "people": len((app.get("allow_userinfos") or {}).get("user") or []),
        "departments": len((app.get("allow_partys") or {}).get("partyid") or []),
        "tags": len((app.get("allow_tags") or {}).get("tagid") or []),
    }
    if not any(seen_by.values()):
        return failed("doctor/app_invisible")
    return ok("doctor/app_right", name=app.get("name", ""), **seen_by)


@over(WECOM)
def check_menu(checkup: Checkup) -> Finding:
    """The app's menu is that of config/menu.toml."""
    params = {"agentid": checkup.settings.wecom_agent_id}
    return _menu(checkup, "wecom", lambda: checkup.wecom.get("menu/get", params=params))


def _menu(checkup: Checkup, channel: str, get: Callable[[], dict[str, Any]]) -> Finding:
    try:
        found = get()
    except ApiError as error:
        if error.code == NO_MENU:
            return failed("doctor/menu_none")
        raise
    wanted = load_menus(checkup.settings.public_url)[channel]["button"]
    if _essence(found.get("button") or []) != _essence(wanted):
        return failed("doctor/menu_differs")
    return ok("doctor/menu_right")


def _essence(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What counts in a menu: the platform adds empty fields of its own."""
    made = []
    for button in buttons:
        kept: dict[str, Any] = {name: button[name] for name in OPEN_ITEMS if button.get(name)}
        if button.get("sub_button"):
            kept = {"name": kept["name"], "sub_button": _essence(button["sub_button"])}
        made.append(kept)
    return made


# --- the service account and the rest --------------------------------------------------------------------


@over(OFFICIAL)
def check_official_token(checkup: Checkup) -> Finding:
    """There is a token of the service account, if there is one."""
    if not checkup.settings.official_app_id:
        return not_applicable("doctor/official_none")
    checkup.official.tokens.get()
    return ok("doctor/token_right")


@over(OFFICIAL)
def check_official_templates(checkup: Checkup) -> Finding:
    """The template that tells those who have not written lately is there, with its two fields."""
    if not checkup.settings.official_app_id:
        return not_applicable("doctor/official_none")
    assert checkup.policy is not None, "the registry makes the check with a policy"
    numbers = checkup.policy.notices
    if not numbers.official_template:
        texts = checkup.settings.sms_provider != "none"
        return not_applicable("doctor/templates_none", minutes=numbers.unread_minutes, texts=texts)
    try:
        told = checkup.official.get("template/get_all_private_template")
    except ApiError as error:
        if error.code == NOT_GRANTED:
            return failed("doctor/templates_not_granted")
        raise
    there = {
        str(one.get("template_id")): str(one.get("content", "")) for one in told.get("template_list") or []
    }
    content = there.get(numbers.official_template)
    if content is None:
        return failed("doctor/templates_unknown", template=numbers.official_template, count=len(there))
    fields = (numbers.official_what, numbers.official_when)
    missing = [name for name in fields if f"{{{{{name}.DATA}}}}" not in content]
    if missing:
        return failed("doctor/templates_fields", names=missing, content=content)
    return ok("doctor/templates_right")


@over(OFFICIAL)
def check_official_menu(checkup: Checkup) -> Finding:
    """The service account's menu is that of config/menu.toml."""
    if not checkup.settings.official_app_id:
        return not_applicable("doctor/official_none")
    return _menu(checkup, "official", lambda: checkup.official.get("menu/get").get("menu") or {})


@over(CONTACTS)
def check_contacts(checkup: Checkup) -> Finding:
    """The contact-sync assistant lists the members, if it is configured."""
    settings = checkup.settings
    if not settings.wecom_contacts_secret.get_secret_value():
        return not_applicable("doctor/contacts_none")
    contacts = ContactsClient(settings, checkup.store)
    contacts.post("user/list_id", data={"limit": 1})
    return ok("doctor/contacts_right")
