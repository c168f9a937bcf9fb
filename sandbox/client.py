"""A small client of the control interface, for tests and demonstrations."""

from types import TracebackType
from typing import Any, Self

import httpx

Json = dict[str, Any]


class SandboxError(Exception):
    """The sandbox refused, and why."""


class Sandbox:
    """One running sandbox."""

    def __init__(self, url: str = "http://127.0.0.1:8100", timeout: float = 60.0) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=self.url, timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def call(self, method: str, path: str, body: Json | None = None, **query: Any) -> Json:
        """One control request; ``None`` values of the query are left out."""
        params = {name: value for name, value in query.items() if value is not None}
        response = self._http.request(method, f"/control/{path}", json=body, params=params)
        answer: Json = response.json()
        if response.is_error:
            raise SandboxError(answer.get("error") or response.text)
        return answer

    def put_corp(self, corp_id: str, body: Json) -> Json:
        """Create or replace a corp."""
        return self.call("PUT", f"corps/{corp_id}", body)

    def put_account(self, app_id: str, body: Json) -> Json:
        """Create or replace a service account."""
        return self.call("PUT", f"accounts/{app_id}", body)

    def put_sms_account(self, vendor: str, key_id: str, body: Json) -> Json:
        """Create or replace a customer of an SMS gateway (``tencent`` or ``aliyun``)."""
        return self.call("PUT", f"sms/{vendor}/{key_id}", body)

    def texts(self, phone: str | None = None, after: int = 0) -> list[Json]:
        """Every SMS to a number, or to all, whatever became of it."""
        return list(self.call("GET", "sms", phone=phone, after=after)["texts"])

    def wait_texts(
        self, phone: str | None = None, after: int = 0, count: int = 1, timeout: float = 10
    ) -> list[Json]:
        """Delivered SMS, once there are ``count`` of them."""
        query: Json = {"phone": phone, "after": after, "count": count, "timeout": timeout}
        return list(self.call("GET", "sms/wait", None, **query)["texts"])

    def put_group(self, corp_id: str, chatid: str, **about: Any) -> Json:
        """Create or change a group chat: ``name``, ``owner``, ``users``, ``robots``."""
        return self.call("PUT", f"corps/{corp_id}/groups/{chatid}", about)

    def put_robot(self, corp_id: str, key: str, **about: Any) -> str:
        """A robot in a group (``chatid``, ``name``, ``enabled``); answers with its webhook address."""
        return str(self.call("PUT", f"corps/{corp_id}/robots/{key}", about)["webhook"])

    def group_messages(self, corp_id: str, chatid: str, after: int = 0) -> list[Json]:
        """What was said in a group."""
        return list(self.call("GET", f"corps/{corp_id}/groups/{chatid}/messages", after=after)["messages"])

    def approval(self, corp_id: str, number: str) -> Json:
        """A form, by its sp_no or thirdNo."""
        return self.call("GET", f"corps/{corp_id}/approvals/{number}")

    def people(self) -> list[Json]:
        """Everybody with a phone."""
        return list(self.call("GET", "people")["people"])

    def person(self, person_id: str, home: str | None = None) -> "Person":
        """One person's phone."""
        return Person(self, person_id, home)

    def clock(self) -> Json:
        """Platform time."""
        return self.call("GET", "clock")

    def set_clock(self, now: str | None = None, rate: float | None = None) -> Json:
        """Set platform time."""
        given = {"now": now, "rate": rate}
        return self.call("PUT", "clock", {name: value for name, value in given.items() if value is not None})

    def advance(self, seconds: float) -> Json:
        """Jump ahead."""
        return self.call("POST", "clock/advance", {"seconds": seconds})

    def reset_clock(self) -> Json:
        """Return to real time."""
        return self.call("POST", "clock/reset")

    def faults(self, **faults: Any) -> Json:
        """Replace all faults."""
        return self.call("PUT", "faults", faults)

    def settings(self, **settings: Any) -> Json:
        """Change switches."""
        return self.call("PUT", "settings", settings)

    def settle(self, timeout: float = 30) -> bool:
        """Wait until every callback is done, retries included."""
        return bool(self.call("GET", "settled", timeout=timeout)["settled"])

    def log(self, after: int = 0, kind: str | None = None) -> list[Json]:
        """Traffic after a number."""
        return list(self.call("GET", "log", after=after, kind=kind)["entries"])

    def reset(self) -> None:
        """Forget everything."""
        self.call("POST", "reset")


class Person:
    """A phone, and what its owner does with it."""

    def __init__(self, sandbox: Sandbox, person_id: str, home: str | None = None) -> None:
        self.sandbox = sandbox
        self.id = person_id
        self.home = home

    def act(self, action: str, **body: Any) -> Json:
        """Any action by its name."""
        given = {name: value for name, value in body.items() if value is not None}
        return self.sandbox.call("POST", f"people/{self.id}/{action}", given, home=self.home)

    def say(self, text: str, to: int | None = None, chat: str | None = None) -> Json:
        """Type and send, to an app or in a group chat."""
        return self.act("say", text=text, to=to, chat=chat)

    def tap_menu(self, key: str, **detail: Any) -> Json:
        """Tap a menu button by key or name."""
        return self.act("tap-menu", key=key, **detail)

    def tap_card(
        self, key: str, message_id: str | None = None, selected: dict[str, list[str]] | None = None
    ) -> Json:
        """Tap a button of a card (the latest one if none is named)."""
        return self.act("tap-card", key=key, message_id=message_id, selected=selected)

    def tap_option(self, option_id: str, message_id: str | None = None) -> Json:
        """Tap a msgmenu option."""
        return self.act("tap-option", id=option_id, message_id=message_id)

    def send_location(
        self, latitude: float, longitude: float, label: str, via: str = "message", key: str | None = None
    ) -> Json:
        """Send a place."""
        return self.act(
            "send-location", latitude=latitude, longitude=longitude, label=label, via=via, key=key
        )

    def send_image(self) -> Json:
        """Send a picture."""
        return self.act("send-image")

    def send_voice(self, seconds: int = 3) -> Json:
        """Send a voice message."""
        return self.act("send-voice", seconds=seconds)

    def send_video(self) -> Json:
        """Send a video."""
        return self.act("send-video")

    def send_file(self, name: str) -> Json:
        """Send a file."""
        return self.act("send-file", name=name)

    def check_in(self, **about: Any) -> Json:
        """Check in (``type``, ``at``, ``missed``, ``exceptions``, ``device_sn`` …)."""
        return self.act("check-in", **about)

    def submit_approval(self, template_id: str, contents: list[Json], **more: Any) -> Json:
        """Fill in a form and send it off."""
        return self.act("approvals", template_id=template_id, contents=contents, **more)

    def decide(self, number: str, action: str, speech: str = "", to: str | None = None) -> Json:
        """agree, reject, transfer, add, withdraw, revoke, urge, comment or delete."""
        return self.act(f"approvals/{number}/{action}", speech=speech, to=to)

    def answer_popup(self, template_ids: list[str], answer: str = "accept") -> Json:
        """Answer the subscription popup."""
        return self.act("answer-popup", template_ids=template_ids, answer=answer)

    def texts(self, after: int = 0) -> list[Json]:
        """SMS on this phone."""
        return list(self.sandbox.call("GET", f"people/{self.id}/sms", after=after, home=self.home)["texts"])

    def place(self, latitude: float, longitude: float, label: str) -> Json:
        """Carry the phone somewhere."""
        return self.act("place", latitude=latitude, longitude=longitude, label=label)

    def open_chat(self) -> Json:
        """Enter the chat."""
        return self.act("open-chat")

    def follow(self, ticket: str | None = None) -> Json:
        """Follow the service account."""
        return self.act("follow", ticket=ticket)

    def unfollow(self) -> Json:
        """Stop following."""
        return self.act("unfollow")

    def scan(self, ticket: str) -> Json:
        """Scan a QR code."""
        return self.act("scan", ticket=ticket)

    def pay(self) -> Json:
        """Pay the service account, which opens its window without a limit."""
        return self.act("pay")

    def authorize(self, url: str) -> str:
        """The redirect address of an authorize URL."""
        return str(self.act("authorize", url=url)["redirect"])

    def inbox(self, after: int = 0) -> list[Json]:
        """Messages after a number."""
        path = f"people/{self.id}/inbox"
        return list(self.sandbox.call("GET", path, after=after, home=self.home)["messages"])

    def wait(self, after: int = 0, count: int = 1, timeout: float = 10) -> list[Json]:
        """Messages after a number, once ``count`` of them have arrived at the phone."""
        path = f"people/{self.id}/inbox/wait"
        query: Json = {"after": after, "count": count, "timeout": timeout, "home": self.home}
        return list(self.sandbox.call("GET", path, None, **query)["messages"])
