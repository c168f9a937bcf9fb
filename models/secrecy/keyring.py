"""The installation's keys, as every session carries them: made from the settings once, by bot/app.py."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

NONCE_BYTES = 12
KEY_BYTES = 32
INFO = "keyring"
"""Where a session keeps it."""


class MissingKey(Exception):
    """None of the configured field keys opens what is sealed; `key_id` names the one that did."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"field key {key_id} is not configured")
        self.key_id = key_id


@dataclass(frozen=True)
class Keyring:
    """Field keys, newest first, and the key of identity hashes.

    A field key wraps the keys of persons; nothing else is encrypted with it, so that changing it means to
    wrap those anew (docs/adr/0016).
    """

    field_keys: Sequence[bytes] = field(repr=False)
    hash_key: bytes = field(repr=False)

    @property
    def newest(self) -> str:
        """The id of the key that wraps from now on."""
        return key_id(self.field_keys[0])

    def wrap(self, key: bytes, subject: str) -> tuple[str, bytes]:
        """A person's key under the newest field key: (id of that key, nonce and ciphertext)."""
        return self.newest, encrypt(self.field_keys[0], key, subject.encode())

    def unwrap(self, wrapped: bytes, id_: str, subject: str) -> bytes:
        """The person's key again.

        Raises:
            MissingKey: the field key that wrapped it is not configured.
        """
        for key in self.field_keys:
            if key_id(key) == id_:
                try:
                    return decrypt(key, wrapped, subject.encode())
                except InvalidTag:
                    break
        raise MissingKey(id_)

    def hash(self, kind: str, value: str) -> str:
        """A keyed hash: equal values are recognised, and nothing can be read from it."""
        return hmac.digest(self.hash_key, f"{kind}\0{value}".encode(), "sha256").hex()


def key_id(key: bytes) -> str:
    """By which a key is named: eight hex digits of its hash."""
    return hashlib.sha256(b"muster field key\0" + key).hexdigest()[:8]


def keyring_of(session: Session) -> Keyring:
    """The keys this session was opened with."""
    found = session.info.get(INFO)
    assert isinstance(found, Keyring), "the database was opened without keys"
    return found


def encrypt(key: bytes, plain: bytes, about: bytes) -> bytes:
    """AES-256-GCM; `about` must be the same when it is opened."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def decrypt(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """What was encrypted.

    Raises:
        InvalidTag: it is another key, another `about`, or somebody changed it.
    """
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)


class Sealer:
    """Seals the values of one person whose key is at hand: for many at once."""

    def __init__(self, subject: str, key: bytes) -> None:
        self._about = subject.encode()
        self._cipher = AESGCM(key)

    def seal(self, value: str | None) -> bytes | None:
        """A value under the person's key; nothing stays nothing."""
        if not value:
            return None
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value.encode(), self._about)

    def open(self, sealed: bytes | None) -> str | None:
        """The value again; None if there is none or somebody changed it."""
        if sealed is None:
            return None
        try:
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._about)
        except InvalidTag:
            return None
        return plain.decode()
