"""Pure decisions about candidates."""

import re
import unicodedata
from datetime import datetime, timedelta

CODE_DIGITS = 8
TAIL_DIGITS = 4
"""How many digits a binding code has, and how many of the phone number are asked for."""
SCENE_PREFIX = "bind-"
"""How the scene of a binding QR code begins."""


def digits_of(text: str) -> str:
    """The digits of a text that holds nothing else but spaces and dashes; empty for any other text."""
    plain = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text))
    return plain if re.fullmatch(r"[0-9]+", plain) else ""


def is_code(digits: str) -> bool:
    """Whether these digits have the form of a binding code."""
    return len(digits) == CODE_DIGITS


def is_tail(phone: str | None, digits: str) -> bool:
    """Whether these are the last digits of the number, or more of it."""
    return bool(phone) and len(digits) >= TAIL_DIGITS and str(phone).endswith(digits)


def scene_of(event_key: str) -> str:
    """The binding scene in the key of a scan or subscription; empty if it is another one."""
    scene = event_key.removeprefix("qrscene_")
    return scene if scene.startswith(SCENE_PREFIX) else ""


def may_undo(decided_at: datetime | None, at: datetime, within: timedelta) -> bool:
    """Whether a decision can still be taken back."""
    return decided_at is not None and at - decided_at <= within
