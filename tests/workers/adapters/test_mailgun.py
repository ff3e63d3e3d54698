from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from campaigns.mail.port import MailDelayed, MailRefused
from tests.workers.adapters.mail_server import outgoing
from tests.workers.adapters.mock_mailgun import DOMAIN, KEY, MockMailgun
from tests.workers.adapters.mock_provider import TELLTALE
from workers.adapters.mailgun import MailgunMailer

pytestmark = pytest.mark.anyio

REFERENCE = "b" * 32


@pytest.fixture
def mailgun() -> MockMailgun:
    return MockMailgun()


@asynccontextmanager
async def mailing(to: MockMailgun, **changes: str) -> AsyncIterator[MailgunMailer]:
    options: dict[str, Any] = {"key": KEY, "domain": DOMAIN, **changes}
    mailer = MailgunMailer(transport=to.transport(), **options)
    try:
        yield mailer
    finally:
        await mailer.close()


async def test_a_mail_arrives_as_it_was_written_and_nothing_in_it_is_tracked(mailgun: MockMailgun) -> None:
    mail = outgoing(reference=REFERENCE)
    async with mailing(mailgun) as mailer:
        await mailer.send(mail)
    (taken,) = mailgun.taken
    raw, message = taken.pop("raw"), taken.pop("message")
    assert taken == {
        "to": "amina@example.org",
        "o:tracking": "no",
        "o:tracking-opens": "no",
        "o:tracking-clicks": "no",
        "v:reference": REFERENCE,
    }
    assert message["Message-ID"] == mail.message_id
    assert message.get_body(("plain",)).get_content().splitlines() == mail.text.splitlines()
    assert message.get_body(("html",)).get_content().strip() == mail.html
    assert f"List-Unsubscribe: {mail.headers['List-Unsubscribe']}\r\n".encode() in raw


async def test_an_address_with_letters_of_any_script_is_mailed(mailgun: MockMailgun) -> None:
    async with mailing(mailgun) as mailer:
        await mailer.send(outgoing("أمينة@exämple.org", subject="وقّعتَ على العريضة"))
    (taken,) = mailgun.taken
    assert taken["to"] == "أمينة@xn--exmple-cua.org"
    assert taken["message"]["Subject"] == "وقّعتَ على العريضة"


async def test_bytes_that_were_made_ahead_travel_as_they_are(mailgun: MockMailgun) -> None:
    made = (
        b"From: campaigns@chorus.example\r\nTo: amina@example.org\r\nSubject: made ahead\r\n"
        b"Message-ID: <1@chorus.example>\r\n\r\nHello.\r\n"
    )
    async with mailing(mailgun) as mailer:
        await mailer.send(outgoing(content=made))
    assert [taken["raw"] for taken in mailgun.taken] == [made]


@pytest.mark.parametrize(
    "hostile",
    [
        {"subject": "Hello\r\nBcc: everybody@example.org"},
        {"sender_name": "Chorus\nBcc: everybody@example.org"},
        {"headers": {"List-Unsubscribe": "<https://chorus.example>\r\nBcc: everybody@example.org"}},
        {"recipient": "amina@example.org, everybody"},
        {"recipient": "amina@example.org\r\nBcc: everybody@example.org"},
        {"recipient": "amina@example.org, everybody@example.org"},
    ],
)
async def test_nothing_in_a_mail_can_add_a_header_or_a_recipient(
    mailgun: MockMailgun, hostile: dict[str, Any]
) -> None:
    async with mailing(mailgun) as mailer:
        with pytest.raises(MailRefused):
            await mailer.send(outgoing(**hostile))
    assert mailgun.taken == []


async def test_a_reference_cannot_break_out_of_its_field(mailgun: MockMailgun) -> None:
    reference = 'x\r\nContent-Disposition: form-data; name="to"\r\n\r\neverybody@example.org'
    async with mailing(mailgun) as mailer:
        await mailer.send(outgoing(reference=reference))
    (taken,) = mailgun.taken
    assert (taken["to"], taken["v:reference"]) == ("amina@example.org", reference)


async def test_an_address_mailgun_cannot_read_is_refused_for_good(mailgun: MockMailgun) -> None:
    async with mailing(mailgun) as mailer:
        with pytest.raises(MailRefused, match="mailgun-recipient"):
            await mailer.send(outgoing('"amina ben salah"@example.org'))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": "wrong"}, "mailgun-http-401"),
        ({"domain": "elsewhere.example"}, "mailgun-http-404"),
        ({"domain": "../../v3/domains"}, "mailgun-http-404"),
    ],
)
async def test_our_own_mistakes_cost_nobody_their_mail(
    mailgun: MockMailgun, changes: dict[str, str], code: str
) -> None:
    async with mailing(mailgun, **changes) as mailer:
        with pytest.raises(MailDelayed) as told:
            await mailer.send(outgoing())
    assert (str(told.value), told.value.handed_over) == (code, False)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, {"message": "'to' parameter is not a valid address."}, MailRefused, "mailgun-recipient"),
        (400, {"message": "to parameter is not a valid address."}, MailRefused, "mailgun-recipient"),
        (400, {"message": "from parameter is not a valid address."}, MailDelayed, "mailgun-http-400"),
        (400, {"message": TELLTALE}, MailDelayed, "mailgun-http-400"),
        (400, {"message": ["to", 1]}, MailDelayed, "mailgun-http-400"),
        (400, TELLTALE, MailDelayed, "mailgun-http-400"),
        (402, {"message": TELLTALE}, MailDelayed, "mailgun-http-402"),
        (403, {"message": TELLTALE}, MailDelayed, "mailgun-http-403"),
        (429, {"message": TELLTALE}, MailDelayed, "mailgun-http-429"),
        (500, TELLTALE, MailDelayed, "mailgun-http-500"),
        (200, "Mailgun Magnificent API", MailDelayed, "mailgun-unreadable"),
    ],
)
async def test_an_answer_is_a_verdict_in_codes_and_never_in_mailguns_words(
    mailgun: MockMailgun, status: int, body: Any, kind: type[Exception], code: str
) -> None:
    mailgun.says(status, body)
    async with mailing(mailgun) as mailer:
        with pytest.raises(kind) as told:
            await mailer.send(outgoing())
        assert str(told.value) == code
        await mailer.send(outgoing())
    assert len(mailgun.taken) == 1


async def test_mailgun_may_ask_us_to_wait(mailgun: MockMailgun) -> None:
    mailgun.says(429, {"message": "Too many requests"}, retry_after="9")
    async with mailing(mailgun) as mailer:
        with pytest.raises(MailDelayed) as told:
            await mailer.send(outgoing())
    assert told.value.retry_after == timedelta(seconds=9)
