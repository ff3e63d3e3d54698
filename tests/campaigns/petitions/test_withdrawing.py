"""Withdrawing: a signature taken back counts no more, and leaves the totals as they were before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.errors import LinkExpired
from campaigns.ids import new_id
from campaigns.petitions.confirming import Confirmation, confirm_all
from campaigns.petitions.counting import fold
from campaigns.petitions.models import Signature, SignatureState
from campaigns.petitions.recounting import recount
from campaigns.petitions.withdrawing import withdraw
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from tests.campaigns.petitions.conftest import AllAtOnce
from tests.factories.petitions import NOW, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

TOMORROW = NOW + timedelta(days=1)


async def test_what_was_counted_is_taken_off_where_it_was_added() -> None:
    petition = await open_petition()
    signature_id = await sign_and_confirm(petition, country="SN", source="event", referred_by="abcdefghijkl")
    await withdraw(signature_id, now=TOMORROW)

    signature = await Signature.get()
    assert signature.state is SignatureState.WITHDRAWN
    assert signature.withdrawn_at == TOMORROW
    added, taken_off = await rows("SELECT * FROM tally_entry ORDER BY id")
    assert (added.pop("delta"), taken_off.pop("delta")) == (1, -1)
    assert added.pop("id") < taken_off.pop("id")
    assert added == taken_off


async def test_withdrawing_twice_is_the_same_as_once() -> None:
    signature_id = await sign_and_confirm(await open_petition())
    await withdraw(signature_id, now=TOMORROW)
    await withdraw(signature_id, now=TOMORROW + timedelta(days=1))
    assert (await Signature.get()).withdrawn_at == TOMORROW
    assert await value("SELECT sum(delta) FROM tally_entry") == 0


async def test_five_presses_at_once_take_it_off_once(all_at_once: AllAtOnce) -> None:
    signature_id = await sign_and_confirm(await open_petition())
    await all_at_once("signature", *(withdraw(signature_id, now=TOMORROW) for _ in range(5)))
    assert await value("SELECT sum(delta) FROM tally_entry") == 0
    assert await value("SELECT count(*) FROM tally_entry") == 2


async def test_what_was_never_counted_is_not_taken_off() -> None:
    petition = await open_petition()
    pending = await sign(petition, email="pending@example.org")
    suspected = await sign_and_confirm(petition, email="suspected@example.org", held="rate")
    for signature_id in (pending, suspected):
        await withdraw(signature_id, now=TOMORROW)
    assert await value("SELECT count(*) FROM tally_entry") == 0
    assert {each.state for each in await Signature.all()} == {SignatureState.WITHDRAWN}


async def test_every_consent_given_with_it_ends_and_no_other() -> None:
    petition = await open_petition()
    agreed = tuple([(each, await remember_wording(each, "en", "Yes.", now=NOW)) for each in ConsentPurpose])
    signature_id = await sign_and_confirm(petition, consents=agreed)
    other = await sign_and_confirm(petition, email="other@example.org", consents=agreed)
    await withdraw(signature_id, now=TOMORROW)
    ended = await rows("SELECT DISTINCT signature_id, withdrawn_at FROM consent ORDER BY withdrawn_at")
    assert ended == [
        {"signature_id": signature_id, "withdrawn_at": TOMORROW},
        {"signature_id": other, "withdrawn_at": None},
    ]


async def test_a_link_to_what_is_gone_or_struck_out_has_expired() -> None:
    signature_id = await sign_and_confirm(await open_petition())
    await rows("UPDATE signature SET state = 'invalidated'")
    for each in (signature_id, new_id()):
        with pytest.raises(LinkExpired):
            await withdraw(each, now=TOMORROW)
    assert await value("SELECT count(*) FROM tally_entry") == 1


async def test_confirming_and_withdrawing_at_the_same_moment_leave_exact_totals(
    all_at_once: AllAtOnce,
) -> None:
    petition = await open_petition()
    ids = [await sign(petition, email=f"person{number}@example.org") for number in range(4)]
    presses = [
        press
        for each in ids
        for press in (confirm_all([Confirmation(each, 1, NOW)]), withdraw(each, now=NOW))
    ]
    await all_at_once("signature", *presses)
    await fold()
    assert not await recount(now=NOW)
    assert {each.state for each in await Signature.all()} == {SignatureState.WITHDRAWN}
    assert await value("SELECT coalesce(sum(count), 0) FROM tally_total") == 0
