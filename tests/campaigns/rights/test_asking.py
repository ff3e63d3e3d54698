"""Asking for one's own page: one answer, the same work and time for everybody, and a link that does not last."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.errors import LinkExpired, LinkInvalid, TooManyTries
from campaigns.ids import new_id
from campaigns.mail.models import Message
from campaigns.rights.asking import (
    LINK_LIFETIME,
    OPEN_FOR,
    ask_for_own_page,
    is_open_to,
    read_own_page_link,
)
from campaigns.rights.erasing import erase
from campaigns.rights.limits import ASKING_ADDRESS, ASKING_NETWORK
from campaigns.rights.shredding import Everything
from campaigns.supporters.addresses import read_address
from campaigns.supporters.models import Supporter
from campaigns.tokens import Purpose, keyring
from tests.factories.petitions import NOW, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

KNOWN, PENDING, UNKNOWN = "amina@example.org", "chipo@example.org", "nobody@example.org"


@pytest.fixture
async def amina(database: object) -> UUID:
    petition = await open_petition()
    await sign(petition, email=PENDING)
    await sign_and_confirm(petition, email=KNOWN)
    await rows("DELETE FROM message")
    found: UUID = await value("SELECT id FROM supporter WHERE email = $1", KNOWN)
    return found


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
        await ask_for_own_page(read_address(email), language="fr", network=network, keys=keyring(), now=NOW)


async def test_whoever_has_confirmed_is_mailed_the_link_in_the_language_they_asked_in(amina: UUID) -> None:
    await ask("AMINA+work@example.org")
    message = await Message.get()
    assert (message.kind, message.language, message.state) == ("own_page_link", "fr", "queued")
    assert message.supporter_id == amina  # type: ignore[attr-defined]
    assert (message.priority, message.run_after) == (0, NOW)


@pytest.mark.usefixtures("amina")
async def test_nobody_else_is_and_nothing_of_it_stays() -> None:
    for email in (PENDING, UNKNOWN):
        await ask(email)
    assert await Message.all().count() == 0


@pytest.mark.usefixtures("amina")
async def test_the_same_is_done_whoever_asks(statements: list[str]) -> None:
    done = {}
    for email in (KNOWN, PENDING, UNKNOWN):
        statements.clear()
        await ask(email)
        done[email] = list(statements)
    assert len(done[KNOWN]) == 3
    assert done[KNOWN] == done[PENDING] == done[UNKNOWN]


@pytest.mark.usefixtures("amina")
async def test_a_mailbox_gets_five_a_day_and_nobody_is_told() -> None:
    await ask(KNOWN, times=ASKING_ADDRESS.most + 3)
    assert await Message.all().count() == ASKING_ADDRESS.most


@pytest.mark.usefixtures("amina")
async def test_a_network_that_asks_for_everybody_is_told_to_wait_known_or_not() -> None:
    for number in range(ASKING_NETWORK.most):
        await ask(f"person{number}@example.org")
    for email in (KNOWN, UNKNOWN):
        with pytest.raises(TooManyTries):
            await ask(email)
    await ask(KNOWN, network="another network")
    assert await Message.all().count() == 1


@pytest.mark.usefixtures("amina")
async def test_the_counts_name_no_address_and_no_network() -> None:
    await ask(KNOWN, network=keyring().network_key("203.0.113.9/32"))
    counted = "".join(row["key"] for row in await rows("SELECT key FROM rate_window"))
    assert "amina" not in counted
    assert "203.0" not in counted


async def test_a_link_opens_for_an_hour(amina: UUID) -> None:
    token = keyring().passing_token(Purpose.OWN_PAGE, amina, made_at=NOW)
    assert await read_own_page_link(token, keys=keyring(), now=NOW + LINK_LIFETIME) == amina
    with pytest.raises(LinkExpired):
        await read_own_page_link(token, keys=keyring(), now=NOW + LINK_LIFETIME + timedelta(seconds=1))


async def test_a_link_of_somebody_unconfirmed_erased_or_unknown_has_expired(amina: UUID) -> None:
    await erase(amina, Everything(), now=NOW)
    pending = (await Supporter.get(email=PENDING)).id
    for person in (amina, pending, new_id()):
        token = keyring().passing_token(Purpose.OWN_PAGE, person, made_at=NOW)
        with pytest.raises(LinkExpired):
            await read_own_page_link(token, keys=keyring(), now=NOW)


async def test_a_token_for_anything_else_opens_no_page(amina: UUID) -> None:
    keys = keyring()
    others = [keys.link_token(purpose, amina) for purpose in Purpose]
    others += [
        keys.passing_token(purpose, amina, made_at=NOW) for purpose in set(Purpose) - {Purpose.OWN_PAGE}
    ]
    for token in [
        *others,
        keys.subscription_token(amina, None),
        keys.submission_token(amina, 1),
        "",
        "x" * 5_000,
    ]:
        with pytest.raises(LinkInvalid):
            await read_own_page_link(token, keys=keys, now=NOW)


async def test_who_has_moved_away_from_a_mailbox_is_not_found_through_it(amina: UUID) -> None:
    keys, moved_at = keyring(), NOW + timedelta(minutes=5)
    await rows(
        "INSERT INTO address_change (id, supporter_id, email, email_key, asked_at, new_confirmed_at, old_approved_at, "
        "done_at) VALUES ($1, $1, 'a@b.example', 'a@b.example', $2, $3, $3, $3)",
        *(amina, NOW, moved_at),
    )
    later = NOW + timedelta(minutes=20)
    with pytest.raises(LinkExpired):
        await read_own_page_link(
            keys.passing_token(Purpose.OWN_PAGE, amina, made_at=NOW), keys=keys, now=later
        )
    assert not await is_open_to(amina, opened_at=NOW, now=later)
    fresh = NOW + timedelta(minutes=6)
    token = keys.passing_token(Purpose.OWN_PAGE, amina, made_at=fresh)
    assert await read_own_page_link(token, keys=keys, now=later) == amina
    assert await is_open_to(amina, opened_at=fresh, now=later)


async def test_a_page_closes_by_itself(amina: UUID) -> None:
    assert await is_open_to(amina, opened_at=NOW, now=NOW + OPEN_FOR - timedelta(seconds=1))
    assert not await is_open_to(amina, opened_at=NOW, now=NOW + OPEN_FOR)
    assert not await is_open_to(amina, opened_at=NOW, now=NOW - timedelta(seconds=1))
    assert not await is_open_to(new_id(), opened_at=NOW, now=NOW)
