"""The control interface over HTTP: corps, accounts, the clock, faults, switches, and every other subject."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import inbound
from sandbox.actions import read_place
from sandbox.automation.people import member_json, person_json
from sandbox.callbacks import CallbackSender, Delivery, account_route, app_route, contacts_route
from sandbox.clock import iso
from sandbox.configure import Configurator
from sandbox.errors import ControlError
from sandbox.faults import Faults
from sandbox.operation import (
    Operation,
    describe,
    need_corp,
    number,
    read_body,
    timeout_of,
)
from sandbox.platform.api import MISSHAPEN
from sandbox.world import App, Corp, Json, World


class Subject(Protocol):
    """Control endpoints that belong together."""

    def operations(self) -> list[Operation]:
        """All of them."""


class Control:
    """Everything under ``/control``."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        sender: CallbackSender,
        configure: Configurator,
        subjects: Sequence[Subject],
        on_reset: Callable[[], None],
    ) -> None:
        self.world = world
        self.faults = faults
        self.sender = sender
        self.on_reset = on_reset
        self.configure = configure
        self.operations = self._operations()
        self.operations += [operation for subject in subjects for operation in subject.operations()]

    def _operations(self) -> list[Operation]:
        return [
            Operation(
                "PUT",
                "/control/corps/{corp}",
                "新建或替换企业",
                self.put_corp,
                {"name": "string", "apps": "array"},
            ),
            Operation("GET", "/control/corps/{corp}", "企业概况", self.get_corp),
            Operation(
                "PUT",
                "/control/corps/{corp}/members/{userid}",
                "新建或修改成员",
                self.put_member,
                {"name": "string"},
            ),
            Operation("DELETE", "/control/corps/{corp}/members/{userid}", "删除成员", self.delete_member),
            Operation(
                "POST", "/control/corps/{corp}/apps/{agent}/verify", "校验应用的回调地址", self.verify_app
            ),
            Operation(
                "POST",
                "/control/corps/{corp}/contacts/verify",
                "校验通讯录同步的回调地址",
                self.verify_contacts,
            ),
            Operation(
                "POST",
                "/control/corps/{corp}/apps/{agent}/event",
                "向应用发任意一种事件",
                self.app_event,
                {"event": "string", "from": "string", "fields": "object"},
            ),
            Operation(
                "POST",
                "/control/accounts/{account}/event",
                "向服务号发任意一种事件",
                self.account_event,
                {"event": "string", "from": "string", "fields": "object"},
            ),
            Operation(
                "PUT", "/control/accounts/{account}", "新建或替换服务号", self.put_account, {"name": "string"}
            ),
            Operation("GET", "/control/accounts/{account}", "服务号概况", self.get_account),
            Operation(
                "POST", "/control/accounts/{account}/verify", "校验服务号的回调地址", self.verify_account
            ),
            Operation("GET", "/control/clock", "平台时间", self.get_clock),
            Operation(
                "PUT", "/control/clock", "设定平台时间", self.put_clock, {"now": "string", "rate": "number"}
            ),
            Operation("POST", "/control/clock/advance", "快进", self.advance_clock, {"seconds": "number"}),
            Operation("POST", "/control/clock/reset", "恢复真实时间", self.reset_clock),
            Operation("GET", "/control/log", "接口与回调记录", self.get_log, None, ("after", "kind")),
            Operation("GET", "/control/settled", "等所有回调送完", self.settled, None, ("timeout",)),
            Operation("GET", "/control/faults", "当前故障", self.get_faults),
            Operation("PUT", "/control/faults", "设定故障", self.put_faults, {"api_errcode": "integer"}),
            Operation("GET", "/control/settings", "平台开关", self.get_settings),
            Operation(
                "PUT",
                "/control/settings",
                "修改平台开关",
                self.put_settings,
                {"callback_retry_seconds": "number"},
            ),
            Operation("GET", "/control/places", "地图上的地点", self.get_places),
            Operation("PUT", "/control/places", "替换地图上的地点", self.put_places, {"places": "array"}),
            Operation("POST", "/control/reset", "清空一切", self.reset),
        ]

    def routes(self) -> list[Route]:
        """The routes, and the OpenAPI document that describes them."""
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in self.operations:
            by_path.setdefault(operation.path, {})[operation.method] = operation
        routes = [Route(path, self._endpoint(table), methods=list(table)) for path, table in by_path.items()]
        return [*routes, Route("/control/openapi.json", self.openapi, methods=["GET"])]

    def _endpoint(self, table: dict[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            try:
                body = await read_body(request)
                return JSONResponse(await table[method].handler(request, body))
            except ControlError as error:
                return JSONResponse({"error": error.message}, error.status)
            except MISSHAPEN as error:
                return JSONResponse({"error": f"请求内容的形状不对：{error}"}, 400)

        return endpoint

    async def openapi(self, request: Request) -> Response:
        """The OpenAPI 3.1 document."""
        paths: Json = {}
        for operation in self.operations:
            paths.setdefault(operation.path, {})[operation.method.lower()] = describe(operation)
        information = {"title": "沙箱控制接口", "version": "1"}
        return JSONResponse({"openapi": "3.1.0", "info": information, "paths": paths})

    # -- corps and accounts ---------------------------------------------------------------------------------

    async def put_corp(self, request: Request, body: Json) -> Json:
        """Create or replace a corp."""
        corp = self.configure.put_corp(request.path_params["corp"], body)
        return {"corp_id": corp.id, "apps": len(corp.apps), "members": len(corp.members)}

    async def get_corp(self, request: Request, body: Json) -> Json:
        """What a corp has, without secrets."""
        corp = need_corp(self.world, request)
        apps = [
            {
                "agent_id": app.agent_id,
                "name": app.name,
                "callback": app.callback.url if app.callback else None,
                "report_location": app.report_location,
                "report_enter": app.report_enter,
                "menu": app.menu,
            }
            for app in corp.apps.values()
        ]
        members = [member_json(corp, member) for member in corp.members.values()]
        return {"corp_id": corp.id, "name": corp.name, "apps": apps, "members": members}

    async def put_member(self, request: Request, body: Json) -> Json:
        """Create or change a member; the contact-sync callback hears of it."""
        corp = need_corp(self.world, request)
        member = self.configure.put_member(corp, {**body, "userid": request.path_params["userid"]})
        return member_json(corp, member)

    async def delete_member(self, request: Request, body: Json) -> Json:
        """Remove a member; the contact-sync callback hears of it."""
        self.configure.delete_member(need_corp(self.world, request), request.path_params["userid"])
        return {"ok": True}

    async def verify_app(self, request: Request, body: Json) -> Json:
        """The GET that saving an app's callback sends."""
        corp, app = self._app(request)
        route = app_route(corp, app)
        if route is None:
            raise ControlError("这个应用没有回调地址", 404)
        return await self.sender.verify(route)

    def _app(self, request: Request) -> tuple[Corp, App]:
        corp, number = need_corp(self.world, request), request.path_params["agent"]
        app = corp.apps.get(int(number)) if number.isdigit() else None
        if app is None:
            raise ControlError("没有这个应用", 404)
        return corp, app

    @staticmethod
    def _event(body: Json) -> Json:
        name, elements = body.get("event"), body.get("fields") or {}
        if not isinstance(name, str) or not name or not isinstance(elements, dict):
            raise ControlError("需要 event,可选 from 和 fields")
        return inbound.event(name, **elements)

    async def app_event(self, request: Request, body: Json) -> Json:
        """An event nobody on a phone causes: alerts, batch jobs, administrators (2.3)."""
        corp, app = self._app(request)
        route = app_route(corp, app)
        if route is None:
            raise ControlError("这个应用没有回调地址", 404)
        at, sender = self.world.clock.seconds(), str(body.get("from") or "sys")
        self.sender.send(Delivery(route, inbound.from_app(corp, app, sender, at, self._event(body)), sender))
        return {"ok": True}

    async def account_event(self, request: Request, body: Json) -> Json:
        """An event nobody on a phone causes: sessions, mass sending, revoked authorisations (2.8)."""
        account = self.world.accounts.get(request.path_params["account"])
        openid = str(body.get("from") or "")
        route = account_route(account, openid) if account else None
        if account is None or route is None:
            raise ControlError("没有这个服务号，或它没有回调地址", 404)
        xml = inbound.from_account(account, openid, self.world.clock.seconds(), self._event(body))
        self.sender.send(Delivery(route, xml, openid))
        return {"ok": True}

    async def verify_contacts(self, request: Request, body: Json) -> Json:
        """The GET that saving the contact-sync callback sends."""
        corp = need_corp(self.world, request)
        route = contacts_route(corp, corp.contacts)
        if route is None:
            raise ControlError("没有通讯录同步的回调地址", 404)
        return await self.sender.verify(route)

    async def put_account(self, request: Request, body: Json) -> Json:
        """Create or replace a service account."""
        account = self.configure.put_account(request.path_params["account"], body)
        return {"app_id": account.id, "templates": len(account.templates), "people": len(account.people)}

    async def get_account(self, request: Request, body: Json) -> Json:
        """What a service account has, without secrets."""
        account = self.world.accounts.get(request.path_params["account"])
        if account is None:
            raise ControlError("没有这个服务号", 404)
        return {
            "app_id": account.id,
            "name": account.name,
            "original_id": account.original_id,
            "mode": account.mode,
            "callback": account.callback.url if account.callback else None,
            "menu": account.menu,
            "templates": [vars(template) for template in account.templates.values()],
            "qrcodes": [{"ticket": ticket, **code} for ticket, code in account.qrcodes.items()],
            "people": [person_json(account, follower) for follower in account.people.values()],
        }

    async def verify_account(self, request: Request, body: Json) -> Json:
        """The GET that saving the account's callback sends."""
        account = self.world.accounts.get(request.path_params["account"])
        route = account_route(account) if account else None
        if route is None:
            raise ControlError("没有这个服务号，或它没有回调地址", 404)
        return await self.sender.verify(route)

    # -- clock ----------------------------------------------------------------------------------------------

    def _clock(self) -> Json:
        clock = self.world.clock
        return {"now": iso(clock.now()), "rate": clock.rate}

    def _clock_changed(self) -> Json:
        answer = self._clock()
        self.world.feed.publish("clock", {**answer, "moved": self.world.clock.moved})
        return answer

    async def get_clock(self, request: Request, body: Json) -> Json:
        """Platform time, and to the fraction of a second for those who follow it."""
        return {**self._clock(), "timestamp": self.world.clock.timestamp()}

    async def put_clock(self, request: Request, body: Json) -> Json:
        """Set platform time and its pace."""
        now, rate = body.get("now"), body.get("rate")
        try:
            moment = datetime.fromisoformat(now) if now is not None else None
            self.world.clock.set(moment, float(rate) if rate is not None else None)
        except (TypeError, ValueError) as error:
            raise ControlError(f"时间或速度不对：{error}") from error
        return self._clock_changed()

    async def advance_clock(self, request: Request, body: Json) -> Json:
        """Jump ahead."""
        seconds = body.get("seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise ControlError("需要数字 seconds")
        self.world.clock.advance(seconds)
        return self._clock_changed()

    async def reset_clock(self, request: Request, body: Json) -> Json:
        """Return to real time."""
        self.world.clock.reset()
        return self._clock_changed()

    # -- platform -------------------------------------------------------------------------------------------

    async def get_log(self, request: Request, body: Json) -> Json:
        """Traffic after a number."""
        after, kind = number(request.query_params.get("after"), 0), request.query_params.get("kind")
        entries = [e for e in self.world.log if e["n"] > after and kind in (None, e["kind"])]
        return {"entries": entries, "last": self.world.log[-1]["n"] if self.world.log else 0}

    async def settled(self, request: Request, body: Json) -> Json:
        """Wait until no callback is under way."""
        timeout = timeout_of(request, 30)
        done = await self.world.wait_until(lambda: self.sender.in_flight == 0, timeout)
        return {"settled": done, "in_flight": self.sender.in_flight}

    async def get_faults(self, request: Request, body: Json) -> Json:
        """Faults that are left."""
        return {"faults": self.faults.as_json()}

    async def put_faults(self, request: Request, body: Json) -> Json:
        """Replace all faults."""
        self.faults.set(body)
        self.world.feed.publish("faults", {"faults": self.faults.as_json()})
        return {"faults": self.faults.as_json()}

    async def get_settings(self, request: Request, body: Json) -> Json:
        """Switches."""
        return vars(self.world.settings)

    async def put_settings(self, request: Request, body: Json) -> Json:
        """Change switches."""
        self.world.settings.change(body)
        return vars(self.world.settings)

    async def get_places(self, request: Request, body: Json) -> Json:
        """Named places."""
        return {"places": [place.as_json() for place in self.world.places]}

    async def put_places(self, request: Request, body: Json) -> Json:
        """Replace the named places."""
        given = body.get("places")
        if not isinstance(given, list) or not given:
            raise ControlError("需要 places 列表")
        self.world.places = [read_place(place) for place in given]
        self.world.feed.publish("people", {})
        return {"places": [place.as_json() for place in self.world.places]}

    async def reset(self, request: Request, body: Json) -> Json:
        """Forget everything."""
        await self.sender.cancel()
        self.faults.clear()
        self.world.clear()
        self.on_reset()
        self.world.feed.publish("reset", {})
        return {"ok": True}


__all__ = ["Control", "Subject", "member_json", "person_json"]
