"""Text messages: accounts that send them, texts on the phones, receipts (protocol section 6)."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.clock import iso

Vendor = Literal["tencent", "aliyun"]
VENDORS: tuple[Vendor, ...] = ("tencent", "aliyun")
Status = Literal["waiting", "delivered", "failed"]
MAINLAND = re.compile(r"1[3-9]\d{9}")


@dataclass
class SmsAccount:
    """A customer of one gateway: keys, approved signatures and templates, where receipts go."""

    vendor: Vendor
    key_id: str
    secret: str
    app_ids: list[str] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    templates: dict[str, str] = field(default_factory=dict)
    """Template id to its words, with ``{1}`` (Tencent) or ``${name}`` (Aliyun) where values go."""
    receipts_url: str = ""
    trusted_ips: list[str] = field(default_factory=list)
    blacklist: list[str] = field(default_factory=list)
    balance: int | None = None
    """Messages left in the package; none means no end."""


@dataclass
class Text:
    """One SMS on its way to, or on, a phone."""

    seq: int
    vendor: Vendor
    key_id: str
    phone: str
    sign: str
    template_id: str
    text: str
    at: datetime
    serial: str
    session: str = ""
    """Tencent's SessionContext or Aliyun's OutId, given back with the receipt."""
    status: Status = "waiting"
    reason: str = ""
    received_at: datetime | None = None
    pulled: bool = False

    def as_json(self) -> dict[str, Any]:
        """The text as the control interface and the phones read it."""
        return {
            "seq": self.seq,
            "vendor": self.vendor,
            "phone": self.phone,
            "sign": self.sign,
            "template_id": self.template_id,
            "text": self.text,
            "at": iso(self.at),
            "serial": self.serial,
            "session": self.session,
            "status": self.status,
            "reason": self.reason,
            "received_at": iso(self.received_at) if self.received_at else None,
        }


def national(phone: str) -> str:
    """A mainland number without its country code: ``+86138…``, ``86138…`` and ``138…`` are one phone."""
    digits = re.sub(r"[\s\-]", "", phone)
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and MAINLAND.fullmatch(digits.removeprefix(prefix)):
            return digits.removeprefix(prefix)
    return digits
