"""Zoë signed three petitions some time ago. Now she wants to know what is kept about her, takes it with her, moves to
another address, and in the end leaves without a trace but the numbers."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from urllib.parse import urlsplit

import httpx
import pytest

from campaigns.campaign.models import Campaign
from campaigns.mail.port import OutgoingMail
from campaigns.petitions.recounting import recount
from tests.factories.lives import Petitions, end, four_petitions, traces
from tests.factories.petitions import NOW, OpenPetition
from tests.web.me.people import forms, send_form
from tests.web.site import RunningSite, link_to, own_links_of, sign_in_browser, value

pytestmark = pytest.mark.anyio

OLD, NEW, NAME, REASON = "Zoe.Okafor@mail.example", "zoe@new.example", "Zoë Okafor", "=For my patients"


async def sign_and_confirm(
    site: RunningSite, phone: httpx.AsyncClient, petition: OpenPetition, **ticked: str
) -> OutgoingMail:
    """Fill in the form, press the button in the mail; the mail that thanks her."""
    await sign_in_browser(
        phone, petition, email=OLD, name=NAME, country="NG", comment=REASON, newsletter="1", **ticked
    )
    await site.deliver()
    await phone.post(link_to(site.newest_mail(to=OLD), "confirm"))
    await site.deliver()
    return site.newest_mail(to=OLD)


async def counted(site: RunningSite, phone: httpx.AsyncClient, slug: str) -> int:
    await site.fold()
    return int((await phone.get(f"/campaigns/{slug}/count.json")).json()["count"])


async def page_by_mail(site: RunningSite, phone: httpx.AsyncClient, address: str) -> httpx.Response:
    """Ask for the link, open the mail, press the button; the page."""
    asked = await phone.post("/en/me", data={"email": address})
    assert "on its way" in (await phone.get(asked.headers["location"])).text
    await site.deliver()
    link = link_to(site.newest_mail(to=OLD if address != NEW else NEW), "me")
    page = await phone.get(link)
    return await phone.post(re.findall(r'action="([^"]+)"', page.text)[0], follow_redirects=True)


def link(mail: OutgoingMail, end: str) -> str:
    return next(urlsplit(each).path for each in own_links_of(mail) if f"/address/{end}/" in each)


@pytest.fixture
async def petitions(petition: OpenPetition) -> Petitions:
    return await four_petitions(federation=petition)


async def test_zoe_takes_her_data_home(site: RunningSite, petitions: Petitions) -> None:
    phone = site.visitor(address="197.0.0.42")
    thanks = await sign_and_confirm(site, phone, petitions.federation, show_name="1")
    await sign_and_confirm(site, phone, petitions.organization)
    await sign_and_confirm(site, phone, petitions.ended)
    await end(petitions.ended)
    assert NAME in (await phone.get("/en/campaigns/clean-air")).text

    # The foot of every page leads to the form; she types her address as she happens to write it.
    assert 'href="/en/me"' in (await phone.get("/en/campaigns/clean-air")).text
    page = await page_by_mail(site, phone, "zoe.okafor+signing@MAIL.example")
    assert page.url.path == "/en/me"
    for told in (OLD, NAME, "Clean air (en)", "Clean water (en)", "Close the street before the school (en)."):
        assert told in page.text
    assert "may write to me about this and other campaigns" in page.text

    # She takes it home, as a file for programs and as tables.
    taken = json.loads((await phone.get("/en/me/data.json")).text)
    assert [each["campaign"] for each in taken["signatures"]] == ["clean-air", "clean-water", "clean-soil"]
    assert {each["words"] for each in taken["consents"]} >= {
        "Students for Health (en) may write to me about this and other campaigns. I can stop it at any time."
    }
    archive = zipfile.ZipFile(io.BytesIO((await phone.get("/en/me/data.zip")).content))
    table = csv.DictReader(io.StringIO(archive.read("signatures.csv").decode("utf-8-sig"), newline=""))
    assert {each["comment"] for each in table} == {f"'{REASON}"}

    # Her name comes off the campaign page, and one organization writes to her no more.
    (action, hidden), *_ = [each for each in forms(page) if each[1].get("show") == "no"]
    await phone.post(action, data=hidden)
    assert NAME not in (await phone.get("/en/campaigns/clean-air")).text
    await phone.post("/en/me/unsubscribe", data={"of": petitions.organization_id.hex})

    # She moves to another address: the new mailbox agrees, then the old one; then only the new one opens her page.
    await phone.post("/en/me/address", data={"email": NEW})
    mails = {mail.recipient: mail for mail in await site.deliver()}
    assert set(mails) == {OLD, NEW}
    await phone.post(link(mails[NEW], "confirm"))
    await phone.post(link(mails[OLD], "approve"))
    (farewell,) = await site.deliver()
    assert farewell.recipient == OLD
    assert "Your page has been closed" in (await phone.get("/en/me")).text
    await phone.post("/en/me", data={"email": OLD})
    assert await site.deliver() == []
    page = await page_by_mail(site, phone, NEW)
    assert NEW in page.text
    assert OLD not in page.text.replace(NEW, "")

    # What one organization holds goes first, then the rest.
    warning = await phone.get(f"/en/me/erase?of={petitions.organization_id.hex}")
    assert "1 signature under an open petition is taken back and counts no more:" in warning.text
    assert (await send_form(phone, warning, "/me/erase")).headers["location"] == "/en/me?done=erased"
    assert await counted(site, phone, "clean-water") == 0
    assert await counted(site, phone, "clean-soil") == 1
    assert await counted(site, phone, "clean-air") == 1
    warning = await phone.get("/en/me/erase?of=everything")
    done = await send_form(phone, warning, "/me/erase")
    assert "Your data has been erased" in (await phone.get(done.headers["location"])).text

    # Two last mails, to the address she has now; and then there is nothing left of her but a number.
    last = [mail for mail in await site.deliver() if mail.recipient == NEW]
    assert [mail.subject for mail in last] == [
        "Medical Students of Belgium has erased what it held about you",
        "We have erased what we held about you",
    ]
    assert await traces((OLD, OLD.lower(), NEW, NAME, REASON, "197.0.0.42")) == []
    assert await value("SELECT count(*) FROM supporter") == 0
    assert await counted(site, phone, "clean-air") == 0
    assert await counted(site, phone, "clean-soil") == 1
    assert await recount(now=NOW) == []

    # The links in her old mails open nothing, and she may start afresh.
    assert (await phone.get(link_to(thanks, "withdraw"))).status_code == 410
    assert (await phone.post(link_to(thanks, "withdraw"))).status_code == 410
    await sign_and_confirm(site, phone, petitions.federation)
    assert await counted(site, phone, "clean-air") == 1
    assert await Campaign.all().count() == 4
    await phone.aclose()
