"""Schedule a blast by the clock on somebody's wall."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from tortoise.connection import get_connection

from campaigns.blasts.models import BlastState
from campaigns.blasts.moving import move
from campaigns.errors import ChorusError

FURTHEST = timedelta(days=366)


class TimeZoneUnknown(ChorusError):
    status = 400
    code = "time-zone-unknown"


class TimeDoesNotExist(ChorusError):
    """Clocks there are put forward over that time."""

    status = 400
    code = "time-does-not-exist"


class TimePassed(ChorusError):
    status = 409
    code = "time-passed"


class TimeTooFar(ChorusError):
    """More than FURTHEST ahead: the slip of a key, or who knows what is true by then."""

    status = 400
    code = "time-too-far"


SCHEDULE = f"""
UPDATE blast SET scheduled_for = $2, time_zone = $3
WHERE id = $1 AND state IN ('{BlastState.DRAFT}', '{BlastState.SUBMITTED}', '{BlastState.SCHEDULED}') RETURNING id
"""


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The names of the IANA time zones this machine knows."""
    return frozenset(zoneinfo.available_timezones() - {"localtime"})


def moment_of(wall_clock: datetime, zone: str) -> datetime:
    """The moment (UTC) at which clocks in `zone` show `wall_clock`, which has no zone of its own.

    Where they show it twice, because they are put back, it is the first of the two. Raises TimeZoneUnknown,
    or TimeDoesNotExist where they never show it, because they are put forward.
    """
    if zone not in time_zones():
        raise TimeZoneUnknown
    there = ZoneInfo(zone)
    moment = wall_clock.replace(tzinfo=there, fold=0).astimezone(UTC)
    if moment.astimezone(there).replace(tzinfo=None) != wall_clock.replace(fold=0):
        raise TimeDoesNotExist
    return moment


async def schedule(blast_id: UUID, wall_clock: datetime, zone: str, *, now: datetime) -> datetime:
    """Have a blast that has not started begin when clocks in `zone` show `wall_clock`; the moment in UTC.

    Without a schedule it begins as soon as it is submitted or approved. Raises TimeZoneUnknown,
    TimeDoesNotExist, TimePassed, TimeTooFar, NotFound, or WrongState when it has started.
    """
    if wall_clock > (now + FURTHEST).replace(tzinfo=None):
        raise TimeTooFar
    if wall_clock < now.replace(tzinfo=None) - timedelta(days=2):  # in no zone is it still to come
        raise TimePassed
    moment = moment_of(wall_clock, zone)
    if moment <= now:
        raise TimePassed
    await move(get_connection("default"), SCHEDULE, blast_id, moment, zone)
    return moment
