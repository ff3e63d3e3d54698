from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from campaigns.mail.port import MailDelayed, MailRefused
from tests.workers.adapters import mock_ses
from tests.workers.adapters.mail_server import outgoing
from tests.workers.adapters.mock_provider import TELLTALE
from tests.workers.adapters.mock_ses import ACCESS_KEY, CONFIGURATION_SET, REGION, SECRET_KEY, MockSes
from workers.adapters.ses import SesMailer

pytestmark = pytest.mark.anyio

REFERENCE = "c" * 32


@pytest.fixture
def ses() -> MockSes:
    return MockSes()


@asynccontextmanager
async def mailing(to: MockSes, **changes: str) -> AsyncIterator[SesMailer]:
    options: dict[str, Any] = {
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        "region": REGION,
        "configuration_set": CONFIGURATION_SET,
        **changes,
    }
    mailer = SesMailer(transport=to.transport(), **options)
    try:
        yield mailer
    finally:
        await mailer.close()


async def test_a_mail_arrives_as_it_was_written_and_signed(ses: MockSes) -> None:
    mail = outgoing(reference=REFERENCE, return_path=f"{REFERENCE}@bounces.chorus.example")
    async with mailing(ses) as mailer:
        await mailer.send(mail)
    (taken,) = ses.taken
    raw, message = taken.pop("raw"), taken.pop("message")
    del taken["Content"]
    assert taken == {
        "Destination": {"ToAddresses": ["amina@example.org"]},
        "EmailTags": [{"Name": "reference", "Value": REFERENCE}],
        "FeedbackForwardingEmailAddress": f"{REFERENCE}@bounces.chorus.example",
        "ConfigurationSetName": CONFIGURATION_SET,
    }
    assert message["Message-ID"] == mail.message_id
    assert message.get_body(("plain",)).get_content().splitlines() == mail.text.splitlines()
    assert f"List-Unsubscribe: {mail.headers['List-Unsubscribe']}\r\n".encode() in raw


async def test_what_is_not_set_is_not_sent(ses: MockSes) -> None:
    async with mailing(ses, configuration_set="") as mailer:
        await mailer.send(outgoing())
    (taken,) = ses.taken
    assert set(taken) == {"Content", "Destination", "raw", "message"}


async def test_it_asks_the_region_that_was_chosen(ses: MockSes) -> None:
    async with mailing(ses) as mailer:
        assert mailer._http.host == f"email.{REGION}.amazonaws.com"
    async with mailing(ses, api="http://127.0.0.1:9") as mailer:
        assert mailer._http.host == "127.0.0.1:9"
        await mailer.send(outgoing())  # and what it signs is the host it asks
    assert len(ses.taken) == 1


async def test_what_travels_is_plain_ascii_whatever_the_language(ses: MockSes) -> None:
    mail = outgoing(
        "amina@exämple.org", subject="وقّعتَ على العريضة", sender_name="اتحاد الطلاب", text="é" * 900
    )
    async with mailing(ses) as mailer:
        await mailer.send(mail)
    (taken,) = ses.taken
    assert taken["raw"].isascii()
    assert taken["Destination"] == {"ToAddresses": ["amina@xn--exmple-cua.org"]}
    assert taken["message"]["Subject"] == mail.subject


async def test_a_mailbox_ses_cannot_write_to_is_refused_without_asking(ses: MockSes) -> None:
    async with mailing(ses) as mailer:
        with pytest.raises(MailRefused, match="ses-unsupported-address"):
            await mailer.send(outgoing("أمينة@example.org"))
    assert ses.asked == 0


async def test_bytes_that_were_made_ahead_travel_as_they_are(ses: MockSes) -> None:
    made = (
        b"From: campaigns@chorus.example\r\nTo: amina@example.org\r\nSubject: made ahead\r\n"
        b"Message-ID: <1@chorus.example>\r\n\r\nHello.\r\n"
    )
    async with mailing(ses) as mailer:
        await mailer.send(outgoing(content=made))
    assert [taken["raw"] for taken in ses.taken] == [made]


@pytest.mark.parametrize(
    "hostile",
    [
        {"subject": "Hello\r\nBcc: everybody@example.org"},
        {"sender_name": "Chorus\nBcc: everybody@example.org"},
        {"recipient": "amina@example.org, everybody"},
        {"recipient": "amina@example.org\nBcc: everybody@example.org"},
    ],
)
async def test_nothing_in_a_mail_can_add_a_header_or_a_recipient(
    ses: MockSes, hostile: dict[str, Any]
) -> None:
    async with mailing(ses) as mailer:
        with pytest.raises(MailRefused):
            await mailer.send(outgoing(**hostile))
    assert ses.asked == 0


async def test_an_address_that_looks_like_two_is_one(ses: MockSes) -> None:
    async with mailing(ses) as mailer:
        await mailer.send(outgoing("amina@example.org, everybody@example.org"))
    (taken,) = ses.taken
    assert taken["Destination"] == {"ToAddresses": ['"amina@example.org, everybody"@example.org']}
    assert len(taken["message"]["To"].addresses) == 1


@pytest.mark.parametrize(
    ("changes", "mail", "code"),
    [
        ({"secret_key": "wrong"}, {}, "ses-http-403"),
        ({"access_key": "WRONG"}, {}, "ses-http-403"),
        ({"configuration_set": "nowhere"}, {}, "ses-http-404"),
        ({}, {"sender": "campaigns@elsewhere.example"}, "ses-MessageRejected"),
        ({}, {"return_path": "x@elsewhere.example"}, "ses-MessageRejected"),
        ({}, {"reference": "not a tag"}, "ses-BadRequestException"),
    ],
)
async def test_our_own_mistakes_cost_nobody_their_mail(
    ses: MockSes, changes: dict[str, str], mail: dict[str, str], code: str
) -> None:
    async with mailing(ses, **changes) as mailer:
        with pytest.raises(MailDelayed) as told:
            await mailer.send(outgoing(**mail))
    assert (str(told.value), told.value.handed_over) == (code, False)


@pytest.mark.parametrize(
    ("status", "name", "words", "kind", "code"),
    [
        (400, "MessageRejected", TELLTALE, MailRefused, "ses-MessageRejected"),
        (400, "MessageRejected:http://internal.amazon.com/", "", MailRefused, "ses-MessageRejected"),
        (400, "BadRequestException", "Illegal address", MailRefused, "ses-BadRequestException"),
        (400, "BadRequestException", TELLTALE, MailDelayed, "ses-BadRequestException"),
        (400, "SendingPausedException", TELLTALE, MailDelayed, "ses-SendingPausedException"),
        (400, "AccountSuspendedException", TELLTALE, MailDelayed, "ses-AccountSuspendedException"),
        (400, "ThrottlingException", TELLTALE, MailDelayed, "ses-ThrottlingException"),
        (400, TELLTALE, TELLTALE, MailDelayed, "ses-http-400"),
        (400, "", TELLTALE, MailDelayed, "ses-http-400"),
        (429, "TooManyRequestsException", TELLTALE, MailDelayed, "ses-http-429"),
        (500, "InternalFailure", TELLTALE, MailDelayed, "ses-http-500"),
    ],
)
async def test_an_answer_is_a_verdict_in_codes_and_never_in_amazons_words(
    ses: MockSes, status: int, name: str, words: str, kind: type[Exception], code: str
) -> None:
    ses.answers.append(mock_ses.error(status, name, words))
    async with mailing(ses) as mailer:
        with pytest.raises(kind) as told:
            await mailer.send(outgoing())
        assert str(told.value) == code
        await mailer.send(outgoing())
    assert len(ses.taken) == 1


async def test_ses_may_ask_us_to_wait(ses: MockSes) -> None:
    ses.says(429, {"message": "Maximum sending rate exceeded."}, retry_after="2")
    async with mailing(ses) as mailer:
        with pytest.raises(MailDelayed) as told:
            await mailer.send(outgoing())
    assert told.value.retry_after == timedelta(seconds=2)
