"""The service account: wechatpy's client with our transport and the stable token (protocol 4)."""

from typing import Any

import redis
from wechatpy.client import WeChatClient

from bot.channels.base import Http, Parcel, Receipt, Refreshing
from bot.channels.errors import Fault, codes_of
from bot.channels.media import Content, Media, no_content
from bot.channels.tokens import Tokens
from config.settings import Settings
from models.messaging import Channel, OutboundKind


class OfficialClient(Refreshing, WeChatClient):  # type: ignore[misc]
    """wechatpy's API methods over one bounded refresh, timeouts and a configurable address."""

    token_errors = codes_of(Channel.OFFICIAL, Fault.REFRESH)

    def __init__(self, settings: Settings, store: redis.Redis | None = None) -> None:
        secret = settings.official_secret.get_secret_value()
        super().__init__(settings.official_app_id, secret, auto_retry=False)
        self.transport = Http(settings.official_api_base)
        self.tokens = Tokens(store, self.appid, self.fetch_token)
        self.uploads = Media(store, self.appid, self.upload)

    def ask_token(self) -> dict[str, Any]:
        """The stable token: fetching it takes nobody else's away (protocol 4.1)."""
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self.transport.call(
            "POST", "/cgi-bin/stable_token", query={}, body={**body, "force_refresh": False}
        )


class OfficialMessenger:
    """Sends outbox rows as the service account."""

    def __init__(self, client: OfficialClient, content: Content = no_content) -> None:
        self._client = client
        self._content = content

    def send(self, parcel: Parcel) -> Receipt:
        """Send a customer-service or template message, show typing, or create the menu (protocol 4)."""
        return self._client.uploads.deliver(parcel, self._content, self._send)

    def _send(self, parcel: Parcel) -> Receipt:
        payload = dict(parcel.payload)
        if parcel.kind is OutboundKind.MENU:
            self._client.post("menu/create", data=payload)
            return Receipt()
        body = {"touser": parcel.recipient, **payload}
        if parcel.kind is OutboundKind.TYPING:
            self._client.post("message/custom/typing", data=body)
            return Receipt()
        if parcel.kind is OutboundKind.TEMPLATE:
            body["client_msg_id"] = parcel.key
            told = self._client.post("message/template/send", data=body)
            return Receipt(str(told.get("msgid", "")) or None)
        self._client.post("message/custom/send", data=body)
        return Receipt()
