"""The form in which a row is hashed, chained and signed (docs/adr/0015): pure, and all a verifier needs."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGINNING = hashlib.sha256(b"muster audit chain").digest()
"""What stands in the place before the first."""
KEY_BYTES = 32
FIELDS = ("id", "at", "actor", "action", "subject", "outcome", "cause", "details", "personal")
"""What of a row is sealed: everything but the mark that it is."""


class NotAKey(Exception):
    """It is no Ed25519 public key of 32 bytes in base64."""


def canonical(row: Mapping[str, Any]) -> bytes:
    """The bytes of a row: two rows have the same if and only if they are equal, whatever stored them."""
    values = [_moment(row["at"]) if name == "at" else row[name] for name in FIELDS]
    return json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def content_hash(row: Mapping[str, Any]) -> bytes:
    """The hash of one row alone: it tells nothing of what stands in it."""
    return hashlib.sha256(b"muster audit row\0" + canonical(row)).digest()


def link(previous: bytes, position: int, content: bytes) -> bytes:
    """The hash of a place: it covers the row there and every row before it."""
    return hashlib.sha256(b"muster audit link\0" + previous + position.to_bytes(8, "big") + content).digest()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Head:
    """The end of the chain at one moment, and the signature that says so."""

    position: int
    hash: bytes
    at: datetime
    key_id: str
    signature: bytes

    def line(self) -> str:
        """The head as one line that says everything a verifier needs."""
        return json.dumps(
            {
                "position": self.position,
                "hash": self.hash.hex(),
                "at": _moment(self.at),
                "key": self.key_id,
                "signature": base64.b64encode(self.signature).decode(),
            }
        )


def read_head(line: str) -> Head | None:
    """The head of a line; None if the line holds none."""
    try:
        told = json.loads(line)
        return Head(
            int(told["position"]),
            bytes.fromhex(told["hash"]),
            datetime.fromisoformat(told["at"]).astimezone(SHANGHAI),
            str(told["key"]),
            base64.b64decode(told["signature"], validate=True),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def head_message(position: int, hash_: bytes, at: datetime) -> bytes:
    """What is signed of a head."""
    return b"muster audit head\0" + position.to_bytes(8, "big") + hash_ + _moment(at).encode()


class Signer:
    """The private key of the evidence trail."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = _raw(self._key.public_key())
        self.key_id = key_id(self.public_key)

    def sign(self, position: int, hash_: bytes, at: datetime) -> Head:
        """The head of the chain at this position."""
        signature = self._key.sign(head_message(position, hash_, at))
        return Head(position, hash_, at, self.key_id, signature)


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def key_id(public_key: bytes) -> str:
    """By which a public key is named: eight hex digits of its hash."""
    return hashlib.sha256(b"muster audit key\0" + public_key).hexdigest()[:8]


def read_public_key(text: str) -> bytes:
    """The 32 bytes of a public key in base64.

    Raises:
        NotAKey: it is none.
    """
    try:
        key = base64.b64decode(text.strip(), validate=True)
        Ed25519PublicKey.from_public_bytes(key)
    except (binascii.Error, ValueError):
        raise NotAKey from None
    return key


class Keys:
    """The public keys that a verifier trusts."""

    def __init__(self, *public_keys: bytes) -> None:
        self._keys = {key_id(key): Ed25519PublicKey.from_public_bytes(key) for key in public_keys}

    def knows(self, id_: str) -> bool:
        """Whether this key is one of them."""
        return id_ in self._keys

    def vouch(self, head: Head) -> bool:
        """Whether one of them signed this head."""
        key = self._keys.get(head.key_id)
        if key is None:
            return False
        try:
            key.verify(head.signature, head_message(head.position, head.hash, head.at))
        except InvalidSignature:
            return False
        return True
