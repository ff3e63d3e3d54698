"""Preferences: whose news come, and in which language; a yes given again is a consent of its own."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.errors import LinkExpired
from campaigns.ids import new_id
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import Consent, ConsentPurpose, Supporter
from campaigns.supporters.preferring import language_of, save_preferences, subscriptions
from tests.factories.lives import Life, Petitions, four_petitions, live
from tests.factories.petitions import NOW, open_petition, sign
from tests.factories.rows import rows

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def petitions(database: object) -> Petitions:
    return await four_petitions()


@pytest.fixture
async def zoe(petitions: Petitions) -> Life:
    return await live("zoe", petitions)


async def words() -> UUID:
    return await remember_wording(ConsentPurpose.NEWSLETTER, "fr", "Écrivez-moi encore.", now=NOW)


async def test_everybody_one_has_ever_agreed_to_hear_from_is_listed_once(
    petitions: Petitions, zoe: Life
) -> None:
    listed = [(each.organization_id, each.is_on, each.since) for each in await subscriptions(zoe.id)]
    assert listed == [(None, True, NOW), (petitions.organization_id, True, NOW)]


async def test_what_was_never_confirmed_is_no_subscription() -> None:
    wording = await words()
    await sign(await open_petition(), consents=((ConsentPurpose.NEWSLETTER, wording),))
    assert await subscriptions((await Supporter.get()).id) == []


async def test_stopping_and_beginning_again_and_the_language_are_kept(
    petitions: Petitions, zoe: Life
) -> None:
    organization = petitions.organization_id
    await save_preferences(zoe.id, language="ar", stop=[organization], start=[], now=NOW)
    assert [each.is_on for each in await subscriptions(zoe.id)] == [True, False]
    assert await language_of(zoe.id) == "ar"

    before = await Consent.filter(supporter_id=zoe.id).count()
    for _ in range(2):
        await save_preferences(
            zoe.id, language="fr", stop=[], start=[(organization, await words())], now=LATER
        )
    assert [each.is_on for each in await subscriptions(zoe.id)] == [True, True]
    assert await Consent.filter(supporter_id=zoe.id).count() == before + 1
    given = await Consent.filter(supporter_id=zoe.id).order_by("-id").first().prefetch_related("wording")
    assert given is not None
    assert (given.method, given.given_at, given.confirmed_at) == ("preferences-page", LATER, LATER)
    assert given.wording.text == "Écrivez-moi encore."


async def test_whoever_wants_news_again_is_off_the_list_of_those_who_do_not(zoe: Life) -> None:
    await save_preferences(zoe.id, language="en", stop=[None], start=[], now=NOW)
    assert len(await rows("SELECT * FROM suppression")) == 1
    await save_preferences(zoe.id, language="en", stop=[], start=[(None, await words())], now=LATER)
    assert await rows("SELECT * FROM suppression") == []
    await rows("INSERT INTO suppression VALUES ($1, 'complaint', $2)", zoe.email.lower(), NOW)
    await save_preferences(zoe.id, language="en", stop=[], start=[(None, await words())], now=LATER)
    assert len(await rows("SELECT * FROM suppression")) == 1


async def test_somebody_who_is_gone_has_no_preferences() -> None:
    with pytest.raises(LinkExpired):
        await language_of(new_id())
    with pytest.raises(LinkExpired):
        await save_preferences(new_id(), language="en", stop=[], start=[(None, await words())], now=NOW)
