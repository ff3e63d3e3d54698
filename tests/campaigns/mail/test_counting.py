"""What became of a mailing is exact at any moment, folded or not, whoever folds when."""

from __future__ import annotations

import asyncio

import pytest

from campaigns.mail.counting import fold_mail, mailing_totals
from tests.factories.petitions import NOW
from tests.factories.readers import address_all, mailing, readers
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


async def test_totals_are_exact_before_and_after_folding() -> None:
    await readers(4)
    one, other = await mailing(), await mailing()
    await address_all(one)
    await rows("UPDATE message SET state = 'sent', sent_at = $1 WHERE id % 2 = 0", NOW)
    expected = {one: {"queued": 2, "sent": 2}, other: {}}

    async def totals() -> dict[object, dict[str, int]]:
        found = await mailing_totals([one, other])
        return {each: {what: count for what, count in its.items() if count} for each, its in found.items()}

    assert await totals() == expected
    assert await fold_mail() > 0
    assert await totals() == expected
    assert await value("SELECT count(*) FROM mail_entry") == 0
    await rows("UPDATE message SET state = 'delivered' WHERE state = 'sent'")
    assert (await totals())[one] == {"queued": 2, "delivered": 2}


async def test_two_at_once_fold_each_entry_once() -> None:
    await readers(50)
    made = await mailing()
    await address_all(made)
    for _ in range(10):
        await rows(
            "UPDATE message SET state = 'sent', sent_at = $1 WHERE id IN (SELECT id FROM message "
            "WHERE state = 'queued' LIMIT 5)",
            NOW,
        )
    await asyncio.gather(*(fold_mail() for _ in range(6)))
    while await fold_mail():
        pass
    totals = (await mailing_totals([made]))[made]
    assert {what: count for what, count in totals.items() if count} == {"sent": 50}
