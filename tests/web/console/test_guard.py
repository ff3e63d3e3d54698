"""A page for those whose mandate reaches it: for all others it is not there."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from tortoise.connection import get_connection

from campaigns import clock
from campaigns.accounts.holding import place
from campaigns.accounts.models import Role
from campaigns.accounts.permissions import THE_FEDERATION, Action, Scope
from campaigns.accounts.sessions import SignedIn
from campaigns.federation.models import MemberOrganization
from tests.factories.accounts import account, give
from tests.factories.federation import small_federation
from tests.web.console.people import sign_in
from tests.web.site import RunningSite, rows
from web.console.guard import require_mandate, signed_in

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("petition")]

DAY = timedelta(days=1)


@pytest.fixture
async def pages(site: RunningSite) -> dict[str, Scope]:
    """A page of two organizations and of the federation, for coordinators."""
    small = await small_federation()
    other = await MemberOrganization.create(
        slug="medical-students-of-france",
        name="Medical Students of France",
        country="FR",
        region=small.region,
    )
    connection = get_connection("default")
    scopes = {
        "belgium": await place(connection, organization_id=small.organization.id),
        "france": await place(connection, organization_id=other.id),
        "federation": THE_FEDERATION,
    }

    @signed_in
    async def edit(request: Request, who: SignedIn) -> Response:
        require_mandate(who, Action.CAMPAIGN_EDIT, scopes[request.path_params["name"]])
        return PlainTextResponse("to be edited")

    site.app.router.routes.insert(0, Route("/console/test/{name}", edit))
    return scopes


async def coordinator(scope: Scope, *, last: int = 9) -> UUID:
    now = clock.now()
    today = now.date()
    account_id = await account("jonas@example.org")
    await give(
        account_id,
        Role.CAMPAIGN_COORDINATOR,
        scope,
        starts_on=today,
        ends_on=today + last * DAY,
        now=now,
    )
    return account_id


async def statuses(browser: httpx.AsyncClient) -> list[int]:
    return [
        (await browser.get(f"/console/test/{name}")).status_code
        for name in ("belgium", "france", "federation")
    ]


async def test_another_organizations_things_are_not_there(site: RunningSite, pages: dict[str, Scope]) -> None:
    async with site.visitor() as browser:
        assert await statuses(browser) == [303, 303, 303]
        await sign_in(site, browser, await coordinator(pages["belgium"]))
        assert await statuses(browser) == [200, 404, 404]
        nothing = await browser.get("/console/nothing-at-all")
        hidden = await browser.get("/console/test/france")
        assert nothing.status_code == hidden.status_code
        assert "This page is not here" in hidden.text


async def test_access_ends_with_the_term_in_the_middle_of_a_session(
    site: RunningSite, pages: dict[str, Scope]
) -> None:
    async with site.visitor() as browser:
        await sign_in(site, browser, await coordinator(pages["belgium"], last=0))
        assert (await statuses(browser))[0] == 200
        await rows("UPDATE mandate SET starts_on = starts_on - 9, ends_on = ends_on - 1")
        assert await statuses(browser) == [404, 404, 404]
        home = await browser.get("/console/")
        assert home.status_code == 200
        assert "You hold no mandate today" in home.text
        assert "Campaign coordinator" not in home.text


async def test_the_home_page_says_which_mandates_where_and_until_when(
    site: RunningSite, pages: dict[str, Scope]
) -> None:
    jonas, now = await coordinator(pages["belgium"]), clock.now()
    region = Scope.region((await small_federation()).region.id)
    first, last = now.date() + 30 * DAY, now.date() + 60 * DAY
    await give(jonas, Role.MODERATOR, region, starts_on=first, ends_on=last, now=now)
    async with site.visitor() as browser:
        await sign_in(site, browser, jonas)
        home = (await browser.get("/console/")).text
    for words in (
        "Campaign coordinator",
        "Medical Students of Belgium",
        "Until ",
        "Moderator",
        "Europe (en)",
        "From ",
    ):
        assert words in home
