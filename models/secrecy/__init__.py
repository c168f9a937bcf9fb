"""Sensitive values: how they are sealed, opened, compared and masked, and how they are destroyed."""

from models.secrecy.keyring import INFO, Keyring, MissingKey, Sealer, key_id, keyring_of
from models.secrecy.operations import (
    NewKey,
    destroy_key,
    identity_hash,
    keep_keys,
    new_keys,
    open_sealed,
    open_text,
    open_with,
    rewrap,
    seal,
    sealers,
)
from models.secrecy.queries import is_destroyed, key_counts, keys_of
from models.secrecy.rules import (
    mask_address,
    mask_card,
    mask_email,
    mask_id_number,
    mask_name,
    mask_phone,
    normal_id_number,
    normal_phone,
)
from models.secrecy.tables import PersonKey

__all__ = [
    "INFO",
    "Keyring",
    "MissingKey",
    "NewKey",
    "PersonKey",
    "Sealer",
    "destroy_key",
    "identity_hash",
    "is_destroyed",
    "keep_keys",
    "key_counts",
    "key_id",
    "keyring_of",
    "keys_of",
    "mask_address",
    "mask_card",
    "mask_email",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "new_keys",
    "normal_id_number",
    "normal_phone",
    "open_sealed",
    "open_text",
    "open_with",
    "rewrap",
    "seal",
    "sealers",
]
