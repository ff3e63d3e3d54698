"""Kill switches: stop sending, all of it or what goes in bulk, at this moment and until somebody says otherwise.

python -m campaigns.mail.switches            what stands still
python -m campaigns.mail.switches stop bulk "a wrong link in the newsletter"
python -m campaigns.mail.switches go bulk
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from tortoise import Tortoise
from tortoise.connection import get_connection

from campaigns import clock
from campaigns.database.config import tortoise_config
from campaigns.errors import ChorusError
from campaigns.mail.models import MailSwitch
from campaigns.settings import settings

USAGE = "python -m campaigns.mail.switches [stop all|bulk REASON] [go all|bulk]\n"


class Switch(StrEnum):
    ALL = "all"
    BULK = "bulk"


THROW = """
INSERT INTO mail_switch (name, reason, thrown_at) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET reason = excluded.reason
"""
# For the statements that claim: nothing is claimed while one of these rows is there.
NOT_STOPPED = f"NOT EXISTS (SELECT FROM mail_switch WHERE name = '{Switch.ALL}')"
BULK_NOT_STOPPED = "NOT EXISTS (SELECT FROM mail_switch)"


async def stop_sending(switch: Switch, *, reason: str, now: datetime) -> None:
    """From this moment no mail behind the switch is claimed; those in a worker's hands still go. Nothing is lost."""
    await get_connection("default").execute_query_dict(THROW, [switch.value, reason[:200], now])


async def go_on_sending(switch: Switch) -> None:
    """Lift the switch. One that was not thrown is as good as lifted."""
    await MailSwitch.filter(name=switch.value).delete()


async def thrown() -> Sequence[MailSwitch]:
    """The switches that are thrown."""
    return await MailSwitch.all().order_by("name")


async def _run(arguments: Sequence[str]) -> int:
    await Tortoise.init(config=tortoise_config(settings().database_url, pool=1))
    try:
        match arguments:
            case []:
                pass
            case ["stop", ("all" | "bulk") as name, reason]:
                await stop_sending(Switch(name), reason=reason, now=clock.now())
            case ["go", ("all" | "bulk") as name]:
                await go_on_sending(Switch(name))
            case _:
                sys.stderr.write(USAGE)
                return 2
        for each in await thrown():
            sys.stdout.write(
                f"stopped: {each.name}, since {each.thrown_at:%Y-%m-%d %H:%M} UTC: {each.reason}\n"
            )
    finally:
        await Tortoise.close_connections()
    return 0


def main() -> int:
    try:
        return asyncio.run(_run(sys.argv[1:]))
    except ChorusError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
