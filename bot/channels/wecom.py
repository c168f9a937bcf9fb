"""WeCom: wechatpy's client with our transport, token and error handling underneath (protocol 3, 7.5)."""

from typing import Any

import redis
from wechatpy.enterprise import WeChatClient

from bot.channels.base import ApiError, Http, Parcel, Receipt, Refreshing, read_token
from bot.channels.tokens import Tokens
from config.settings import Settings
from models.messaging import OutboundKind, mark


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


USED_CODE = frozenset({60140})
"""A response code that is used up or expired."""
USED_TASK = frozenset({42014})
"""A task id that is taken."""
DUPLICATE_CHECK = {"enable_duplicate_check": 1, "duplicate_check_interval": 14400}


class WeComMessenger:
    """Sends outbox rows as the self-built app."""

    def __init__(self, client: WeComClient, agent_id: int) -> None:
        self._client = client
        self._agent_id = agent_id

    def send(self, parcel: Parcel) -> Receipt:
        """Send a message, update a card, take a message back, or create the menu (protocol 3.2–3.8).

        Repeats are suppressed by the platform, by content: see docs/adr/0012.
        """
        payload = dict(parcel.payload)
        if parcel.kind is OutboundKind.CARD_UPDATE:
            body = {"userids": [parcel.recipient], "agentid": self._agent_id, **payload}
            return self._once(parcel, USED_CODE, "message/update_template_card", body)
        if parcel.kind is OutboundKind.RECALL:
            return self._once(parcel, frozenset(), "message/recall", payload)
        if parcel.kind is OutboundKind.MENU:
            self._client.post("menu/create", params={"agentid": self._agent_id}, data=payload)
            return Receipt()
        payload = {**marked(payload, parcel.repeat), **DUPLICATE_CHECK}
        try:
            told = self._client.message.send(self._agent_id, parcel.recipients, msg=payload)
        except ApiError as error:
            if parcel.unknown and error.code in USED_TASK:
                return Receipt()  # the earlier attempt had arrived
            raise
        refused = {one.lower() for one in str(told.get("invaliduser") or "").split("|")}
        return Receipt(told.get("msgid"), told.get("response_code"), frozenset(refused - {""}))

    def _once(self, parcel: Parcel, done: frozenset[int], endpoint: str, body: dict[str, Any]) -> Receipt:
        """A call that works once: after an unknown outcome, "already done" means that it was."""
        try:
            self._client.post(endpoint, data=body)
        except ApiError as error:
            if not (parcel.unknown and error.code in done):
                raise
        return Receipt()


def marked(payload: dict[str, Any], repeat: int) -> dict[str, Any]:
    """The payload with an unseen mark where it would equal an earlier one; cards differ by their task id."""
    type_ = payload["msgtype"]
    if not repeat or type_ not in ("text", "markdown"):
        return payload
    content = payload[type_]["content"]
    return {**payload, type_: {**payload[type_], "content": content + mark(repeat)}}
