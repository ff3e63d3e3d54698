"""Changing the address: both mailboxes agree, nobody is probed, nothing is counted twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from campaigns.errors import LinkExpired, TooManyTries
from campaigns.ids import new_id
from campaigns.mail.contents import find_contents
from campaigns.mail.models import Message
from campaigns.petitions.counting import fold
from campaigns.petitions.models import Signature
from campaigns.petitions.queries import counts
from campaigns.petitions.recounting import recount
from campaigns.rights.address_changing import (
    KEPT_FOR,
    LIFETIME,
    ChangeState,
    approve,
    ask_for_change,
    change_by_id,
    confirm_by_code,
    confirm_new,
    forget_old_changes,
    newest_change,
    stop,
)
from campaigns.rights.erasing import erase
from campaigns.rights.limits import CHANGING_PERSON, CODE_TRIES
from campaigns.rights.shredding import Everything
from campaigns.supporters.addresses import read_address
from campaigns.supporters.models import Consent, Supporter
from campaigns.supporters.preferring import subscriptions
from campaigns.supporters.unsubscribing import unsubscribe
from campaigns.tokens import keyring
from tests.campaigns.petitions.conftest import AllAtOnce
from tests.factories.lives import end, four_petitions, live
from tests.factories.petitions import NOW, OpenPetition, confirm, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

OLD, NEW = "amina@example.org", "Amina@New.example"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def petition(database: object) -> OpenPetition:
    return await open_petition()


@pytest.fixture
async def amina(petition: OpenPetition) -> UUID:
    await sign_and_confirm(petition, email=OLD)
    return (await Supporter.get()).id


async def asked(person: UUID, address: str = NEW) -> UUID:
    """Ask for a change; its id."""
    await ask_for_change(person, read_address(address), keys=keyring(), now=NOW)
    change = await newest_change(person, now=NOW)
    assert change is not None
    return change.id


async def moved(person: UUID, address: str = NEW) -> None:
    """Ask, and agree at both ends."""
    change = await asked(person, address)
    await confirm_new(change, now=LATER)
    await approve(change, now=LATER)


async def mailed() -> set[tuple[str, str]]:
    """(kind, recipient) of every mail about an address that waits to be sent."""
    waiting = await rows("SELECT * FROM message WHERE kind LIKE 'address%' AND state = 'queued'")
    found = await find_contents(Message._meta.db, waiting, now=NOW)
    return {(row["kind"], found[row["id"]].recipient) for row in waiting if not found[row["id"]].stop}


async def test_both_mailboxes_are_asked_and_nothing_changes_before_both_agree(amina: UUID) -> None:
    change = await asked(amina)
    assert await mailed() == {("address_change_confirm", "Amina@new.example"), ("address_change_notice", OLD)}
    await confirm_new(change, now=LATER)
    await confirm_new(change, now=LATER)
    assert (await Supporter.get()).email == OLD
    await approve(change, now=LATER)
    person, signature = await Supporter.get(), await Signature.get()
    assert (person.email, person.email_key) == ("Amina@new.example", "amina@new.example")
    assert signature.email == "Amina@new.example"
    assert await mailed() == {("address_changed", OLD)}


async def test_either_may_agree_first_and_again(amina: UUID) -> None:
    change = await asked(amina)
    await approve(change, now=LATER)
    await confirm_new(change, now=LATER)
    await approve(change, now=LATER)
    await confirm_new(change, now=LATER)
    assert (await Supporter.get()).email_key == "amina@new.example"
    assert await value("SELECT count(*) FROM message WHERE kind = 'address_changed'") == 1


async def test_the_old_mailbox_can_stop_it(amina: UUID) -> None:
    change = await asked(amina)
    await confirm_new(change, now=LATER)
    await stop(change, now=LATER)
    await stop(change, now=LATER)
    for verb in (approve, confirm_new):
        with pytest.raises(LinkExpired):
            await verb(change, now=LATER)
    assert (await Supporter.get()).email == OLD
    assert await mailed() == set()


async def test_what_is_done_is_stopped_no_more(amina: UUID) -> None:
    await moved(amina)
    change = await newest_change(amina, now=LATER)
    assert change is not None
    with pytest.raises(LinkExpired):
        await stop(change.id, now=LATER)
    assert change.state is ChangeState.DONE


async def test_a_wish_expires_after_72_hours(amina: UUID) -> None:
    change = await asked(amina)
    await confirm_new(change, now=LATER)
    late = NOW + LIFETIME
    with pytest.raises(LinkExpired):
        await approve(change, now=late)
    found = await change_by_id(change, now=late)
    assert found is not None
    assert found.state is ChangeState.EXPIRED
    assert not await confirm_by_code(amina, keyring().six_digits(change, 0), keys=keyring(), now=late)


async def test_a_newer_wish_stops_the_older_one(amina: UUID) -> None:
    first = await asked(amina)
    second = await asked(amina, "amina@other.example")
    with pytest.raises(LinkExpired):
        await confirm_new(first, now=LATER)
    await confirm_new(second, now=LATER)


async def test_the_code_is_as_good_as_the_link_and_dies_after_five_tries(amina: UUID) -> None:
    change = await asked(amina)
    code = keyring().six_digits(change, 0)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert not await confirm_by_code(amina, wrong, keys=keyring(), now=LATER)
    assert not await confirm_by_code(new_id(), code, keys=keyring(), now=LATER)
    assert await confirm_by_code(amina, code, keys=keyring(), now=LATER)
    again = await asked(amina)
    for _ in range(CODE_TRIES.most):
        assert not await confirm_by_code(amina, "no", keys=keyring(), now=LATER)
    assert not await confirm_by_code(amina, keyring().six_digits(again, 0), keys=keyring(), now=LATER)


async def test_nobody_fills_a_mailbox_with_wishes(petition: OpenPetition, amina: UUID) -> None:
    for _ in range(CHANGING_PERSON.most):
        await asked(amina)
    with pytest.raises(TooManyTries):
        await asked(amina)
    await sign_and_confirm(petition, email="other@example.org")
    await asked((await Supporter.get(email="other@example.org")).id)
    assert await value("SELECT count(*) FROM message WHERE kind = 'address_change_confirm'") == 5


async def test_a_mailbox_that_wants_no_mail_is_not_asked_and_nobody_is_told(amina: UUID) -> None:
    await rows("INSERT INTO suppression VALUES ('amina@new.example', 'complaint', $1)", NOW)
    await asked(amina)
    assert await mailed() == {("address_change_notice", OLD)}


async def test_whether_the_new_address_is_known_shows_nowhere_before_its_owner_agrees(
    petition: OpenPetition, amina: UUID
) -> None:
    await sign_and_confirm(petition, email="known@new.example", name="A stranger")
    for address in ("known@new.example", "free@new.example"):
        await approve(await asked(amina, address), now=LATER)
    assert await Signature.all().count() == 2
    assert await Supporter.all().count() == 2


async def test_two_mailboxes_of_one_person_become_one_and_count_once(
    petition: OpenPetition, amina: UUID
) -> None:
    water, over = await open_petition(slug="clean-water"), await open_petition(slug="clean-soil")
    await sign_and_confirm(water, email=NEW, name="A. Diallo", now=LATER)
    await sign_and_confirm(petition, email=NEW, country="BE", now=LATER)
    await sign_and_confirm(over, email=OLD, country="SN", now=LATER)
    earlier = await sign_and_confirm(over, email=NEW, country="BE", now=NOW)
    await end(over)
    await moved(amina)

    left = await Signature.all()
    assert {each.supporter_id for each in left} == {amina}  # type: ignore[attr-defined]
    assert {each.petition_id for each in left} == {petition.id, water.id, over.id}  # type: ignore[attr-defined]
    assert {each.email for each in left} == {"Amina@new.example"}
    assert (await Signature.get(petition_id=petition.id)).country == "SN"
    assert (await Signature.get(petition_id=over.id)).id == earlier
    assert await recount(now=NOW) == []
    await fold()
    assert await counts([petition.id, water.id, over.id]) == {petition.id: 1, water.id: 1, over.id: 1}
    assert await recount(now=NOW) == []
    assert (await Supporter.get()).name == "Amina Diallo"


@pytest.mark.parametrize(
    ("mine", "theirs", "kept"),
    [("confirmed", "withdrawn", "mine"), ("pending", "confirmed", "theirs"), ("pending", "invalidated", "theirs"),
     ("suspected", "pending", "mine"), ("withdrawn", "pending", "theirs")],
)  # fmt: skip
async def test_of_two_signatures_the_one_that_counts_stays(
    petition: OpenPetition, amina: UUID, mine: str, theirs: str, kept: str
) -> None:
    second = await sign_and_confirm(petition, email=NEW)
    first = await value("SELECT id FROM signature WHERE id <> $1", second)
    await rows("DELETE FROM tally_entry")
    for signature, state in ((first, mine), (second, theirs)):
        await rows(
            "UPDATE signature SET state = $2::text, "
            "withdrawn_at = CASE WHEN $2::text = 'withdrawn' THEN $3::timestamptz END, "
            "confirmed_at = CASE WHEN $2::text = 'pending' THEN NULL ELSE confirmed_at END WHERE id = $1",
            *(signature, state, NOW),
        )
        if state == "confirmed":
            await rows(
                "INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta) SELECT "
                "petition_id, country, language, source, referred_by, date_trunc('hour', confirmed_at, 'UTC'), 1 "
                "FROM signature WHERE id = $1",
                signature,
            )
    await moved(amina)
    assert (await Signature.get()).id == (first if kept == "mine" else second)
    assert await recount(now=NOW) == []


async def test_everything_of_the_second_mailbox_comes_along_and_nothing_of_it_is_left() -> None:
    petitions = await four_petitions()
    zoe, other = await live("zoe", petitions), await live("other", petitions)
    await rows("DELETE FROM suppression")
    await moved(zoe.id, other.email)
    assert await Supporter.all().count() == 1
    assert await Signature.all().count() == 4
    assert await value("SELECT count(*) FROM traveler") == 4
    assert await recount(now=NOW) == []
    await erase(zoe.id, Everything(), now=LATER)
    for table in ("consent", "traveler", "address_change", "supporter"):
        assert await value(f"SELECT count(*) FROM {table}") == 0


async def test_the_last_word_on_news_counts_for_both_mailboxes() -> None:
    petitions = await four_petitions()
    zoe, other = await live("zoe", petitions), await live("other", petitions)
    await rows("DELETE FROM suppression")
    await unsubscribe(zoe.id, now=LATER)
    await moved(zoe.id, other.email)
    assert not any(each.is_on for each in await subscriptions(zoe.id))
    assert await Consent.filter(purpose="newsletter", withdrawn_at=None, confirmed_at__not=None).count() == 0


async def test_a_form_a_stranger_filled_with_the_new_address_still_asks_to_be_confirmed(amina: UUID) -> None:
    water = await open_petition(slug="clean-water")
    pending = await sign(water, email=NEW, name="Not Amina")
    await moved(amina)
    assert (await Signature.get(id=pending)).state == "pending"
    await confirm(pending)
    assert (await Supporter.get()).email == "Amina@new.example"
    assert await recount(now=NOW) == []


async def test_another_spelling_of_the_same_mailbox_is_a_change_too(amina: UUID) -> None:
    await rows("INSERT INTO suppression VALUES ('amina@example.org', 'unsubscribed', $1)", NOW)
    await moved(amina, "AMINA@example.org")
    assert (await Supporter.get()).email == "AMINA@example.org"
    assert await value("SELECT count(*) FROM suppression") == 1


async def test_a_wish_for_no_news_moves_along_and_a_full_mailbox_stays_behind(amina: UUID) -> None:
    await rows("INSERT INTO suppression VALUES ('amina@example.org', 'unsubscribed', $1)", NOW)
    await moved(amina)
    assert await rows("SELECT email_key, reason FROM suppression") == [
        {"email_key": "amina@new.example", "reason": "unsubscribed"}
    ]
    await rows("UPDATE suppression SET reason = 'soft_bounces'")
    await moved(amina, "third@new.example")
    assert await rows("SELECT * FROM suppression") == []


async def test_somebody_begins_to_use_the_new_address_in_that_very_moment(
    amina: UUID, database_url: str
) -> None:
    change = await asked(amina)
    await confirm_new(change, now=LATER)
    signer = await asyncpg.connect(database_url)
    async with signer.transaction():
        await signer.execute(
            "INSERT INTO supporter (id, email, email_key, language, created_at) "
            "VALUES (gen_random_uuid(), 'amina@new.example', 'amina@new.example', 'en', now())"
        )
        approving = asyncio.create_task(approve(change, now=LATER))
        await asyncio.sleep(0.2)
        assert not approving.done()
    await signer.close()
    await approving
    assert (await Supporter.get()).id == amina
    assert (await Supporter.get()).email_key == "amina@new.example"


async def test_both_ends_agreeing_at_once_make_one_change(
    petition: OpenPetition, amina: UUID, all_at_once: AllAtOnce
) -> None:
    await sign_and_confirm(petition, email=NEW)
    change = await asked(amina)
    await all_at_once(
        "signature",
        *(verb(change, now=LATER) for verb in (approve, confirm_new, approve, confirm_new)),
    )
    assert (await Supporter.get()).email_key == "amina@new.example"
    assert await value("SELECT count(*) FROM message WHERE kind = 'address_changed'") == 1
    assert await recount(now=NOW) == []


async def test_old_wishes_are_forgotten(amina: UUID) -> None:
    await moved(amina)
    await asked(amina, "third@new.example")
    await forget_old_changes(now=NOW + LIFETIME + timedelta(seconds=1))
    assert await value("SELECT count(*) FROM address_change") == 1
    await forget_old_changes(now=NOW + KEPT_FOR + timedelta(seconds=1))
    assert await value("SELECT count(*) FROM address_change") == 0
