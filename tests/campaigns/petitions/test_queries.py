"""What pages read of a petition: exact, discreet, and by an index however many have signed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from campaigns.ids import new_id
from campaigns.petitions.counting import fold
from campaigns.petitions.models import SignatureState
from campaigns.petitions.queries import (
    BROUGHT,
    COUNTS,
    RECENT_SHOWN,
    brought_by,
    counts,
    counts_by_country,
    recent_shown,
    signature_by_id,
)
from campaigns.petitions.withdrawing import withdraw
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

LINK = "abcdefghijkl"


async def test_counts_are_those_of_the_last_fold() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    await sign_and_confirm(air)
    assert await counts([air.id, water.id]) == {}
    await fold()
    assert await counts([air.id, water.id]) == {air.id: 1}


async def test_countries_come_with_the_most_first_and_none_that_is_left_by_all() -> None:
    petition = await open_petition()
    for number, country in enumerate(("BE", "SN", "SN", "FR", "JP")):
        signature_id = await sign_and_confirm(petition, email=f"person{number}@example.org", country=country)
    await fold()
    await withdraw(signature_id, now=NOW)
    await fold()
    assert list((await counts_by_country(petition.id)).items()) == [("SN", 2), ("BE", 1), ("FR", 1)]


# --- Who is shown ---------------------------------------------------------------------------------


async def test_only_who_agreed_and_confirmed_is_shown_the_newest_first() -> None:
    petition = await open_petition()
    for hour, name in enumerate(("Amina", "Bao", "Chloé")):
        now = NOW + timedelta(hours=hour)
        await sign_and_confirm(petition, email=f"{hour}@example.org", name=name, show_name=True, now=now)
    await sign_and_confirm(petition, email="shy@example.org", name="Shy", show_name=False)
    await sign(petition, email="pending@example.org", name="Pending", show_name=True)
    await sign_and_confirm(petition, email="held@example.org", name="Held", show_name=True, held="rate")
    left = await sign_and_confirm(petition, email="left@example.org", name="Left", show_name=True)
    await withdraw(left, now=NOW)
    assert [each.name for each in await recent_shown(petition.id)] == ["Chloé", "Bao", "Amina"]
    assert [each.name for each in await recent_shown(petition.id, most=1)] == ["Chloé"]


@pytest.mark.parametrize(("state", "shown"), [("waiting", ""), ("hidden", ""), ("shown", "For my son.")])
async def test_a_comment_is_shown_only_once_it_has_passed(state: str, shown: str) -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, show_name=True, comment="For my son.")
    assert await value("SELECT comment_state FROM signature") == "waiting"
    await rows("UPDATE signature SET comment_state = $1", state)
    assert [each.comment for each in await recent_shown(petition.id)] == [shown]


# --- Links that bring others ----------------------------------------------------------------------


async def test_a_link_knows_how_many_it_brought_and_from_how_many_countries() -> None:
    petition = await open_petition()
    for number, country in enumerate(("SN", "SN", "BE")):
        await sign_and_confirm(petition, email=f"{number}@example.org", country=country, referred_by=LINK)
    await sign_and_confirm(petition, email="other@example.org", country="FR", referred_by="abcdefghijkm")
    await sign_and_confirm(petition, email="alone@example.org", country="FR")
    await fold()
    assert await brought_by(petition.id, LINK) == (3, 2)
    assert await brought_by(petition.id, LINK[:-1]) == (0, 0)
    assert await brought_by(new_id(), LINK) == (0, 0)


async def test_a_country_whose_only_signer_withdrew_is_brought_no_more() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, email="a@example.org", country="SN", referred_by=LINK)
    left = await sign_and_confirm(petition, email="b@example.org", country="BE", referred_by=LINK)
    await withdraw(left, now=NOW)
    await fold()
    assert await brought_by(petition.id, LINK) == (1, 1)


# --- One's own signature --------------------------------------------------------------------------


async def test_the_owner_sees_what_they_signed() -> None:
    petition = await open_petition()
    wording = await remember_wording(ConsentPurpose.NEWSLETTER, "fr", "Oui.", now=NOW)
    signature_id = await sign(
        petition,
        language="fr",
        name="Chloé",
        country="FR",
        comment="Vite.",
        consents=((ConsentPurpose.NEWSLETTER, wording),),
    )
    seen = await signature_by_id(signature_id)
    assert seen is not None
    assert (seen.name, seen.country, seen.comment, seen.language) == ("Chloé", "FR", "Vite.", "fr")
    assert (seen.state, seen.newsletter, seen.show_name) == (SignatureState.PENDING, True, False)
    assert (seen.petition_id, seen.text_id) == (petition.id, petition.texts["fr"].id)
    assert seen.demand == petition.texts["fr"].demand
    assert "Chloé" not in repr(seen)


async def test_a_newsletter_given_up_is_told_so() -> None:
    petition = await open_petition()
    wording = await remember_wording(ConsentPurpose.NEWSLETTER, "en", "Yes.", now=NOW)
    signature_id = await sign(petition, consents=((ConsentPurpose.NEWSLETTER, wording),))
    await rows("UPDATE consent SET withdrawn_at = $1", NOW)
    seen = await signature_by_id(signature_id)
    assert seen is not None
    assert not seen.newsletter


async def test_a_signature_that_is_not_there_is_none() -> None:
    assert await signature_by_id(new_id()) is None


# --- Plans ----------------------------------------------------------------------------------------

MANY = """
WITH people AS (
    INSERT INTO supporter (id, email, email_key, language, created_at)
    SELECT gen_random_uuid(), n || '@example.org', n || '@example.org', 'en', $3 FROM generate_series(1, 5000) AS n
    RETURNING id, email
)
INSERT INTO signature (id, petition_id, text_id, supporter_id, state, email, name, country, language, comment,
    comment_state, show_name, source, referred_by, disposable, network_key, submission, mails, code_tries,
    signed_at, confirmed_at)
SELECT gen_random_uuid(), $1, $2, id, 'confirmed', email, 'Amina', 'SN', 'en', '', 'none', true, '', '', false, '',
    1, 2, 0, $3, $3::timestamptz + random() * interval '1 day' FROM people
"""

MANY_TOTALS = """
INSERT INTO tally_total (petition_id, dimension, key, count)
SELECT $1, 'referrer_country', lpad(n::text, 12, 'a') || ':SN', 1 FROM generate_series(1, 5000) AS n
"""


async def plan(statement: str, *values: Any) -> str:
    """What PostgreSQL would do, as JSON text."""
    found = await value(f"EXPLAIN (FORMAT JSON) {statement}", *values)
    return found if isinstance(found, str) else json.dumps(found)


async def crowd() -> OpenPetition:
    petition = await open_petition()
    await rows(MANY, petition.id, petition.texts["en"].id, NOW)
    await rows(MANY_TOTALS, petition.id)
    await rows("ANALYZE signature")
    await rows("ANALYZE tally_total")
    return petition


async def test_pages_of_a_crowded_petition_are_read_by_indexes() -> None:
    petition = await crowd()
    shown = await plan(RECENT_SHOWN, petition.id, 12)
    assert '"signature_shown"' in shown
    assert '"Sort"' not in shown
    for statement, values in ((COUNTS, ([petition.id],)), (BROUGHT, (petition.id, LINK))):
        assert "Seq Scan" not in await plan(statement, *values)
    brought = await plan(BROUGHT, petition.id, LINK)
    assert brought.count("Index Cond") == 2
    assert "key" in json.loads(brought)[0]["Plan"]["Plans"][1]["Plans"][0]["Index Cond"]
