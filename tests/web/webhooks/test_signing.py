from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from web.webhooks.signing import has_password, is_recent, is_signed

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def test_a_signature_is_good_for_its_message_and_its_secret() -> None:
    signature = hmac.digest(b"secret", b"message", "sha256").hex()
    assert is_signed("secret", b"message", signature)
    assert is_signed("secret", b"message", signature.upper())
    assert not is_signed("secret", b"another message", signature)
    assert not is_signed("another secret", b"message", signature)
    assert not is_signed("secret", b"message", signature[:-1])


@pytest.mark.parametrize("signature", ["", "é", "\ud800", "0" * 64, "x" * 100_000])
def test_anything_else_is_no_signature(signature: str) -> None:
    assert not is_signed("secret", b"message", signature)


def test_a_secret_that_is_not_set_signs_nothing() -> None:
    assert not is_signed("", b"message", hmac.digest(b"", b"message", "sha256").hex())
    assert not has_password(basic("chorus:"), user="chorus", password="")


def test_a_password_is_compared_whole() -> None:
    def good(authorization: str) -> bool:
        return has_password(authorization, user="chorus", password="pass:wörd")

    assert good(basic("chorus:pass:wörd"))
    assert good(basic("chorus:pass:wörd").replace("Basic", "basic"))
    for wrong in ("chorus:pass", "Chorus:pass:wörd", "chorus:pass:wörd ", ":pass:wörd", ""):
        assert not good(basic(wrong))
    for wrong in ("", "Basic", "Basic !!!", "Basic é", f"Bearer {basic('chorus:pass:wörd')[6:]}"):
        assert not good(wrong)


@pytest.mark.parametrize(
    ("seconds_ago", "good"), [(0, True), (3600, True), (3601, False), (-300, True), (-301, False)]
)
def test_what_is_old_or_from_the_future_is_refused(seconds_ago: int, good: bool) -> None:
    stamp = str(int(NOW.timestamp()) - seconds_ago)
    assert is_recent(stamp, now=NOW, window=HOUR) is good


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "٣٣", " 1793534400", "9" * 5000, "1793534400.0"])
def test_a_moment_is_whole_seconds(stamp: str) -> None:
    assert not is_recent(stamp, now=NOW, window=HOUR)
