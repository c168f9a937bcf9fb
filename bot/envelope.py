"""Signature and encryption of callbacks (protocol section 1), on wechatpy's cipher, strictly checked.

wechatpy's own `decrypt_message` accepts damaged padding and lengths and compares signatures in variable
time, so the layout is read here (docs/adr/0003-wechatpy-at-the-edge.md).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from wechatpy.crypto.base import WeChatCipher

from bot.rejection import forbidden, malformed

BLOCK = 32
RANDOM = 16


class Envelope:
    """One account's Token, EncodingAESKey and receiver id (CorpID or AppID)."""

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        self._token = token
        self._receive_id = receive_id.encode()
        self._cipher = None
        if encoding_aes_key:
            self._cipher = WeChatCipher(base64.b64decode(encoding_aes_key + "="))

    def sign(self, *parts: str) -> str:
        """The lower-case hex SHA-1 over the token and the parts, sorted by byte order (protocol 1.3)."""
        sorted_parts = sorted(part.encode("utf-8", "surrogatepass") for part in (self._token, *parts))
        return hashlib.sha1(b"".join(sorted_parts), usedforsecurity=False).hexdigest()

    def check(self, signature: str, *parts: str) -> None:
        """Compare a signature in constant time.

        Raises:
            Rejected: (403) it is not ours.
        """
        given = signature.encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(self.sign(*parts).encode(), given):
            raise forbidden("wrong signature")

    def open(self, query: Mapping[str, str], ciphertext: str) -> bytes:
        """Check `msg_signature` over the ciphertext and decrypt it.

        Raises:
            Rejected: (400) damaged, (403) wrong signature or not addressed to us.
        """
        signature = need(query, "msg_signature")
        self.check(signature, need(query, "timestamp"), need(query, "nonce"), ciphertext)
        return self.decrypt(ciphertext)

    def decrypt(self, ciphertext: str) -> bytes:
        """The message inside a base64 ciphertext (protocol 1.2).

        Raises:
            Rejected: (400) bad base64, padding or length, (403) another receiver.
        """
        if self._cipher is None:
            raise malformed("encrypted, but no EncodingAESKey is configured")
        try:
            sealed = binascii.a2b_base64(ciphertext.encode("ascii"), strict_mode=True)
        except (binascii.Error, UnicodeError):
            raise malformed("broken base64") from None
        if not sealed or len(sealed) % 16:
            raise malformed("the ciphertext is not whole blocks")
        plain: bytes = self._cipher.decrypt(sealed)
        pad = plain[-1]
        if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
            raise malformed("broken padding")
        content = plain[RANDOM:-pad]
        length = int.from_bytes(content[:4], "big")
        if len(content) < 4 or 4 + length > len(content):
            raise malformed("broken length")
        if not hmac.compare_digest(content[4 + length :], self._receive_id):
            raise forbidden("addressed to another receiver")
        return content[4 : 4 + length]

    def encrypt(self, message: bytes) -> str:
        """The base64 ciphertext of a message to this receiver (protocol 1.2)."""
        if self._cipher is None:
            raise ValueError("no EncodingAESKey is configured")
        body = secrets.token_bytes(RANDOM) + len(message).to_bytes(4, "big") + message + self._receive_id
        pad = BLOCK - len(body) % BLOCK
        return base64.b64encode(self._cipher.encrypt(body + bytes([pad]) * pad)).decode()


def need(query: Mapping[str, str], name: str) -> str:
    """A query parameter that must be there.

    Raises:
        Rejected: (400) it is missing.
    """
    value = query.get(name, "")
    if not value:
        raise malformed(f"the query has no {name}")
    return value
