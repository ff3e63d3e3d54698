"""How fast mails nobody waits for may go: so many a minute to one mailbox provider, so many an hour in all.

The pace of a provider is a leaky bucket (the generic cell rate algorithm, ITU-T I.371): one moment a provider, at
which the next mail may go. A mail that comes too early is given a slot, the moment its turn will be, and is not looked
at before; so each is looked at twice at most, whatever the queue holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

BURST = timedelta(seconds=5)  # so much of a minute's mails may go at once
SLOT_LASTS = timedelta(minutes=1)  # after a pause old slots are worth nothing, or all would go at once
FIRST_DAY = 50  # mails an hour on the first day of a warm-up
DAILY_GROWTH = 1.5
FIRST_HOLD = timedelta(minutes=1)
LONGEST_HOLD = timedelta(hours=2)

_ALIASES = {
    "googlemail.com": "gmail.com",
    "hotmail.com": "outlook.com",
    "live.com": "outlook.com",
    "msn.com": "outlook.com",
    "ymail.com": "yahoo.com",
    "rocketmail.com": "yahoo.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "gmx.net": "gmx.de",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
}
_NATIONAL = {"yahoo": "yahoo.com", "hotmail": "outlook.com", "live": "outlook.com", "outlook": "outlook.com"}


def provider_of(domain: str) -> str:
    """The provider behind a mail domain, by its main domain: `hotmail.fr` is Outlook's. Others stand for themselves."""
    return _ALIASES.get(domain) or _NATIONAL.get(domain.partition(".")[0], domain)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due mail: whom it is for, which provider has the mailbox, and the slot it was given before."""

    id: int
    supporter_id: UUID | None
    provider: str
    slot: datetime | None


@dataclass(frozen=True, slots=True)
class Pace:
    """A provider's bucket: when its next mail may go, and until when it turns us away."""

    next_at: datetime
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Who goes now, who at which moment, and the buckets afterwards."""

    go: Sequence[int]
    later: Sequence[tuple[int, datetime]]
    paces: Mapping[str, Pace]


def plan(
    candidates: Sequence[Candidate], paces: Mapping[str, Pace], *, per_minute: int, now: datetime
) -> Plan:
    """Who of the candidates may go now, in their order, and when the others may."""
    interval = timedelta(minutes=1) / per_minute
    after = dict(paces)
    go: list[int] = []
    later: list[tuple[int, datetime]] = []
    for each in candidates:
        pace = after.get(each.provider) or Pace(now)
        held = pace.held_until is not None and pace.held_until > now
        if each.slot is not None and each.slot >= now - SLOT_LASTS and not held:
            go.append(each.id)
            continue
        earliest = pace.held_until if held and pace.held_until else now
        turn = max(pace.next_at, earliest)
        after[each.provider] = Pace(turn + interval, pace.held_until if held else None)
        if not held and turn <= now + BURST:
            go.append(each.id)
        else:
            later.append((each.id, turn))
    changed = {name: pace for name, pace in after.items() if paces.get(name) != pace}
    return Plan(go, later, changed)


def hold_after(holds: int) -> timedelta:
    """How long a provider is left alone after it turned us away for the `holds`-th time in a row (from 1)."""
    return min(FIRST_HOLD * (1 << min(holds, 16) - 1), LONGEST_HOLD)


def hourly_budget(full: int, warm_up_from: date | None, today: date) -> int:
    """Mails of this hour, 0 for any: in a warm-up FIRST_DAY, half as many again each day, and `full` at last."""
    if warm_up_from is None:
        return full
    days = max(0, (today - warm_up_from).days)
    if days > 60:
        return full
    grown = int(FIRST_DAY * DAILY_GROWTH**days)
    return min(full, grown) if full else grown
