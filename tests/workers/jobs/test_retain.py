"""Every night what is personal in campaigns long over goes, and a worker that is asked to stop leaves the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns import clock
from tests.factories.lives import end
from tests.factories.petitions import OpenPetition, sign_and_confirm
from tests.web.site import RunningSite, rows, value
from workers.jobs.retain import retain_campaigns
from workers.settings import JOBS

pytestmark = pytest.mark.anyio
PERSONAL = "SELECT count(*) FROM signature WHERE supporter_id IS NOT NULL"


@pytest.fixture
async def over(petition: OpenPetition) -> OpenPetition:
    """A petition that was signed by three, and ended seven months ago."""
    for number in range(3):
        await sign_and_confirm(petition, email=f"person{number}@example.org")
    await end(petition, months_ago=7)
    return petition


@pytest.mark.usefixtures("over")
async def test_the_night_leaves_numbers(site: RunningSite) -> None:
    assert await retain_campaigns(site.shop) == 3
    assert await value(PERSONAL) == 0
    assert await value("SELECT people FROM retention") == 3
    assert await retain_campaigns(site.shop) == 0


@pytest.mark.usefixtures("over")
async def test_a_worker_that_is_asked_to_stop_leaves_the_rest_for_the_next(site: RunningSite) -> None:
    shop = site.shop
    shop.stopping.set()
    assert await retain_campaigns(shop) == 0
    assert await value(PERSONAL) == 3
    assert await value("SELECT done_at FROM retention") is None


@pytest.mark.usefixtures("over")
async def test_wishes_for_another_address_are_forgotten_too(site: RunningSite) -> None:
    await rows(
        "INSERT INTO address_change (id, supporter_id, email, email_key, asked_at) "
        "SELECT id, id, 'new@example.org', 'new@example.org', $1 FROM supporter",
        clock.now() - timedelta(days=4),
    )
    await retain_campaigns(site.shop)
    assert await value("SELECT count(*) FROM address_change") == 0


def test_it_runs_once_a_night() -> None:
    (job,) = [each for each in JOBS if each.sweep is retain_campaigns]
    assert (job.name, job.hour, job.minute, len(job.second)) == (
        "rights.retain",
        frozenset({2}),
        frozenset({7}),
        1,
    )
