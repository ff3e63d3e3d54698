"""`python -m campaigns.federation.loading FILE.json`: load a federation, or bring a loaded one up to date.

The file's form is that of `sample/federation.json`, whose `_about` explains it. Loading twice is the same as once:
organizations are known by their slug, regions and focus areas by their code; nothing is deleted.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tortoise import Tortoise
from tortoise.exceptions import BaseORMException
from tortoise.transactions import in_transaction

from campaigns.database.config import tortoise_config
from campaigns.errors import ChorusError
from campaigns.federation.models import (
    Federation,
    FocusArea,
    MemberOrganization,
    Membership,
    MembershipKind,
    Region,
)
from campaigns.languages import LANGUAGES
from campaigns.settings import settings


class FederationFileError(ChorusError):
    """The file cannot be loaded; the message says where and why. Nothing was written."""

    code = "federation-file"


def read_federation_file(path: Path) -> dict[str, Any]:
    """The file as data. Raises FederationFileError when it is not readable JSON."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FederationFileError(f"{path.name}: {error}") from None
    if not isinstance(data, dict):
        raise FederationFileError(f"{path.name}: the file must hold one object")
    return data


async def load_federation(data: Mapping[str, Any]) -> int:
    """Write the federation in one transaction; answer how many organizations it has.

    Raises FederationFileError, which names the entry that is wrong.
    """
    where = "federation"
    try:
        async with in_transaction():
            head = data["federation"]
            if await Federation.exclude(slug=head["slug"]).exists():
                raise FederationFileError(
                    "federation: another one is loaded here; one installation serves one"
                )
            await Federation.update_or_create(slug=head["slug"], defaults=_head(head))
            for position, each in enumerate(data["regions"]):
                where = f"regions[{position}]"
                await Region.update_or_create(
                    code=each["code"], defaults={"names": _names(each), "position": position}
                )
            for position, each in enumerate(data["focus_areas"]):
                where = f"focus_areas[{position}]"
                await FocusArea.update_or_create(
                    code=each["code"],
                    defaults={"slug": each["slug"], "names": _names(each), "position": position},
                )
            regions = {region.code: region for region in await Region.all()}
            for position, each in enumerate(data["member_organizations"]):
                where = f"member_organizations[{position}]"
                await _load_organization(each, regions)
    except (KeyError, TypeError, ValueError, AttributeError, BaseORMException) as error:
        raise FederationFileError(f"{where}: {type(error).__name__} {error}") from None
    return len(data["member_organizations"])


async def _load_organization(each: Mapping[str, Any], regions: Mapping[str, Region]) -> None:
    organization, _ = await MemberOrganization.update_or_create(
        slug=each["slug"],
        defaults={
            "name": each["name"],
            "country": each["country"],
            "region": regions[each["region"]],
            "website": each.get("website"),
        },
    )
    await Membership.update_or_create(
        organization=organization,
        starts_on=date.fromisoformat(each["member_since"]),
        defaults={"kind": MembershipKind(each["kind"])},
    )


def _head(head: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "names": _names(head),
        "website": head["website"],
        "contact_email": head["contact_email"],
        "postal_address": head["postal_address"],
        "is_sample": bool(head.get("is_sample", False)),
    }


def _names(each: Mapping[str, Any]) -> dict[str, str]:
    names = {str(language): str(name) for language, name in each["names"].items()}
    missing = [language for language in LANGUAGES if not names.get(language)]
    if missing:
        raise ValueError(f"names lacks {', '.join(missing)}")
    return names


async def _load(path: Path) -> int:
    await Tortoise.init(config=tortoise_config(settings().database_url, pool=1))
    try:
        return await load_federation(read_federation_file(path))
    finally:
        await Tortoise.close_connections()


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m campaigns.federation.loading FILE.json\n")
        return 2
    try:
        organizations = asyncio.run(_load(Path(arguments[0])))
    except ChorusError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"loaded {organizations} member organizations\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
