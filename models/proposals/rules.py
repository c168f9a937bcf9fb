"""Time-based one-time codes as pure decisions (RFC 6238: SHA-1, six digits, 30 seconds)."""

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
CLOCKS_DIFFER_STEPS = 1
"""A phone's clock may be so many steps ahead or behind."""
ISSUER = "Muster"


def new_secret() -> str:
    """The secret of an authenticator, in base 32."""
    return pyotp.random_base32()


def otpauth_address(secret: str, account: str) -> str:
    """What an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def matching_step(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """The step whose code this is, of those later than `after`; None if it is none of now."""
    codes = pyotp.HOTP(secret)
    now = int(at.timestamp()) // STEP_SECONDS
    for step in range(now - CLOCKS_DIFFER_STEPS, now + CLOCKS_DIFFER_STEPS + 1):
        if step > after and hmac.compare_digest(codes.at(step), code):
            return step
    return None
