"""Amina studies medicine in Tunis. A friend sends her a link to a campaign; this is everything that happens then."""

from __future__ import annotations

import re

import httpx
import pytest

from campaigns.mail.port import OutgoingMail
from tests.factories.petitions import OpenPetition
from tests.web.site import RunningSite, code_in, link_to, links_of, sign_in_browser, value

pytestmark = pytest.mark.anyio

PHONE = {
    "user-agent": "Mozilla/5.0 (Linux; Android 13; SM-A145F) Chrome/120 Mobile",
    "accept-language": "ar-TN,ar;q=0.9,fr-TN;q=0.8",
    "sec-fetch-site": "same-origin",
}


async def follow(phone: httpx.AsyncClient, page: httpx.Response, wanted: str) -> httpx.Response:
    """Tap the link on a page whose address matches."""
    found = re.search(rf'href="({wanted})"', page.text)
    assert found is not None, wanted
    return await phone.get(found[1].replace("&amp;", "&"))


def filled_as_printed(page: httpx.Response, **typed: str) -> tuple[str, dict[str, str]]:
    """Where a page's form goes and what a browser sends with it: the hidden fields as printed, the rest as typed."""
    action = re.search(r'<form[^>]*method="post"[^>]*action="([^"]+)"', page.text)
    assert action is not None
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return action[1], {**hidden, "website": "", **typed}


async def counted(site: RunningSite, phone: httpx.AsyncClient) -> int:
    await site.fold()
    return int((await phone.get("/campaigns/clean-air/count.json")).json()["count"])


async def a_friend_signs(
    site: RunningSite, link: str, *, email: str, country: str, name: str
) -> OutgoingMail:
    """A friend who got Amina's link opens it, signs, and confirms with the code."""
    async with site.visitor(address=f"198.51.100.{len(site.postbox.mails)}") as phone:
        page = await follow(phone, await phone.get(link), r"/\w\w/campaigns/clean-air/sign[^\"]*")
        action, fields = filled_as_printed(page, name=name, email=email, country=country)
        inbox = await phone.get((await phone.post(action, data=fields)).headers["location"])
        await site.deliver()
        mail = site.newest_mail(to=email)
        action, _ = filled_as_printed(inbox)
        assert (await phone.post(action, data={"code": code_in(mail)})).status_code == 303
    return mail


async def test_amina_signs_brings_two_friends_and_withdraws(
    site: RunningSite, petition: OpenPetition
) -> None:
    phone = site.visitor(address="197.0.0.42")
    phone.headers.update(PHONE)

    # The bare address speaks her language.
    home = await phone.get("/", follow_redirects=True)
    assert home.url.path == "/ar/"
    campaign = await follow(phone, home, "/ar/campaigns/clean-air")
    assert '<html lang="ar" dir="rtl">' in campaign.text
    assert "Clean air (ar)" in campaign.text

    # She signs on her phone, forgets her address first, and loses nothing of what she typed.
    form = await follow(phone, campaign, "/ar/campaigns/clean-air/sign")
    action, fields = filled_as_printed(form, name="أمينة بن صالح", country="TN", newsletter="1")
    again = await phone.post(action, data={**fields, "email": ""})
    assert again.status_code == 422
    assert 'value="أمينة بن صالح"' in again.text
    action, fields = filled_as_printed(again, name="أمينة بن صالح", country="TN", newsletter="1")
    sent = await phone.post(action, data={**fields, "email": "amina@gmail.com"})
    inbox = await phone.get(sent.headers["location"])
    assert "amina@gmail.com" in inbox.text
    assert "https://mail.google.com/mail/" in inbox.text
    assert await counted(site, phone) == 0

    # The mail is in Arabic; two taps without JavaScript, and it counts.
    (mail,) = await site.deliver()
    assert mail.headers["Content-Language"] == "ar"
    page = await phone.get(link_to(mail, "confirm"))
    assert "أمينة بن صالح" in page.text
    action, _ = filled_as_printed(page)
    thanks = await phone.post(action)
    shown = await phone.get(thanks.headers["location"])
    assert shown.status_code == 200
    assert await counted(site, phone) == 1

    # Her own link, from the page and from the mail that thanks her.
    (thank_you,) = await site.deliver()
    code = site.keys.share_code(await value("SELECT id FROM signature"))
    own_link = f"https://chorus.example/ar/campaigns/clean-air?r={code}"
    assert f'value="{own_link}"' in shown.text
    assert own_link in thank_you.text
    assert any(link.startswith("https://wa.me/") for link in links_of(thank_you))

    # Two friends in two countries come through it; one of them signs twice, and counts once.
    await a_friend_signs(site, own_link, email="bruno@example.org", country="BE", name="Bruno Peeters")
    await a_friend_signs(site, own_link, email="chen@example.org", country="SG", name="Chen Wei")
    async with site.visitor(address="198.51.100.200") as again_bruno:
        await sign_in_browser(
            again_bruno, petition, name="Bruno Peeters", email="Bruno@Example.org", country="BE"
        )
    assert await counted(site, phone) == 3
    brought = "SELECT count FROM tally_total WHERE dimension = $1 AND key = $2"
    assert await value(brought, "referrer", code) == 2
    assert await value(brought, "referrer_country", f"{code}:BE") == 1
    assert await value(brought, "referrer_country", f"{code}:SG") == 1
    by_country = (await phone.get("/ar/campaigns/clean-air")).text
    assert all(f"#{country}" in by_country for country in ("TN", "BE", "SG"))

    # Months later she withdraws, from the oldest mail she still has. Her friends' signatures stay.
    page = await phone.get(link_to(mail, "withdraw"))
    action, _ = filled_as_printed(page)
    done = await phone.post(action, follow_redirects=True)
    assert done.status_code == 200
    assert await counted(site, phone) == 2
    assert (await phone.get(link_to(mail, "confirm"))).status_code == 410
    assert (
        await value("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL AND purpose = 'newsletter'") == 0
    )
    await phone.aclose()
