"""The words people agree to are kept once, exactly."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose, ConsentWording
from tests.factories.petitions import NOW

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

SIGNATURE, NEWSLETTER = ConsentPurpose.SIGNATURE, ConsentPurpose.NEWSLETTER


async def test_words_are_kept_as_they_were_shown() -> None:
    words = "Je signe, et j’accepte que mon nom soit remis.\n\n— «  »"
    wording = await remember_wording(SIGNATURE, "fr", words, now=NOW)
    kept = await ConsentWording.get(id=wording)
    assert (kept.purpose, kept.language, kept.text, kept.created_at) == (SIGNATURE, "fr", words, NOW)


async def test_the_same_words_are_one_row_whoever_asks_and_whenever() -> None:
    asked = [remember_wording(SIGNATURE, "en", "Yes.", now=NOW + timedelta(days=day)) for day in range(8)]
    assert len(set(await asyncio.gather(*asked))) == 1
    assert await ConsentWording.all().count() == 1


async def test_other_words_another_purpose_or_another_language_are_other_rows() -> None:
    ids = {
        await remember_wording(SIGNATURE, "en", "Yes.", now=NOW),
        await remember_wording(SIGNATURE, "en", "Yes!", now=NOW),
        await remember_wording(SIGNATURE, "fr", "Yes.", now=NOW),
        await remember_wording(NEWSLETTER, "en", "Yes.", now=NOW),
    }
    assert len(ids) == 4
