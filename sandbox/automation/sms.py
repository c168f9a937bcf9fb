"""SMS over the control interface: gateways' customers, and what arrived at which number."""

from starlette.requests import Request

from sandbox.errors import ControlError
from sandbox.operation import Operation, need_person, number, timeout_of
from sandbox.sms import VENDORS, SmsAccount, Text, Vendor, national
from sandbox.world import Json, World


def read_sms_account(vendor: str, key_id: str, body: Json) -> SmsAccount:
    """A customer of a gateway from its JSON."""
    known: dict[str, Vendor] = {name: name for name in VENDORS}
    if vendor not in known:
        raise ControlError(f"没有这家短信平台：{vendor}。可用：{'、'.join(VENDORS)}")
    secret, templates, balance = body.get("secret"), body.get("templates") or {}, body.get("balance")
    if not isinstance(secret, str) or not secret:
        raise ControlError("缺少 secret")
    if not isinstance(templates, dict):
        raise ControlError("templates 形如 {模板号: 内容}")
    lists = {
        name: [str(item) for item in body.get(name) or []]
        for name in ("app_ids", "signs", "trusted_ips", "blacklist")
    }
    return SmsAccount(
        vendor=known[vendor],
        key_id=key_id,
        secret=secret,
        templates={str(name): str(content) for name, content in templates.items()},
        receipts_url=str(body.get("receipts_url") or ""),
        balance=None if balance is None else int(balance),
        **lists,
    )


class SmsControl:
    """``/control/sms`` and ``/control/people/{person}/sms``."""

    def __init__(self, world: World) -> None:
        self.world = world

    def operations(self) -> list[Operation]:
        """All endpoints."""
        one, person = "/control/sms/{vendor}/{key}", "/control/people/{person}/sms"
        fields = {"secret": "string", "app_ids": "array", "signs": "array", "templates": "object"}
        return [
            Operation("PUT", one, "新建或替换短信平台的账号", self.put_account, fields),
            Operation("GET", "/control/sms", "所有短信", self.get_texts, None, ("phone", "after")),
            Operation(
                "GET",
                "/control/sms/wait",
                "等短信",
                self.wait_texts,
                None,
                ("phone", "after", "count", "timeout"),
            ),
            Operation("GET", person, "此人手机上的短信", self.person_texts, None, ("home", "after")),
            Operation(
                "GET",
                f"{person}/wait",
                "等此人的短信",
                self.wait_person_texts,
                None,
                ("home", "after", "count", "timeout"),
            ),
        ]

    async def put_account(self, request: Request, body: Json) -> Json:
        """Create or replace a customer."""
        account = read_sms_account(request.path_params["vendor"], request.path_params["key"], body)
        self.world.sms_accounts[account.vendor, account.key_id] = account
        return {"vendor": account.vendor, "key_id": account.key_id, "templates": len(account.templates)}

    def _texts(self, request: Request, phones: list[str] | None, arrived: bool) -> list[Text]:
        after = number(request.query_params.get("after"), 0)
        wanted = None if phones is None else {national(phone) for phone in phones}
        found = [t for t in self.world.texts if wanted is None or national(t.phone) in wanted]
        found = [t for t in found if t.seq > after and (t.status == "delivered" or not arrived)]
        return sorted(found, key=lambda text: text.seq)

    def _answer(self, texts: list[Text], complete: bool = True) -> Json:
        return {
            "texts": [text.as_json() for text in texts],
            "complete": complete,
            "last_seq": self.world.last_seq,
        }

    async def _wait(self, request: Request, phones: list[str] | None) -> Json:
        count = number(request.query_params.get("count"), 1)

        def enough() -> bool:
            return len(self._texts(request, phones, arrived=True)) >= count

        complete = await self.world.wait_until(enough, timeout_of(request, 10))
        return self._answer(self._texts(request, phones, arrived=True), complete)

    def _phones(self, request: Request) -> list[str] | None:
        phone = request.query_params.get("phone")
        return [phone] if phone else None

    def _own(self, request: Request) -> list[str]:
        _, person = need_person(self.world, request)
        return [person.mobile] if person.mobile else []

    async def get_texts(self, request: Request, body: Json) -> Json:
        """All texts, whatever became of them."""
        return self._answer(self._texts(request, self._phones(request), arrived=False))

    async def wait_texts(self, request: Request, body: Json) -> Json:
        """Wait for delivered texts."""
        return await self._wait(request, self._phones(request))

    async def person_texts(self, request: Request, body: Json) -> Json:
        """What arrived on this person's phone."""
        return self._answer(self._texts(request, self._own(request), arrived=True))

    async def wait_person_texts(self, request: Request, body: Json) -> Json:
        """Wait for what arrives on this person's phone."""
        return await self._wait(request, self._own(request))
