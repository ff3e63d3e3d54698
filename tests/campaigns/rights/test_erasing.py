"""Erasing: nothing is left of a person but numbers, nobody else loses anything, and the count stays exact."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any

import pytest

from campaigns.errors import ChorusError, LinkExpired
from campaigns.ids import new_id
from campaigns.mail.claiming import claim_messages
from campaigns.mail.counting import fold_mail, mailing_totals
from campaigns.mail.delivery import record_sent
from campaigns.mail.models import Message, MessageState
from campaigns.petitions.confirming import try_code
from campaigns.petitions.counting import fold
from campaigns.petitions.models import Signature
from campaigns.petitions.queries import counts
from campaigns.petitions.recounting import recount
from campaigns.petitions.withdrawing import withdraw
from campaigns.rights.erasing import erase
from campaigns.rights.shredding import Everything, OfOrganization
from campaigns.supporters.models import Supporter
from campaigns.supporters.preferring import subscriptions
from campaigns.tokens import keyring
from tests.campaigns.petitions.conftest import AllAtOnce
from tests.factories.lives import Life, Petitions, four_petitions, live, traces
from tests.factories.petitions import NOW, confirm, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


@pytest.fixture
async def petitions(database: object) -> Petitions:
    return await four_petitions()


@pytest.fixture
async def zoe(petitions: Petitions) -> Life:
    return await live("zoe", petitions)


async def counted(petitions: Petitions) -> Sequence[int]:
    """How many count under the federation's, the organization's and the ended petition."""
    while await fold():
        pass
    ids = [petitions.federation.id, petitions.organization.id, petitions.ended.id]
    found = await counts(ids)
    return [found.get(each, 0) for each in ids]


async def send_the_last_mail() -> str:
    """Who gets it."""
    (mail,) = [each for each in await claim_messages(most=10, now=NOW) if each.kind == "erased"]
    await record_sent([mail], now=NOW)
    return mail.recipient


async def test_after_an_erasure_no_table_holds_a_trace_but_the_last_mail(zoe: Life) -> None:
    before = {place.partition(":")[0] for place in await traces(zoe.markers)}
    assert {"signature.network_key", "mail_report.content", "sweep.through", "message.facts"} < before
    assert {"rate_window.key", "suppression.email_key", "blast.frozen_through"} < before

    await erase(zoe.id, Everything(), now=NOW)
    assert {place.partition(":")[0] for place in await traces(zoe.markers)} == {"message.recipient"}
    assert await send_the_last_mail() == zoe.email
    assert await traces(zoe.markers) == []


async def test_nobody_else_loses_anything(petitions: Petitions, zoe: Life) -> None:
    other = await live("other", petitions)
    before = await traces(other.markers)
    await erase(zoe.id, Everything(), now=NOW)
    assert await traces(other.markers) == before


async def test_what_can_still_be_signed_is_taken_back_and_what_is_over_keeps_its_number(
    petitions: Petitions, zoe: Life
) -> None:
    assert await counted(petitions) == [1, 1, 1]
    await erase(zoe.id, Everything(), now=NOW)
    assert await recount(now=NOW) == []
    assert await counted(petitions) == [0, 0, 1]
    assert await recount(now=NOW) == []
    (left,) = await Signature.all()
    assert left.petition_id == petitions.ended.id  # type: ignore[attr-defined]
    assert (left.country, left.language, left.state) == ("SN", "en", "confirmed")


async def test_what_stays_tells_no_moment_and_is_found_by_no_old_link(
    petitions: Petitions, zoe: Life
) -> None:
    await erase(zoe.id, Everything(), now=NOW)
    (left,) = await Signature.all()
    assert left.confirmed_at is not None
    assert {left.signed_at.minute, left.confirmed_at.minute, left.confirmed_at.second} == {0}
    with pytest.raises(LinkExpired):
        await withdraw(zoe.ended, now=NOW)
    with pytest.raises(LinkExpired):
        await confirm(zoe.ended)
    assert await try_code(zoe.ended, 1, "123456", keys=keyring(), now=NOW) == "used_up"


async def test_erasing_twice_is_the_same_as_once(zoe: Life) -> None:
    await erase(zoe.id, Everything(), now=NOW)
    once = await rows("SELECT * FROM tally_entry")
    await erase(zoe.id, Everything(), now=NOW + timedelta(days=1))
    await erase(new_id(), Everything(), now=NOW)
    assert await rows("SELECT * FROM tally_entry") == once
    assert await value("SELECT count(*) FROM message WHERE kind = 'erased'") == 1


@pytest.mark.parametrize("held", [None, "rate"])
async def test_whoever_is_held_back_goes_without_a_trace_in_the_count(held: str | None) -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, held=held)
    await erase((await Supporter.get()).id, Everything(), now=NOW)
    assert await value("SELECT count(*) FROM signature") == 0
    assert await recount(now=NOW) == []


async def test_one_organization_forgets_its_own_and_the_rest_stays(petitions: Petitions, zoe: Life) -> None:
    await erase(zoe.id, OfOrganization(petitions.organization_id), now=NOW)
    left = await Signature.filter(supporter_id=zoe.id)
    assert {each.id for each in left} == {zoe.federation, zoe.pending}
    assert [each.organization_id for each in await subscriptions(zoe.id)] == [None]
    mails = await Message.filter(supporter_id=zoe.id).prefetch_related("mailing")
    assert {each.signature_id for each in mails} == {zoe.federation, zoe.pending, None}
    assert {each.mailing.organization_id for each in mails if each.mailing} == {None}  # type: ignore[attr-defined]
    assert await value("SELECT count(*) FROM traveler") == 1
    assert await value("SELECT count(*) FROM suppression") == 1
    assert await traces([str(zoe.organization), zoe.organization.hex, str(zoe.ended), zoe.ended.hex]) == []
    assert await counted(petitions) == [1, 0, 1]
    assert await recount(now=NOW) == []

    (told,) = await Message.filter(kind="erased")
    assert told.facts == {"organization": "Medical Students of Belgium"}
    await erase(zoe.id, OfOrganization(petitions.organization_id), now=NOW)
    assert await Message.filter(kind="erased").count() == 1


async def test_the_federation_is_an_organization_too(petitions: Petitions, zoe: Life) -> None:
    await erase(zoe.id, OfOrganization(None), now=NOW)
    left = await Signature.filter(supporter_id=zoe.id)
    assert {each.id for each in left} == {zoe.organization, zoe.ended}
    assert [each.organization_id for each in await subscriptions(zoe.id)] == [petitions.organization_id]
    assert await value("SELECT facts ->> 'organization' FROM message WHERE kind = 'erased'") == (
        "Students for Health (en)"
    )


async def test_who_is_left_with_nothing_is_forgotten_wholly_and_told_so(
    petitions: Petitions, zoe: Life
) -> None:
    await erase(zoe.id, OfOrganization(petitions.organization_id), now=NOW)
    await erase(zoe.id, OfOrganization(None), now=NOW)
    assert await value("SELECT count(*) FROM supporter") == 0
    told = await rows(
        "SELECT facts ->> 'organization' AS told FROM message WHERE kind = 'erased' ORDER BY id"
    )
    assert [row["told"] for row in told] == ["Medical Students of Belgium", ""]
    await rows("UPDATE message SET recipient = NULL, state = 'sent', sent_at = $1 WHERE kind = 'erased'", NOW)
    assert await traces(zoe.markers) == []


async def test_a_name_given_to_the_erased_organization_is_not_kept_for_the_others(
    petitions: Petitions,
) -> None:
    await sign_and_confirm(petitions.federation, name="Amina Diallo", country="SN")
    await sign_and_confirm(
        petitions.organization, name="A. D. of Dakar", country="BE", now=NOW + timedelta(hours=1)
    )
    supporter = await Supporter.get()
    assert (supporter.name, supporter.country) == ("A. D. of Dakar", "BE")
    await erase(supporter.id, OfOrganization(petitions.organization_id), now=NOW)
    await supporter.refresh_from_db()
    assert (supporter.name, supporter.country) == ("Amina Diallo", "SN")


async def test_the_totals_of_a_mailing_wait_for_no_mail_that_will_never_go(zoe: Life) -> None:
    mailings = [row["id"] for row in await rows("SELECT id FROM mailing")]
    await erase(zoe.id, Everything(), now=NOW)
    await fold_mail()
    for totals in (await mailing_totals(mailings)).values():
        assert {what: count for what, count in totals.items() if count} == {"sent": 1, "suppressed": 1}


async def test_a_hall_that_shares_a_network_keeps_the_hits_of_the_others() -> None:
    petition = await open_petition()
    for number in range(3):
        await sign_and_confirm(petition, email=f"person{number}@example.org", network="the network of a hall")
    for number, left in ((0, [2, 2, 2]), (1, [1, 1, 1]), (2, [])):
        person = await Supporter.get(email=f"person{number}@example.org")
        await erase(person.id, Everything(), now=NOW)
        assert [
            row["hits"] for row in await rows("SELECT hits FROM rate_window WHERE key LIKE '%hall'")
        ] == left


async def test_a_mailbox_that_takes_no_mail_gets_no_last_one() -> None:
    await sign_and_confirm(await open_petition())
    await rows("INSERT INTO suppression VALUES ('amina@example.org', 'complaint', $1)", NOW)
    await erase((await Supporter.get()).id, Everything(), now=NOW)
    assert await value("SELECT count(*) FROM message") == 0


async def test_a_mail_in_a_workers_hands_is_forgotten_and_records_nothing(zoe: Life) -> None:
    held = await claim_messages(most=10, now=NOW)
    assert {each.supporter_id for each in held} == {zoe.id, None}
    await erase(zoe.id, Everything(), now=NOW)
    await record_sent(held, now=NOW)
    assert await Message.filter(state=MessageState.SENDING, supporter_id__isnull=False).count() == 0
    await send_the_last_mail()
    assert await traces(zoe.markers) == []


async def answer_of(work: Coroutine[Any, Any, Any]) -> Any:
    """What it returns, or what the product says is wrong; anything else is a failure."""
    try:
        return await work
    except ChorusError as error:
        return error


async def test_erasing_signing_and_confirming_at_once_end_well(all_at_once: AllAtOnce) -> None:
    first, second = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    await sign_and_confirm(first)
    waiting = await sign(second)
    person = await Supporter.get()
    work = (
        erase(person.id, Everything(), now=NOW),
        confirm(waiting),
        withdraw(waiting, now=NOW),
        erase(person.id, Everything(), now=NOW),
        erase(person.id, OfOrganization(None), now=NOW),
    )
    await all_at_once("signature", *(answer_of(each) for each in work))
    assert await recount(now=NOW) == []
    assert await Supporter.filter(id=person.id).count() == 0
