"""Signing in: one answer, the same work and time for everybody, and a link that opens one session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.accounts.registering import disable
from campaigns.accounts.sessions import read_session
from campaigns.accounts.signing_in import (
    ASKING_ADDRESS,
    ASKING_NETWORK,
    KEPT,
    LINK_LIFETIME,
    Opened,
    ask_to_sign_in,
    link_owner,
    sign_in,
)
from campaigns.errors import LinkExpired, LinkInvalid, TooManyTries
from campaigns.mail.models import Message
from campaigns.supporters.addresses import read_address
from campaigns.tokens import Purpose, keyring
from tests.factories.accounts import account, administrator
from tests.factories.petitions import NOW
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

KNOWN, UNKNOWN, DISABLED = "jonas@example.org", "nobody@example.org", "gone@example.org"


@pytest.fixture
async def jonas(database: object) -> UUID:
    gone = await account(DISABLED)
    await disable(gone, actor_id=await administrator(), now=NOW)
    return await account(KNOWN, language="fr")


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement sent to the database, without its values."""
    sent: list[str] = []

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.msg == "%s: %s" and isinstance(record.args, tuple):
                sent.append(str(record.args[0]))

    logger, recorder = logging.getLogger("tortoise.db_client"), Recorder()
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(recorder)
    yield sent
    logger.removeHandler(recorder)
    logger.setLevel(level)


async def ask(email: str, *, network: str = "a network", times: int = 1) -> None:
    for _ in range(times):
        await ask_to_sign_in(read_address(email), language="es", network=network, keys=keyring(), now=NOW)


def link(account_id: UUID, *, seconds: int = 0) -> str:
    made_at = NOW + timedelta(seconds=seconds)
    return keyring().passing_token(Purpose.SIGN_IN, account_id, made_at=made_at)


async def use(token: str, *, minutes: float = 1) -> Opened:
    now = NOW + timedelta(minutes=minutes)
    return await sign_in(token, browser="Firefox", system="Android", keys=keyring(), now=now)


# --- Asking ---------------------------------------------------------------------------------------


async def test_the_link_goes_to_the_address_of_the_account_in_its_language(jonas: UUID) -> None:
    await ask("Jonas+phone@example.org")
    message = await Message.get()
    assert (message.kind, message.language, message.state) == ("sign_in_link", "fr", "queued")
    assert (message.recipient, message.facts) == (KNOWN, {"account": str(jonas)})
    assert (message.priority, message.run_after) == (0, NOW)


@pytest.mark.usefixtures("jonas")
async def test_nobody_else_is_mailed_and_nothing_of_it_stays() -> None:
    for email in (UNKNOWN, DISABLED):
        await ask(email)
    assert await value("SELECT count(*) FROM message") == 0


@pytest.mark.usefixtures("jonas")
async def test_the_same_is_done_whoever_asks(statements: list[str]) -> None:
    done = []
    for email in (KNOWN, UNKNOWN, DISABLED):
        statements.clear()
        await ask(email)
        done.append(list(statements))
    assert done[0] == done[1] == done[2]
    assert len(done[0]) >= 3


@pytest.mark.usefixtures("jonas")
async def test_a_mailbox_gets_five_links_an_hour_and_the_sixth_who_asks_is_not_told() -> None:
    for number in range(7):
        await ask(KNOWN, network=f"network {number}")
    assert await value("SELECT count(*) FROM message") == ASKING_ADDRESS.most == 5


async def test_who_asks_for_one_address_after_the_other_is_told_to_wait() -> None:
    for number in range(ASKING_NETWORK.most):
        await ask(f"nobody{number}@example.org")
    with pytest.raises(TooManyTries):
        await ask("one-more@example.org")


@pytest.mark.usefixtures("jonas")
async def test_no_address_stands_among_the_counts() -> None:
    await ask(KNOWN)
    assert not [row for row in await rows("SELECT key FROM rate_window") if "jonas" in row["key"]]


# --- The link -------------------------------------------------------------------------------------


async def test_a_link_opens_a_session_and_the_log_says_so(jonas: UUID) -> None:
    opened = await use(link(jonas))
    signed_in = await read_session(opened.cookie, now=NOW + timedelta(minutes=2))
    assert signed_in is not None
    assert (signed_in.account_id, signed_in.email, signed_in.language) == (jonas, KNOWN, "fr")
    entry = (await rows("SELECT verb, actor_id, subject_id FROM audit_entry ORDER BY seq DESC LIMIT 1"))[0]
    assert entry == {"verb": "session.opened", "actor_id": jonas, "subject_id": str(opened.session_id)}


async def test_looking_at_a_link_uses_nothing(jonas: UUID) -> None:
    for _ in range(3):
        assert (await link_owner(link(jonas), keys=keyring(), now=NOW)).name == "Jonas Weber"
    assert await value("SELECT count(*) FROM account_session") == 0
    await use(link(jonas))


async def test_a_link_that_was_used_opens_no_second_session(jonas: UUID) -> None:
    await use(link(jonas))
    with pytest.raises(LinkExpired):
        await use(link(jonas))
    with pytest.raises(LinkExpired):
        await link_owner(link(jonas), keys=keyring(), now=NOW)
    await use(link(jonas, seconds=1))


async def test_of_two_who_use_a_link_at_once_one_gets_in(jonas: UUID) -> None:
    answers = await asyncio.gather(*(use(link(jonas)) for _ in range(5)), return_exceptions=True)
    assert len([each for each in answers if isinstance(each, Opened)]) == 1
    assert len([each for each in answers if isinstance(each, LinkExpired)]) == 4
    assert await value("SELECT count(*) FROM account_session") == 1


async def test_a_link_works_for_half_an_hour(jonas: UUID) -> None:
    minutes = LINK_LIFETIME.total_seconds() / 60
    with pytest.raises(LinkExpired):
        await use(link(jonas), minutes=minutes + 0.1)
    await use(link(jonas), minutes=minutes)


async def test_no_link_of_another_purpose_and_no_forged_one_signs_in(jonas: UUID) -> None:
    other = keyring().passing_token(Purpose.OWN_PAGE, jonas, made_at=NOW)
    good = link(jonas)
    for token in (
        other,
        good[:-1],
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        "",
        "é" * 50,
        "A" * 999,
    ):
        with pytest.raises(LinkInvalid):
            await use(token)
        with pytest.raises(LinkInvalid):
            await link_owner(token, keys=keyring(), now=NOW)


async def test_a_link_to_an_account_that_was_disabled_meanwhile_opens_nothing(jonas: UUID) -> None:
    await disable(jonas, actor_id=await administrator(), now=NOW)
    with pytest.raises(LinkExpired):
        await use(link(jonas))
    with pytest.raises(LinkExpired):
        await link_owner(link(jonas), keys=keyring(), now=NOW)


async def test_sessions_of_long_ago_are_forgotten(jonas: UUID) -> None:
    await use(link(jonas))
    late = NOW + KEPT + timedelta(days=1)
    token = keyring().passing_token(Purpose.SIGN_IN, jonas, made_at=late)
    opened = await sign_in(token, browser="", system="", keys=keyring(), now=late)
    assert await value("SELECT id FROM account_session") == opened.session_id


async def test_nothing_that_is_stored_or_printed_opens_a_session(jonas: UUID) -> None:
    opened = await use(link(jonas))
    stored = (await rows("SELECT s::text AS line FROM account_session AS s"))[0]["line"]
    assert opened.cookie[-40:] not in stored
    assert opened.cookie not in repr(opened)
    signed_in = await read_session(opened.cookie, now=NOW)
    assert KNOWN not in repr(signed_in)
