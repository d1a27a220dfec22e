"""Passwords (argon2id) and the second factor (TOTP, RFC 6238)."""

from __future__ import annotations

import secrets
import threading
import time

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST = 10
CODE_S = 30
_DIFFERENCE = 1
"""Time steps by which a phone's clock may be off."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 << 10, parallelism=1)
"""argon2id as OWASP wants it at least: this process is the wall's as well, on a machine of two cores."""
_at_once = threading.BoundedSemaphore(2)
"""Each takes 19 MiB and a core for its time: a flood of tries must not take the wall's."""


def hashed(password: str) -> str:
    with _at_once:
        return _hasher.hash(password)


_NOBODY = ""


def matches(held: str, password: str) -> bool:
    """Takes as long where there is no such account (`held` empty), so that nobody can tell by the clock."""
    global _NOBODY
    if not held and not _NOBODY:
        _NOBODY = hashed(secrets.token_urlsafe(16))
    try:
        with _at_once:
            return _hasher.verify(held or _NOBODY, password) and bool(held)
    except (VerifyMismatchError, InvalidHashError):
        return False


def too_weak(password: str, account: str) -> bool:
    """Length counts, and that it is not the account's own name or one character over and over."""
    return len(password) < SHORTEST or account.lower() in password.lower() or len(set(password)) < 5


def one_time_password() -> str:
    """Typed once from a terminal or a slip of paper: no characters that look alike."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(4))


def pairing_code() -> str:
    """Eight digits, twelve minutes, one use."""
    return f"{secrets.randbelow(10**8):08d}"


def new_factor() -> str:
    return pyotp.random_base32()


def factor_step(secret: str, code: str, now_s: float | None = None) -> int | None:
    """The time step whose code this is; None: of none near now."""
    now = int((time.time() if now_s is None else now_s) // CODE_S)
    totp = pyotp.TOTP(secret)
    given = code.replace(" ", "")
    for step in range(now - _DIFFERENCE, now + _DIFFERENCE + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), given.encode("utf-8", "replace")):
            return step
    return None


def factor_picture(secret: str, account: str, issuer: str) -> str:
    """The QR code an authenticator reads, as SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)
    return segno.make(address, error="m").svg_inline(scale=4, border=3, dark="#0A0F12", light="#EDF2F4")
