from __future__ import annotations

from http.cookies import SimpleCookie
from uuid import UUID, uuid4

import pytest
from starlette.requests import Request
from starlette.responses import Response

from campaigns.tokens import Keyring
from web.public.receipt import COOKIE, Receipt, drop_receipt, give_receipt, read_receipt

KEYS = Keyring("k" * 40)
RECEIPT = Receipt("clean-air", UUID(int=7), 1, "amina@example.org")


def cookie_of(response: Response) -> str:
    return response.headers["set-cookie"]


def given_to_a_browser(receipt: Receipt = RECEIPT, *, keys: Keyring = KEYS, secure: bool = True) -> str:
    response = Response()
    give_receipt(response, receipt, keys=keys, secure=secure)
    return cookie_of(response)


def sealed(cookie: str) -> str:
    return SimpleCookie(cookie)[COOKIE].value


def shown(value: str | None, *, slug: str = "clean-air", keys: Keyring = KEYS) -> Receipt | None:
    headers = [(b"cookie", f"{COOKIE}={value}".encode())] if value is not None else []
    return read_receipt(Request({"type": "http", "headers": headers}), slug=slug, keys=keys)


def test_the_browser_that_signed_can_show_what_it_sent() -> None:
    assert shown(sealed(given_to_a_browser())) == RECEIPT


def test_it_lasts_an_hour_and_scripts_and_other_sites_cannot_use_it() -> None:
    cookie = given_to_a_browser().lower()
    for rule in ("max-age=3600", "httponly", "samesite=lax", "secure", "path=/"):
        assert rule in cookie
    assert "secure" not in given_to_a_browser(secure=False).lower()


def test_it_can_be_read_only_by_us() -> None:
    value = sealed(given_to_a_browser())
    assert "amina" not in value
    assert value != sealed(given_to_a_browser())


def test_receipts_for_two_people_are_alike_in_length() -> None:
    one = given_to_a_browser(Receipt("clean-air", uuid4(), 1, "amina@example.org"))
    other = given_to_a_browser(Receipt("clean-air", uuid4(), 123, "bruno@example.org"))
    assert len(one) == len(other)


def test_a_browser_without_one_shows_none() -> None:
    assert shown(None) is None
    assert shown("") is None


def test_a_receipt_of_another_campaign_is_none_for_this_one() -> None:
    assert shown(sealed(given_to_a_browser()), slug="safe-roads") is None


FORGED = {
    "a word": "x",
    "noise": "AAAA" * 30,
    "an escape": "%00",
    "no ascii": "é",
    "too long": "." * 5000,
    "another key": sealed(given_to_a_browser(keys=Keyring("another key" * 4))),
    "changed": sealed(given_to_a_browser())[:-2] + "AA",
    "half of one": KEYS.seal({"slug": "clean-air"}),
    "no id": KEYS.seal({"slug": "clean-air", "signature": "7", "submission": "1", "address": ""}),
    "no number": KEYS.seal({"slug": "clean-air", "signature": "0" * 32, "submission": "x", "address": ""}),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_receipt_is_none(kind: str) -> None:
    assert shown(FORGED[kind]) is None


def test_a_receipt_sealed_with_a_retired_key_is_still_read() -> None:
    assert shown(sealed(given_to_a_browser()), keys=Keyring("new" * 15, ("k" * 40,))) == RECEIPT


def test_it_can_be_taken_back() -> None:
    response = Response()
    drop_receipt(response)
    assert "max-age=0" in cookie_of(response).lower()


def test_its_repr_names_nobody() -> None:
    assert "amina" not in repr(RECEIPT)
