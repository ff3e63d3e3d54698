"""Mandates are given within reach, handed over whole, and the federation keeps an administrator."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from tortoise.connection import get_connection

from campaigns.accounts.holding import mandates_of, place
from campaigns.accounts.mandates import LONGEST_TERM, end, grant, hand_over
from campaigns.accounts.models import Role
from campaigns.accounts.permissions import THE_FEDERATION, Action, Scope, may
from campaigns.accounts.registering import disable
from campaigns.audit.verifying import verify_chain
from campaigns.errors import LastAdministrator, NotFound, TermInvalid
from tests.factories.accounts import IN_A_YEAR, TODAY, account, administrator, give
from tests.factories.federation import SmallFederation, small_federation
from tests.factories.petitions import NOW
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

DAY = timedelta(days=1)


@pytest.fixture
async def federation(database: object) -> SmallFederation:
    return await small_federation()


@pytest.fixture
async def belgium(federation: SmallFederation) -> Scope:
    return await place(get_connection("default"), organization_id=federation.organization.id)


async def granted(account_id: UUID, scope: Scope, *, by: UUID, role: Role = Role.VIEWER) -> UUID:
    return await grant(
        account_id, role=role, scope=scope, starts_on=TODAY, ends_on=IN_A_YEAR, actor_id=by, now=NOW
    )


async def can(account_id: UUID, action: Action, scope: Scope = THE_FEDERATION) -> bool:
    return may(await mandates_of(get_connection("default"), account_id), action, scope, TODAY)


async def verbs() -> list[str]:
    found = await rows("SELECT verb FROM audit_entry WHERE actor_id IS NOT NULL ORDER BY seq")
    assert (await verify_chain()).broken is None
    return [row["verb"] for row in found]


# --- Giving ---------------------------------------------------------------------------------------


async def test_administrators_give_mandates_as_far_as_theirs_reaches(
    federation: SmallFederation, belgium: Scope
) -> None:
    europe = await place(get_connection("default"), region_id=federation.region.id)
    jonas = await account("jonas@example.org")
    for number, scope in enumerate((THE_FEDERATION, europe, belgium)):
        admin = await administrator(f"admin{number}@example.org", scope)
        for other, wanted in enumerate((THE_FEDERATION, europe, belgium)):
            if other >= number:
                await granted(jonas, wanted, by=admin)
            else:
                with pytest.raises(NotFound):
                    await granted(jonas, wanted, by=admin)
    assert await verbs() == ["mandate.granted"] * 6


async def test_nobody_but_administrators_gives_mandates(belgium: Scope) -> None:
    jonas = await account("jonas@example.org")
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            await give(jonas, role)
    with pytest.raises(NotFound):
        await granted(jonas, belgium, by=jonas, role=Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("first", "days"), [(TODAY, -1), (TODAY - 5 * DAY, 4), (TODAY, LONGEST_TERM.days + 1)]
)
async def test_a_term_is_not_over_not_upside_down_and_not_for_ever(first: date, days: int) -> None:
    admin = await administrator()
    with pytest.raises(TermInvalid):
        await grant(
            await account("jonas@example.org"),
            role=Role.VIEWER,
            scope=THE_FEDERATION,
            starts_on=first,
            ends_on=first + days * DAY,
            actor_id=admin,
            now=NOW,
        )


async def test_a_mandate_is_for_an_account_that_is_there_and_not_disabled() -> None:
    admin, gone = await administrator(), await account("gone@example.org")
    await disable(gone, actor_id=admin, now=NOW)
    for nobody in (gone, UUID(int=7)):
        with pytest.raises(NotFound):
            await granted(nobody, THE_FEDERATION, by=admin)


async def test_a_place_that_is_not_there_is_no_place() -> None:
    for where in ({"region_id": UUID(int=7)}, {"organization_id": UUID(int=7)}):
        with pytest.raises(NotFound):
            await place(get_connection("default"), **where)


# --- Ending ---------------------------------------------------------------------------------------


async def test_a_mandate_that_is_ended_is_good_for_nothing_from_now_on(belgium: Scope) -> None:
    admin, jonas = await administrator(), await account("jonas@example.org")
    mandate = await give(jonas, Role.CAMPAIGN_COORDINATOR, belgium)
    assert await can(jonas, Action.CAMPAIGN_EDIT, belgium)
    for _ in range(2):
        await end(mandate, actor_id=admin, now=NOW)
    assert not await can(jonas, Action.CAMPAIGN_EDIT, belgium)
    assert await verbs() == ["mandate.ended"]


async def test_a_mandate_is_ended_by_its_holder_or_within_reach(belgium: Scope) -> None:
    jonas, colleague = await account("jonas@example.org"), await account("c@example.org")
    mandate = await give(jonas, Role.VIEWER)
    await give(colleague, Role.CAMPAIGN_COORDINATOR)
    for stranger in (colleague, await administrator("belgium@example.org", belgium), UUID(int=7)):
        with pytest.raises(NotFound):
            await end(mandate, actor_id=stranger, now=NOW)
    with pytest.raises(NotFound):
        await end(UUID(int=7), actor_id=jonas, now=NOW)
    await end(mandate, actor_id=jonas, now=NOW)
    assert not await can(jonas, Action.CAMPAIGN_READ)


# --- The last administrator -----------------------------------------------------------------------


async def test_the_last_administrator_stays(belgium: Scope) -> None:
    admin = await administrator()
    mandate = await value("SELECT id FROM mandate")
    await administrator("belgium@example.org", belgium)
    tomorrow = await account("tomorrow@example.org")
    await give(tomorrow, Role.ADMINISTRATOR, starts_on=TODAY + DAY)
    with pytest.raises(LastAdministrator):
        await end(mandate, actor_id=admin, now=NOW)
    with pytest.raises(LastAdministrator):
        await disable(admin, actor_id=admin, now=NOW)
    assert await can(admin, Action.MANDATE_GRANT)
    assert await value("SELECT disabled_at FROM account WHERE id = $1", admin) is None
    assert await verbs() == [], "what was refused was not done, and is not told as if it were"


async def test_of_two_administrators_who_remove_each_other_at_once_one_stays() -> None:
    for turn in range(5):
        now = NOW + turn * timedelta(seconds=1)
        await rows("UPDATE mandate SET ended_at = now()")
        one, two = await administrator("one@example.org"), await administrator("two@example.org")
        of_one = await value("SELECT id FROM mandate WHERE account_id = $1 AND ended_at IS NULL", one)
        of_two = await value("SELECT id FROM mandate WHERE account_id = $1 AND ended_at IS NULL", two)
        done = await asyncio.gather(
            end(of_two, actor_id=one, now=now), end(of_one, actor_id=two, now=now), return_exceptions=True
        )
        assert len([each for each in done if each is None]) == 1
        assert await value("SELECT count(*) FROM mandate WHERE ended_at IS NULL") == 1


async def test_of_two_administrators_who_resign_or_are_disabled_at_once_one_stays() -> None:
    one, two = await administrator("one@example.org"), await administrator("two@example.org")
    of_one = await value("SELECT id FROM mandate WHERE account_id = $1", one)
    done = await asyncio.gather(
        end(of_one, actor_id=one, now=NOW), disable(two, actor_id=two, now=NOW), return_exceptions=True
    )
    assert sorted(map(type, done), key=str) == sorted([type(None), LastAdministrator], key=str)


# --- Handing over ---------------------------------------------------------------------------------


async def test_a_mandate_goes_to_the_successor_with_no_moment_between(belgium: Scope) -> None:
    jonas, chipo = await account("jonas@example.org"), await account("chipo@example.org")
    mandate = await give(jonas, Role.CAMPAIGN_COORDINATOR, belgium)
    successor = await hand_over(mandate, to=chipo, ends_on=IN_A_YEAR, actor_id=jonas, now=NOW)
    assert await can(chipo, Action.CAMPAIGN_EDIT, belgium)
    assert not await can(jonas, Action.CAMPAIGN_EDIT, belgium)
    assert await value("SELECT handed_over_to_id FROM mandate WHERE id = $1", mandate) == successor
    assert await verbs() == ["mandate.granted", "mandate.handed_over"]


async def test_the_last_administrator_can_hand_over() -> None:
    admin, chipo = await administrator(), await account("chipo@example.org")
    mandate = await value("SELECT id FROM mandate")
    await hand_over(mandate, to=chipo, ends_on=IN_A_YEAR, actor_id=admin, now=NOW)
    assert await can(chipo, Action.MANDATE_GRANT)
    assert not await can(admin, Action.MANDATE_GRANT)


async def test_a_mandate_is_handed_over_once_and_by_nobody_else(belgium: Scope) -> None:
    jonas, chipo = await account("jonas@example.org"), await account("chipo@example.org")
    mandate = await give(jonas, Role.VIEWER, belgium)
    refused = [
        {"to": chipo, "actor_id": chipo},
        {"to": jonas, "actor_id": jonas},
        {"to": UUID(int=7), "actor_id": jonas},
    ]
    for wrong in refused:
        with pytest.raises(NotFound):
            await hand_over(mandate, ends_on=IN_A_YEAR, now=NOW, **wrong)
    done = await asyncio.gather(
        *(hand_over(mandate, to=chipo, ends_on=IN_A_YEAR, actor_id=jonas, now=NOW) for _ in range(3)),
        return_exceptions=True,
    )
    assert len([each for each in done if isinstance(each, UUID)]) == 1
    assert await value("SELECT count(*) FROM mandate") == 2


async def test_what_is_over_cannot_be_handed_over_and_no_term_is_longer_for_it() -> None:
    jonas, chipo = await account("jonas@example.org"), await account("chipo@example.org")
    mandate = await give(jonas, Role.VIEWER, ends_on=TODAY)
    with pytest.raises(TermInvalid):
        ends_on = TODAY + LONGEST_TERM + DAY
        await hand_over(mandate, to=chipo, ends_on=ends_on, actor_id=jonas, now=NOW)
    with pytest.raises(NotFound):
        await hand_over(mandate, to=chipo, ends_on=IN_A_YEAR, actor_id=jonas, now=NOW + DAY)
    assert await value("SELECT count(*) FROM mandate WHERE ended_at IS NULL") == 1
