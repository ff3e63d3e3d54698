"""The preferences: what was changed on the page is done, with its words kept; nothing else is."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest

from campaigns.supporters.models import Consent
from campaigns.supporters.preferring import language_of, subscriptions
from campaigns.tokens import Purpose
from tests.factories.lives import Life, Petitions
from tests.web.me.people import forms
from tests.web.site import RunningSite, rows, value, whole_database

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(site: RunningSite, zoe: Life) -> str:
    return f"/en/preferences/{site.keys.link_token(Purpose.PREFERENCES, zoe.id)}"


def boxes(page: httpx.Response) -> dict[str, bool]:
    """The boxes of a page by name, and whether they are ticked."""
    found = re.findall(r'name="(news-\w+)" type="checkbox" value="yes"( checked)?', page.text)
    return {name: bool(checked) for name, checked in found}


def filled(page: httpx.Response, *, untick: str = "", tick: str = "", language: str = "en") -> dict[str, str]:
    """What a browser sends after somebody changed a box."""
    ticked = {name for name, checked in boxes(page).items() if checked} - {untick} | ({tick} - {""})
    return {**forms(page)[0][1], **dict.fromkeys(ticked, "yes"), "language": language}


async def state(zoe: Life) -> list[bool]:
    """Whether news come from the federation, and from the organization."""
    return [each.is_on for each in await subscriptions(zoe.id)]


async def test_everybody_one_hears_from_is_ticked_and_looking_changes_nothing(
    visitor: httpx.AsyncClient, path: str, petitions: Petitions
) -> None:
    before = await whole_database()
    page = await visitor.get(path)
    assert boxes(page) == {"news-federation": True, f"news-{petitions.organization_id.hex}": True}
    assert "Students for Health (en) may write to me about its campaigns." in page.text
    assert re.search(r'value="en" checked', page.text)
    assert page.headers["referrer-policy"] == "same-origin"
    assert await whole_database() == before


async def test_unticking_stops_ticking_again_is_a_new_consent_in_the_words_shown(
    visitor: httpx.AsyncClient, path: str, zoe: Life, petitions: Petitions
) -> None:
    box = f"news-{petitions.organization_id.hex}"
    saved = await visitor.post(path, data=filled(await visitor.get(path), untick=box, language="ar"))
    assert saved.headers["location"] == f"{path}?saved"
    assert await state(zoe) == [True, False]
    assert await language_of(zoe.id) == "ar"

    page = await visitor.get(f"{path}?saved")
    assert "Saved" in page.text
    assert boxes(page)[box] is False
    await visitor.post(path, data=filled(page, tick=box))
    assert await state(zoe) == [True, True]
    newest = await Consent.all().order_by("-id").first().prefetch_related("wording")
    assert newest is not None
    assert (newest.method, newest.signature_id) == ("preferences-page", None)
    assert newest.wording.text in page.text
    assert newest.confirmed_at == newest.given_at


async def test_a_page_that_lay_open_undoes_nothing_that_was_done_since(
    site: RunningSite, visitor: httpx.AsyncClient, path: str, zoe: Life
) -> None:
    old = await visitor.get(path)
    await visitor.post(f"/en/unsubscribe/{site.keys.link_token(Purpose.UNSUBSCRIBE, zoe.id)}")
    await visitor.post(path, data=filled(old, language="fr"))
    assert await state(zoe) == [False, False]
    assert await language_of(zoe.id) == "fr"


async def test_nobody_is_subscribed_to_what_they_never_had(
    visitor: httpx.AsyncClient, path: str, zoe: Life
) -> None:
    await visitor.post(path, data={"shown": "", f"news-{uuid4().hex}": "yes", "language": "xx"})
    assert len(await subscriptions(zoe.id)) == 2
    assert await language_of(zoe.id) == "en"
    assert await value("SELECT count(*) FROM consent WHERE method = 'preferences-page'") == 0


async def test_links_of_other_purposes_and_of_nobody_open_nothing(
    site: RunningSite, visitor: httpx.AsyncClient, zoe: Life
) -> None:
    for purpose in set(Purpose) - {Purpose.PREFERENCES}:
        answer = await visitor.post(f"/en/preferences/{site.keys.link_token(purpose, zoe.id)}")
        assert answer.status_code == 400
    gone = site.keys.link_token(Purpose.PREFERENCES, uuid4())
    for method in ("GET", "POST"):
        assert (await visitor.request(method, f"/en/preferences/{gone}")).status_code == 410


async def test_a_hundred_organizations_fit_into_the_form(
    visitor: httpx.AsyncClient, path: str, zoe: Life
) -> None:
    await rows(
        "WITH added AS (INSERT INTO member_organization (id, slug, name, country, region_id) "
        "SELECT gen_random_uuid(), 'o' || n, 'Organization ' || n, 'BE', region_id "
        "FROM member_organization, generate_series(1, 120) AS n RETURNING id) "
        "INSERT INTO consent (supporter_id, purpose, organization_id, wording_id, method, given_at, confirmed_at) "
        "SELECT $1, 'newsletter', added.id, wording.id, 'web-form', now(), now() "
        "FROM added, (SELECT id FROM consent_wording LIMIT 1) AS wording",
        zoe.id,
    )
    page = await visitor.get(path)
    assert len(boxes(page)) == 122
    assert (await visitor.post(path, data=filled(page))).status_code == 303
    fields = {name: text for name, text in filled(page).items() if not name.startswith("news-")}
    assert (await visitor.post(path, data=fields)).status_code == 303
    assert not any(await state(zoe))
