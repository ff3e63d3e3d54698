"""A code is good as often as it says, for whoever its maker could have given the mandate to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.connection import get_connection

from campaigns.accounts.holding import mandates_of, place
from campaigns.accounts.inviting import MOST_USES, NewInvitation, accept, invite, withdraw
from campaigns.accounts.mandates import end
from campaigns.accounts.models import Role
from campaigns.accounts.permissions import THE_FEDERATION, Action, Scope, may
from campaigns.accounts.registering import disable
from campaigns.audit.verifying import verify_chain
from campaigns.errors import LinkExpired, LinkInvalid, NotFound, TermInvalid
from campaigns.supporters.addresses import read_address
from tests.factories.accounts import IN_A_YEAR, TODAY, account, administrator, give
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

WEEK, DAY = timedelta(days=7), timedelta(days=1)
HELD = "SELECT count(*) FROM mandate WHERE role = 'translator'"


@pytest.fixture
async def belgium(database: object) -> Scope:
    federation = await small_federation()
    return await place(get_connection("default"), organization_id=federation.organization.id)


@pytest.fixture
async def admin(database: object) -> UUID:
    return await administrator()


async def invited(scope: Scope, *, by: UUID, uses: int = 1) -> NewInvitation:
    return await invite(
        role=Role.TRANSLATOR,
        scope=scope,
        starts_on=TODAY,
        ends_on=IN_A_YEAR,
        uses=uses,
        expires_at=NOW + WEEK,
        actor_id=by,
        now=NOW,
    )


async def come(code: str, email: str = "jonas@example.org", *, after: timedelta = timedelta(0)) -> None:
    await accept(code, read_address(email), name="Jonas Weber", language="fr", now=NOW + after)


async def test_whoever_has_the_code_gets_the_mandate_and_the_link_by_mail(
    belgium: Scope, admin: UUID
) -> None:
    invitation = await invited(belgium, by=admin)
    typed = f" {invitation.code[:4].upper()}-{invitation.code[4:]} "
    await come(typed)
    jonas = await value("SELECT id FROM account WHERE email = 'jonas@example.org'")
    held = await mandates_of(get_connection("default"), jonas)
    assert may(held, Action.CAMPAIGN_TRANSLATE, belgium, TODAY)
    assert not may(held, Action.CAMPAIGN_TRANSLATE, THE_FEDERATION, TODAY)
    mail = (await rows("SELECT kind, recipient, language FROM message"))[0]
    assert mail == {"kind": "sign_in_link", "recipient": "jonas@example.org", "language": "fr"}
    told = await rows("SELECT verb, actor_id FROM audit_entry ORDER BY seq DESC LIMIT 2")
    assert told[0] == {"verb": "invitation.accepted", "actor_id": jonas}
    assert told[1] == {"verb": "mandate.granted", "actor_id": admin}
    assert (await verify_chain()).broken is None


async def test_a_code_is_good_as_often_as_it_says_however_many_come_at_once(
    belgium: Scope, admin: UUID
) -> None:
    code = (await invited(belgium, by=admin, uses=3)).code
    done = await asyncio.gather(
        *(come(code, f"person{number}@example.org") for number in range(8)), return_exceptions=True
    )
    assert len([each for each in done if each is None]) == 3
    assert len([each for each in done if isinstance(each, LinkExpired)]) == 5
    assert await value(HELD) == 3
    assert await value("SELECT count(*) FROM account") == 4, "who came too late has no account"


async def test_who_comes_twice_takes_one_use_and_one_mandate(belgium: Scope, admin: UUID) -> None:
    code = (await invited(belgium, by=admin, uses=2)).code
    await come(code)
    await come(code, "Jonas+again@example.org")
    assert await value(HELD) == 1
    assert await value("SELECT uses_left FROM invitation") == 1
    assert await value("SELECT count(*) FROM message") == 2


async def test_who_is_disabled_gets_nothing_and_is_not_told(belgium: Scope, admin: UUID) -> None:
    gone = await account("gone@example.org")
    await disable(gone, actor_id=admin, now=NOW)
    await come((await invited(belgium, by=admin)).code, "gone@example.org")
    assert await value(HELD) == 0
    assert await value("SELECT count(*) FROM message") == 0
    assert await value("SELECT uses_left FROM invitation") == 1


async def test_a_code_expires_and_can_be_withdrawn(belgium: Scope, admin: UUID) -> None:
    invitation = await invited(belgium, by=admin, uses=9)
    with pytest.raises(LinkExpired):
        await come(invitation.code, after=WEEK)
    await withdraw(invitation.id, actor_id=admin, now=NOW)
    with pytest.raises(LinkExpired):
        await come(invitation.code)


async def test_a_code_nobody_made_is_no_code(admin: UUID) -> None:
    for code in ("", "abcdefghijklmnop", "x" * 10_000, "\x00", "é"):
        with pytest.raises(LinkInvalid):
            await come(code)


async def test_nobody_invites_further_than_they_could_give(belgium: Scope) -> None:
    local = await administrator("local@example.org", belgium)
    viewer = await account("viewer@example.org")
    await give(viewer, Role.VIEWER)
    await invited(belgium, by=local)
    invitation = await invited(belgium, by=local)
    for who, scope in ((local, THE_FEDERATION), (viewer, belgium)):
        with pytest.raises(NotFound):
            await invited(scope, by=who)
    for who, which in ((viewer, invitation.id), (local, UUID(int=7))):
        with pytest.raises(NotFound):
            await withdraw(which, actor_id=who, now=NOW)


async def test_an_invitation_is_worth_no_more_than_its_maker_is_today(belgium: Scope, admin: UUID) -> None:
    local = await administrator("local@example.org", belgium)
    code = (await invited(belgium, by=local, uses=9)).code
    await come(code)
    await end(await value("SELECT id FROM mandate WHERE account_id = $1", local), actor_id=admin, now=NOW)
    with pytest.raises(LinkExpired):
        await come(code, "late@example.org")
    assert await value("SELECT uses_left FROM invitation") == 8


async def test_an_invitation_has_a_sound_number_and_term(belgium: Scope, admin: UUID) -> None:
    for uses in (0, -1, MOST_USES + 1):
        with pytest.raises(ValueError, match="1 to 500"):
            await invited(belgium, by=admin, uses=uses)
    with pytest.raises(TermInvalid):
        await invite(
            role=Role.VIEWER,
            scope=belgium,
            starts_on=TODAY,
            ends_on=TODAY - DAY,
            uses=1,
            expires_at=NOW + WEEK,
            actor_id=admin,
            now=NOW,
        )


async def test_the_code_stands_nowhere(belgium: Scope, admin: UUID) -> None:
    invitation = await invited(belgium, by=admin)
    stored = (await rows("SELECT i::text AS line FROM invitation AS i"))[0]["line"]
    assert invitation.code not in stored
    assert invitation.code not in repr(invitation)
