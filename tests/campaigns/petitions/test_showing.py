"""A name is shown only to those who agreed to it, for as long as they do."""

from __future__ import annotations

from uuid import UUID

import pytest

from campaigns.ids import new_id
from campaigns.petitions.models import Signature
from campaigns.petitions.queries import recent_shown
from campaigns.petitions.showing import hide_name, show_name
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import Consent, ConsentPurpose, Supporter
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign, sign_and_confirm

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


@pytest.fixture
async def petition(database: object) -> OpenPetition:
    return await open_petition()


async def agreed() -> UUID:
    return await remember_wording(ConsentPurpose.PUBLIC_NAME, "en", "Show my name.", now=NOW)


async def signed_in_public(petition: OpenPetition) -> tuple[UUID, UUID]:
    """The signature and its signer."""
    consents = ((ConsentPurpose.PUBLIC_NAME, await agreed()),)
    signature = await sign_and_confirm(petition, show_name=True, consents=consents)
    return signature, (await Supporter.get()).id


async def test_hiding_takes_the_name_off_the_page_and_the_consent_back(petition: OpenPetition) -> None:
    signature, signer = await signed_in_public(petition)
    assert len(await recent_shown(petition.id)) == 1
    await hide_name(signature, of=signer, now=NOW)
    await hide_name(signature, of=signer, now=NOW)
    assert await recent_shown(petition.id) == []
    assert (await Consent.get()).withdrawn_at == NOW


async def test_showing_again_is_a_consent_of_its_own(petition: OpenPetition) -> None:
    signature, signer = await signed_in_public(petition)
    await hide_name(signature, of=signer, now=NOW)
    for _ in range(2):
        await show_name(signature, of=signer, wording_id=await agreed(), now=NOW)
    assert len(await recent_shown(petition.id)) == 1
    first, second = await Consent.all().order_by("id")
    assert first.withdrawn_at == NOW
    assert (second.method, second.signature_id, second.confirmed_at) == ("own-page", signature, NOW)


async def test_nobody_shows_or_hides_a_name_that_is_not_theirs(petition: OpenPetition) -> None:
    signature, _ = await signed_in_public(petition)
    await hide_name(signature, of=new_id(), now=NOW)
    assert (await Signature.get()).show_name
    await Signature.all().update(show_name=False)
    await show_name(signature, of=new_id(), wording_id=await agreed(), now=NOW)
    assert not (await Signature.get()).show_name
    assert await Consent.all().count() == 1


async def test_what_is_not_confirmed_is_shown_to_nobody(petition: OpenPetition) -> None:
    signature = await sign(petition)
    await show_name(signature, of=(await Supporter.get()).id, wording_id=await agreed(), now=NOW)
    assert not (await Signature.get()).show_name
