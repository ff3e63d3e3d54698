"""What each domain folder registers about the personal data it holds: how to hand it out, and how to forget it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient


@dataclass(frozen=True, slots=True)
class Everything:
    """All there is of a person, the person included."""


@dataclass(frozen=True, slots=True)
class OfOrganization:
    """What one organization holds of a person: its campaigns and its newsletters. None is the federation."""

    organization_id: UUID | None


@dataclass(frozen=True, slots=True)
class OfPastCampaign:
    """What hangs on the signatures of a campaign long over. A newsletter that is still wanted is no part of it."""


Scope = Everything | OfOrganization | OfPastCampaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Whom to forget, and how much of them. `signatures` are all of theirs that are within the scope."""

    people: Sequence[UUID]
    signatures: Sequence[UUID]
    scope: Scope
    now: datetime


Rows = Sequence[Mapping[str, object]]
Export = Mapping[str, Rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shredder:
    """One folder's part in two rights of a person.

    `tables` are those with anything of a person in them; a test finds tables nobody answers for. `export` answers all
    that is held of one person, by what it is called in a download. `erase` runs inside a transaction that has locked
    the people, and answers how many rows went or were emptied: 0 the second time.
    """

    tables: frozenset[str]
    export: Callable[[BaseDBAsyncClient, UUID], Awaitable[Export]]
    erase: Callable[[BaseDBAsyncClient, Erasure], Awaitable[int]]
