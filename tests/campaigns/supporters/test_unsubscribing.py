"""Unsubscribing ends the newsletters of one organization or of all, at once, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.ids import new_id
from campaigns.mail.models import Message
from campaigns.petitions.models import Signature, SignatureState
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from campaigns.supporters.unsubscribing import Hears, hears_from, unsubscribe, unsubscribe_from
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


async def sign_with_everything(petition: OpenPetition, email: str) -> UUID:
    """Sign with every box ticked; the id of the supporter."""
    agreed = tuple([(each, await remember_wording(each, "en", "Yes.", now=NOW)) for each in ConsentPurpose])
    await sign_and_confirm(petition, email=email, consents=agreed)
    supporter_id: UUID = await value("SELECT id FROM supporter WHERE email = $1", email)
    return supporter_id


async def ended() -> list[tuple[str, str]]:
    """(address, purpose) of every consent that was withdrawn."""
    found = await rows(
        "SELECT email, purpose FROM consent JOIN supporter ON supporter.id = supporter_id "
        "WHERE withdrawn_at IS NOT NULL ORDER BY consent.id"
    )
    return [(row["email"], row["purpose"]) for row in found]


async def test_every_newsletter_ends_and_the_signatures_stay() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    amina = await sign_with_everything(air, "amina@example.org")
    await sign_with_everything(water, "amina@example.org")
    await sign_with_everything(air, "bao@example.org")
    await unsubscribe(amina, now=NOW)
    assert await ended() == [("amina@example.org", "newsletter")] * 2
    assert {each.state for each in await Signature.all()} == {SignatureState.CONFIRMED}


async def test_unsubscribing_twice_keeps_the_first_moment() -> None:
    amina = await sign_with_everything(await open_petition(), "amina@example.org")
    await unsubscribe(amina, now=NOW)
    await unsubscribe(amina, now=NOW + timedelta(days=1))
    assert await value("SELECT withdrawn_at FROM consent WHERE purpose = 'newsletter'") == NOW


async def test_somebody_unknown_may_press_the_button_too() -> None:
    await sign_with_everything(await open_petition(), "amina@example.org")
    await unsubscribe(new_id(), now=NOW)
    assert await ended() == []


async def subscribe_to_organization(petition: OpenPetition, email: str) -> tuple[UUID, UUID]:
    """Sign, hear from the federation and from a member organization; the supporter and the organization."""
    amina = await sign_with_everything(petition, email)
    organization = (await small_federation()).organization
    wording = await remember_wording(ConsentPurpose.NEWSLETTER, "en", "Yes.", now=NOW)
    await rows(
        "INSERT INTO consent (supporter_id, purpose, organization_id, wording_id, method, given_at, confirmed_at) "
        "VALUES ($1, 'newsletter', $2, $3, 'web-form', $4, $4)",
        *(amina, organization.id, wording, NOW),
    )
    return amina, organization.id


async def test_one_organization_falls_silent_and_the_others_go_on() -> None:
    petition = await open_petition()
    amina, organization = await subscribe_to_organization(petition, "amina@example.org")
    await subscribe_to_organization(petition, "bao@example.org")
    await unsubscribe_from(amina, organization, now=NOW)
    assert await ended() == [("amina@example.org", "newsletter")]
    assert await hears_from(amina, organization) == Hears(this=False, others=True)
    assert await hears_from(amina, None) == Hears(this=True, others=False)
    await unsubscribe_from(amina, None, now=NOW)
    assert await hears_from(amina, None) == Hears(this=False, others=False)
    assert await hears_from(new_id(), None) == Hears(this=False, others=False)


async def test_the_mail_that_was_one_too_many_is_noted_once_and_only_if_it_is_theirs() -> None:
    petition = await open_petition()
    amina, organization = await subscribe_to_organization(petition, "amina@example.org")
    bao, _ = await subscribe_to_organization(petition, "bao@example.org")
    (mine, *_), (other, *_) = (
        await Message.filter(supporter_id=amina).order_by("id"),
        await Message.filter(supporter_id=bao).order_by("id"),
    )
    await unsubscribe_from(amina, organization, now=NOW, through=mine.id)
    await unsubscribe(amina, now=NOW + timedelta(days=1), through=mine.id)
    await unsubscribe(amina, now=NOW, through=other.id)
    await unsubscribe(amina, now=NOW, through=10**12)
    noted = await Message.filter(unsubscribed_at__isnull=False)
    assert [(each.id, each.unsubscribed_at) for each in noted] == [(mine.id, NOW)]
