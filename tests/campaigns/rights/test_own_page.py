"""A person's own page tells all there is, and what erasing would do is what it does."""

from __future__ import annotations

import pytest

from campaigns.ids import new_id
from campaigns.mail.models import SuppressionReason
from campaigns.petitions.models import Signature, SignatureState
from campaigns.rights.erasing import erase
from campaigns.rights.own_page import MOST_MAILS, foresee, own_page
from campaigns.rights.shredding import Everything, OfOrganization
from campaigns.supporters.models import ConsentPurpose, Supporter
from tests.factories.lives import Life, Petitions, four_petitions, live
from tests.factories.petitions import NOW, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


@pytest.fixture
async def petitions(database: object) -> Petitions:
    return await four_petitions()


@pytest.fixture
async def zoe(petitions: Petitions) -> Life:
    return await live("zoe", petitions)


async def test_everything_is_there_with_the_words_as_they_were(petitions: Petitions, zoe: Life) -> None:
    await live("other", petitions)
    page = await own_page(zoe.id, language="fr")
    assert page is not None
    assert (page.person.email, page.person.name, page.person.country) == (zoe.email, zoe.name, "SN")
    assert page.person.on_hold is SuppressionReason.UNSUBSCRIBED
    theirs = {zoe.federation, zoe.organization, zoe.ended, zoe.pending}
    assert {each.id for each in page.signatures} == theirs
    signature = next(each for each in page.signatures if each.id == zoe.federation)
    assert signature.campaign_title == "Clean air (fr)"
    assert signature.demand == "Close the street before the school (en)."
    assert (signature.comment, signature.show_name, signature.is_over) == ("Reason of zoe", True, False)
    assert {each.words for each in page.consents} == {f"I agree to {each}." for each in ConsentPurpose}
    assert len(page.consents) == 12
    assert [(each.organization, each.is_on) for each in page.subscriptions] == [
        (None, True),
        ("Medical Students of Belgium", True),
    ]
    assert page.organizations == [(None, None), (petitions.organization_id, "Medical Students of Belgium")]
    assert {each.kind for each in page.mails} == {"confirm_signature", "thank_you", "mailing"}
    assert {each.subject for each in page.mails} == {"", "The street"}
    assert page.mails_in_all == 11


async def test_a_long_history_of_mails_is_cut_and_counted(zoe: Life) -> None:
    await rows(
        "INSERT INTO message (key, kind, language, supporter_id, state, priority, run_after, attempts, repeats, "
        "last_error, created_at) SELECT 'own_page_link:' || n, 'own_page_link', 'en', $1, 'failed', 0, $2, 1, 0, '', $2"
        " FROM generate_series(1, 100) AS n",
        *(zoe.id, NOW),
    )
    page = await own_page(zoe.id, language="en")
    assert page is not None
    assert (len(page.mails), page.mails_in_all) == (MOST_MAILS, 111)


async def test_who_is_held_back_reads_what_everybody_reads() -> None:
    await sign_and_confirm(await open_petition(), held="rate")
    assert await value("SELECT state FROM signature") == "suspected"
    page = await own_page((await Supporter.get()).id, language="en")
    assert page is not None
    assert page.signatures[0].state is SignatureState.CONFIRMED


async def test_nobody_has_a_page_before_they_confirm() -> None:
    await sign(await open_petition())
    assert await own_page((await Supporter.get()).id, language="en") is None
    assert await own_page(new_id(), language="en") is None


@pytest.mark.parametrize("who", ["everybody", "the federation", "the organization"])
async def test_what_is_foreseen_of_an_erasure_is_what_comes_of_it(
    petitions: Petitions, zoe: Life, who: str
) -> None:
    scopes: dict[str, Everything | OfOrganization] = {
        "everybody": Everything(),
        "the federation": OfOrganization(None),
        "the organization": OfOrganization(petitions.organization_id),
    }
    scope = scopes[who]
    page = await own_page(zoe.id, language="en")
    assert page is not None
    foreseen = foresee(page, scope)
    await erase(zoe.id, scope, now=NOW)
    gone = len(foreseen.taken_back) + foreseen.uncounted
    assert await Signature.all().count() == 4 - gone
    assert await Signature.filter(supporter_id=None).count() == len(foreseen.kept_as_numbers)
    assert await value("SELECT count(*) FROM tally_entry WHERE delta = -1") == len(foreseen.taken_back)
    assert (await Supporter.all().count() == 0) == foreseen.all_gone
    assert foreseen.newsletters == (2 if who == "everybody" else 1)


async def test_the_last_organization_to_forget_somebody_forgets_them_wholly() -> None:
    await sign_and_confirm(await open_petition())
    page = await own_page((await Supporter.get()).id, language="en")
    assert page is not None
    assert foresee(page, OfOrganization(None)).all_gone
    assert not foresee(page, OfOrganization(new_id())).all_gone
