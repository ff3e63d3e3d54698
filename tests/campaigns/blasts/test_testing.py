"""A test is sent to somebody who works on the blast, and to nobody else."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.blasts.results import Results, blast_results
from campaigns.blasts.testing import TESTS, send_test
from campaigns.errors import NotFound, TooManyTries
from campaigns.ids import new_id
from campaigns.mail.claiming import claim_messages
from campaigns.mail.contents import AboutMailing
from campaigns.supporters.addresses import read_address
from tests.factories.blasts import draft_blast, reader, subscribers, words
from tests.factories.petitions import NOW
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

ME = read_address("coordinator@students.example")


async def test_a_test_goes_out_once_in_each_language_asked_for() -> None:
    await subscribers(1)
    blast_id = await draft_blast(texts={"en": words(), "fr": words("Jeudi"), "es": words("Jueves")})
    await send_test(blast_id, "a", languages=["fr", "en"], recipient=ME, reader_id=reader(1), now=NOW)
    found = await rows(
        "SELECT kind, language, recipient, supporter_id, mailing_id, priority, facts FROM message"
    )
    assert {row["language"] for row in found} == {"en", "fr"}
    for row in found:
        assert (row["kind"], row["recipient"], row["priority"]) == ("mailing", ME.raw, 0)
        assert (row["supporter_id"], row["mailing_id"]) == (None, None)
    mailing = await value("SELECT mailing_id FROM blast_variant")
    assert json.loads(found[0]["facts"]) == {"mailing": str(mailing), "reader": str(reader(1))}
    assert (await blast_results(blast_id)).total == Results()


async def test_it_says_what_the_reader_would_read_and_that_it_is_a_test() -> None:
    await subscribers(1)
    blast_id = await draft_blast()
    await send_test(blast_id, "a", languages=["en"], recipient=ME, reader_id=reader(1), now=NOW)
    (message,) = await claim_messages(most=5, now=NOW)
    content = message.content
    assert isinstance(content, AboutMailing)
    assert (message.recipient, message.supporter_id, message.stop) == (ME.raw, None, "")
    assert (content.name, content.is_test) == ("Reader 1", True)


async def test_at_most_twenty_an_hour_go_out_for_one_blast() -> None:
    blast_id, other = await draft_blast(), await draft_blast()

    async def test(blast_id: UUID, minutes: int = 0) -> None:
        now = NOW.replace(minute=0, second=0) + timedelta(minutes=minutes)
        await send_test(blast_id, "a", languages=["en"], recipient=ME, now=now)

    for _ in range(TESTS.most):
        await test(blast_id)
    with pytest.raises(TooManyTries):
        await test(blast_id)
    assert await value("SELECT count(*)::int FROM message") == TESTS.most
    await test(other)
    await test(blast_id, minutes=125)


async def test_a_language_or_variant_that_is_not_written_is_not_sent_and_neither_are_the_others() -> None:
    blast_id = await draft_blast()
    for letter, languages, which in (
        ("a", ["en", "fr"], blast_id),
        ("b", ["en"], blast_id),
        ("a", ["en"], new_id()),
        ("a", [], blast_id),
    ):
        with pytest.raises(NotFound):
            await send_test(which, letter, languages=languages, recipient=ME, now=NOW)
    assert await value("SELECT count(*)::int FROM message") == 0
