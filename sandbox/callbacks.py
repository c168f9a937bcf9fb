"""Delivers callbacks as the platforms do: encrypted, signed, five seconds, three retries, replies applied."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from sandbox.envelope import Envelope, new_nonce, parse_xml, same, signature, to_xml
from sandbox.faults import Faults
from sandbox.world import Account, App, Callback, Contacts, Corp, World

XML = {"Content-Type": "text/xml"}


@dataclass(frozen=True)
class Route:
    """Where a callback goes, and in which wrapping."""

    home: str
    name: str
    callback: Callback
    mode: Literal["wecom", "plain", "compatible", "secure"]
    to_user_name: str
    agent_id: int | None = None
    openid: str = ""

    def envelope(self) -> Envelope:
        """The cryptography of this route."""
        return Envelope(self.callback.token, self.callback.encoding_aes_key, self.home)


@dataclass
class Delivery:
    """One callback on its way, and who takes its passive reply, or the lack of a usable one."""

    route: Route
    xml: str
    person: str = ""
    on_reply: Callable[[str], None] | None = None
    on_failure: Callable[[], None] | None = None
    tapped: str = ""
    """The words on the button that caused it, for the log."""
    wrapped: tuple[dict[str, str], str] | None = None
    """Query and body of the latest attempt."""


def app_route(corp: Corp, app: App) -> Route | None:
    """The app's callback, if it has one."""
    if app.callback is None:
        return None
    return Route(corp.id, app.name, app.callback, "wecom", corp.id, app.agent_id)


def contacts_route(corp: Corp, contacts: Contacts | None) -> Route | None:
    """The contact-sync assistant's callback, if it has one."""
    if contacts is None or contacts.callback is None:
        return None
    return Route(corp.id, "通讯录同步", contacts.callback, "wecom", corp.id)


def account_route(account: Account, openid: str = "") -> Route | None:
    """The service account's callback, if it has one."""
    if account.callback is None:
        return None
    return Route(account.id, account.name, account.callback, account.mode, account.original_id, openid=openid)


class CallbackSender:
    """Sends deliveries in the background, in order per person as far as first attempts go."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[tuple[str, str], asyncio.Event] = {}
        self._client: httpx.AsyncClient | None = None

    @property
    def in_flight(self) -> int:
        """Deliveries not yet finished, retries included."""
        return len(self._tasks)

    def client(self) -> httpx.AsyncClient:
        """The HTTP client of all callbacks; its pool is wide because receivers may hang."""
        if self._client is None:
            limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
            self._client = httpx.AsyncClient(limits=limits, trust_env=False, follow_redirects=False)
        return self._client

    async def close(self) -> None:
        """Drop what is under way and the connections."""
        await self.cancel()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def cancel(self) -> None:
        """Drop what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._last.clear()

    def send(self, delivery: Delivery) -> None:
        """Start a delivery."""
        key = (delivery.route.home, delivery.person)
        before, done = self._last.get(key), asyncio.Event()
        self._last[key] = done
        in_order = self.world.settings.callback_in_order
        self.run(self._deliver(delivery, before if in_order else None, done))

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background that ``settled`` waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def after(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something after so many real seconds."""
        if seconds:
            await asyncio.sleep(seconds)
        work()

    async def report(self, url: str, name: str, body: Any, accepted: Callable[[str], bool]) -> None:
        """POST a receipt as JSON, with the faults, the timeout and the retries of every callback."""
        settings = self.world.settings
        if (spread := self.faults.take("callback_shuffle", url)) is not None:
            await asyncio.sleep(random.random() * spread)
        if self.faults.take("callback_drop", url) is not None:
            self._log_report(url, name, body, 0, "dropped by fault")
            return
        for _ in range(2 if self.faults.take("callback_double", url) is not None else 1):
            for attempt in range(1, settings.callback_retries + 2):
                if attempt > 1:
                    await asyncio.sleep(settings.callback_retry_seconds)
                outcome = await self._report_once(url, body, accepted)
                self._log_report(url, name, body, attempt, outcome)
                if outcome == "ok":
                    break

    async def _report_once(self, url: str, body: Any, accepted: Callable[[str], bool]) -> str:
        try:
            async with asyncio.timeout(self.world.settings.callback_timeout):
                response = await self.client().post(url, json=body, timeout=None)
        except TimeoutError:
            return "timeout"
        except (httpx.HTTPError, httpx.InvalidURL):
            return "connection failed"
        if response.status_code != 200:
            return f"http {response.status_code}"
        return "ok" if accepted(response.text) else "not accepted"

    def _log_report(self, url: str, name: str, body: Any, attempt: int, outcome: str) -> None:
        self.world.record("receipt", name=name, path=url, request=body, attempt=attempt, outcome=outcome)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.world.wake()
        if not task.cancelled() and (error := task.exception()):
            self.world.record("callback", outcome="sandbox error", error=repr(error))

    async def _deliver(
        self, delivery: Delivery, before: asyncio.Event | None, first_done: asyncio.Event
    ) -> None:
        url = delivery.route.callback.url
        try:
            if (spread := self.faults.take("callback_shuffle", url)) is not None:
                await asyncio.sleep(random.random() * spread)
            elif before is not None:
                await before.wait()
            if self.faults.take("callback_drop", url) is not None:
                self._log(delivery, attempt=0, outcome="dropped by fault")
                return
            copies = 2 if self.faults.take("callback_double", url) is not None else 1
            for _ in range(copies):
                await self._with_retries(delivery, first_done)
        finally:
            first_done.set()

    async def _with_retries(self, delivery: Delivery, first_done: asyncio.Event) -> None:
        settings = self.world.settings
        for attempt in range(1, settings.callback_retries + 2):
            if attempt > 1:
                await asyncio.sleep(settings.callback_retry_seconds)
            if await self._attempt(delivery, attempt):
                return
            first_done.set()
        if delivery.on_failure:
            delivery.on_failure()

    async def _attempt(self, delivery: Delivery, attempt: int) -> bool:
        route, settings = delivery.route, self.world.settings
        if attempt == 1 or settings.callback_reencrypt or delivery.wrapped is None:
            delivery.wrapped = self.wrap(route, delivery.xml)
        params, body = delivery.wrapped
        started = time.perf_counter()
        try:
            async with asyncio.timeout(settings.callback_timeout):
                response = await self.client().post(
                    route.callback.url, params=params, content=body.encode(), headers=XML, timeout=None
                )
        except TimeoutError:
            self._log(delivery, attempt, outcome="timeout", started=started)
            return False
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._log(
                delivery, attempt, outcome="connection failed", error=type(error).__name__, started=started
            )
            return False
        if response.status_code != 200:
            self._log(delivery, attempt, outcome=f"http {response.status_code}", started=started)
            return not settings.callback_retry_non_200
        return self._take_reply(delivery, attempt, response.text, started)

    def _take_reply(self, delivery: Delivery, attempt: int, text: str, started: float) -> bool:
        if not text.strip() or text.strip() == "success":
            self._log(delivery, attempt, outcome="ok", started=started)
            return True
        try:
            encrypted = delivery.route.mode != "plain"
            reply = delivery.route.envelope().open_reply(text) if encrypted else text
            parse_xml(reply)
            if delivery.on_reply:
                delivery.on_reply(reply)
        except ValueError as error:
            self._log(delivery, attempt, outcome="bad reply", error=str(error), started=started)
            if delivery.on_failure:
                delivery.on_failure()
            return True
        self._log(delivery, attempt, outcome="replied", reply=reply, started=started)
        return True

    def _log(
        self, delivery: Delivery, attempt: int, *, outcome: str, started: float | None = None, **more: Any
    ) -> None:
        milliseconds = None if started is None else round((time.perf_counter() - started) * 1000, 1)
        self.world.record(
            "callback",
            home=delivery.route.home,
            name=delivery.route.name,
            path=delivery.route.callback.url,
            person=delivery.person,
            tapped=delivery.tapped,
            request=delivery.xml,
            attempt=attempt,
            outcome=outcome,
            ms=milliseconds,
            **more,
        )

    def wrap(self, route: Route, xml: str) -> tuple[dict[str, str], str]:
        """Query and body of one attempt, with a fresh nonce (1.5, 1.8)."""
        token, timestamp, nonce = route.callback.token, str(self.world.clock.seconds()), new_nonce()
        bad = self.faults.take("callback_bad_signature", route.callback.url) is not None
        if route.mode == "wecom":
            cipher = route.envelope().encrypt(xml)
            agent = {} if route.agent_id is None else {"AgentID": str(route.agent_id)}
            body = to_xml({"ToUserName": route.to_user_name, **agent, "Encrypt": cipher})
            sign = signature(token, timestamp, nonce, cipher)
            return {
                "msg_signature": sign[::-1] if bad else sign,
                "timestamp": timestamp,
                "nonce": nonce,
            }, body
        sign = signature(token, timestamp, nonce)
        params = {"signature": sign[::-1] if bad else sign, "timestamp": timestamp, "nonce": nonce}
        if self.world.settings.official_openid_parameter:
            params["openid"] = route.openid
        if route.mode == "plain":
            return params, xml
        envelope = route.envelope()
        cipher = envelope.encrypt(xml)
        sign = envelope.sign(timestamp, nonce, cipher)
        params |= {"encrypt_type": "aes", "msg_signature": sign[::-1] if bad else sign}
        if route.mode == "secure":
            return params, to_xml({"ToUserName": route.to_user_name, "Encrypt": cipher})
        return params, xml.removesuffix("</xml>") + f"<Encrypt><![CDATA[{cipher}]]></Encrypt></xml>"

    async def verify(self, route: Route) -> dict[str, Any]:
        """The GET an administrator's save sends (1.4, 1.8), and whether the answer was right."""
        token, timestamp, nonce = route.callback.token, str(self.world.clock.seconds()), new_nonce()
        expected = str(secrets.randbelow(10**19))
        if route.mode == "wecom":
            envelope = route.envelope()
            echo = envelope.encrypt(expected)
            params = {"msg_signature": envelope.sign(timestamp, nonce, echo)}
            limit = 1.0
        else:
            echo, limit = expected, self.world.settings.callback_timeout
            params = {"signature": signature(token, timestamp, nonce)}
        params |= {"timestamp": timestamp, "nonce": nonce, "echostr": echo}
        outcome, answer, status = "ok", "", 0
        try:
            async with asyncio.timeout(limit):
                response = await self.client().get(route.callback.url, params=params, timeout=None)
            answer, status = response.text, response.status_code
            if status != 200 or not same(answer, expected):
                outcome = "wrong answer"
        except TimeoutError:
            outcome = "timeout"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            outcome = f"connection failed: {type(error).__name__}"
        result = {"ok": outcome == "ok", "outcome": outcome, "http_status": status, "answer": answer[:200]}
        self.world.record(
            "callback",
            home=route.home,
            name=route.name,
            path=route.callback.url,
            request="URL 验证",
            **result,
        )
        return result
