"""The SMS gateways' common ground: who asks, how often a number may hear, receipts (protocol section 6)."""

import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.callbacks import CallbackSender
from sandbox.faults import Faults
from sandbox.limits import DAY, HOUR, MINUTE, Recent
from sandbox.platform.api import Dropped, masked, out_of_order
from sandbox.sms import SmsAccount, Text, Vendor, national, split
from sandbox.world import Json, World

HALF_MINUTE = 30


class SmsRefusal(Exception):
    """A whole request refused: the vendor's code, its words, and the HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 200) -> None:
        self.code = code
        self.message = message or code
        self.status = status
        super().__init__(f"{code}: {message}")


@dataclass
class SmsCall:
    """One request to a gateway, as its vendor's code sees it."""

    request: Request
    raw: bytes
    caller: str
    action: str = ""
    key_id: str = ""
    body: Json | None = None


class SmsCenter:
    """Everything between an accepted SMS and its receipt."""

    def __init__(self, world: World, faults: Faults, sender: CallbackSender) -> None:
        self.world = world
        self.faults = faults
        self.sender = sender
        self.reset()

    def reset(self) -> None:
        """Forget every count."""
        self.recent = Recent()
        self.nonces: set[str] = set()

    def is_in_time(self, moment: float) -> bool:
        """Whether a signature's moment is near platform time or the machine's."""
        most = self.world.settings.sms_clock_seconds
        return min(abs(moment - self.world.clock.timestamp()), abs(moment - time.time())) <= most

    def over_tencent(self, account: SmsAccount, phone: str, text: str) -> str:
        """The code of the limit this number has reached, or nothing; counts nothing."""
        settings, now = self.world.settings, self.world.clock.timestamp()
        codes = "PhoneNumberThirtySecondLimit", "PhoneNumberOneHourLimit", "PhoneNumberDailyLimit"
        windows = (
            (HALF_MINUTE, settings.tencent_per_thirty_seconds),
            (HOUR, settings.tencent_per_hour),
            (DAY, settings.tencent_per_day),
        )
        place = self.recent.full(_number_of(account, phone), now, *windows)
        if place is not None:
            return f"LimitExceeded.{codes[place]}"
        same = DAY, settings.tencent_same_content_per_day
        if self.recent.full((*_number_of(account, phone), text), now, same) is not None:
            return "LimitExceeded.PhoneNumberSameContentDailyLimit"
        return ""

    def over_aliyun(self, account: SmsAccount, phone: str, more: int) -> str:
        """In words, the limit this number would reach with ``more`` on top, or nothing; counts nothing."""
        settings, now = self.world.settings, self.world.clock.timestamp()
        names = "分钟", "小时", "天"
        windows = (
            (MINUTE, settings.aliyun_per_minute),
            (HOUR, settings.aliyun_per_hour),
            (DAY, settings.aliyun_per_day),
        )
        place = self.recent.full(_number_of(account, phone), now, *windows, more=more)
        return "" if place is None else f"触发{names[place]}级流控Permits:{windows[place][1]}"

    def accept(
        self,
        account: SmsAccount,
        phone: str,
        sign: str,
        template_id: str,
        text: str,
        serial: str,
        session: str,
    ) -> Text:
        """Take an SMS, count it, and send it on its way."""
        key, moment = _number_of(account, phone), self.world.clock.timestamp()
        self.recent.count(key, moment)
        self.recent.count((*key, text), moment)
        if account.balance is not None:
            account.balance -= 1
        now, seq = self.world.clock.now(), self.world.next_text_seq()
        taken = Text(
            seq,
            account.vendor,
            account.key_id,
            phone,
            sign,
            template_id,
            f"【{sign}】{text}",
            now,
            serial,
            session,
        )
        self.world.add_text(taken)
        self.sender.run(
            self.sender.after(self.world.settings.sms_receipt_seconds, lambda: self._settle(taken))
        )
        return taken

    def _settle(self, text: Text) -> None:
        names = [text.phone, national(text.phone)]
        names += [person.id for _, person in self.world.owners(text.phone)]
        path = f"/sms/{text.vendor}"
        if any(self.faults.take("delivery_drop", path, name) is not None for name in names):
            return
        unreachable = any(self.faults.take("out_of_reach", path, name) is not None for name in names)
        now = self.world.clock.now()
        if unreachable:
            self.world.change_text(text, status="failed", reason="UNDELIV", received_at=now)
        else:
            seq = self.world.next_text_seq()
            self.world.change_text(text, status="delivered", reason="DELIVRD", received_at=now, seq=seq)
        account = self.world.sms_accounts.get((text.vendor, text.key_id))
        if account is not None and account.receipts_url:
            body, accepted = RECEIPTS[text.vendor]
            report = self.sender.report(account.receipts_url, f"{text.vendor} 回执", body(text), accepted)
            self.sender.run(report)


def _number_of(account: SmsAccount, phone: str) -> tuple[str, ...]:
    """What the limits of a number are counted under."""
    return account.vendor, account.key_id, national(phone)


def tencent_receipt(text: Text) -> list[Json]:
    """Tencent's receipt of one SMS (6.1, unconfirmed)."""
    assert text.received_at is not None
    number = split(text.phone)
    return [
        {
            "user_receive_time": text.received_at.strftime("%Y-%m-%d %H:%M:%S"),
            "nationcode": number.country_code,
            "mobile": number.subscriber,
            "report_status": "SUCCESS" if text.status == "delivered" else "FAIL",
            "errmsg": text.reason,
            "description": "用户短信送达成功" if text.status == "delivered" else "短信未送达",
            "sid": text.serial,
            "ext": text.session,
        }
    ]


def aliyun_receipt(text: Text) -> list[Json]:
    """Aliyun's receipt of one SMS (general knowledge: the reference does not describe it)."""
    assert text.received_at is not None
    return [
        {
            "phone_number": national(text.phone),
            "send_time": text.at.strftime("%Y-%m-%d %H:%M:%S"),
            "report_time": text.received_at.strftime("%Y-%m-%d %H:%M:%S"),
            "success": text.status == "delivered",
            "err_code": text.reason,
            "err_msg": "用户接收成功" if text.status == "delivered" else "短信未送达",
            "sms_size": "1",
            "biz_id": text.serial,
            "out_id": text.session,
        }
    ]


def _answered(name: str, good: int) -> Callable[[str], bool]:
    def accepted(answer: str) -> bool:
        try:
            return bool(json.loads(answer).get(name) == good)
        except (ValueError, AttributeError):
            return False

    return accepted


RECEIPTS: dict[Vendor, tuple[Callable[[Text], list[Json]], Callable[[str], bool]]] = {
    "tencent": (tencent_receipt, _answered("result", 0)),
    "aliyun": (aliyun_receipt, _answered("code", 0)),
}


def _took_any(answer: Json) -> bool:
    """Whether anything was accepted: Tencent may refuse every number of a request it takes."""
    rows = answer.get("Response", {}).get("SendStatusSet")
    return rows is None or any(row["Code"] == "Ok" for row in rows)


Answer = Callable[[SmsCall], Awaitable[Json]]


class SmsGateway:
    """Serves ``/`` as both vendors do: an SDK needs only its endpoint changed."""

    def __init__(
        self,
        center: SmsCenter,
        vendors: dict[Vendor, tuple[Answer, Callable[[SmsRefusal, str], Json]]],
    ) -> None:
        self.center = center
        self.world = center.world
        self.vendors = vendors

    async def serve(self, request: Request) -> Response:
        """Answer one request of either vendor, told apart by address or headers."""
        vendor = self._vendor(request)
        if vendor is None:
            return Response("404 page not found", status_code=404, media_type="text/plain")
        path, started = f"/sms/{vendor}", time.perf_counter()
        caller = request.client.host if request.client else "127.0.0.1"
        call = SmsCall(request, await request.body(), caller)
        broken, outcome = await out_of_order(self.center.faults, path)
        if broken is not None:
            self._log(call, path, started, outcome)
            return broken
        answer, shape_error = self.vendors[vendor]
        number = secrets.token_hex(16).upper()
        try:
            body = await answer(call)
        except SmsRefusal as refusal:
            body = shape_error(refusal, number)
            self._log(call, path, started, refusal.code, body)
            return JSONResponse(body, refusal.status)
        if _took_any(body) and self.center.faults.take("accept_then_drop", path) is not None:
            self._log(call, path, started, "accepted, answer lost (fault)", body)
            return Dropped()
        self._log(call, path, started, "ok", body)
        return JSONResponse(body)

    @staticmethod
    def _vendor(request: Request) -> Vendor | None:
        named = request.path_params.get("vendor")
        if named in ("tencent", "aliyun"):
            return "tencent" if named == "tencent" else "aliyun"
        if "x-tc-action" in request.headers:
            return "tencent"
        aliyun = "x-acs-action" in request.headers or "AccessKeyId" in request.query_params
        form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return "aliyun" if aliyun or form else None

    def _log(
        self, call: SmsCall, path: str, started: float, outcome: str, answer: Json | None = None
    ) -> None:
        self.world.record(
            "api",
            home=call.key_id,
            name=call.action,
            method=call.request.method,
            path=path,
            request=masked(call.body),
            answer=answer,
            outcome=outcome,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
