"""Zoe has done everything there is to do here, and her page is open."""

from __future__ import annotations

import httpx
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from tests.factories.lives import Life, Petitions, four_petitions, live
from tests.factories.petitions import OpenPetition
from tests.factories.rows import rows
from tests.web.me.people import open_page
from tests.web.site import RunningSite


@pytest.fixture
async def petitions(database: BaseDBAsyncClient) -> Petitions:
    return await four_petitions()


@pytest.fixture
async def petition(petitions: Petitions) -> OpenPetition:
    """The one that the other pages' tests call by this name: `clean-air`."""
    return petitions.federation


@pytest.fixture
async def zoe(petitions: Petitions) -> Life:
    """Nothing holds her mail back."""
    life = await live("zoe", petitions)
    await rows("DELETE FROM suppression")
    await rows("DELETE FROM message WHERE recipient IS NOT NULL")
    await rows("UPDATE message SET state = 'sent', sent_at = created_at WHERE state = 'queued'")
    await rows("DELETE FROM address_change")
    return life


@pytest.fixture
async def hers(site: RunningSite, visitor: httpx.AsyncClient, zoe: Life) -> httpx.AsyncClient:
    """The browser in which her page is open."""
    await open_page(site, visitor, zoe.id)
    return visitor
