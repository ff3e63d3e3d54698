from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.web.fixtures import petition
from tests.web.test_what_is_logged import log
from tests.web.webhooks.door import Door, opened_door
from tests.web.webhooks.mock_sns import MockSns, new_key

__all__ = ["log", "petition"]


@pytest.fixture(scope="session")
def amazons_key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture
def sns(amazons_key: rsa.RSAPrivateKey) -> MockSns:
    return MockSns(amazons_key)


@pytest.fixture
async def door(sns: MockSns) -> AsyncIterator[Door]:
    """The door, with Amazon behind it."""
    async with opened_door(transport=sns.transport()) as opened:
        yield opened
