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
FOREIGN = re.compile(r"\+[1-9]\d{6,14}")
CALLING_CODES = (
    "1:US 7:RU 20:EG 27:ZA 30:GR 31:NL 32:BE 33:FR 34:ES 36:HU 39:IT 40:RO 41:CH 43:AT 44:GB 45:DK 46:SE "
    "47:NO 48:PL 49:DE 51:PE 52:MX 53:CU 54:AR 55:BR 56:CL 57:CO 58:VE 60:MY 61:AU 62:ID 63:PH 64:NZ "
    "65:SG 66:TH 81:JP 82:KR 84:VN 86:CN 90:TR 91:IN 92:PK 93:AF 94:LK 95:MM 98:IR 211:SS 212:MA 213:DZ "
    "216:TN 218:LY 220:GM 221:SN 222:MR 223:ML 224:GN 225:CI 226:BF 227:NE 228:TG 229:BJ 230:MU 231:LR "
    "232:SL 233:GH 234:NG 235:TD 236:CF 237:CM 238:CV 239:ST 240:GQ 241:GA 242:CG 243:CD 244:AO 245:GW "
    "248:SC 249:SD 250:RW 251:ET 252:SO 253:DJ 254:KE 255:TZ 256:UG 257:BI 258:MZ 260:ZM 261:MG 262:RE "
    "263:ZW 264:NA 265:MW 266:LS 267:BW 268:SZ 269:KM 291:ER 297:AW 298:FO 299:GL 350:GI 351:PT 352:LU "
    "353:IE 354:IS 355:AL 356:MT 357:CY 358:FI 359:BG 370:LT 371:LV 372:EE 373:MD 374:AM 375:BY 376:AD "
    "377:MC 378:SM 380:UA 381:RS 382:ME 383:XK 385:HR 386:SI 387:BA 389:MK 420:CZ 421:SK 423:LI 501:BZ "
    "502:GT 503:SV 504:HN 505:NI 506:CR 507:PA 508:PM 509:HT 590:GP 591:BO 592:GY 593:EC 594:GF 595:PY "
    "596:MQ 597:SR 598:UY 599:CW 670:TL 673:BN 674:NR 675:PG 676:TO 677:SB 678:VU 679:FJ 680:PW 682:CK "
    "685:WS 686:KI 687:NC 689:PF 691:FM 692:MH 850:KP 852:HK 853:MO 855:KH 856:LA 880:BD 886:TW 960:MV "
    "961:LB 962:JO 963:SY 964:IQ 965:KW 966:SA 967:YE 968:OM 970:PS 971:AE 972:IL 973:BH 974:QA 975:BT "
    "976:MN 977:NP 992:TJ 993:TM 994:AZ 995:GE 996:KG 998:UZ"
)
COUNTRIES = {code: iso for code, _, iso in (pair.partition(":") for pair in CALLING_CODES.split())}
"""Country by calling code; no code begins another. Where countries share one, the largest stands for all."""


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


@dataclass(frozen=True)
class Number:
    """A phone number taken apart; ``country_code`` and ``subscriber`` are digits only."""

    country_code: str
    iso: str
    subscriber: str


def split(phone: str) -> Number:
    """Country code and the rest; what has no known code of its own is of the mainland."""
    digits = national(phone)
    if digits.startswith("+"):
        for length in (1, 2, 3):
            code = digits[1 : 1 + length]
            if code in COUNTRIES:
                return Number(code, COUNTRIES[code], digits[1 + length :])
    return Number("86", "CN", digits.removeprefix("+"))


def is_phone(phone: str) -> bool:
    """Whether an SMS may go there: a mainland number, or ``+`` with another country's code."""
    number = split(phone)
    if number.country_code == "86":
        return MAINLAND.fullmatch(number.subscriber) is not None
    return FOREIGN.fullmatch(national(phone)) is not None


def national(phone: str) -> str:
    """A mainland number without its country code: ``+86138…``, ``86138…`` and ``138…`` are one phone."""
    digits = re.sub(r"[\s\-]", "", phone)
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and MAINLAND.fullmatch(digits.removeprefix(prefix)):
            return digits.removeprefix(prefix)
    return digits
