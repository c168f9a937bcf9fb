"""Aliyun SMS, API 2017-05-25, signed with ACS3-HMAC-SHA256 or the older RPC HMAC-SHA1 (protocol 6.2)."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections import Counter
from datetime import datetime
from urllib.parse import parse_qsl, quote

from sandbox.envelope import same
from sandbox.platform.sms import SmsCall, SmsCenter, SmsRefusal
from sandbox.sms import MAINLAND, SmsAccount, Text, national
from sandbox.world import Json

VERSION = "2017-05-25"
AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([a-z0-9;\-]+), ?Signature=([0-9a-f]{64})"
)
FIELD = re.compile(r"\$\{(\w+)\}")
NUMBERS = 1000
Pairs = list[tuple[str, str]]


def encoded(text: str) -> str:
    """RFC 3986, as both signatures want it."""
    return quote(text, safe="-_.~")


def canonical_query(pairs: Pairs) -> str:
    """Sorted and encoded."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(pairs))


def acs3_signature(secret: str, method: str, path: str, query: Pairs, headers: Pairs, digest: str) -> str:
    """ACS3-HMAC-SHA256 of a request whose body has this SHA-256."""
    lines = "".join(f"{name}:{value}\n" for name, value in headers)
    names = ";".join(name for name, _ in headers)
    canonical = f"{method}\n{path}\n{canonical_query(query)}\n{lines}\n{names}\n{digest}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


def rpc_signature(secret: str, method: str, pairs: Pairs) -> str:
    """The older signature over all parameters but itself."""
    text = f"{method}&%2F&{encoded(canonical_query([p for p in pairs if p[0] != 'Signature']))}"
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")).decode()


class AliyunSms:
    """Aliyun's face of the gateway."""

    def __init__(self, center: SmsCenter) -> None:
        self.center = center
        self.world = center.world

    @staticmethod
    def shape_error(refusal: SmsRefusal, number: str) -> Json:
        """The body of a refused request."""
        return {"Code": refusal.code, "Message": refusal.message, "RequestId": number}

    async def answer(self, call: SmsCall) -> Json:
        """Check who asks, then do it."""
        query = list(call.request.query_params.multi_items())
        form = call.request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        posted = parse_qsl(call.raw.decode(), keep_blank_values=True) if form else []
        pairs = query + posted
        given = dict(pairs)
        call.body = {name: value for name, value in given.items() if name != "Signature"}
        signed = call.request.headers.get("authorization", "")
        account = self._by_header(call, signed, query) if signed else self._by_parameter(call, pairs)
        if account.trusted_ips and call.caller not in account.trusted_ips:
            raise SmsRefusal("isp.RAM_PERMISSION_DENY", "调用 IP 不在白名单")
        call.action = call.request.headers.get("x-acs-action") or given.get("Action", "")
        version = call.request.headers.get("x-acs-version") or given.get("Version", "")
        actions = {"SendSms": self._send, "QuerySendDetails": self._details}
        if call.action not in actions or version != VERSION:
            raise SmsRefusal("InvalidAction.NotFound", "Action 或 Version 不正确", 404)
        if (fault := self.center.faults.strike("sms_error", "/sms/aliyun")) is not None:
            raise SmsRefusal(fault.word)
        number = secrets.token_hex(16).upper()
        return {"Code": "OK", "Message": "OK", "RequestId": number, **actions[call.action](account, given)}

    # -- signatures -----------------------------------------------------------------------------------------

    def _find(self, call: SmsCall, key_id: str) -> SmsAccount:
        call.key_id = key_id
        account = self.world.sms_accounts.get(("aliyun", key_id))
        if account is None:
            raise SmsRefusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        return account

    def _by_header(self, call: SmsCall, signed: str, query: Pairs) -> SmsAccount:
        headers, match = call.request.headers, AUTHORIZATION.fullmatch(signed)
        if match is None:
            raise SmsRefusal("IncompleteSignature", "Authorization 不完整", 400)
        key_id, names, given = match.groups()
        account, digest = self._find(call, key_id), hashlib.sha256(call.raw).hexdigest()
        if not same(headers.get("x-acs-content-sha256", ""), digest):
            raise SmsRefusal("SignatureDoesNotMatch", "x-acs-content-sha256 与请求体不符", 400)
        values = [(name, headers.get(name, "").strip()) for name in names.split(";")]
        if not {"host", "x-acs-action", "x-acs-date", "x-acs-version"} <= {name for name, _ in values}:
            raise SmsRefusal("IncompleteSignature", "SignedHeaders 不完整", 400)
        method = call.request.method
        expected = acs3_signature(account.secret, method, "/", query, values, digest)
        if not same(expected, given):
            raise SmsRefusal(
                "SignatureDoesNotMatch", "Specified signature does not match our calculation.", 400
            )
        self._fresh(headers.get("x-acs-date", ""), headers.get("x-acs-signature-nonce", ""))
        return account

    def _by_parameter(self, call: SmsCall, pairs: Pairs) -> SmsAccount:
        given = dict(pairs)
        for name in ("AccessKeyId", "Signature", "SignatureNonce", "Timestamp"):
            if not given.get(name):
                raise SmsRefusal(f"Missing{name}", f"{name} is mandatory for this action.", 400)
        if given.get("SignatureMethod") != "HMAC-SHA1" or given.get("SignatureVersion") != "1.0":
            raise SmsRefusal("IncompleteSignature", "SignatureMethod 或 SignatureVersion 不正确", 400)
        account = self._find(call, given["AccessKeyId"])
        if not same(rpc_signature(account.secret, call.request.method, pairs), given["Signature"]):
            raise SmsRefusal(
                "SignatureDoesNotMatch", "Specified signature does not match our calculation.", 400
            )
        self._fresh(given["Timestamp"], given["SignatureNonce"])
        return account

    def _fresh(self, moment: str, nonce: str) -> None:
        try:
            at = datetime.fromisoformat(moment).timestamp()
        except ValueError as error:
            raise SmsRefusal("InvalidTimeStamp.Format", "时间格式不正确", 400) from error
        if not self.center.is_in_time(at):
            raise SmsRefusal("InvalidTimeStamp.Expired", "时间已过期", 400)
        if not nonce or nonce in self.center.nonces:
            raise SmsRefusal("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        self.center.nonces.add(nonce)

    # -- sending --------------------------------------------------------------------------------------------

    def _send(self, account: SmsAccount, given: dict[str, str]) -> Json:
        phones = [phone for phone in given.get("PhoneNumbers", "").split(",") if phone]
        if not phones or not all(MAINLAND.fullmatch(national(phone)) for phone in phones):
            raise SmsRefusal("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误")
        if len(phones) > NUMBERS:
            raise SmsRefusal("isv.MOBILE_COUNT_OVER_LIMIT", f"一次最多 {NUMBERS} 个号码")
        sign, code = given.get("SignName", ""), given.get("TemplateCode", "")
        if sign not in account.signs:
            raise SmsRefusal("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        template = account.templates.get(code)
        if template is None:
            raise SmsRefusal("isv.SMS_TEMPLATE_ILLEGAL", "短信模板不合法")
        text = self._words(template, given.get("TemplateParam", ""))
        black = {national(number) for number in account.blacklist}
        if any(national(phone) in black for phone in phones):
            raise SmsRefusal("isv.BLACK_KEY_CONTROL_LIMIT", "号码在黑名单中")
        if account.balance is not None and account.balance < len(phones):
            raise SmsRefusal("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
        seen = Counter[str]()
        for phone in phones:
            if limit := self.center.over_aliyun(account, phone, seen[national(phone)]):
                raise SmsRefusal("isv.BUSINESS_LIMIT_CONTROL", limit)
            seen[national(phone)] += 1
        serial = f"{self.world.number()}^0"
        for phone in phones:
            self.center.accept(account, phone, sign, code, text, serial, given.get("OutId", ""))
        return {"BizId": serial}

    @staticmethod
    def _words(template: str, parameters: str) -> str:
        try:
            values = json.loads(parameters) if parameters else {}
        except ValueError as error:
            raise SmsRefusal("isv.INVALID_JSON_PARAM", "TemplateParam 不是 JSON") from error
        if not isinstance(values, dict):
            raise SmsRefusal("isv.INVALID_JSON_PARAM", "TemplateParam 不是 JSON 对象")
        if not set(FIELD.findall(template)) <= values.keys():
            raise SmsRefusal("isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量")
        return FIELD.sub(lambda match: str(values[match[1]]), template)

    # -- receipts -------------------------------------------------------------------------------------------

    def _details(self, account: SmsAccount, given: dict[str, str]) -> Json:
        size, page = given.get("PageSize", ""), given.get("CurrentPage", "")
        if not size.isdigit() or not 1 <= int(size) <= 50 or not page.isdigit() or int(page) < 1:
            raise SmsRefusal("isv.INVALID_PARAMETERS", "PageSize 应为 1 到 50,CurrentPage 从 1 起")
        day, phone = given.get("SendDate", ""), national(given.get("PhoneNumber", ""))
        if not re.fullmatch(r"\d{8}", day) or not phone:
            raise SmsRefusal("isv.INVALID_PARAMETERS", "需要 PhoneNumber 和 SendDate(yyyyMMdd)")
        found = [
            text
            for text in self.world.texts
            if (text.vendor, text.key_id, national(text.phone)) == ("aliyun", account.key_id, phone)
            and text.at.strftime("%Y%m%d") == day
            and given.get("BizId") in (None, "", text.serial)
        ]
        start = (int(page) - 1) * int(size)
        rows = [self._detail(text) for text in found[start : start + int(size)]]
        return {"TotalCount": str(len(found)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}}

    def _detail(self, text: Text) -> Json:
        settings = self.world.settings
        numbers = {
            "waiting": settings.aliyun_waiting,
            "failed": settings.aliyun_failed,
            "delivered": settings.aliyun_delivered,
        }
        return {
            "PhoneNum": national(text.phone),
            "SendStatus": numbers[text.status],
            "ErrCode": text.reason,
            "TemplateCode": text.template_id,
            "Content": text.text,
            "SendDate": text.at.strftime("%Y-%m-%d %H:%M:%S"),
            "ReceiveDate": text.received_at.strftime("%Y-%m-%d %H:%M:%S") if text.received_at else "",
            "OutId": text.session,
        }
