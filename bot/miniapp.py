"""The pages inside WeCom and the JSON API: a request becomes the call of a handler on the same router."""

import dataclasses
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from flask import Blueprint, Response, jsonify, redirect, request, session
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import TypeAdapter, ValidationError
from redis import RedisError
from werkzeug.exceptions import BadRequest

from bot.app import Muster
from bot.channels.base import ApiError, Unreachable
from bot.database import is_unavailable
from bot.handling import block_of, note_command, note_refusal, reply_of
from bot.lesson_pictures import picture as lesson_picture
from bot.texts import page_environment
from bot.wording import plain
from handlers.base import (
    Attachment,
    Audience,
    CloseCards,
    Endpoint,
    Notice,
    Page,
    Reply,
    Route,
    Stranger,
    WebPage,
)
from models import audit, staff
from models.errors import DomainError, NotFound, NotPermitted
from models.training import PICTURES

LOGIN_HOURS = 12
PENDING_LOGINS = 5
TICKET_KEY = "muster:jsapi_ticket"
PATH_PART = re.compile(r"<(\w+:)?(\w+)>")
JS_APIS = ["getLocation", "closeWindow"]

log = structlog.get_logger("miniapp")


def pages(muster: Muster) -> Blueprint:
    """`/app/…`: the pages, the silent login and what the pages load."""
    routes = Blueprint("pages", __name__, static_folder="static", static_url_path="/app/static")
    environment = page_environment()
    tokens = Tokens(muster)

    def show(template: str, status: int = 200, **values: Any) -> Response:
        nonce = secrets.token_urlsafe(12)
        html = environment.get_template(template).render(nonce=nonce, **values)
        response = Response(html, status=status, mimetype="text/html")
        response.headers["Content-Security-Policy"] = _content_policy(muster, nonce)
        response.headers["Cache-Control"] = "no-store"
        return response

    def say(block: str, status: int) -> Response:
        return show("message.html", status, message=muster.texts.render(f"common/{block}", {}))

    def view(page: WebPage, path: Mapping[str, Any]) -> ResponseReturnValue:
        who = session.get("who")
        # Several phones share one browser in the sandbox, so there every page asks who opens it.
        if who is None or (muster.settings.sandbox and not session.pop("fresh", False)):
            return _to_login(muster)
        writes = page.writes and request.method == "GET"  # HEAD is a look that nobody takes
        with muster.database.writing() if writes else muster.database.reading() as opened:
            now = muster.clock.now()
            me = staff.find_employee(opened, who, at=now)
            if me is None:
                text = muster.texts.render("common/unknown_sender", {"wecom_id": who})
                return show("message.html", 403, message=text)
            try:
                muster.handling.check_right(me, page.may)
                opened.info[audit.CAUSE] = f"page:{secrets.token_hex(16)}"
                ctx = muster.handling.context(opened, me, now, path=path)
                answer = page.handler(ctx)
                if writes and not audit.recorded(opened):
                    note_command(ctx, page)
            except DomainError as refusal:
                opened.rollback()
                refused = refusal
            else:
                assert isinstance(answer, Page)
                return show(
                    page.template,
                    jssdk=_js_config(muster),
                    jssdk_url=muster.settings.jssdk_url,
                    token=tokens.issue(who),
                    **answer.values,
                )
        _note_refusal(muster, who, page, refused)
        return show("message.html", 403, message=_wording(muster, refused))

    def show_anybody(page: WebPage, path: Mapping[str, Any]) -> ResponseReturnValue:
        writes = page.writes and request.method == "GET"  # HEAD is a look that nobody takes
        with muster.database.writing() if writes else muster.database.reading() as opened:
            ctx = muster.handling.context(opened, Stranger(""), muster.clock.now(), path=path)
            answer = page.handler(ctx)
            assert isinstance(answer, Page)
            return show(page.template, **answer.values)

    def login() -> ResponseReturnValue:
        code, state = request.args.get("code", ""), request.args.get("state", "")
        pending = dict(session.get("pending", {}))
        next_path = pending.pop(state, None)
        if not code or next_path is None:
            return say("login_needed", 403)
        session["pending"] = pending
        try:
            told = muster.wecom.get("auth/getuserinfo", params={"code": code})
        except ApiError as error:
            log.warning("login_refused", code=error.code)
            return say("login_needed", 403)
        except Unreachable as error:
            log.warning("login_unreachable", error=str(error))
            return say("unavailable", 503)
        who = told.get("userid") or told.get("UserId")
        if not who:
            return say("not_in_wecom", 403)
        session["who"], session["fresh"] = who, True
        session.permanent = True
        return redirect(next_path)

    for page in muster.router.pages.values():
        anybody = page.audience is Audience.STRANGER
        routes.add_url_rule(
            f"/app{page.path}",
            endpoint=page.handler.__name__,
            view_func=(lambda page=page, **path: show_anybody(page, path))
            if anybody
            else (lambda page=page, **path: view(page, path)),
            methods=["GET"],
        )
    routes.add_url_rule(
        f"{PICTURES}<sha256>",
        view_func=lambda sha256: lesson_picture(muster, sha256),
        endpoint="lesson_picture",
    )
    routes.add_url_rule("/app/login", view_func=login, methods=["GET"])
    return routes


def api(muster: Muster) -> Blueprint:
    """`/api/v1/…` and its description."""
    routes = Blueprint("api", __name__)
    endpoints = muster.router.endpoints.values()
    adapters: dict[Endpoint, TypeAdapter[Any]] = {e: TypeAdapter(e.body) for e in endpoints if e.body}
    queries: dict[Endpoint, TypeAdapter[Any]] = {e: TypeAdapter(e.query) for e in endpoints if e.query}

    tokens = Tokens(muster)

    def refuse(status: int, code: str, message: str) -> tuple[Response, int]:
        return jsonify(error={"code": code, "message": message}), status

    def answer(endpoint: Endpoint, path: Mapping[str, Any]) -> ResponseReturnValue:
        if "Authorization" in request.headers:
            who = tokens.bearer()
        else:
            who = session.get("who")
            if who is not None and request.method != "GET" and not _same_origin(muster):
                return refuse(403, "login_needed", muster.texts.render("common/login_needed", {}))
        if who is None:
            return refuse(401, "login_needed", muster.texts.render("common/login_needed", {}))
        given: dict[str, Any] = {"path": path}
        try:
            if endpoint in adapters:
                given["body"] = adapters[endpoint].validate_python(request.get_json())
            if endpoint in queries:
                given["query"] = queries[endpoint].validate_python(request.args.to_dict())
        except (ValidationError, BadRequest) as invalid:
            text = muster.texts.render("common/invalid_request", {"problem": _problem(invalid)})
            return refuse(422, "invalid_request", text)
        try:
            return act(endpoint, who, given)
        except DomainError as refusal:
            _note_refusal(muster, who, endpoint, refusal)
            return refuse(_status(refusal), refusal.code(), _wording(muster, refusal))
        except Exception as bug:
            if is_unavailable(bug):
                log.error("database_unavailable", endpoint=endpoint.name)
                return refuse(503, "unavailable", muster.texts.render("common/unavailable", {}))
            muster.reporting.report_crash(endpoint.name, bug)
            return refuse(500, "crashed", muster.texts.render("common/crashed", {}))

    def act(endpoint: Endpoint, who: str, given: Mapping[str, Any]) -> ResponseReturnValue:
        now = muster.clock.now()
        reads = endpoint.method == "GET"
        with muster.database.reading() if reads else muster.database.writing() as session:
            me = staff.find_employee(session, who, at=now, lock=not reads and not muster.database.sqlite)
            if me is None:
                text = muster.texts.render("common/unknown_sender", {"wecom_id": who})
                return refuse(403, "unknown_sender", text)
            key = f"api:{secrets.token_hex(16)}"
            session.info[audit.CAUSE] = key
            ctx = muster.handling.context(session, me, now, **given)
            route, ctx = muster.handling.confirmed(endpoint, ctx)
            muster.handling.check_right(me, route.may)
            answered = route.handler(ctx)
            if not reads and not audit.recorded(session):
                note_command(ctx, route)
            assert not (reads and audit.recorded(session)), f"{endpoint.name} records, and so is no GET"
            parts = list(answered) if isinstance(answered, Sequence) else [answered]
            files = [part for part in parts if isinstance(part, Attachment)]
            muster.posting.post_files(session, key, me, files, now)
            notices = [part for part in parts if isinstance(part, Notice | CloseCards)]
            muster.posting.post_notices(session, key, notices, now)
            muster.posting.defer(session, key, me, parts, now)
            reply = next(part for part in parts if isinstance(part, Reply))
            text = muster.texts.render(block_of(route, reply), reply.values)
            result = _plain_data(reply.data or {})
        if not reads:
            muster.wakeups.deliver()
        return jsonify(message=plain(text, muster.settings.public_url), result=result), endpoint.success

    for endpoint in muster.router.endpoints.values():
        routes.add_url_rule(
            f"/api/v1{endpoint.path}",
            endpoint=_operation_id(endpoint),
            view_func=lambda endpoint=endpoint, **path: answer(endpoint, path),
            methods=[endpoint.method],
        )
    routes.add_url_rule("/api/openapi.json", view_func=lambda: jsonify(_openapi(muster)), methods=["GET"])
    return routes


class Tokens:
    """The signed token in a page, which says on whose behalf the page calls the API."""

    def __init__(self, muster: Muster) -> None:
        secret = muster.settings.secret_key.get_secret_value()
        self._signer = URLSafeTimedSerializer(secret, salt="page")

    def issue(self, who: str) -> str:
        """A token for this WeCom user id."""
        return str(self._signer.dumps(who))

    def bearer(self) -> str | None:
        """The WeCom user id of the request's bearer token, if it is ours and not too old."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return None
        try:
            return str(self._signer.loads(token, max_age=LOGIN_HOURS * 3600))
        except BadSignature:
            return None


def _to_login(muster: Muster) -> ResponseReturnValue:
    """Send the browser through WeCom's silent login and back (protocol 3.11)."""
    state = secrets.token_hex(16)
    # Several pages may be on their way through the login at once; the newest few are remembered.
    pending = list(session.get("pending", {}).items())[-PENDING_LOGINS + 1 :]
    session["pending"] = dict([*pending, (state, request.path)])
    settings = muster.settings
    back = quote(f"{settings.public_url}/app/login", safe="")
    return redirect(
        f"{settings.open_base}/connect/oauth2/authorize?appid={settings.wecom_corp_id}&redirect_uri={back}"
        f"&response_type=code&scope=snsapi_base&state={state}&agentid={settings.wecom_agent_id}"
        "#wechat_redirect"
    )


def _note_refusal(muster: Muster, who: str, route: Route, refusal: DomainError) -> None:
    """What was refused stands in the evidence trail, though nothing else of it is kept."""
    now = muster.clock.now()
    with muster.database.writing() as session:
        me = staff.find_employee(session, who, at=now)
        if me is not None:
            ctx = muster.handling.context(session, me, now)
            note_command(ctx, route, refusal)
            note_refusal(ctx, refusal)


def _same_origin(muster: Muster) -> bool:
    """Whether a changing request comes from our own page: JSON, and no foreign origin."""
    origin = request.headers.get("Origin")
    ours = urlsplit(muster.settings.public_url)
    return request.is_json and origin in (None, f"{ours.scheme}://{ours.netloc}")


def _wording(muster: Muster, refusal: DomainError) -> str:
    reply = reply_of(refusal)
    return plain(muster.texts.render(reply.block, reply.values), muster.settings.public_url)


def _status(refusal: DomainError) -> int:
    """The HTTP status of a refusal; what is out of reach is as unknown as what there is not."""
    if isinstance(refusal, NotFound):
        return 404
    return 403 if isinstance(refusal, NotPermitted) else 409


def _operation_id(endpoint: Endpoint) -> str:
    """A name that no other endpoint has."""
    return endpoint.name.replace(".", "_")


def _problem(invalid: ValidationError | BadRequest) -> str:
    if isinstance(invalid, BadRequest):
        return "JSON"
    first = invalid.errors()[0]
    named = ".".join(str(part) for part in first["loc"])
    return named or str(first.get("ctx", {}).get("error", "body"))


def _plain_data(data: Any) -> Any:
    if isinstance(data, dict) or hasattr(data, "items"):
        return {name: _plain_data(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain_data(value) for value in data]
    return data.isoformat() if isinstance(data, datetime | date) else data


def _content_policy(muster: Muster, nonce: str) -> str:
    frames = muster.settings.sandbox_url or "'none'"
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' https:; frame-ancestors {frames}; base-uri 'none'; form-action 'self'"
    )


def _js_config(muster: Muster) -> dict[str, Any]:
    """What the page hands to wx.config, signed for its own address (protocol 3.12)."""
    try:
        ticket = _ticket(muster)
    except (ApiError, Unreachable, RedisError) as error:
        log.warning("no_jsapi_ticket", error=str(error))
        return {}
    nonce, timestamp = secrets.token_hex(8), int(muster.clock.now().timestamp())
    url = muster.settings.public_url + request.full_path.rstrip("?")
    return {
        "beta": True,
        "appId": muster.settings.wecom_corp_id,
        "timestamp": timestamp,
        "nonceStr": nonce,
        "signature": js_signature(ticket, nonce, timestamp, url),
        "jsApiList": JS_APIS,
    }


def js_signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """The JS-SDK signature over the address without its fragment (protocol 3.12)."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _ticket(muster: Muster) -> str:
    """The corp's ticket, fetched at most once in its life."""
    stored = muster.store.get(TICKET_KEY)
    if isinstance(stored, bytes):
        return stored.decode()
    told = muster.wecom.get("get_jsapi_ticket")
    ticket = str(told["ticket"])
    muster.store.set(TICKET_KEY, ticket, ex=max(int(told.get("expires_in", 7200)) - 300, 60))
    return ticket


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    """What the path and the query of an endpoint hold, as OpenAPI describes it."""
    kinds = {"int:": {"type": "integer"}}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": kinds.get(kind, {"type": "string"})}
        for kind, name in PATH_PART.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        schema = TypeAdapter(endpoint.query).json_schema()
        found += [
            {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": described}
            for name, described in schema["properties"].items()
        ]
    return found


def _openapi(muster: Muster) -> dict[str, Any]:
    """The description of the JSON API, made from the endpoints."""
    error = {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
            }
        },
    }
    refused = {"description": "拒绝", "content": {"application/json": {"schema": error}}}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in muster.router.endpoints.values():
        operation: dict[str, Any] = {
            "operationId": _operation_id(endpoint),
            "parameters": _parameters(endpoint),
            "summary": (endpoint.handler.__doc__ or "").strip(),
            "responses": {
                str(endpoint.success): {
                    "description": "成功:message 是给人看的话,result 是数据",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"message": {"type": "string"}, "result": {"type": "object"}},
                            }
                        }
                    },
                },
                **dict.fromkeys(("401", "403", "404", "409", "422"), refused),
            },
        }
        if endpoint.body is not None:
            assert dataclasses.is_dataclass(endpoint.body)
            schema = TypeAdapter(endpoint.body).json_schema()
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        path = PATH_PART.sub(r"{\2}", endpoint.path)
        paths.setdefault(f"/api/v1{path}", {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Muster 点将", "version": "1"},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "page": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "muster"},
            }
        },
        "security": [{"page": []}, {"session": []}],
    }
