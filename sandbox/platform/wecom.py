"""The WeCom API, put together; media, menus and addresses have their home here (protocol 3.7, 3.8)."""

from typing import Protocol

from starlette.responses import Response

from sandbox.callbacks import CallbackSender
from sandbox.configure import Configurator
from sandbox.errors import ApiError, wecom_error
from sandbox.faults import Faults
from sandbox.limits import DAY, MONTH
from sandbox.platform import media, menus
from sandbox.platform.access import Access
from sandbox.platform.api import OK, Call, Endpoint, Gateway, Handler
from sandbox.platform.approvals import ApprovalApi
from sandbox.platform.checkins import CheckinApi
from sandbox.platform.directory import DirectoryApi
from sandbox.platform.groups import AppChatApi, RobotApi
from sandbox.platform.identity import IdentityApi
from sandbox.platform.messages import MessagesApi
from sandbox.world import Json, World


class Part(Protocol):
    """Calls that belong together."""

    def get(self) -> dict[str, Handler]:
        """Calls by GET, by their path below ``cgi-bin/``."""

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""


class WecomApi:
    """Everything under ``/wecom/cgi-bin``."""

    def __init__(self, world: World, faults: Faults, sender: CallbackSender, configure: Configurator) -> None:
        self.world = world
        self.access = Access(world, faults)
        self.messages = MessagesApi(world, faults, self.access)
        self.chats = AppChatApi(world, self.access)
        parts: list[Part] = [
            self,
            self.messages,
            DirectoryApi(world, self.access, configure),
            CheckinApi(world, self.access),
            ApprovalApi(world, self.access, sender),
            IdentityApi(world, self.access),
            self.chats,
            RobotApi(world, self.access),
        ]
        table = {
            f"cgi-bin/{path}": Endpoint("GET", call) for part in parts for path, call in part.get().items()
        }
        table |= {
            f"cgi-bin/{path}": Endpoint("POST", call) for part in parts for path, call in part.post().items()
        }
        self.gateway = Gateway(world, faults, "wecom", table, wecom_error)

    def reset(self) -> None:
        """Forget every count."""
        self.access.reset()
        self.messages.reset()
        self.chats.reset()

    def get(self) -> dict[str, Handler]:
        """Calls by GET."""
        return {
            "gettoken": self.access.gettoken,
            "media/get": self.media_get,
            "media/get/jssdk": self.media_get_jssdk,
            "menu/get": self.menu_get,
            "menu/delete": self.menu_delete,
            "getcallbackip": self.ip_list,
            "get_api_domain_ip": self.ip_list,
        }

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {
            "media/upload": self.media_upload,
            "media/uploadimg": self.media_uploadimg,
            "menu/create": self.menu_create,
        }

    # -- media (3.7) ----------------------------------------------------------------------------------------

    async def media_upload(self, call: Call) -> Json:
        """Keep a file for three days."""
        self.access.authorize(call)
        kept = await media.upload(call, media.WECOM_SIZES)
        answer = {"errcode": 0, "errmsg": "ok", "type": kept.kind, "media_id": kept.media_id}
        return {**answer, "created_at": str(int(kept.created))}

    async def media_uploadimg(self, call: Call) -> Json:
        """Keep a picture for good, at an address of its own."""
        corp, _ = self.access.authorize(call)
        settings, now = self.world.settings, self.world.clock.timestamp()
        kept = await media.upload_image(call)
        limits = (DAY, settings.uploadimg_per_day), (MONTH, settings.uploadimg_per_month)
        self.access.rates.count(f"uploadimg {corp.id}", now, *limits)
        return {**OK, "url": f"{self.world.public_url}/media/{kept.media_id}"}

    async def media_get(self, call: Call) -> Response:
        """The file, or a JSON error; 45033 if the same one is fetched over and over."""
        self.access.authorize(call)
        kept = media.find(call, call.need("media_id", 41006))
        most = self.world.settings.same_media_per_second
        now = self.world.clock.timestamp()
        self.access.rates.count(f"media {kept.media_id}", now, (1, most), code=45033)
        return media.download(call, kept)

    async def media_get_jssdk(self, call: Call) -> Response:
        """A voice that a page recorded, as speex."""
        self.access.authorize(call)
        kept = media.find(call, call.need("media_id", 41006))
        if kept.kind != "voice":
            raise ApiError(40007)
        return media.download(call, kept, "audio/speex")

    # -- menu (3.8) -----------------------------------------------------------------------------------------

    async def menu_create(self, call: Call) -> Json:
        """Replace the app's menu."""
        _, app = self.access.app(call, call.query.get("agentid", ""))
        app.menu = menus.validate(call.body, menus.WECOM)
        self.world.feed.publish("people", {})
        return OK

    async def menu_get(self, call: Call) -> Json:
        """The app's menu."""
        _, app = self.access.app(call, call.query.get("agentid", ""))
        if not app.menu:
            raise ApiError(46003)
        return {**OK, "button": app.menu}

    async def menu_delete(self, call: Call) -> Json:
        """Remove the app's menu."""
        _, app = self.access.app(call, call.query.get("agentid", ""))
        app.menu = []
        self.world.feed.publish("people", {})
        return OK

    async def ip_list(self, call: Call) -> Json:
        """Where callbacks come from: this machine."""
        self.access.authorize(call)
        return {**OK, "ip_list": ["127.0.0.1"]}
