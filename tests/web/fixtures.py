"""Fixtures of the tests that visit the site; a conftest imports them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from tests.factories.petitions import OpenPetition, open_petition
from tests.web.site import RunningSite, opened_site


@pytest.fixture
async def petition(database: BaseDBAsyncClient) -> OpenPetition:
    """An open petition in four languages, on an otherwise empty site."""
    return await open_petition()


@pytest.fixture
async def site(petition: OpenPetition) -> AsyncIterator[RunningSite]:
    """The real site with one open petition."""
    async with opened_site() as running:
        yield running


@pytest.fixture
async def visitor(site: RunningSite) -> AsyncIterator[httpx.AsyncClient]:
    """One visitor of `site`."""
    async with site.visitor() as browser:
        yield browser
