"""Unsubscribing ends every newsletter of a person at once, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.ids import new_id
from campaigns.petitions.models import Signature, SignatureState
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from campaigns.supporters.unsubscribing import unsubscribe
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
