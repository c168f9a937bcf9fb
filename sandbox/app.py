"""Puts the sandbox together as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.actions import read_place
from sandbox.automation.approvals import ApprovalControl
from sandbox.automation.checkins import CheckinControl
from sandbox.automation.directory import DirectoryControl
from sandbox.automation.groups import GroupControl
from sandbox.automation.people import PeopleControl
from sandbox.automation.sms import SmsControl, read_sms_account
from sandbox.callbacks import CallbackSender
from sandbox.configure import Configurator
from sandbox.control import Control, Subject
from sandbox.faults import Faults
from sandbox.phones import PhonesPage
from sandbox.platform.aliyun import AliyunSms
from sandbox.platform.oauth import AuthorizePage
from sandbox.platform.official import OfficialApi
from sandbox.platform.sms import SmsCenter, SmsGateway
from sandbox.platform.tencent import TencentSms
from sandbox.platform.wecom import WecomApi
from sandbox.world import World


def create_app(config: dict[str, Any] | None = None, public_url: str = "http://127.0.0.1:8100") -> Starlette:
    """The whole sandbox; ``config`` may hold ``corps``, ``accounts``, ``sms``, ``places``."""
    world, faults = World(public_url), Faults()
    sender = CallbackSender(world, faults)
    configure = Configurator(world, sender)
    wecom, official, authorize = (
        WecomApi(world, faults, sender, configure),
        OfficialApi(world, faults, sender),
        AuthorizePage(world),
    )

    center = SmsCenter(world, faults, sender)
    tencent, aliyun = TencentSms(center), AliyunSms(center)
    faces = (tencent.answer, tencent.shape_error), (aliyun.answer, aliyun.shape_error)
    gateway = SmsGateway(center, {"tencent": faces[0], "aliyun": faces[1]})

    def reset() -> None:
        wecom.reset()
        official.reset()
        center.reset()

    subjects: list[Subject] = [
        PeopleControl(world, sender, authorize),
        SmsControl(world),
        GroupControl(world),
        DirectoryControl(world, configure),
        CheckinControl(world),
        ApprovalControl(world, sender),
    ]
    control = Control(world, faults, sender, configure, subjects, reset)

    async def healthz(request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def article(request: Request) -> Response:
        """The page of an mpnews article; what a bot wrote in it may not run scripts here."""
        page = world.media.get(request.path_params["media_id"])
        if page is None or page.filename != "article.html":
            return Response("没有这篇文章", status_code=404, media_type="text/plain")
        return Response(
            page.data, media_type=page.content_type, headers={"Content-Security-Policy": "sandbox"}
        )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await sender.close()

    for corp_id, body in ((config or {}).get("corps") or {}).items():
        configure.put_corp(corp_id, body)
    for app_id, body in ((config or {}).get("accounts") or {}).items():
        configure.put_account(app_id, body)
    for vendor, accounts in ((config or {}).get("sms") or {}).items():
        for key_id, body in accounts.items():
            account = read_sms_account(vendor, key_id, body)
            world.sms_accounts[account.vendor, account.key_id] = account
    if (config or {}).get("places"):
        world.places = [read_place(place) for place in (config or {})["places"]]

    routes = [
        Route("/healthz", healthz),
        Route("/wecom/{path:path}", wecom.gateway.serve, methods=["GET", "POST"]),
        Route("/official/{path:path}", official.gateway.serve, methods=["GET", "POST"]),
        Route("/", gateway.serve, methods=["POST"]),
        Route("/sms/{vendor}", gateway.serve, methods=["GET", "POST"]),
        Route("/sms/{vendor}/", gateway.serve, methods=["GET", "POST"]),
        Route("/articles/{media_id}", article),
        Route("/open/connect/oauth2/authorize", authorize.serve),
        Route("/open/wwlogin/sso/login", authorize.serve),
        *control.routes(),
        *PhonesPage(world).routes(),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.world = world
    return app
