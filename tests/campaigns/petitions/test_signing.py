"""Signing: one signature for each mailbox, and one answer for everybody."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from campaigns.campaign.models import CampaignState, Outcome
from campaigns.errors import ChorusError, PetitionClosed, TooManyTries
from campaigns.ids import new_id
from campaigns.petitions.limits import Limit, SigningLimits
from campaigns.petitions.models import Signature, SignatureState
from campaigns.petitions.signing import MOST_MAILS, ROBOT, SAME_AGAIN, Signed, sign_all, signing_group
from campaigns.petitions.withdrawing import withdraw
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose, Supporter
from tests.factories.federation import small_federation
from tests.factories.petitions import (
    NOW,
    OpenPetition,
    confirm,
    open_petition,
    sign,
    sign_and_confirm,
    submission,
)
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

LATER = NOW + SAME_AGAIN + timedelta(seconds=1)
LIMITS = SigningLimits(
    network=(
        Limit(name="burst", most=2, window=timedelta(minutes=1)),
        Limit(name="sustained", most=100, window=timedelta(hours=1)),
    ),
    refuse_at=3,
)


async def mails(kind: str) -> int:
    return int(await value("SELECT count(*) FROM message WHERE kind = $1", kind))


# --- One person, one signature --------------------------------------------------------------------


async def test_a_new_signer_gets_a_pending_signature_and_a_mail_that_asks_to_confirm_it() -> None:
    petition = await open_petition()
    signature_id = await sign(
        petition, name="Amina Diallo", country="SN", comment="For my son.", source="event"
    )

    signature = await Signature.get(id=signature_id)
    assert signature.state is SignatureState.PENDING
    assert (signature.name, signature.country, signature.comment) == ("Amina Diallo", "SN", "For my son.")
    assert (signature.submission, signature.mails, signature.source) == (1, 1, "event")
    (message,) = await rows("SELECT kind, state, priority, signature_id FROM message")
    assert message == {
        "kind": "confirm_signature",
        "state": "queued",
        "priority": 0,
        "signature_id": signature_id,
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("amina@example.org", "Amina@Example.ORG"),
        ("amina.diallo@gmail.com", "aminadiallo@gmail.com"),
        ("amina@gmail.com", "amina+petitions@googlemail.com"),
    ],
)
async def test_two_spellings_of_one_mailbox_are_one_signature(first: str, second: str) -> None:
    petition = await open_petition()
    assert await sign(petition, email=first) == await sign(petition, email=second, now=LATER)
    assert await Signature.all().count() == await Supporter.all().count() == 1


async def test_two_people_are_two_signatures() -> None:
    petition = await open_petition()
    assert await sign(petition, email="amina@example.org") != await sign(petition, email="bao@example.org")
    assert await Signature.all().count() == 2


async def test_one_person_may_sign_two_petitions_even_in_one_group() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    answers = await sign_all([submission(air), submission(water)], limits=SigningLimits())
    assert len({answer.signature_id for answer in answers if isinstance(answer, Signed)}) == 2
    assert await Supporter.all().count() == 1
    assert await mails("confirm_signature") == 2


async def test_one_person_twice_in_one_group_is_one_signature_with_the_last_words() -> None:
    petition = await open_petition()
    first, last = await sign_all(
        [submission(petition, name="Amin"), submission(petition, name="Amina")], limits=SigningLimits()
    )
    assert isinstance(first, Signed)
    assert first == last
    assert (await Signature.get()).name == "Amina"
    assert await mails("confirm_signature") == 1


# --- The same person again ------------------------------------------------------------------------


async def test_who_has_signed_gets_the_same_answer_and_only_a_mail_that_says_so() -> None:
    petition = await open_petition()
    signature_id = await sign_and_confirm(petition)
    before = await rows("SELECT id, state, name, submission, signed_at, confirmed_at FROM signature")

    assert await sign(petition, name="Somebody Else", now=LATER) == signature_id

    assert await rows("SELECT id, state, name, submission, signed_at, confirmed_at FROM signature") == before
    assert await mails("already_signed") == 1
    assert await mails("confirm_signature") == 1


async def test_who_has_not_confirmed_yet_replaces_their_words_and_gets_a_new_code() -> None:
    petition = await open_petition()
    signature_id = await sign(petition, name="Amin", comment="", language="en")
    assert await sign(petition, name="Amina", comment="Now.", language="fr", now=LATER) == signature_id

    signature = await Signature.get(id=signature_id)
    assert (signature.name, signature.comment, signature.language) == ("Amina", "Now.", "fr")
    assert (signature.submission, signature.mails, signature.code_tries) == (2, 2, 0)
    assert signature.signed_at == LATER
    assert await value("SELECT text_id FROM signature") == petition.texts["fr"].id
    assert await mails("confirm_signature") == 2


async def test_a_second_press_of_the_button_sends_no_second_mail() -> None:
    petition = await open_petition()
    await sign(petition)
    await sign(petition, now=NOW + SAME_AGAIN - timedelta(seconds=1))
    assert await mails("confirm_signature") == 1


async def test_a_correction_a_moment_later_is_no_second_press() -> None:
    petition = await open_petition()
    await sign(petition, name="Amin")
    await sign(petition, name="Amina", now=NOW + timedelta(seconds=5))
    assert (await Signature.get()).name == "Amina"
    assert await mails("confirm_signature") == 2


async def test_nobody_can_have_more_than_five_mails_sent_to_a_stranger_and_then_one_a_day() -> None:
    petition = await open_petition()
    answers = {await sign(petition, now=NOW + timedelta(hours=hour)) for hour in range(24)}
    assert len(answers) == 1
    assert await mails("confirm_signature") == MOST_MAILS == 5
    for day in (2, 3):
        for hour in range(4):
            await sign(petition, now=NOW + timedelta(days=day, hours=hour))
    assert await mails("confirm_signature") == MOST_MAILS + 2


async def test_words_are_replaced_though_no_mail_is_sent_any_more() -> None:
    petition = await open_petition()
    for minute in range(9):
        await sign(petition, name=f"Amina {minute}", now=NOW + timedelta(minutes=minute))
    assert (await Signature.get()).name == "Amina 8"
    assert await mails("confirm_signature") == MOST_MAILS


async def test_nor_to_somebody_who_has_signed() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition)
    for hour in range(1, 9):
        await sign(petition, now=NOW + timedelta(hours=hour))
    assert await value("SELECT count(*) FROM message") == MOST_MAILS


async def test_who_withdrew_may_sign_again() -> None:
    petition = await open_petition()
    signature_id = await sign_and_confirm(petition)
    await withdraw(signature_id, now=NOW)
    assert await sign(petition, now=LATER) == signature_id

    signature = await Signature.get(id=signature_id)
    assert signature.state is SignatureState.PENDING
    assert signature.confirmed_at is None
    assert signature.withdrawn_at is None
    assert await mails("confirm_signature") == 2


async def test_who_signs_again_after_withdrawing_is_thanked_and_reminded_as_before() -> None:
    petition = await open_petition()
    signature_id = await sign_and_confirm(petition)
    await withdraw(signature_id, now=LATER)
    await sign_and_confirm(petition, now=LATER + timedelta(hours=1))
    await sign(petition, now=LATER + timedelta(hours=2))
    assert await mails("thank_you") == 2
    assert await mails("already_signed") == 1


async def test_a_signature_a_moderator_struck_out_stays_so_and_the_answer_tells_nothing() -> None:
    petition = await open_petition()
    signature_id = await sign_and_confirm(petition)
    await rows("UPDATE signature SET state = 'invalidated'")
    assert await sign(petition, now=LATER) == signature_id
    assert (await Signature.get()).state is SignatureState.INVALIDATED
    assert await mails("confirm_signature") == 1


# --- What they agreed to --------------------------------------------------------------------------


async def wordings(*purposes: ConsentPurpose) -> dict[ConsentPurpose, UUID]:
    return {
        purpose: await remember_wording(purpose, "en", f"I agree ({purpose})", now=NOW)
        for purpose in purposes
    }


async def consents() -> set[tuple[str, UUID]]:
    return {(row["purpose"], row["wording_id"]) for row in await rows("SELECT * FROM consent")}


@pytest.mark.parametrize(
    "ticked",
    [
        (ConsentPurpose.SIGNATURE,),
        (ConsentPurpose.SIGNATURE, ConsentPurpose.PUBLIC_NAME),
        tuple(ConsentPurpose),
    ],
)
async def test_consents_are_exactly_the_boxes_ticked_with_the_words_beside_them(
    ticked: Sequence[ConsentPurpose],
) -> None:
    petition = await open_petition()
    shown = await wordings(*ConsentPurpose)
    signature_id = await sign(petition, consents=tuple((purpose, shown[purpose]) for purpose in ticked))
    assert await consents() == {(purpose.value, shown[purpose]) for purpose in ticked}
    for row in await rows("SELECT * FROM consent"):
        assert row["signature_id"] == signature_id
        assert row["method"] == "web-form"
        assert row["given_at"] == NOW
        assert row["confirmed_at"] is row["withdrawn_at"] is None


async def test_a_form_without_boxes_leaves_no_consent() -> None:
    await sign(await open_petition())
    assert await consents() == set()


async def test_a_box_no_longer_ticked_in_a_second_form_is_no_longer_a_consent() -> None:
    petition = await open_petition()
    shown = await wordings(*ConsentPurpose)
    await sign(petition, consents=tuple(shown.items()))
    first_only = ((ConsentPurpose.SIGNATURE, shown[ConsentPurpose.SIGNATURE]),)
    await sign(petition, name="Amina D.", consents=first_only, now=LATER)
    assert await consents() == {("signature", shown[ConsentPurpose.SIGNATURE])}


async def test_a_newsletter_ticked_a_moment_later_is_no_second_press() -> None:
    petition = await open_petition()
    await sign(petition)
    shown = await wordings(ConsentPurpose.NEWSLETTER)
    await sign(petition, consents=tuple(shown.items()), now=NOW + timedelta(seconds=5))
    assert await consents() == {("newsletter", shown[ConsentPurpose.NEWSLETTER])}


async def test_a_newsletter_is_that_of_the_organization_named_beside_the_box() -> None:
    petition = await open_petition()
    ours = (await small_federation()).organization.id
    shown = await wordings(*ConsentPurpose)
    await sign(petition, consents=tuple(shown.items()), newsletter_of=ours)
    of = {row["purpose"]: row["organization_id"] for row in await rows("SELECT * FROM consent")}
    assert of == {"signature": None, "public_name": None, "newsletter": ours}


async def test_nobody_can_consent_in_the_name_of_one_who_has_signed() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition)
    shown = await wordings(ConsentPurpose.NEWSLETTER)
    await sign(petition, consents=tuple(shown.items()), now=LATER)
    assert await consents() == set()


# --- Which petition -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        *((state, None) for state in CampaignState if state not in (CampaignState.OPEN, CampaignState.ENDED)),
        (CampaignState.ENDED, Outcome.WON),
    ],
)
async def test_only_an_open_petition_takes_signatures(state: CampaignState, outcome: Outcome | None) -> None:
    petition = await open_petition(state=state, outcome=outcome)
    with pytest.raises(PetitionClosed):
        await sign(petition)
    assert await Supporter.all().count() == await Signature.all().count() == 0


async def test_a_petition_takes_signatures_until_its_closing_moment() -> None:
    petition = await open_petition(closes_at=NOW)
    await sign(petition, email="in-time@example.org", now=NOW - timedelta(seconds=1))
    with pytest.raises(PetitionClosed):
        await sign(petition, email="late@example.org", now=NOW)


async def test_a_petition_that_does_not_exist_is_closed() -> None:
    with pytest.raises(PetitionClosed):
        await sign(await open_petition(), petition_id=new_id())


async def test_a_closed_petition_does_not_keep_others_of_the_group_from_signing() -> None:
    closed = await open_petition(slug="closed", state=CampaignState.CLOSED)
    petition = await open_petition()
    refused, taken = await sign_all([submission(closed), submission(petition)], limits=SigningLimits())
    assert isinstance(refused, PetitionClosed)
    assert isinstance(taken, Signed)


async def test_the_text_of_another_petition_cannot_be_signed() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    with pytest.raises(IntegrityError):
        await sign(air, text_id=water.texts["en"].id)
    assert await Signature.all().count() == await Supporter.all().count() == 0
    assert await mails("confirm_signature") == 0


# --- Limits ---------------------------------------------------------------------------------------


async def from_one_hall(petition: OpenPetition, people: int, **changes: Any) -> list[Signed | ChorusError]:
    forms = [
        submission(petition, email=f"person{number}@example.org", network="one-hall", **changes)
        for number in range(people)
    ]
    return [(await sign_all([form], limits=LIMITS))[0] for form in forms]


async def test_above_the_limit_of_a_network_signatures_are_held_back_and_nobody_can_tell() -> None:
    petition = await open_petition()
    answers = await from_one_hall(petition, 4)
    assert all(isinstance(answer, Signed) for answer in answers)
    held = [row["held"] for row in await rows("SELECT held FROM signature ORDER BY email")]
    assert held == [None, None, "rate", "rate"]
    assert await mails("confirm_signature") == 4


async def test_a_held_signature_is_put_before_a_moderator_instead_of_counted() -> None:
    petition = await open_petition()
    for answer in await from_one_hall(petition, 3):
        assert isinstance(answer, Signed)
        await confirm(answer.signature_id)
    states = [row["state"] for row in await rows("SELECT state FROM signature ORDER BY email")]
    assert states == ["confirmed", "confirmed", "suspected"]
    assert await value("SELECT sum(delta) FROM tally_entry") == 2


async def test_whoever_sent_a_held_form_in_the_name_of_another_does_not_hold_theirs_back() -> None:
    petition = await open_petition()
    await sign(petition, name="Nobody", source="flood", referred_by="f" * 12, held="blocked")
    await sign(petition, name="Amina", source="event", now=LATER)
    signature = await Signature.get()
    assert (signature.held, signature.source, signature.referred_by) == (None, "event", "")


async def test_a_robot_is_answered_like_anybody_and_mails_nobody() -> None:
    signature_id = await sign(await open_petition(), held=ROBOT)
    assert (await Signature.get()).id == signature_id
    assert await value("SELECT count(*) FROM message") == 0


async def test_far_above_the_limit_a_network_is_told_to_wait_and_nothing_is_written() -> None:
    petition = await open_petition()
    answers = await from_one_hall(petition, 8)
    assert [isinstance(answer, TooManyTries) for answer in answers] == [False] * 6 + [True] * 2
    assert await Signature.all().count() == 6


async def test_one_network_does_not_use_up_the_limit_of_another_or_of_another_petition() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    await from_one_hall(air, 8)
    (elsewhere,) = await sign_all([submission(air, network="another-hall")], limits=LIMITS)
    (other,) = await sign_all([submission(water, network="one-hall")], limits=LIMITS)
    assert isinstance(elsewhere, Signed)
    assert isinstance(other, Signed)
    assert await value("SELECT count(*) FROM signature WHERE held IS NOT NULL") == 4


@pytest.mark.parametrize("shared", ["neighborhood", "provider"])
async def test_many_networks_of_one_owner_and_many_mailboxes_of_one_domain_are_held_but_never_refused(
    shared: str,
) -> None:
    petition = await open_petition()
    two = Limit(name=shared, most=2, window=timedelta(days=1))
    limits = replace(LIMITS, neighborhood=two) if shared == "neighborhood" else replace(LIMITS, provider=two)
    for number in range(9):
        form = submission(petition, email=f"person{number}@example.org", **{shared: "theirs"})
        (answer,) = await sign_all([form], limits=limits)
        assert isinstance(answer, Signed)
    held = [row["held"] for row in await rows("SELECT held FROM signature ORDER BY email")]
    assert held == [None, None, *["rate"] * 7]


async def test_the_answer_is_the_same_in_kind_whoever_asks() -> None:
    """New, pending, signed, held, struck out: each is told only what its own sealed cookie keeps."""
    petition = await open_petition()
    answers = [
        *await sign_all([submission(petition)], limits=LIMITS),
        *await sign_all([submission(petition)], limits=LIMITS),
    ]
    await sign_and_confirm(petition, email="signed@example.org")
    await sign_and_confirm(petition, email="struck@example.org")
    await rows("UPDATE signature SET state = 'invalidated' WHERE email = 'struck@example.org'")
    for email in ("signed@example.org", "struck@example.org"):
        answers += await sign_all([submission(petition, email=email, now=LATER)], limits=LIMITS)
    answers += await sign_all([submission(petition, email="held@example.org", held="blocked")], limits=LIMITS)
    assert {type(answer) for answer in answers} == {Signed}
    assert Signed.__slots__ == ("signature_id", "submission")
    assert all(isinstance(answer, Signed) and answer.submission >= 1 for answer in answers)


# --- Many at once ---------------------------------------------------------------------------------


async def test_a_crowd_through_several_doors_is_one_signature_each() -> None:
    """Two groups and writers beside them, with the same people in different orders: none waits for another."""
    petition = await open_petition()
    people = [f"person{number}@example.org" for number in range(100)]
    for email in people[::3]:
        await sign(petition, email=email)
    chance = random.Random("a crowd")
    orders = [chance.sample(people, len(people)) for _ in range(6)]
    doors = [signing_group(), signing_group()]

    def forms(order: Sequence[str], moment: int) -> list[Any]:
        now = NOW + timedelta(hours=1 + moment)
        return [submission(petition, email=email, name=f"{email} {moment}", now=now) for email in order]

    through_groups = [
        doors[moment % 2].submit(form)
        for moment, order in enumerate(orders[:3])
        for form in forms(order, moment)
    ]
    directly = [
        sign_all(forms(order[: 20 + 40 * number], 3 + number), limits=SigningLimits())
        for number, order in enumerate(orders[3:])
    ]
    await asyncio.gather(*through_groups, *directly)

    assert await Signature.all().count() == await Supporter.all().count() == len(people)
    assert await value("SELECT count(DISTINCT email) FROM signature") == len(people)
    assert await value("SELECT count(*) FROM message") == await value("SELECT sum(mails) FROM signature")


async def test_rows_are_written_in_the_one_order_in_which_every_group_takes_its_locks() -> None:
    """By supporter, whatever the order of addresses or forms; otherwise groups of known people deadlock."""
    petition = await open_petition()
    numbers = random.Random("any order").sample(range(99), 60)
    forms = [submission(petition, email=f"person{number}@example.org") for number in numbers]
    await sign_all(forms, limits=SigningLimits())
    written = [row["supporter_id"] for row in await rows("SELECT supporter_id FROM signature ORDER BY ctid")]
    assert written == sorted(written)


async def test_one_form_the_database_refuses_does_not_take_its_neighbors() -> None:
    air, water = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    door = signing_group()
    answers = await asyncio.gather(
        door.submit(submission(air, email="a@example.org")),
        door.submit(submission(air, email="b@example.org", text_id=water.texts["en"].id)),
        door.submit(submission(air, email="c@example.org")),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [Signed, IntegrityError, Signed]
    assert await Signature.all().count() == 2
