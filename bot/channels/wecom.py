"""WeCom: wechatpy's client with our transport, token and error handling underneath (protocol 3, 7.5)."""

from typing import Any

import redis
from wechatpy.enterprise import WeChatClient

from bot.channels.base import ApiError, Http, Parcel, Receipt, Refreshing
from bot.channels.errors import Fault, codes_of
from bot.channels.media import Content, Media, no_content
from bot.channels.tokens import Tokens
from config.settings import Settings
from models.messaging import Channel, OutboundKind, mark


class WeComClient(Refreshing, WeChatClient):  # type: ignore[misc]
    """wechatpy's API methods over one bounded refresh, timeouts and a configurable address."""

    token_errors = codes_of(Channel.WECOM, Fault.REFRESH)

    def __init__(self, settings: Settings, store: redis.Redis | None = None) -> None:
        super().__init__(settings.wecom_corp_id, settings.wecom_secret.get_secret_value(), auto_retry=False)
        self.transport = Http(settings.wecom_api_base)
        self.tokens = Tokens(store, f"{self.corp_id}:{settings.wecom_agent_id}", self.fetch_token)
        self.uploads = Media(store, self.corp_id, self.upload)

    def ask_token(self) -> dict[str, Any]:
        """The app's token (protocol 3.1)."""
        query = {"corpid": self.corp_id, "corpsecret": self.secret}
        return self.transport.call("GET", "/cgi-bin/gettoken", query=query)


class ContactsClient(WeComClient):
    """The same as the contact-sync assistant, which alone may list everybody (protocol 3.9)."""

    def __init__(self, settings: Settings, store: redis.Redis | None = None) -> None:
        super().__init__(settings, store)
        self.secret = settings.wecom_contacts_secret.get_secret_value()
        self.tokens = Tokens(store, f"{self.corp_id}:contacts", self.fetch_token)


NOBODY = 81013
"""Every receiver is unknown or out of the app's range; nothing was sent."""
USED_CODE = frozenset({60140})
"""A response code that is used up or expired."""
USED_CHAT = frozenset({86215})
"""A chat id that is taken."""
USED_TASK = frozenset({42014})
"""A task id that is taken."""
DUPLICATE_CHECK = {"enable_duplicate_check": 1, "duplicate_check_interval": 14400}


class WeComMessenger:
    """Sends outbox rows as the self-built app."""

    def __init__(self, client: WeComClient, agent_id: int, content: Content = no_content) -> None:
        self._client = client
        self._agent_id = agent_id
        self._content = content

    def send(self, parcel: Parcel) -> Receipt:
        """Send a message to up to 1,000 members or to a group chat, update a card, take a message back, or
        create the menu or a group chat.

        Repeats are suppressed by the platform, by content: see docs/adr/0012. Who is not reached stands in
        the receipt; a call that names somebody the platform takes for no member at all is an error (40003,
        40031), and nobody got anything (protocol 3.2).
        """
        return self._client.uploads.deliver(parcel, self._content, self._send)

    def _send(self, parcel: Parcel) -> Receipt:
        payload = dict(parcel.payload)
        if parcel.kind is OutboundKind.CARD_UPDATE:
            body = {"userids": [parcel.recipient], "agentid": self._agent_id, **payload}
            return self._once(parcel, USED_CODE, "message/update_template_card", body)
        if parcel.kind is OutboundKind.RECALL:
            return self._once(parcel, frozenset(), "message/recall", payload)
        if parcel.kind is OutboundKind.MENU:
            self._client.post("menu/create", params={"agentid": self._agent_id}, data=payload)
            return Receipt()
        if parcel.kind is OutboundKind.GROUP:
            self._client.post("appchat/send", data={"chatid": parcel.recipient, **payload})
            return Receipt()
        if parcel.kind is OutboundKind.GROUP_CREATE:
            body = {"chatid": parcel.recipient, **payload}
            return self._once(parcel, USED_CHAT, "appchat/create", body)
        try:
            told = self._client.message.send(
                self._agent_id, parcel.recipients, msg={**marked(payload, parcel.repeat), **DUPLICATE_CHECK}
            )
        except ApiError as error:
            if error.code == NOBODY:
                return Receipt(refused=frozenset(recipient.lower() for recipient in parcel.recipients))
            if parcel.unknown and error.code in USED_TASK:
                return Receipt()  # the earlier attempt had arrived
            raise
        refused = _names(told.get("invaliduser")) | _names(told.get("unlicenseduser"))
        return Receipt(told.get("msgid"), told.get("response_code"), refused)

    def _once(self, parcel: Parcel, done: frozenset[int], endpoint: str, body: dict[str, Any]) -> Receipt:
        """A call that works once: after an unknown outcome, "already done" means that it was."""
        try:
            self._client.post(endpoint, data=body)
        except ApiError as error:
            if not (parcel.unknown and error.code in done):
                raise
        return Receipt()


def _names(joined: Any) -> frozenset[str]:
    """Members joined by `|`, in lower case."""
    return frozenset(name.lower() for name in str(joined or "").split("|") if name)


MARKED = {"text": "content", "markdown": "content", "textcard": "description"}
MARKED_IN_LIST = {"news": ("articles", "title"), "miniprogram_notice": ("content_item", "value")}
"""Where the mark of a repeat goes. Cards differ by their task id, files by their media id."""


def marked(payload: dict[str, Any], repeat: int) -> dict[str, Any]:
    """The payload with an unseen mark where it would equal an earlier one (docs/adr/0012)."""
    type_ = payload["msgtype"]
    if not repeat:
        return payload
    if type_ in MARKED:
        return {**payload, type_: _marked(payload[type_], MARKED[type_], repeat)}
    if type_ in MARKED_IN_LIST:
        list_, field = MARKED_IN_LIST[type_]
        first, *others = payload[type_][list_]
        return {**payload, type_: {**payload[type_], list_: [_marked(first, field, repeat), *others]}}
    return payload


def _marked(holder: dict[str, Any], field: str, repeat: int) -> dict[str, Any]:
    return {**holder, field: holder[field] + mark(repeat)}
