"""Is a report from whom it says it is? Secrets are compared in constant time, and what is old is refused."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from campaigns.errors import ChorusError

CLOCKS_DIFFER = timedelta(minutes=5)  # how far ahead of ours another clock may go


class Forged(ChorusError):
    """Nothing shows that it comes from its source. Why not is nobody's business."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "forged"


class NoPassword(Forged):
    """The password is missing or wrong, where a source authenticates by one (RFC 7617)."""

    status = 401


def is_signed(secret: str, message: bytes, signature: str) -> bool:
    """Is `signature` the HMAC-SHA-256 of `message` in hexadecimal? Never true of an empty secret."""
    expected = hmac.digest(secret.encode(), message, "sha256").hex()
    given = signature.lower().encode("ascii", "replace")
    return bool(secret) and hmac.compare_digest(expected.encode(), given)


def has_password(authorization: str, *, user: str, password: str) -> bool:
    """Does an `Authorization` header hold exactly these (RFC 7617)? Never true of an empty password."""
    scheme, _, credentials = authorization.partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True)
    except (ValueError, binascii.Error):
        given = b""
    matches = hmac.compare_digest(given, f"{user}:{password}".encode())
    return bool(password) and scheme.lower() == "basic" and matches


def is_recent(stamp: str, *, now: datetime, window: timedelta) -> bool:
    """Are these seconds since 1970 no older than `window`, and not from the future?"""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        return False
    return is_within(datetime.fromtimestamp(int(stamp), UTC), now=now, window=window)


def is_within(moment: datetime, *, now: datetime, window: timedelta) -> bool:
    return -CLOCKS_DIFFER <= now - moment <= window
