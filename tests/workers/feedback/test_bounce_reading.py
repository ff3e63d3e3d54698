"""One mail of every sort that comes back, after the formats of the servers named, and what each means."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.mail.reports import Report, ReportKind, ReportSource
from campaigns.mail.return_paths import return_path
from campaigns.tokens import Keyring
from workers.feedback.bounce_reading import LONGEST_RAW, read_report
from workers.feedback.findings import NoReport

FIXTURES = Path(__file__).parent / "fixtures"
KEYS = Keyring("a key for tests alone, as long as it must be")
REFERENCE = KEYS.message_reference(4711)
ANOTHER = KEYS.message_reference(4712)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What a mail tells; `known` when our message is found."""

    kind: ReportKind
    reason: str
    recipient: str = ""
    known: bool = True


TABLE: dict[str, Told | NoReport] = {
    "aol_complaint_redacted": Told(ReportKind.COMPLAINT, "abuse", ""),
    "aol_text": Told(ReportKind.SOFT_BOUNCE, "mailbox-full", ""),
    "authentication_failure_report": Told(ReportKind.UNREADABLE, "complaint-of-another-kind", ""),
    "auto_reply_of_a_help_desk": NoReport("auto-reply"),
    "barracuda_blocked": Told(ReportKind.SOFT_BOUNCE, "blocked", "amina@example.org"),
    "barracuda_own_notice": Told(ReportKind.SOFT_BOUNCE, "5.7.1", "amina@example.com"),
    "bounce_of_a_bounce": Told(ReportKind.UNREADABLE, "bounce-of-a-bounce", ""),
    "bounce_forwarded_by_a_person": Told(ReportKind.UNREADABLE, "not-understood"),
    "broken_boundary": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.org"),
    "challenge": Told(ReportKind.UNREADABLE, "challenge", ""),
    "complaint_not_spam": NoReport("not-spam"),
    "complaint_opt_out": Told(ReportKind.UNSUBSCRIBED, "opt-out", "amina@isp.example"),
    "courier_user_unknown": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.org"),
    "deleted_unread_receipt": NoReport("receipt"),
    "delivery_status_in_base64": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org"),
    "domino_not_listed": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.com"),
    "dovecot_over_quota": Told(ReportKind.SOFT_BOUNCE, "mailbox-full", "amina@example.org"),
    "exchange_5_5": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.com"),
    "exchange_delay": Told(ReportKind.DELAYED, "4.4.7", "amina@example.com"),
    "exchange_in_arabic": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.com"),
    "exchange_in_german": Told(ReportKind.SOFT_BOUNCE, "5.2.3", "amina@example.com"),
    "exim_report": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.net"),
    "exim_retry_timeout": Told(ReportKind.SOFT_BOUNCE, "unreachable", "amina@example.net"),
    "exim_unrouteable": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.net"),
    "exim_warning": Told(ReportKind.DELAYED, "delayed", "amina@example.net"),
    "fields_without_a_status": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.org"),
    "flattened_into_text": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org"),
    "forged_return_path": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org", known=False),
    "forwarding_loop": Told(ReportKind.SOFT_BOUNCE, "loop", "amina@example.org"),
    "fraud_complaint": Told(ReportKind.COMPLAINT, "fraud", "amina@example.org"),
    "gmail_delay": Told(ReportKind.DELAYED, "4.4.1", "amina@example.net"),
    "gmail_disabled": Told(ReportKind.HARD_BOUNCE, "5.2.1", "amina@gmail.example"),
    "gmail_no_such_user": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@gmail.example"),
    "gmail_over_quota": Told(ReportKind.SOFT_BOUNCE, "5.2.2", "amina@gmail.example"),
    "gmail_too_much_mail": Told(ReportKind.SOFT_BOUNCE, "blocked", "amina@gmail.example"),
    "gmail_unauthenticated": Told(ReportKind.SOFT_BOUNCE, "5.7.26", "amina@gmail.example"),
    "gmx_mailbox_full": Told(ReportKind.SOFT_BOUNCE, "mailbox-full", ""),
    "google_groups": Told(ReportKind.SOFT_BOUNCE, "blocked", "medics@googlegroups.example"),
    "greylisted_to_the_end": Told(ReportKind.SOFT_BOUNCE, "4.2.0", "amina@example.org"),
    "groupwise_user_not_found": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.com"),
    "hotmail_jmrp_complaint": Told(ReportKind.COMPLAINT, "abuse", "amina@hotmail.example"),
    "html_alone": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", ""),
    "icloud_no_such_user": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@icloud.example"),
    "icloud_over_quota": Told(ReportKind.SOFT_BOUNCE, "5.2.2", "amina@icloud.example"),
    "ironport_unknown_address": Told(ReportKind.HARD_BOUNCE, "5.1.0", "amina@example.org"),
    "letter_of_a_person": Told(ReportKind.UNREADABLE, "not-understood", ""),
    "mail_ru_in_russian": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@mail.example"),
    "mail_server_says_nothing_we_know": Told(ReportKind.UNREADABLE, "not-understood", ""),
    "mailenable_no_mailbox": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.net"),
    "mailman_held": Told(ReportKind.UNREADABLE, "held-by-a-list", ""),
    "mailman_rejected": Told(ReportKind.UNREADABLE, "not-understood", ""),
    "mdaemon_text": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.org"),
    "mimecast_invalid_recipient": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.org"),
    "mimecast_policy": Told(ReportKind.SOFT_BOUNCE, "blocked", "amina@example.org"),
    "office365_access_denied": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.com"),
    "office365_domain_not_found": Told(ReportKind.HARD_BOUNCE, "no-such-domain", "amina@nowhere.example"),
    "office365_in_french": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.com"),
    "office365_in_spanish": Told(ReportKind.SOFT_BOUNCE, "5.2.2", "amina@example.com"),
    "office365_not_found": Told(ReportKind.HARD_BOUNCE, "5.1.10", "amina@example.com"),
    "office365_policy": Told(ReportKind.SOFT_BOUNCE, "5.7.1", "amina@example.com"),
    "opensmtpd_error": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@example.org"),
    "our_own_mail": NoReport("our-own-mail"),
    "outlook_com_block_list": Told(ReportKind.SOFT_BOUNCE, "5.7.1", "amina@outlook.example"),
    "outlook_com_mailbox_unavailable": Told(
        ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@outlook.example"
    ),
    "postfix_alias_that_partly_works": Told(ReportKind.DELIVERED, "2.0.0", "clinic@example.org"),
    "postfix_delayed": Told(ReportKind.DELAYED, "4.4.1", "amina@example.org"),
    "postfix_delivered": Told(ReportKind.DELIVERED, "2.0.0", "amina@example.org"),
    "postfix_domain_not_found": Told(ReportKind.HARD_BOUNCE, "no-such-domain", "amina@nowhere.example"),
    "postfix_expired": Told(ReportKind.SOFT_BOUNCE, "4.4.1", "amina@example.org"),
    "postfix_headers_only": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org"),
    "postfix_mailbox_full": Told(ReportKind.SOFT_BOUNCE, "5.2.2", "amina@example.org"),
    "postfix_several_recipients": Told(ReportKind.SOFT_BOUNCE, "5.2.2", "clinic@example.org"),
    "postfix_spam_policy": Told(ReportKind.SOFT_BOUNCE, "5.7.1", "amina@example.org"),
    "postfix_user_unknown": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org"),
    "postfix_without_original": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org"),
    "proofpoint_user_unknown": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.com"),
    "qmail_no_mailbox": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.com"),
    "qmail_no_such_host": Told(ReportKind.HARD_BOUNCE, "5.1.2", "amina@nowhere.example"),
    "qmail_over_quota": Told(ReportKind.SOFT_BOUNCE, "mailbox-full", "amina@example.com"),
    "qmail_virus": Told(ReportKind.SOFT_BOUNCE, "blocked", "amina@example.com"),
    "qmail_without_a_reason": Told(ReportKind.SOFT_BOUNCE, "undelivered", "amina@example.com"),
    "qq_in_chinese": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@qq.example"),
    "read_receipt": NoReport("receipt"),
    "sendmail_host_unknown": Told(ReportKind.HARD_BOUNCE, "5.1.2", "amina@nowhere.example"),
    "sendmail_of_the_nineties": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", ""),
    "sendmail_service_unavailable": Told(ReportKind.SOFT_BOUNCE, "mailbox-full", "amina@example.org"),
    "sendmail_user_unknown": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org"),
    "sendmail_warning": Told(ReportKind.DELAYED, "4.4.1", "amina@example.org"),
    "ses_user_unknown": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org"),
    "ses_wrapped_answer": Told(ReportKind.SOFT_BOUNCE, "5.2.2", "amina@example.org"),
    "sieve_reject": Told(ReportKind.SOFT_BOUNCE, "rejected", "amina@example.org"),
    "smtputf8_global_delivery_status": Told(ReportKind.HARD_BOUNCE, "5.1.1", "أمينة@example.org"),
    "text_copy_with_the_reference": Told(ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@old.example.org"),
    "unknown_message": Told(ReportKind.HARD_BOUNCE, "5.1.1", "somebody@example.org", known=False),
    "vacation_exchange": NoReport("auto-reply"),
    "vacation_in_arabic": NoReport("auto-reply"),
    "vacation_in_french": NoReport("auto-reply"),
    "vacation_in_german": NoReport("auto-reply"),
    "vacation_in_spanish": NoReport("auto-reply"),
    "vacation_unix": NoReport("auto-reply"),
    "wrong_charset": Told(ReportKind.HARD_BOUNCE, "5.1.1", ""),
    "yahoo_complaint": Told(ReportKind.COMPLAINT, "abuse", "amina@yahoo.example"),
    "yahoo_text": Told(ReportKind.HARD_BOUNCE, "mailbox-disabled", "amina@yahoo.example"),
    "yahoo_user_does_not_have_an_account": Told(
        ReportKind.HARD_BOUNCE, "no-such-mailbox", "amina@yahoo.example"
    ),
    "zimbra_no_such_account": Told(ReportKind.HARD_BOUNCE, "5.1.1", "amina@example.org"),
}


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.eml").read_bytes().replace(b"REFERENCE", REFERENCE.encode())


def read(raw: bytes, *, recipient: str = "") -> Report | NoReport:
    return read_report(raw, recipient=recipient, source=ReportSource.INBOUND, keys=KEYS, now=NOW)


def report(raw: bytes, *, recipient: str = "") -> Report:
    found = read(raw, recipient=recipient)
    assert isinstance(found, Report)
    return found


def told(found: Report | NoReport) -> Told | NoReport:
    if isinstance(found, NoReport):
        return found
    return Told(found.kind, found.reason, found.recipient, found.reference == REFERENCE)


def test_every_fixture_has_its_meaning() -> None:
    assert {path.stem for path in FIXTURES.glob("*.eml")} == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_what_comes_back_is_understood(name: str) -> None:
    assert told(read(fixture(name))) == TABLE[name]


@pytest.mark.parametrize("name", TABLE)
def test_line_ends_change_nothing(name: str) -> None:
    raw = fixture(name)
    assert told(read(raw.replace(b"\n", b"\r\n"))) == TABLE[name]


# --- Which message --------------------------------------------------------------------------------------


def test_the_address_it_came_to_names_the_message_whatever_is_inside() -> None:
    found = report(fixture("postfix_user_unknown"), recipient=return_path(ANOTHER, "returns.chorus.example"))
    assert found.reference == ANOTHER


def test_a_server_that_writes_our_address_in_capitals_is_understood() -> None:
    recipient = return_path(REFERENCE, "returns.chorus.example").upper()
    assert report(fixture("unknown_message"), recipient=recipient).reference == REFERENCE


def test_a_forged_return_path_does_not_hide_the_message_inside() -> None:
    raw = fixture("postfix_headers_only")
    assert report(raw, recipient=f"bounces+{'a' * 32}@returns.chorus.example").reference == REFERENCE


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Message-ID: <aaaaaaaabbbbbbbbccccccccdddddddd@chorus.example>", "Message-ID: <{}@chorus.example>"),
        ("Message-ID: <aaaaaaaabbbbbbbbccccccccdddddddd@chorus.example>", "X-Chorus-Reference: {}"),
        ("Return-Path: <spammer@example.net>", "Return-Path: <bounces+{}@returns.chorus.example>"),
    ],
)
@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers"])
def test_our_headers_in_what_came_back_name_the_message(kind: str, theirs: str, ours: str) -> None:
    raw = fixture("unknown_message").replace(b"text/rfc822-headers", kind.encode())
    assert report(raw).reference == ""
    assert report(raw.replace(theirs.encode(), ours.format(REFERENCE).encode())).reference == REFERENCE


# --- What is kept ---------------------------------------------------------------------------------------


def test_a_repeated_mail_is_the_same_event_and_another_is_not() -> None:
    one, other = fixture("postfix_user_unknown"), fixture("gmail_no_such_user")
    assert report(one).event_id == report(one).event_id
    assert report(one).event_id != report(other).event_id
    assert len(report(one).event_id) <= 200


def test_the_mail_itself_is_handed_on_up_to_a_limit() -> None:
    assert report(fixture("letter_of_a_person")).raw == fixture("letter_of_a_person")
    assert len(report(fixture("letter_of_a_person") + b"x" * 10_000_000).raw) == LONGEST_RAW


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Thu, 19 Nov 2026 10:14:07 +0100", datetime(2026, 11, 19, 9, 14, 7, tzinfo=UTC)),
        ("Thu, 19 Nov 2026 09:14:07 -0000", datetime(2026, 11, 19, 9, 14, 7, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 12:00:01 +0000", NOW),  # the future
        ("Mon, 1 Jan 1990 00:00:00 +0000", NOW),
        ("Fri, 31 Dec 9999 23:59:59 -1200", NOW),
        ("soon", NOW),
    ],
)
def test_it_happened_when_the_mail_says_so_if_that_can_be(date: str, expected: datetime) -> None:
    raw = fixture("letter_of_a_person").replace(b"Thu, 19 Nov 2026 09:14:07 +0000", date.encode())
    assert report(raw).happened_at == expected


def test_an_address_that_no_database_could_hold_is_left_out() -> None:
    raw = fixture("postfix_user_unknown")
    for wrong in (
        b"am\0ina@example.org",
        b"am\xff\xfeina@example.org",
        b"not an address",
        b"a" * 5000 + b"@example.org",
    ):
        recipient = report(raw.replace(b"amina@example.org", wrong)).recipient
        assert len(recipient) <= 320
        assert recipient.isprintable()
        recipient.encode()


def test_a_broken_subject_does_not_hide_the_rest() -> None:
    subject = b"Subject: =?utf-8?B?Undelivered=====?= =?x-klingon?Q?=FF?="
    raw = fixture("postfix_user_unknown").replace(b"Subject: Undelivered Mail Returned to Sender", subject)
    assert told(read(raw)) == TABLE["postfix_user_unknown"]


# --- Gentle rules ---------------------------------------------------------------------------------------


def test_words_in_our_own_mail_are_not_taken_for_the_servers() -> None:
    """Every fixture's returned mail speaks of a full mailbox and of policy."""
    raw = fixture("qmail_without_a_reason")
    assert b"mailbox is full" in raw
    assert told(read(raw)) == TABLE["qmail_without_a_reason"]


def test_what_a_mail_server_says_is_never_dropped_as_an_auto_reply() -> None:
    raw = fixture("mail_server_says_nothing_we_know")
    assert b"auto-replied" in raw
    assert report(raw).kind is ReportKind.UNREADABLE


@pytest.mark.parametrize("name", [name for name in TABLE if "vacation" in name or "auto_reply" in name])
def test_a_vacation_unsubscribes_nobody_and_kills_no_address(name: str) -> None:
    assert isinstance(read(fixture(name)), NoReport)


# --- Hostile mails --------------------------------------------------------------------------------------

_START = b"From: MAILER-DAEMON@mail.example\nSubject: Undelivered\n"


def nested(depth: int) -> bytes:
    boundaries = (
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)
    )
    return _START + b"".join(boundaries)


# What makes one of flufl.bounce's patterns look for an address in each of the lines that follow.
_PROMISES = b"""
failed addresses follow:
The address to which the message has not yet been delivered is
Your message to:
Your message with Subject:
Delivery to the following recipient has been delayed
"""
_BLOCKS = (
    b"Content-Type: multipart/report; boundary=b\n\n--b\n\n" + b"Nobody knows. " * 2000 + b"\n--b\n"
    b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 80_000
)
_HOSTILE = {
    "five thousand boundaries within each other": nested(5000),
    "nine hundred boundaries around many lines": nested(900) + b"\n" * 250_000,
    "ninety boundaries around many lines": nested(90) + b"-\n" * 125_000,
    "five thousand mails within each other": _START + b"Content-Type: message/rfc822\n\n" * 5000,
    "many parts": _START + b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 50_000,
    "many headers": b"".join(b"A%d: b\n" % n for n in range(60_000)) + b"\nhello",
    "one endless header": _START + b"X: " + b"a" * 300_000 + b"\n\nhello",
    "a header of a hundred thousand lines": _START + b"Content-Type: text/plain;\n" + b" a=b;\n" * 100_000,
    "quotes that never close": _START + b'Content-Type: text/plain; a="' + b";" * 250_000 + b"\n\nhello",
    "comments within comments": b"From: " + b"(" * 100_000 + b"\n\nhello",
    "encoded words": b"Subject: " + b"=?x?q?a?= " * 25_000 + b"\n\nhello",
    "one endless line": _START + _PROMISES + b"a" * 250_000,
    "one endless line of @": _START + _PROMISES + b", @" * 90_000,
    "tags that never close": _START + b"Content-Type: text/html\n\n" + b"<p " * 80_000,
    "a codec that is quadratic": _START + b"Content-Type: text/plain; charset=punycode\n\n" + b"b9" * 120_000,
    "a codec that is none": _START + b"Content-Type: text/plain; charset=rot13\n\nuryyb",
    "a parameter the parser trips over": _START
    + b"Content-Type: multipart/mixed; boundary*0*=a; boundary*=b\n\n",
    "blocks without end": _START
    + b"Content-Type: message/delivery-status\n\n"
    + b"Action: failed\n\n" * 80_000,
    "codes without end": _START + b"\n" + b"550 5.1." * 30_000,
    "message ids without end": _START + b"\n" + b"Message-ID: <aaaaaaaabbbbbbbbccccccccdddddddd@x>\n" * 5000,
    "nothing but NUL": b"\0" * 250_000,
    "NUL everywhere": fixture("postfix_user_unknown").replace(b" ", b"\0"),
    "nothing": b"",
    "ten million bytes": _START + b"\n" + b"x y z\n" * 1_700_000,
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_hostile_mail_takes_little_time_and_is_kept(name: str) -> None:
    began = time.monotonic()
    found = report(_HOSTILE[name], recipient=return_path(REFERENCE, "returns.chorus.example"))
    assert time.monotonic() - began < 1.5  # a fifth of a second here; some take minutes without the limits
    assert found.kind is not ReportKind.HARD_BOUNCE
    assert found.reference == REFERENCE


_PIECES = st.sampled_from(
    [piece for name in sorted(TABLE) for piece in fixture(name).split(b"\n\n")]
    + [b"--b", b"\0", b"\xff", b"\r"]
)


@given(st.one_of(st.binary(max_size=2000), st.lists(_PIECES, max_size=12).map(b"\n\n".join)))
@settings(max_examples=150, deadline=None)
def test_reading_never_fails(raw: bytes) -> None:
    found = read(raw)
    if isinstance(found, Report):
        assert NOW - timedelta(days=7) <= found.happened_at <= NOW
        assert replace(found, raw=b"").reason.isascii()
        assert 0 < len(found.reason) <= 60 or found.kind is ReportKind.DELIVERED
