"""The service account: wechatpy's client with our transport and the stable token (protocol 4)."""

import redis
from wechatpy.client import WeChatClient

from bot.channels.base import Http, Parcel, Receipt, Refreshing, read_token
from bot.channels.tokens import Tokens
from config.settings import Settings
from models.messaging import OutboundKind


class OfficialClient(Refreshing, WeChatClient):  # type: ignore[misc]
    """wechatpy's API methods over one bounded refresh, timeouts and a configurable address."""

    token_errors = frozenset({40001, 40014, 42001})

    def __init__(self, settings: Settings, store: redis.Redis | None = None) -> None:
        secret = settings.official_secret.get_secret_value()
        super().__init__(settings.official_app_id, secret, auto_retry=False)
        self.transport = Http(settings.official_api_base)
        self.tokens = Tokens(store, self.appid, self._fetch_token)

    def _fetch_token(self) -> tuple[str, int]:
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return read_token(
            self.transport.call(
                "POST", "/cgi-bin/stable_token", query={}, body={**body, "force_refresh": False}
            )
        )


class OfficialMessenger:
    """Sends outbox rows as the service account."""

    def __init__(self, client: OfficialClient) -> None:
        self._client = client

    def send(self, parcel: Parcel) -> Receipt:
        """Send a customer-service or template message, or create the menu (protocol 4.2, 4.3, 4.5)."""
        payload = dict(parcel.payload)
        if parcel.kind is OutboundKind.MENU:
            self._client.post("menu/create", data=payload)
            return Receipt()
        body = {"touser": parcel.recipient, **payload}
        if parcel.kind is OutboundKind.TEMPLATE:
            body["client_msg_id"] = parcel.key
            told = self._client.post("message/template/send", data=body)
            return Receipt(str(told.get("msgid", "")) or None)
        self._client.post("message/custom/send", data=body)
        return Receipt()
