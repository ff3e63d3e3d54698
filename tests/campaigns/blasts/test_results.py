"""What came of a blast is told without looking at any row of it."""

from __future__ import annotations

import pytest

from campaigns.blasts.results import Results, blast_results
from campaigns.ids import new_id
from campaigns.mail.counting import fold_mail
from campaigns.petitions.counting import fold
from tests.factories.blasts import becomes, freeze_all, running_blast, signatures, subscribers
from tests.factories.petitions import NOW, open_petition
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


async def test_results_tell_what_became_of_every_mail_and_who_acted_through_its_links() -> None:
    petition, other = await open_petition(), await open_petition(slug="clean-water")
    await subscribers(40)
    blast_id = await running_blast(petition=petition)
    await freeze_all()
    for became, number in {
        "sent": 10,
        "delivered": 8,
        "bounced": 2,
        "complained": 1,
        "failed": 3,
        "uncertain": 1,
    }.items():
        await becomes(became, blast_id, number)
    await rows("UPDATE message SET unsubscribed_at = $1 WHERE state = 'delivered' AND id % 2 = 0", NOW)
    source = await value("SELECT source FROM mailing")
    await signatures(petition, 1, 2, 3, source=source)
    await fold()
    await signatures(other, 4, source=source)
    await signatures(petition, 5, source="whatsapp")
    expected = Results(
        queued=15,
        sent=21,
        delivered=9,
        bounced=2,
        complained=1,
        failed=3,
        uncertain=1,
        unsubscribed=4,
        acted=4,
    )
    found = await blast_results(blast_id)
    assert found.total == found.variants["a"] == expected
    while await fold_mail() or await fold():
        pass
    assert (await blast_results(blast_id)).total == expected
    assert found.total.bounce_rate == pytest.approx(2 / 21)
    assert found.total.complaint_rate == pytest.approx(1 / 21)
    assert found.total.action_rate == pytest.approx(4 / 21)
    assert found.total.unsubscribe_rate == pytest.approx(4 / 21)


async def test_a_signature_that_is_withdrawn_did_not_come_after_all() -> None:
    petition = await open_petition()
    await subscribers(3)
    blast_id = await running_blast(petition=petition)
    source = await value("SELECT source FROM mailing")
    await signatures(petition, 1, 2, source=source)
    await fold()
    await rows(
        "INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)"
        " SELECT petition_id, country, language, source, '', confirmed_at, -1 FROM signature LIMIT 1"
    )
    assert (await blast_results(blast_id)).total.acted == 1


async def test_variants_are_told_apart_and_together() -> None:
    await subscribers(100)
    blast_id = await running_blast(second=True)
    await freeze_all()
    await becomes("sent", blast_id, 5, letter="a")
    await becomes("delivered", blast_id, 7, letter="b")
    found = await blast_results(blast_id)
    assert (found.variants["a"].sent, found.variants["b"].sent, found.total.sent) == (5, 7, 12)
    assert found.total.queued == 88


async def test_of_nothing_nothing_came() -> None:
    found = await blast_results(new_id())
    assert (found.variants, found.total, found.total.action_rate) == ({}, Results(), 0)
