"""The outbox: a mail is a row, written with its cause, and no cause mails twice."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from tortoise.transactions import in_transaction

from campaigns.mail.models import Message, MessageKind, MessageState
from campaigns.mail.outbox import Lane, queue_messages
from tests.factories.petitions import NOW, open_petition, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


async def somebody() -> tuple[UUID, UUID]:
    """A supporter and their signature, with an empty outbox."""
    signature_id = await sign_and_confirm(await open_petition())
    await rows("DELETE FROM message")
    return await value("SELECT id FROM supporter"), signature_id


async def queue(*about: str, person: tuple[UUID, UUID], lane: Lane = Lane.SOON, language: str = "en") -> None:
    async with in_transaction() as connection:
        await queue_messages(
            connection,
            MessageKind.THANK_YOU,
            [(each, *person, language) for each in about],
            lane=lane,
            now=NOW,
        )


async def test_a_queued_mail_says_what_to_whom_and_when_and_nothing_about_them() -> None:
    person = await somebody()
    await queue("this", person=person, language="ar", lane=Lane.AWAITED)
    message = await Message.get()
    assert (message.key, message.kind, message.language) == ("thank_you:this", MessageKind.THANK_YOU, "ar")
    assert (message.state, message.priority, message.attempts, message.repeats) == (
        MessageState.QUEUED,
        0,
        0,
        0,
    )
    assert message.run_after == message.created_at == NOW
    assert message.signature_id == person[1]
    stored = " ".join(str(each) for each in (await rows("SELECT * FROM message"))[0].values())
    assert "amina" not in stored.lower()


async def test_the_same_cause_mails_once_however_often_it_is_queued() -> None:
    person = await somebody()
    await queue("this", person=person)
    await rows("UPDATE message SET state = 'sent', sent_at = $1", NOW)
    await queue("this", "that", person=person)
    assert await rows("SELECT key, state FROM message ORDER BY id") == [
        {"key": "thank_you:this", "state": "sent"},
        {"key": "thank_you:that", "state": "queued"},
    ]


async def test_the_same_cause_twice_in_one_batch_mails_once() -> None:
    await queue("this", "this", person=await somebody())
    assert await Message.all().count() == 1


async def test_two_processes_with_the_same_cause_mail_once() -> None:
    person = await somebody()
    await asyncio.gather(*(queue("this", "that", person=person) for _ in range(8)))
    assert await Message.all().count() == 2


async def test_a_mail_goes_with_the_transaction_of_its_cause() -> None:
    person = await somebody()

    class Failed(Exception):
        pass

    with pytest.raises(Failed):
        async with in_transaction():
            await queue("this", person=person)
            raise Failed
    assert await Message.all().count() == 0


async def test_nothing_to_say_is_no_statement() -> None:
    async with in_transaction() as connection:
        await queue_messages(connection, MessageKind.THANK_YOU, [], lane=Lane.BULK, now=NOW)
    assert await Message.all().count() == 0
