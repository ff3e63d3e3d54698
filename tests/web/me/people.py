"""Visitors whose own page is open, and what their browsers hold then."""

from __future__ import annotations

import re
from uuid import UUID

import httpx

from campaigns import clock
from campaigns.tokens import Purpose
from tests.web.site import RunningSite, value


async def person(email: str) -> UUID:
    found: UUID = await value("SELECT id FROM supporter WHERE email = $1", email)
    return found


def own_page_link(site: RunningSite, supporter_id: UUID, *, language: str = "en") -> str:
    """The path that a mail sent at this moment would lead to."""
    token = site.keys.passing_token(Purpose.OWN_PAGE, supporter_id, made_at=clock.now())
    return f"/{language}/me/open/{token}"


async def open_page(site: RunningSite, visitor: httpx.AsyncClient, supporter_id: UUID) -> httpx.Response:
    """Press the button behind the mailed link; the page it leads to."""
    return await visitor.post(own_page_link(site, supporter_id), follow_redirects=True)


def forms(page: httpx.Response) -> list[tuple[str, dict[str, str]]]:
    """The action and the hidden fields of each form of a page that posts."""
    found = re.findall(
        r'<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.DOTALL
    )
    return [
        (
            action.replace("&amp;", "&"),
            dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', inside)),
        )
        for action, inside in found
    ]


async def send_form(
    visitor: httpx.AsyncClient, page: httpx.Response, action: str, **fields: str
) -> httpx.Response:
    """Fill the first form of a page whose action ends so, and send it; the answer, not followed."""
    path, hidden = next(each for each in forms(page) if each[0].partition("?")[0].endswith(action))
    return await visitor.post(path, data={**hidden, **fields})
