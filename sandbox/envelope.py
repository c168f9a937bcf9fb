"""Callback cryptography of protocol section 1, both directions and strict."""

import base64
import binascii
import hashlib
import hmac
import secrets
import string
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
NONCE_ALPHABET = string.digits


__all__ = [
    "Element",
    "Envelope",
    "EnvelopeError",
    "aes_key",
    "new_nonce",
    "parse_xml",
    "same",
    "signature",
    "text_of",
    "to_xml",
]


class EnvelopeError(ValueError):
    """What arrived is not a proper envelope."""


def aes_key(encoding_aes_key: str) -> bytes:
    """The 32 key bytes behind a 43-character EncodingAESKey (1.2)."""
    if len(encoding_aes_key) != 43:
        raise EnvelopeError("EncodingAESKey must have 43 characters")
    try:
        key = base64.b64decode(encoding_aes_key + "=", validate=True)
    except binascii.Error as error:
        raise EnvelopeError("EncodingAESKey is not base64") from error
    if len(key) != 32:
        raise EnvelopeError("EncodingAESKey must stand for 32 bytes")
    return key


def signature(*parts: str) -> str:
    """SHA-1 of the sorted parts (1.3, and 1.8 with three parts)."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def same(left: str, right: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def new_nonce() -> str:
    """A fresh nonce of ten digits."""
    return "".join(secrets.choice(NONCE_ALPHABET) for _ in range(10))


class Envelope:
    """Encrypts and decrypts for one callback: its token, its key and its receive id."""

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        self.token = token
        self.receive_id = receive_id
        self._key = aes_key(encoding_aes_key)

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def encrypt(self, message: str, random16: bytes | None = None) -> str:
        """Base64 of the encrypted message (1.2)."""
        body = message.encode()
        plain = (
            (random16 or secrets.token_bytes(16))
            + len(body).to_bytes(4, "big")
            + body
            + self.receive_id.encode()
        )
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypt(self, ciphertext: str) -> str:
        """The message inside ``ciphertext``, after every check of 1.2."""
        try:
            raw = base64.b64decode(ciphertext, validate=True)
        except (binascii.Error, ValueError) as error:
            raise EnvelopeError("ciphertext is not base64") from error
        if not raw or len(raw) % 16:
            raise EnvelopeError("ciphertext is not whole AES blocks")
        decryptor = self._cipher().decryptor()
        padded = decryptor.update(raw) + decryptor.finalize()
        pad = padded[-1]
        if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad:
            raise EnvelopeError("padding is wrong")
        plain = padded[:-pad]
        if len(plain) < 20:
            raise EnvelopeError("plaintext is too short")
        end = 20 + int.from_bytes(plain[16:20], "big")
        if end > len(plain):
            raise EnvelopeError("length field is wrong")
        try:
            message, receive_id = plain[20:end].decode(), plain[end:].decode()
        except UnicodeDecodeError as error:
            raise EnvelopeError("plaintext is not UTF-8") from error
        if not same(receive_id, self.receive_id):
            raise EnvelopeError("receive id does not match")
        return message

    def sign(self, timestamp: str, nonce: str, ciphertext: str) -> str:
        """The four-part signature (1.3)."""
        return signature(self.token, timestamp, nonce, ciphertext)

    def open_reply(self, body: str) -> str:
        """The passive reply inside an encrypted envelope (1.6), signature checked."""
        document = parse_xml(body)
        fields = {name: text_of(document, name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
        missing = [name for name, value in fields.items() if not value]
        if missing:
            raise EnvelopeError(f"reply lacks {', '.join(missing)}")
        expected = self.sign(fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
        if not same(expected, fields["MsgSignature"]):
            raise EnvelopeError("reply signature is wrong")
        return self.decrypt(fields["Encrypt"])


def parse_xml(document: str) -> Element:
    """The root of a strictly parsed document: no DOCTYPE, no entities, root ``<xml>``."""
    builder, parser = TreeBuilder(), expat.ParserCreate("utf-8")

    def refuse(*_: object) -> None:
        raise EnvelopeError("DOCTYPE and entities are refused")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(document.encode(), True)
    except expat.ExpatError as error:
        raise EnvelopeError(f"not XML: {error}") from error
    root = builder.close()
    if root.tag != "xml":
        raise EnvelopeError("root element must be <xml>")
    return root


def text_of(element: Element, path: str) -> str:
    """Text of a descendant, or the empty string."""
    return str(element.findtext(path) or "")


def to_xml(fields: dict[str, Any], root: str = "xml") -> str:
    """The platform's XML of nested dicts: strings in CDATA, numbers bare, a list repeats its element."""
    return f"<{root}>{''.join(_element(name, value) for name, value in fields.items())}</{root}>"


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        return to_xml(value, name)
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    text = str(value)
    if "]]>" in text:
        return f"<{name}>{escape(text)}</{name}>"
    return f"<{name}><![CDATA[{text}]]></{name}>"
