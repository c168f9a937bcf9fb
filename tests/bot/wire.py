"""The three callback addresses, and callbacks made of raw documents instead of fields."""

from dataclasses import dataclass
from urllib.parse import urlencode

from tests import tencent


@dataclass(frozen=True)
class Line:
    """One account's callback: where it is, and what it is signed and encrypted with."""

    account: str
    path: str
    token: str
    key: str
    receive_id: str

    def encrypt(self, document: str, *, receive_id: str | None = None) -> str:
        """The ciphertext of a document."""
        return tencent.encrypt(
            document, key=self.key, receive_id=self.receive_id if receive_id is None else receive_id
        )

    def query(self, ciphertext: str) -> dict[str, str]:
        """The signed query of an encrypted callback."""
        more = {"encrypt_type": "aes"} if self.account == "official" else {}
        return {**tencent.query(self.token, ciphertext), **more}

    def address(self, query: dict[str, str]) -> str:
        """The address with this query."""
        return f"{self.path}?{urlencode(query)}"

    def sealed(self, ciphertext: str) -> tuple[str, str]:
        """(address, body) of the callback with this ciphertext."""
        body = tencent.xml({"ToUserName": self.receive_id, "Encrypt": ciphertext})
        return self.address(self.query(ciphertext)), body

    def callback(self, document: str) -> tuple[str, str]:
        """(address, body) of the callback with this document, freshly encrypted."""
        return self.sealed(self.encrypt(document))


WECOM = Line("wecom", "/wecom/callback", tencent.TOKEN, tencent.AES_KEY, tencent.CORP_ID)
CONTACTS = Line(
    "contacts",
    "/wecom/contacts",
    tencent.CONTACTS_TOKEN,
    tencent.CONTACTS_AES_KEY,
    tencent.CORP_ID,
)
OFFICIAL = Line(
    "official",
    "/official/callback",
    tencent.OFFICIAL_TOKEN,
    tencent.OFFICIAL_AES_KEY,
    tencent.OFFICIAL_ID,
)
LINES = (WECOM, CONTACTS, OFFICIAL)


def document(type_: str, inner: str, *, sender: str = "lihua", to: str = tencent.CORP_ID) -> str:
    """A decrypted document as the platform writes it; `inner` is what this type has beside the rest."""
    return (
        f"<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>1772411400</CreateTime><MsgType><![CDATA[{type_}]]></MsgType>{inner}</xml>"
    )


def event(name: str, inner: str = "", *, sender: str = "lihua", to: str = tencent.CORP_ID) -> str:
    """The document of an event."""
    return document("event", f"<Event><![CDATA[{name}]]></Event>{inner}", sender=sender, to=to)
