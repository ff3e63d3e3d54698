from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from web.webhooks.reading import (
    Fields,
    Malformed,
    UnknownShape,
    code_of,
    digest_of,
    json_value,
    moment_in,
    status_in,
)

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no",
        b"{",
        b"\xff\xfe{\x00}\x00",
        b'{"a": "\xe9"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 60_000,
        b'{"a":' * 12_000,
        b"[" * 30_000 + b"]" * 30_000,
    ],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        json_value(body)


@pytest.mark.parametrize(
    "value", [1, True, [], {}, "a\0b", "a\nb", "\ud800", "x" * 321, "\x7f", float("inf")]
)
def test_text_is_text_that_a_database_can_hold(value: Any) -> None:
    with pytest.raises(UnknownShape):
        Fields({"name": value}).text("name")


def test_what_is_missing_reads_as_empty_unless_it_is_needed() -> None:
    event = Fields({"null": None, "empty": ""})
    assert event.text("null") == event.text("empty") == event.text("missing") == ""
    assert event.part("missing").part("deeper").text("name") == ""
    for name in ("null", "empty", "missing"):
        with pytest.raises(UnknownShape):
            event.needed(name)


@pytest.mark.parametrize("value", ["text", 1, [1], True])
def test_a_part_is_an_object_and_a_list_is_a_short_list(value: Any) -> None:
    with pytest.raises(UnknownShape):
        Fields({"name": value}).part("name")
    for many in (value, ["a"] * 51, None):
        with pytest.raises(UnknownShape):
            Fields({"name": many}).parts("name")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2026-11-01T13:00:00+02:00", NOW - HOUR if (HOUR := timedelta(hours=1)) else None),
        ("2026-11-01T06:59:59.9999999-05:00", NOW - timedelta(microseconds=1)),
        ("2026-11-01T12:00:00.000Z", NOW),
        ("2026-11-01T12:00:00", NOW),
        (NOW.timestamp(), NOW),
        (int(NOW.timestamp()), NOW),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (True, None),
        (None, None),
        (1e300, None),
        (float("inf"), None),
        (-(10**30), None),
        ([1], None),
    ],
)
def test_a_moment_in_the_ways_providers_write_it(value: Any, told: datetime | None) -> None:
    assert moment_in(value) == told


def test_nothing_reported_lies_in_the_future() -> None:
    event = Fields({"at": "2099-01-01T00:00:00Z", "odd": "soon"})
    assert event.moment("at", now=NOW) == event.moment("odd", now=NOW) == NOW


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("MailboxFull", "mailbox-full"),
        ("OnAccountSuppressionList", "on-account-suppression-list"),
        ("suppress-bounce", "suppress-bounce"),
        ("DMARCPolicy", "dmarcpolicy"),
        ("quota_exceeded", "quota-exceeded"),
        ("5.1.1", "5.1.1"),
        ("amina@example.org is full", ""),
        ("-", ""),
        ("", ""),
        ("é", ""),
        ("a" * 500, "a" * 60),
    ],
)
def test_a_reason_is_a_short_code_or_nothing(words: str, code: str) -> None:
    assert code_of(words) == code


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("smtp;550 5.1.1 The email account that you tried to reach does not exist.", "5.1.1"),
        ("552 5.2.2", "5.2.2"),
        ("(4.7.650) later", "4.7.650"),
        ("blocked: 10.5.1.20 and 5.1.1.7 and v5.1.1", ""),
        ("250 OK", ""),
        ("5.1.1" * 100_000, ""),
        (b"5.1.1", ""),
        (None, ""),
    ],
)
def test_the_status_in_a_servers_words(words: Any, status: str) -> None:
    assert status_in(words) == status


def test_a_digest_knows_where_its_parts_end() -> None:
    assert digest_of("ab", "c") == digest_of("ab", b"c")
    assert digest_of("ab", "c") != digest_of("a", "bc")
