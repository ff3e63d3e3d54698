"""Sessions end by themselves, by hand, and with the account; each is its owner's alone."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.accounts.models import Role
from campaigns.accounts.registering import disable, enable
from campaigns.accounts.sessions import (
    ABSOLUTE,
    IDLE,
    SEEN_EVERY,
    cookie_for,
    devices_of,
    end_other_sessions,
    end_session,
    new_secret,
    read_session,
)
from campaigns.accounts.signing_in import Opened, sign_in
from campaigns.errors import NotFound
from campaigns.tokens import Purpose, keyring
from tests.factories.accounts import IN_A_YEAR, TODAY, account, administrator, give
from tests.factories.petitions import NOW
from tests.factories.rows import value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
async def jonas(database: object) -> UUID:
    return await account("jonas@example.org")


async def opened(account_id: UUID, *, seconds: int = 0, browser: str = "Firefox") -> Opened:
    token = keyring().passing_token(Purpose.SIGN_IN, account_id, made_at=NOW + timedelta(seconds=seconds))
    return await sign_in(token, browser=browser, system="Android", keys=keyring(), now=NOW)


async def is_open(session: Opened, *, after: timedelta = MINUTE) -> bool:
    return await read_session(session.cookie, now=NOW + after) is not None


async def test_a_cookie_that_is_not_ours_is_nobodys(jonas: UUID) -> None:
    session = await opened(jonas)
    wrong_secret = cookie_for(session.session_id, new_secret())
    wrong_id = cookie_for(UUID(int=5), base64.urlsafe_b64decode(session.cookie)[16:])
    for cookie in ("", "x", "é" * 64, "=" * 64, "A" * 64, session.cookie + "A", wrong_secret, wrong_id):
        assert await read_session(cookie, now=NOW) is None
    assert await is_open(session)


async def test_a_session_nobody_uses_ends_after_a_week(jonas: UUID) -> None:
    session = await opened(jonas)
    assert not await is_open(session, after=IDLE)
    assert await is_open(session, after=IDLE - MINUTE)
    assert await is_open(session, after=2 * IDLE - 2 * MINUTE), (
        "it was used a minute before the week was over"
    )


async def test_no_session_lasts_longer_than_a_month(jonas: UUID) -> None:
    session = await opened(jonas)
    for days in range(1, 30):
        assert await is_open(session, after=days * DAY)
    assert not await is_open(session, after=ABSOLUTE)


async def test_being_here_is_written_down_every_five_minutes_at_most(jonas: UUID) -> None:
    session = await opened(jonas)
    await is_open(session, after=SEEN_EVERY - MINUTE)
    assert await value("SELECT seen_at FROM account_session") == NOW
    await is_open(session, after=SEEN_EVERY)
    assert await value("SELECT seen_at FROM account_session") == NOW + SEEN_EVERY


async def test_the_devices_are_those_that_are_signed_in(jonas: UUID) -> None:
    phone, laptop = await opened(jonas), await opened(jonas, seconds=1, browser="Safari")
    await opened(await account("other@example.org"))
    await is_open(laptop, after=DAY)
    found = await devices_of(jonas, now=NOW + DAY)
    assert [(each.session_id, each.browser) for each in found] == [
        (laptop.session_id, "Safari"),
        (phone.session_id, "Firefox"),
    ]
    assert len(await devices_of(jonas, now=NOW + IDLE)) == 1
    await end_session(laptop.session_id, of=jonas, now=NOW)
    assert [each.session_id for each in await devices_of(jonas, now=NOW)] == [phone.session_id]


async def test_a_session_is_ended_by_its_owner_alone(jonas: UUID) -> None:
    session = await opened(jonas)
    for wrong, whose in ((session.session_id, await account("other@example.org")), (UUID(int=5), jonas)):
        with pytest.raises(NotFound):
            await end_session(wrong, of=whose, now=NOW)
    assert await is_open(session)
    for _ in range(2):
        await end_session(session.session_id, of=jonas, now=NOW)
    assert not await is_open(session)
    assert await value("SELECT count(*) FROM audit_entry WHERE verb = 'session.ended'") == 1


async def test_all_others_can_be_signed_out_at_once(jonas: UUID) -> None:
    here, *others = [await opened(jonas, seconds=number) for number in range(3)]
    stranger = await opened(await account("other@example.org"))
    assert await end_other_sessions(here.session_id, of=jonas, now=NOW) == 2
    assert [await is_open(each) for each in (here, *others, stranger)] == [True, False, False, True]


async def test_who_is_disabled_is_signed_out_and_stays_out(jonas: UUID) -> None:
    session, admin = await opened(jonas), await administrator()
    await disable(jonas, actor_id=admin, now=NOW)
    assert not await is_open(session)
    await enable(jonas, actor_id=admin, now=NOW)
    assert not await is_open(session)
    assert await is_open(await opened(jonas, seconds=1))


async def test_a_session_outlives_a_mandate_and_what_it_allowed_does_not(jonas: UUID) -> None:
    await give(jonas, Role.VIEWER, ends_on=TODAY)
    await give(jonas, Role.MODERATOR, starts_on=TODAY + DAY, ends_on=IN_A_YEAR)
    session = await opened(jonas)
    signed_in = await read_session(session.cookie, now=NOW)
    assert signed_in is not None
    assert [each.role for each in signed_in.in_force(TODAY)] == [Role.VIEWER]
    assert [each.role for each in signed_in.in_force(TODAY + DAY)] == [Role.MODERATOR]
    assert len(signed_in.mandates) == 2
