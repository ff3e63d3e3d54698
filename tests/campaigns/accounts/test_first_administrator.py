"""An installation that has nobody gets somebody, by a command, once."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta

import pytest

from campaigns.accounts.first_administrator import first_administrator
from campaigns.accounts.sessions import read_session
from campaigns.accounts.signing_in import sign_in
from campaigns.mail.links import Links
from campaigns.supporters.addresses import read_address
from campaigns.tokens import keyring
from tests.factories.accounts import IN_A_YEAR
from tests.factories.petitions import NOW
from tests.factories.rows import value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

DAY = timedelta(days=1)


async def made(email: str = "first@example.org", *, after: timedelta = timedelta(0)) -> str | None:
    links = Links("https://chorus.example", keyring())
    return await first_administrator(read_address(email), links=links, now=NOW + after)


async def test_the_first_administrator_signs_in_with_the_printed_link() -> None:
    link = await made()
    assert link is not None
    address, token = link.rsplit("/", 1)
    assert address == "https://chorus.example/console/sign-in"
    opened = await sign_in(token, browser="", system="", keys=keyring(), now=NOW)
    signed_in = await read_session(opened.cookie, now=NOW)
    assert signed_in is not None
    (mandate,) = signed_in.mandates
    assert (mandate.role, mandate.scope.kind, mandate.ends_on) == ("administrator", "federation", IN_A_YEAR)


async def test_there_is_one_first_even_when_two_come_at_once() -> None:
    links = await asyncio.gather(made("one@example.org"), made("two@example.org"))
    assert len([link for link in links if link]) == 1
    assert await made("three@example.org") is None
    assert await value("SELECT count(*) FROM account") == 1


async def test_when_the_terms_of_all_have_ended_there_can_be_a_first_again() -> None:
    await made()
    assert await made(after=366 * DAY) is not None
    assert await value("SELECT count(*) FROM account") == 1


async def test_the_command_prints_the_link_or_says_why_not(database_url: str) -> None:
    async def command(*arguments: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-W", "error", "-m", "campaigns.accounts.first_administrator", *arguments),
            env={
                **os.environ,
                "ENVIRONMENT": "development",
                "DATABASE_URL": database_url,
                "REDIS_URL": "redis://",
                "SITE_URL": "https://chorus.example",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    for wrong in ((), ("nobody",)):
        assert (await command(*wrong))[0] == 2
    status, output = await command("first@example.org")
    assert (status, output[:39]) == (0, "https://chorus.example/console/sign-in/")
    status, output = await command("second@example.org")
    assert (status, output) == (1, "the federation has an administrator already, who can invite others\n")
