from __future__ import annotations

from time import perf_counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.observability.masking import LONGEST_TEXT, mask
from campaigns.tokens import Keyring, Purpose

# No deadline: how long a text may take has its own test, and a busy machine is no finding.
thoroughly = settings(deadline=None, max_examples=80)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("to zoe@example.org, now", "to [email], now"),
        ("Key (email)=(zoe@example.org) exists", "Key (email)=([email]) exists"),
        ("ValueError('zoe@example.org')", "ValueError([email])"),
        ("zoe%40example.org", "[email]"),
        ("zoë@exämple.org", "[email]"),
        ("bounce+zoe=example.org@mail", "[email]"),
        ("from 203.0.113.7:4711", "from [ip]:4711"),
        ("203.0.113.7/32", "[ip]/32"),
        ("from 2001:db8::1: refused", "from [ip]: refused"),
        ("2001:db8:1:2::/64", "[ip]/64"),
        ("::ffff:203.0.113.7", "[ip]"),
        ("aa:bb:cc:dd:ee:ff", "[ip]"),
        ("session=3f786850e387550fdab836ed7e6dc881de23001b", "[token]"),
        ("postgres://chorus:secret@database/chorus", "postgres://chorus:[email]"),
    ],
)
def test_what_points_to_a_person_or_opens_a_door_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "/p/{slug}/confirm/{token}",
        "0198c0de-1234-7abc-8def-0123456789ab",
        "campaign_id=0198c0de-1234-7abc-8def-0123456789ab",
        "a1b2c3d4e5f6",
        "campaigns.petitions.signing.sign_as_member",
        "starlette.middleware.exceptions.ExceptionMiddleware",
        "TransactionManagementError",
        "climate-health-now-2026-for-all-students",
        "2026-10-18T12:00:00.123456Z",
        "took 12:00:03, 1,024 rows, sqlstate 23505",
        "listening on http://127.0.0.1:8000 and [::1]:8000",
        "SELECT id FROM petitions_signature WHERE petition_id = $1 FOR UPDATE SKIP LOCKED",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert mask(text) == text


@thoroughly
@given(st.emails(), st.sampled_from(["{}", "to <{}>", "a {} b", "mailto:{}", "({})", "[{}]", "x,{};y"]))
def test_no_address_survives_wherever_it_stands(address: str, around: str) -> None:
    masked = mask(around.format(address))
    assert address not in masked
    assert "[email]" in masked


@thoroughly
@given(st.ip_addresses(v=4) | st.ip_addresses(v=6), st.sampled_from(["{}", "from {}.", "[{}]:443", "{} x"]))
def test_no_network_address_survives(address: object, around: str) -> None:
    if str(address) in ("::", "::1", "0.0.0.0") or str(address).startswith("127."):
        return
    assert str(address) not in mask(around.format(address))


@thoroughly
@given(
    st.binary(min_size=16, max_size=16),
    st.sampled_from(Purpose),
    st.sampled_from(["{}", "/c/{}", "t={}&x", "'{}'"]),
)
def test_no_link_token_survives(subject: bytes, purpose: Purpose, around: str) -> None:
    token = Keyring("a secret for this test, long enough").link_token(purpose, UUID(bytes=subject))
    assert token not in mask(around.format(token))


@thoroughly
@given(st.uuids(), st.sampled_from(["{}", "job {} done", "id={}", "{}:3"]))
def test_every_id_survives(identifier: UUID, around: str) -> None:
    assert mask(around.format(identifier)) == around.format(identifier)


@thoroughly
@given(st.text(max_size=2_000))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    "piece", ["a", "a@", "1.", ":", "aA", "a_", "%40", "[a", "1:", "A", "é@", "0-", "Aa1"]
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (LONGEST_TEXT // len(piece))
    start = perf_counter()
    mask(text)
    assert perf_counter() - start < 0.5


def test_an_endless_text_is_cut() -> None:
    assert len(mask("word " * 100_000)) < LONGEST_TEXT + 10
