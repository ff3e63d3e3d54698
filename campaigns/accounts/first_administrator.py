"""`python -m campaigns.accounts.first_administrator EMAIL`: somebody to look after a federation that has nobody.

It makes the account, gives it the federation for a year, and prints the link to sign in with. Where somebody looks
after the federation already, it changes nothing and says so: they can invite others.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta

from tortoise import Tortoise
from tortoise.transactions import in_transaction

from campaigns import clock
from campaigns.accounts.administrators import has_administrator
from campaigns.accounts.mandates import write_mandate
from campaigns.accounts.models import Role
from campaigns.accounts.permissions import THE_FEDERATION
from campaigns.accounts.registering import register
from campaigns.database.config import tortoise_config
from campaigns.database.locks import Lock, take_until_commit
from campaigns.errors import ChorusError, NotFound
from campaigns.languages import DEFAULT_LANGUAGE
from campaigns.mail.links import Links
from campaigns.settings import settings
from campaigns.supporters.addresses import Address, AddressError, read_address
from campaigns.tokens import keyring

TERM = timedelta(days=365)


async def first_administrator(address: Address, *, links: Links, now: datetime) -> str | None:
    """The link to sign in with; None where there is an administrator already, two who come at once included.

    Raises NotFound when the address is that of a disabled account.
    """
    async with in_transaction() as connection:
        await take_until_commit(connection, Lock.ADMINISTRATORS)
        if await has_administrator(connection, today=now.date()):
            return None
        account_id = await register(
            connection, address, name="", language=DEFAULT_LANGUAGE, actor_id=None, now=now
        )
        await write_mandate(
            connection,
            account_id,
            role=Role.ADMINISTRATOR,
            scope=THE_FEDERATION,
            starts_on=now.date(),
            ends_on=now.date() + TERM,
            actor_id=None,
            now=now,
        )
    return links.sign_in(account_id, made_at=now)


async def _first_administrator(address: Address) -> str | None:
    await Tortoise.init(config=tortoise_config(settings().database_url, pool=1))
    try:
        return await first_administrator(
            address, links=Links(settings().site_url, keyring()), now=clock.now()
        )
    finally:
        await Tortoise.close_connections()


def main(arguments: list[str]) -> int:
    try:
        (typed,) = arguments
        address = read_address(typed)
    except (ValueError, AddressError):
        sys.stderr.write("usage: python -m campaigns.accounts.first_administrator EMAIL\n")
        return 2
    try:
        link = asyncio.run(_first_administrator(address))
    except NotFound:
        sys.stderr.write("this account is disabled\n")
        return 1
    except ChorusError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if link is None:
        sys.stderr.write("the federation has an administrator already, who can invite others\n")
        return 1
    sys.stdout.write(f"{link}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
