"""Tencent's side in the tests: signs and encrypts real XML with wechatpy, independently of our envelope."""

import itertools
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

CORP_ID = "wwdemo0123456789ab"
AGENT_ID = 1000002
TOKEN = "demoTok3n"
AES_KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
CONTACTS_TOKEN = "contactsTok3n"
CONTACTS_AES_KEY = "IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE"
OFFICIAL_ID = "wxdemo0123456789ab"
OFFICIAL_TOKEN = "officialTok3n"
OFFICIAL_AES_KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"

SETTINGS = {
    "wecom_corp_id": CORP_ID,
    "wecom_agent_id": AGENT_ID,
    "wecom_secret": "app-secret",
    "wecom_token": TOKEN,
    "wecom_encoding_aes_key": AES_KEY,
    "wecom_contacts_token": CONTACTS_TOKEN,
    "wecom_contacts_encoding_aes_key": CONTACTS_AES_KEY,
    "official_app_id": OFFICIAL_ID,
    "official_secret": "official-secret",
    "official_token": OFFICIAL_TOKEN,
    "official_encoding_aes_key": OFFICIAL_AES_KEY,
}
"""The settings of an installation that talks to these three accounts."""

message_ids: Iterator[int] = itertools.count(1_000_000_000_000_000_001)

Fields = Mapping[str, Any]


def xml(fields: Fields, root: str = "xml") -> str:
    """A document; a list repeats its element."""
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                parts.append(xml(one, name))
            elif isinstance(one, int):
                parts.append(f"<{name}>{one}</{name}>")
            else:
                parts.append(f"<{name}>{escape(str(one))}</{name}>")
    return f"<{root}>{''.join(parts)}</{root}>"


def query(token: str, ciphertext: str, timestamp: str = "1700000000") -> dict[str, str]:
    """The signed query of a callback over this ciphertext."""
    nonce = secrets.token_hex(5)
    signer = WeChatSigner()
    signer.add_data(token, timestamp, nonce, ciphertext)
    return {"msg_signature": signer.signature, "timestamp": timestamp, "nonce": nonce}


def plain_query(token: str, timestamp: str = "1700000000") -> dict[str, str]:
    """The signed query of a service-account callback."""
    nonce = secrets.token_hex(5)
    signer = WeChatSigner()
    signer.add_data(token, timestamp, nonce)
    return {"signature": signer.signature, "timestamp": timestamp, "nonce": nonce}


def encrypt(text: str, *, key: str = AES_KEY, receive_id: str = CORP_ID) -> str:
    """The ciphertext of a message, by wechatpy."""
    from wechatpy.enterprise.crypto import PrpCrypto

    crypto = WeChatCrypto(TOKEN, key, receive_id)
    return str(PrpCrypto(crypto.key).encrypt(text, receive_id).decode())


def wecom_callback(fields: Fields, *, path: str = "/wecom/callback") -> tuple[str, str]:
    """(address, body) of an encrypted WeCom callback."""
    token, key = (TOKEN, AES_KEY) if path == "/wecom/callback" else (CONTACTS_TOKEN, CONTACTS_AES_KEY)
    ciphertext = encrypt(xml(fields), key=key)
    body = xml({"ToUserName": CORP_ID, "AgentID": AGENT_ID, "Encrypt": ciphertext})
    return f"{path}?{urlencode(query(token, ciphertext))}", body


def official_callback(fields: Fields) -> tuple[str, str]:
    """(address, body) of an encrypted service-account callback."""
    ciphertext = encrypt(xml(fields), key=OFFICIAL_AES_KEY, receive_id=OFFICIAL_ID)
    signed = {
        **query(OFFICIAL_TOKEN, ciphertext),
        "encrypt_type": "aes",
        "openid": str(fields["FromUserName"]),
    }
    address = f"/official/callback?{urlencode(signed)}"
    return address, xml({"ToUserName": fields["ToUserName"], "Encrypt": ciphertext})
