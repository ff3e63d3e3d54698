"""An address that works for each page about one's own data, for tests that look at every page there is."""

from __future__ import annotations

from uuid import UUID

from campaigns import clock
from campaigns.rights.address_changing import ask_for_change, newest_change
from campaigns.supporters.addresses import read_address
from campaigns.tokens import Purpose
from tests.web.me.people import own_page_link
from tests.web.site import RunningSite

NEW = read_address("elsewhere@example.org")
PREFIXES = ("/{lang:lang}/me", "/{lang:lang}/preferences/")


async def own_addresses(site: RunningSite, supporter_id: UUID, templates: list[str]) -> dict[str, str]:
    """By the route's template, those of the templates that are about one's own data."""
    await ask_for_change(supporter_id, NEW, keys=site.keys, now=clock.now())
    change = await newest_change(supporter_id, now=clock.now())
    assert change is not None
    new = site.keys.link_token(Purpose.NEW_ADDRESS, change.id)
    special = {
        "/me/open/{token}": own_page_link(site, supporter_id, language="ar").removeprefix("/ar"),
        "/me/address/{end:end}/{token}": f"/me/address/confirm/{new}",
        "/preferences/{token}": f"/preferences/{site.keys.link_token(Purpose.PREFERENCES, supporter_id)}",
    }
    return {
        template: f"/ar{special.get(path, path)}"
        for template in templates
        if template.startswith(PREFIXES) and (path := template.removeprefix("/{lang:lang}"))
    }
