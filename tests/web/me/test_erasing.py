"""The page says exactly what would happen; the button makes it happen, once, and for nobody else."""

from __future__ import annotations

import re

import httpx
import pytest

from campaigns.petitions.recounting import recount
from tests.factories.lives import Life, Petitions, live, traces
from tests.factories.petitions import NOW
from tests.web.me.people import open_page, send_form
from tests.web.site import RunningSite, rows, value, whole_database

pytestmark = pytest.mark.anyio


def said(page: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text.partition("<main")[2]))


async def test_what_would_happen_is_said_first(hers: httpx.AsyncClient, zoe: Life) -> None:
    words = said(await hers.get("/en/me/erase"))
    for told in (
        "2 signatures under open petitions are taken back and count no more:",
        *("Clean air (en)", "Clean water (en)"),
        "1 signature under a petition that is over stays as a number",
        "Clean soil (en)",
        "1 signature that does not count is deleted.",
        "2 newsletters end.",
        "Your name, your country and your address are deleted.",
        zoe.email,
    ):
        assert told in words, told


async def test_one_organization_says_only_what_is_its_own(
    hers: httpx.AsyncClient, petitions: Petitions
) -> None:
    words = said(await hers.get(f"/en/me/erase?of={petitions.organization_id.hex}"))
    assert "Erase what Medical Students of Belgium holds" in words
    assert "Clean air (en)" not in words
    assert "1 signature under an open petition is taken back" in words
    assert "What you signed and agreed to elsewhere stays as it is." in words


@pytest.mark.usefixtures("hers")
@pytest.mark.parametrize("of", ["", "everybody", "x" * 32, "00000000000000000000000000000001", "é"])
async def test_nobody_is_asked_about_an_organization_that_holds_nothing(
    hers: httpx.AsyncClient, of: str
) -> None:
    before = await whole_database()
    assert (await hers.get("/en/me/erase", params={"of": of})).status_code == 404
    if of != "00000000000000000000000000000001":
        assert (await hers.post("/en/me/erase", data={"of": of})).status_code == 404
    assert (await hers.post("/en/me/erase", data={})).status_code == 404
    assert await whole_database() == before


async def test_the_button_erases_everything_and_the_last_mail_says_so(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life, petitions: Petitions
) -> None:
    await live("other", petitions)
    page = await hers.get("/en/me/erase")
    done = await send_form(hers, page, "/me/erase")
    assert done.headers["location"] == "/en/me/erased"
    assert "Max-Age=0" in done.headers["set-cookie"]
    assert "Your data has been erased" in (await hers.get("/en/me/erased")).text
    mails = {mail.recipient: mail for mail in await site.deliver()}
    assert "As you asked, we hold nothing about you any more." in mails[zoe.email].text
    assert await traces(zoe.markers) == []
    assert await recount(now=NOW) == []
    assert await value("SELECT count(*) FROM supporter") == 1


async def test_one_organization_forgets_and_the_page_stays_open(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life, petitions: Petitions
) -> None:
    page = await hers.get(f"/en/me/erase?of={petitions.organization_id.hex}")
    done = await send_form(hers, page, "/me/erase")
    assert done.headers["location"] == "/en/me?done=erased"
    left = await hers.get("/en/me?done=erased")
    assert "It has been erased. This is what is left." in left.text
    assert "Clean air (en)" in left.text
    assert "Clean water (en)" not in left.text
    (mail,) = await site.deliver()
    assert mail.recipient == zoe.email
    assert "Medical Students of Belgium holds nothing about you any more." in mail.text


async def test_pressing_twice_is_the_same_as_once(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life
) -> None:
    async with site.visitor() as second:
        await open_page(site, second, zoe.id)
        await hers.post("/en/me/erase", data={"of": "everything"})
        before = await whole_database()
        again = await second.post("/en/me/erase", data={"of": "everything"})
        assert again.headers["location"] == "/en/me"
    assert await whole_database() == before


async def test_links_in_old_mails_open_nothing_and_break_nothing(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life
) -> None:
    links = site.shop.composer._links
    old = [
        *(links.withdraw("en", each) for each in (zoe.federation, zoe.ended, zoe.pending)),
        *(links.confirm("en", each, 1) for each in (zoe.federation, zoe.ended, zoe.pending)),
        links.preferences("en", zoe.id),
        links.unsubscribe("en", zoe.id),
        links.unsubscribe_from("en", zoe.id, None, "x" * 32),
    ]
    await hers.post("/en/me/erase", data={"of": "everything"})
    before = await whole_database()
    for link in old:
        for method in ("GET", "POST"):
            answer = await hers.request(method, link)
            assert answer.status_code in (200, 410), link
    assert await whole_database() == before
    assert await rows("SELECT * FROM consent") == []
