"""WeCom: wechatpy's client with our transport, token and error handling underneath (protocol 3, 7.5)."""

import redis
from wechatpy.enterprise import WeChatClient

from bot.channels.base import ApiError, Http, Parcel, Receipt, Refreshing, read_token
from bot.channels.tokens import Tokens
from config.settings import Settings
from models.messaging import OutboundKind


class WeComClient(Refreshing, WeChatClient):  # type: ignore[misc]
    """wechatpy's API methods over one bounded refresh, timeouts and a configurable address."""

    token_errors = frozenset({40014, 42001})  # 40001 is a wrong secret here, and no token cures it

    def __init__(self, settings: Settings, store: redis.Redis | None = None) -> None:
        super().__init__(settings.wecom_corp_id, settings.wecom_secret.get_secret_value(), auto_retry=False)
        self.transport = Http(settings.wecom_api_base)
        self.tokens = Tokens(store, f"{self.corp_id}:{settings.wecom_agent_id}", self._fetch_token)

    def _fetch_token(self) -> tuple[str, int]:
        query = {"corpid": self.corp_id, "corpsecret": self.secret}
        return read_token(self.transport.call("GET", "/cgi-bin/gettoken", query=query))


class WeComMessenger:
    """Sends outbox rows as the self-built app."""

    def __init__(self, client: WeComClient, agent_id: int) -> None:
        self._client = client
        self._agent_id = agent_id

    def send(self, parcel: Parcel) -> Receipt:
        """Send a message, update a card or create the menu (protocol 3.2, 3.5, 3.8)."""
        payload = dict(parcel.payload)
        if parcel.kind is OutboundKind.CARD_UPDATE:
            body = {"userids": [parcel.recipient], "agentid": self._agent_id, **payload}
            self._client.post("message/update_template_card", data=body)
            return Receipt()
        if parcel.kind is OutboundKind.MENU:
            self._client.post("menu/create", params={"agentid": self._agent_id}, data=payload)
            return Receipt()
        if parcel.attempts > 1:
            payload["enable_duplicate_check"] = 1
        told = self._client.message.send(self._agent_id, parcel.recipient, msg=payload)
        if told.get("invaliduser"):
            raise ApiError(81013, "the receiver is unknown or outside the app's visible range")
        return Receipt(told.get("msgid"), told.get("response_code"))
