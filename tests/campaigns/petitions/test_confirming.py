"""Confirming: a signature counts from the moment its mailbox's owner says so, and once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from campaigns.campaign.models import Campaign, CampaignState, Outcome
from campaigns.errors import ChorusError, LinkExpired, NewerWords, PetitionClosed
from campaigns.ids import new_id
from campaigns.petitions.confirming import (
    CODE_LIFETIME,
    MOST_CODE_TRIES,
    CodeVerdict,
    Confirmation,
    Confirmed,
    can_confirm,
    confirm_all,
    confirming_group,
    try_code,
)
from campaigns.petitions.models import Signature, SignatureState
from campaigns.petitions.signing import SAME_AGAIN
from campaigns.petitions.withdrawing import withdraw
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose, Supporter
from campaigns.tokens import Keyring
from tests.campaigns.petitions.conftest import AllAtOnce
from tests.factories.petitions import (
    NOW,
    newest_submission,
    open_petition,
    sign,
    sign_and_confirm,
)
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

KEYS = Keyring("a key for tests, longer than thirty-two characters")
HOUR = timedelta(hours=1)


async def confirm(signature_id: UUID, *, now: datetime = NOW) -> Confirmed | ChorusError:
    """What a press of the button in the newest mail is answered."""
    (answer,) = await confirm_all([Confirmation(signature_id, await newest_submission(signature_id), now)])
    return answer


async def counted() -> int:
    return int(await value("SELECT coalesce(sum(delta), 0) FROM tally_entry"))


# --- Once -----------------------------------------------------------------------------------------


async def test_a_confirmed_signature_counts() -> None:
    petition = await open_petition()
    signature_id = await sign(
        petition, country="SN", language="fr", source="event", referred_by="abcdefghijkl"
    )
    assert await counted() == 0

    assert await confirm(signature_id) == Confirmed(signature_id, petition.id, already=False)

    signature = await Signature.get(id=signature_id)
    assert signature.state is SignatureState.CONFIRMED
    assert signature.confirmed_at == NOW
    (entry,) = await rows("SELECT * FROM tally_entry")
    assert (entry["petition_id"], entry["delta"]) == (petition.id, 1)
    assert (entry["country"], entry["language"]) == ("SN", "fr")
    assert (entry["source"], entry["referred_by"]) == ("event", "abcdefghijkl")
    assert entry["hour"] == NOW.replace(minute=0, second=0)


async def test_confirming_again_is_told_so_and_counts_no_more() -> None:
    petition = await open_petition()
    signature_id = await sign(petition)
    first = await confirm(signature_id)
    again = await confirm(signature_id, now=NOW + HOUR)
    assert isinstance(first, Confirmed) and not first.already
    assert isinstance(again, Confirmed) and again.already
    assert (await Signature.get()).confirmed_at == NOW
    assert await counted() == 1


async def test_however_many_confirm_it_at_once_it_counts_once(all_at_once: AllAtOnce) -> None:
    """Eight connections, as eight processes would have: one answer is the first, the others come after it."""
    signature_id = await sign(await open_petition())
    answers = await all_at_once("signature", *(confirm(signature_id) for _ in range(8)))
    assert sorted(answer.already for answer in answers) == [False] + [True] * 7
    assert await counted() == 1


async def test_two_presses_in_one_group_count_once() -> None:
    signature_id = await sign(await open_petition())
    door = confirming_group()
    answers = await asyncio.gather(*(door.submit(Confirmation(signature_id, 1, NOW)) for _ in range(5)))
    assert {answer.signature_id for answer in answers} == {signature_id}
    assert await counted() == 1


async def test_groups_that_meet_the_same_people_in_opposite_orders_do_not_wait_for_each_other(
    all_at_once: AllAtOnce,
) -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    people = [f"person{number}@example.org" for number in range(40)]
    by_air = [Confirmation(await sign(air, email=email), 1, NOW) for email in people]
    by_water = [Confirmation(await sign(water, email=email), 1, NOW) for email in reversed(people)]
    await all_at_once("supporter", confirm_all(by_air), confirm_all(by_water))
    assert await counted() == 2 * len(people)


async def test_a_petition_no_longer_open_does_not_keep_others_of_the_group_from_confirming() -> None:
    late, in_time = await open_petition(slug="late"), await open_petition(slug="in-time")
    ids = [await sign(late), await sign(in_time), new_id()]
    await Campaign.filter(slug="late").update(state=CampaignState.ENDED, outcome=Outcome.LOST)
    closed, confirmed, unknown = await confirm_all([Confirmation(each, 1, NOW) for each in ids])
    assert isinstance(closed, PetitionClosed)
    assert isinstance(confirmed, Confirmed)
    assert isinstance(unknown, LinkExpired)


# --- Not every signature counts -------------------------------------------------------------------


async def test_a_held_signature_answers_like_any_other_but_is_only_suspected() -> None:
    petition = await open_petition()
    signature_id = await sign(petition, held="rate")
    assert await confirm(signature_id) == Confirmed(signature_id, petition.id, already=False)
    assert await confirm(signature_id) == Confirmed(signature_id, petition.id, already=True)
    assert (await Signature.get()).state is SignatureState.SUSPECTED
    assert await counted() == 0
    assert await value("SELECT count(*) FROM message WHERE kind = 'thank_you'") == 1


async def test_a_link_confirms_the_words_it_was_mailed_for_and_no_newer_ones() -> None:
    """Who sends a form in the name of another must not have their words confirmed by the link of an earlier mail."""
    petition = await open_petition()
    signature_id = await sign(petition, name="Amina")
    await sign(petition, name="Somebody Else", now=NOW + 2 * SAME_AGAIN)
    (answer,) = await confirm_all([Confirmation(signature_id, 1, NOW)])
    assert isinstance(answer, NewerWords)
    assert (await Signature.get()).state is SignatureState.PENDING
    assert isinstance(await confirm(signature_id), Confirmed)
    (again,) = await confirm_all([Confirmation(signature_id, 1, NOW)])
    assert again == Confirmed(signature_id, petition.id, already=True)


async def test_what_was_withdrawn_before_is_not_confirmed_by_an_old_link() -> None:
    signature_id = await sign(await open_petition())
    await withdraw(signature_id, now=NOW)
    assert isinstance(await confirm(signature_id), LinkExpired)
    assert (await Signature.get()).state is SignatureState.WITHDRAWN
    assert await counted() == 0


async def test_a_link_to_what_is_gone_has_expired() -> None:
    await open_petition()
    assert isinstance(await confirm(new_id()), LinkExpired)


# --- After the end --------------------------------------------------------------------------------


async def test_who_signed_in_time_may_confirm_a_day_after_the_end() -> None:
    petition = await open_petition(closes_at=NOW + HOUR)
    first = await sign(petition, email="first@example.org")
    second = await sign(petition, email="second@example.org")
    await Campaign.filter(id=petition.campaign.id).update(state=CampaignState.CLOSED)

    assert isinstance(await confirm(first, now=NOW + 24 * HOUR), Confirmed)
    assert not await can_confirm(second, now=NOW + 25 * HOUR)
    assert isinstance(await confirm(second, now=NOW + 25 * HOUR), PetitionClosed)
    assert await counted() == 1


@pytest.mark.parametrize(
    ("state", "outcome", "taken"),
    [
        (CampaignState.OPEN, None, True),
        (CampaignState.PAUSED, None, True),
        (CampaignState.CLOSED, None, True),
        (CampaignState.DRAFT, None, False),
        (CampaignState.ENDED, Outcome.WON, False),
    ],
)
async def test_a_pause_does_not_stop_who_has_signed_already(
    state: CampaignState, outcome: Outcome | None, taken: bool
) -> None:
    petition = await open_petition()
    signature_id = await sign(petition)
    await Campaign.filter(id=petition.campaign.id).update(state=state, outcome=outcome)
    assert await can_confirm(signature_id, now=NOW) is taken
    assert isinstance(await confirm(signature_id), Confirmed if taken else PetitionClosed)


async def test_nobody_can_confirm_a_signature_that_is_not_there() -> None:
    assert not await can_confirm(new_id(), now=NOW)


# --- What confirming proves -----------------------------------------------------------------------


async def test_every_consent_of_the_form_holds_from_the_confirmation_on() -> None:
    petition = await open_petition()
    agreed = [(purpose, await remember_wording(purpose, "en", "Yes.", now=NOW)) for purpose in ConsentPurpose]
    signature_id = await sign(petition, consents=tuple(agreed))
    await sign(petition, email="other@example.org", consents=tuple(agreed))
    await confirm(signature_id, now=NOW + HOUR)
    assert await value("SELECT count(*) FROM consent WHERE confirmed_at = $1", NOW + HOUR) == len(agreed)
    assert await value("SELECT count(*) FROM consent WHERE confirmed_at IS NULL") == len(agreed)


async def test_the_mailbox_is_proven_and_known_by_the_spelling_and_language_confirmed_last() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    await sign_and_confirm(air, email="amina.diallo@gmail.com", language="en")
    later = await sign(water, email="AminaDiallo@gmail.com", language="fr")
    assert (await Supporter.get()).email == "amina.diallo@gmail.com"

    await confirm(later, now=NOW + HOUR)

    supporter = await Supporter.get()
    assert (supporter.email, supporter.language) == ("AminaDiallo@gmail.com", "fr")
    assert supporter.confirmed_at == NOW


async def test_the_signer_is_thanked_once() -> None:
    signature_id = await sign(await open_petition(), language="ar")
    for hour in range(3):
        await confirm(signature_id, now=NOW + hour * HOUR)
    (message,) = await rows("SELECT * FROM message WHERE kind = 'thank_you'")
    assert (message["language"], message["priority"], message["signature_id"]) == ("ar", 1, signature_id)


# --- The six-digit code ---------------------------------------------------------------------------


async def verdict(signature_id: UUID, code: str, *, submission: int = 1, now: datetime = NOW) -> CodeVerdict:
    return await try_code(signature_id, submission, code, keys=KEYS, now=now)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_the_code_of_the_mail_is_right_and_any_other_is_wrong() -> None:
    signature_id = await sign(await open_petition())
    code = KEYS.six_digits(signature_id, 1)
    assert await verdict(signature_id, wrong(code)) is CodeVerdict.WRONG
    assert await verdict(signature_id, "١٢٣٤٥٦") is CodeVerdict.WRONG
    assert await verdict(signature_id, code) is CodeVerdict.RIGHT


async def test_after_five_tries_even_the_right_code_is_worthless() -> None:
    signature_id = await sign(await open_petition())
    code = KEYS.six_digits(signature_id, 1)
    tries = [await verdict(signature_id, wrong(code)) for _ in range(MOST_CODE_TRIES)]
    assert tries == [CodeVerdict.WRONG] * 5
    assert await verdict(signature_id, code) is CodeVerdict.USED_UP


async def test_five_tries_are_five_though_they_come_at_once() -> None:
    signature_id = await sign(await open_petition())
    bad = wrong(KEYS.six_digits(signature_id, 1))
    tries = await asyncio.gather(*(verdict(signature_id, bad) for _ in range(12)))
    assert tries.count(CodeVerdict.WRONG) == MOST_CODE_TRIES


async def test_a_new_mail_brings_a_new_code_and_new_tries_and_ends_the_old_code() -> None:
    petition = await open_petition()
    signature_id = await sign(petition)
    old = KEYS.six_digits(signature_id, 1)
    for _ in range(MOST_CODE_TRIES):
        await verdict(signature_id, wrong(old))
    await sign(petition, now=NOW + 2 * SAME_AGAIN)
    assert await verdict(signature_id, old) is CodeVerdict.WRONG
    assert await verdict(signature_id, old, submission=2) is CodeVerdict.WRONG
    new = KEYS.six_digits(signature_id, 2)
    assert await verdict(signature_id, new) is CodeVerdict.WRONG
    assert await verdict(signature_id, new, submission=2) is CodeVerdict.RIGHT


async def test_a_code_is_good_for_three_days() -> None:
    signature_id = await sign(await open_petition())
    code = KEYS.six_digits(signature_id, 1)
    assert await verdict(signature_id, code, now=NOW + CODE_LIFETIME - HOUR) is CodeVerdict.RIGHT
    assert await verdict(signature_id, code, now=NOW + CODE_LIFETIME) is CodeVerdict.USED_UP


async def test_a_code_for_what_is_gone_is_used_up() -> None:
    assert await verdict(new_id(), "123456") is CodeVerdict.USED_UP


async def test_guessing_codes_does_not_tell_who_has_signed() -> None:
    """Somebody types two addresses into the form, one of which signed long ago, and guesses: the same answers."""
    petition = await open_petition()
    await sign_and_confirm(petition, email="signed@example.org", now=NOW - timedelta(days=9))
    told = {}
    for email in ("signed@example.org", "new@example.org"):
        signature_id = await sign(petition, email=email)
        bad = wrong(KEYS.six_digits(signature_id, 1))
        told[email] = [await verdict(signature_id, bad) for _ in range(MOST_CODE_TRIES + 2)]
    assert told["signed@example.org"] == told["new@example.org"]
