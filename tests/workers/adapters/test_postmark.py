from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from campaigns.mail.port import MailDelayed, MailRefused
from tests.workers.adapters.mail_server import outgoing
from tests.workers.adapters.mock_postmark import STREAM, TOKEN, MockPostmark
from tests.workers.adapters.mock_provider import TELLTALE
from workers.adapters.postmark import PostmarkMailer

pytestmark = pytest.mark.anyio

REFERENCE = "a" * 32


@pytest.fixture
def postmark() -> MockPostmark:
    return MockPostmark()


@asynccontextmanager
async def mailing(to: MockPostmark, **changes: str) -> AsyncIterator[PostmarkMailer]:
    options: dict[str, Any] = {"token": TOKEN, "stream": STREAM, **changes}
    mailer = PostmarkMailer(transport=to.transport(), **options)
    try:
        yield mailer
    finally:
        await mailer.close()


async def test_a_mail_arrives_as_it_was_written_and_nothing_in_it_is_tracked(postmark: MockPostmark) -> None:
    mail = outgoing(reference=REFERENCE)
    async with mailing(postmark) as mailer:
        await mailer.send(mail)
    assert postmark.taken == [
        {
            "From": "Students for Health <campaigns@chorus.example>",
            "To": "amina@example.org",
            "Subject": mail.subject,
            "TextBody": mail.text,
            "HtmlBody": mail.html,
            "Headers": [
                {"Name": "Auto-Submitted", "Value": "auto-generated"},
                {"Name": "List-Unsubscribe", "Value": mail.headers["List-Unsubscribe"]},
                {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                {"Name": "Message-ID", "Value": mail.message_id},
                {"Name": "X-PM-KeepID", "Value": "true"},
            ],
            "MessageStream": STREAM,
            "TrackOpens": False,
            "TrackLinks": "None",
            "Metadata": {"reference": REFERENCE},
        }
    ]


async def test_names_and_subjects_of_every_script_and_domains_of_every_alphabet(
    postmark: MockPostmark,
) -> None:
    subject = "وقّعتَ على العريضة"
    async with mailing(postmark) as mailer:
        await mailer.send(outgoing("amina@exämple.org", sender_name='Étudiants, "santé"', subject=subject))
    (taken,) = postmark.taken
    assert taken["To"] == "amina@xn--exmple-cua.org"
    assert taken["From"] == '"Étudiants, \\"santé\\"" <campaigns@chorus.example>'
    assert taken["Subject"] == subject
    assert "Metadata" not in taken


async def test_a_mailbox_postmark_cannot_write_to_is_refused_without_asking(postmark: MockPostmark) -> None:
    async with mailing(postmark) as mailer:
        with pytest.raises(MailRefused, match="postmark-unsupported-address"):
            await mailer.send(outgoing("أمينة@example.org"))
    assert postmark.asked == 0


@pytest.mark.parametrize(
    "hostile",
    [
        {"subject": "Hello\r\nBcc: everybody@example.org"},
        {"subject": "Hello\x0bBcc: everybody@example.org"},
        {"sender_name": "Chorus\nBcc: everybody@example.org"},
        {"sender_name": "Chorus\rBcc: everybody@example.org"},
        {"headers": {"List-Unsubscribe": "<https://chorus.example>\r\nBcc: everybody@example.org"}},
        {"message_id": "<1@chorus.example>\nBcc: everybody@example.org"},
        {"recipient": "amina@example.org\nBcc: everybody@example.org"},
        {"recipient": "amina@example.org, everybody@example.org"},
        {"recipient": "amina@example.org, everybody"},
        {"recipient": "amina"},
        {"recipient": ""},
        {"sender_name": "Chorus", "sender": "campaigns@chorus.example\r\nBcc: everybody@example.org"},
    ],
)
async def test_nothing_in_a_mail_can_add_a_header_or_a_recipient(
    postmark: MockPostmark, hostile: dict[str, Any]
) -> None:
    async with mailing(postmark) as mailer:
        with pytest.raises(MailRefused):
            await mailer.send(outgoing(**hostile))
    assert postmark.taken == []


async def test_a_mailbox_that_is_given_up_is_refused_for_good(postmark: MockPostmark) -> None:
    postmark.inactive.add("amina@example.org")
    async with mailing(postmark) as mailer:
        with pytest.raises(MailRefused) as told:
            await mailer.send(outgoing("amina@example.org"))
        assert str(told.value) == "postmark-406"
        await mailer.send(outgoing("bruno@example.org"))
    assert [mail["To"] for mail in postmark.taken] == ["bruno@example.org"]


async def test_an_address_postmark_cannot_read_is_refused_for_good(postmark: MockPostmark) -> None:
    async with mailing(postmark) as mailer:
        with pytest.raises(MailRefused, match="postmark-300"):
            await mailer.send(outgoing('"amina ben salah"@example.org'))


@pytest.mark.parametrize(
    ("changes", "mail", "code"),
    [
        ({"token": "wrong"}, {}, "postmark-http-401"),
        ({"stream": "nowhere"}, {}, "postmark-1235"),
        ({}, {"sender": "campaigns@elsewhere.example"}, "postmark-400"),
        ({}, {"sender": "campaigns@chorus_.example"}, "postmark-300"),
    ],
)
async def test_our_own_mistakes_cost_nobody_their_mail(
    postmark: MockPostmark, changes: dict[str, str], mail: dict[str, str], code: str
) -> None:
    async with mailing(postmark, **changes) as mailer:
        with pytest.raises(MailDelayed) as told:
            await mailer.send(outgoing(**mail))
    assert (str(told.value), told.value.handed_over) == (code, False)


@pytest.mark.parametrize(
    ("status", "error_code", "kind", "code"),
    [
        (422, 406, MailRefused, "postmark-406"),
        (422, 300, MailRefused, "postmark-300"),
        (422, 405, MailDelayed, "postmark-405"),
        (422, 412, MailDelayed, "postmark-412"),
        (200, 406, MailRefused, "postmark-406"),
        (422, 0, MailDelayed, "postmark-http-422"),
        (422, "406", MailDelayed, "postmark-http-422"),
        (422, None, MailDelayed, "postmark-http-422"),
        (422, {"deep": [1]}, MailDelayed, "postmark-http-422"),
        (429, 429, MailDelayed, "postmark-http-429"),
        (500, 0, MailDelayed, "postmark-http-500"),
        (503, 100, MailDelayed, "postmark-http-503"),
    ],
)
async def test_an_answer_is_a_verdict_in_codes_and_never_in_postmarks_words(
    postmark: MockPostmark, status: int, error_code: Any, kind: type[Exception], code: str
) -> None:
    postmark.says(status, {"ErrorCode": error_code, "Message": TELLTALE})
    async with mailing(postmark) as mailer:
        with pytest.raises(kind) as told:
            await mailer.send(outgoing())
        assert str(told.value) == code
        await mailer.send(outgoing())
    assert len(postmark.taken) == 1


async def test_a_mail_taken_while_postmark_is_slow_is_taken(postmark: MockPostmark) -> None:
    postmark.says(200, {"Message": "Message accepted, but delivery may be delayed.", "MessageID": "b7bc2f4a"})
    async with mailing(postmark) as mailer:
        await mailer.send(outgoing())


async def test_postmark_may_ask_us_to_wait(postmark: MockPostmark) -> None:
    postmark.says(429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}, retry_after="11")
    async with mailing(postmark) as mailer:
        with pytest.raises(MailDelayed) as told:
            await mailer.send(outgoing())
    assert told.value.retry_after == timedelta(seconds=11)
