from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from campaigns.petitions.withdrawing import withdraw
from tests.factories.petitions import NOW, OpenPetition, sign_and_confirm
from tests.web.site import RunningSite, rows, value
from workers.jobs.count import fold_counts, recount_all

pytestmark = pytest.mark.anyio
TOTAL = "SELECT coalesce(sum(count), 0)::int FROM tally_total WHERE dimension = 'all'"


async def test_what_was_confirmed_is_folded_into_the_totals_once(
    site: RunningSite, petition: OpenPetition
) -> None:
    for number in range(5):
        await sign_and_confirm(petition, email=f"person{number}@example.org")
    assert await fold_counts(site.shop) == 5
    assert await fold_counts(site.shop) == 0
    assert await value(TOTAL) == 5
    assert await value("SELECT count(*) FROM tally_entry") == 0


async def test_two_workers_folding_at_once_count_everybody_once(
    site: RunningSite, petition: OpenPetition
) -> None:
    for number in range(5):
        await sign_and_confirm(petition, email=f"person{number}@example.org")
    assert sum(await asyncio.gather(*(fold_counts(site.shop) for _ in range(4)))) == 5
    assert await value(TOTAL) == 5


async def test_the_nightly_recount_finds_nothing_where_nothing_is_wrong(
    site: RunningSite, petition: OpenPetition
) -> None:
    first = await sign_and_confirm(petition, email="first@example.org")
    await sign_and_confirm(petition, email="second@example.org", referred_by=site.keys.share_code(first))
    await withdraw(first, now=NOW)
    await fold_counts(site.shop)
    with capture_logs() as lines:
        assert await recount_all(site.shop) == 0
    assert lines == []


async def test_a_total_that_differs_is_an_error_in_the_log_and_is_left_as_it_is(
    site: RunningSite, petition: OpenPetition
) -> None:
    await sign_and_confirm(petition)
    await fold_counts(site.shop)
    await rows("UPDATE tally_total SET count = 7 WHERE dimension = 'all'")
    with capture_logs() as lines:
        assert await recount_all(site.shop) == 1
    (line,) = lines
    assert (line["log_level"], line["expected"], line["found"]) == ("error", 1, 7)
    assert await value(TOTAL) == 7
