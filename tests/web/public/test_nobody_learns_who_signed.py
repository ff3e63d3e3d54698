"""Whoever types an address into the form, the site answers the same, byte for byte, whatever it knows about it."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.factories.petitions import OpenPetition, sign, sign_and_confirm
from tests.web.site import RunningSite, code_in, sign_in_browser

pytestmark = pytest.mark.anyio

# All are as long as each other, so that the length of an answer could tell only what it must not.
NEW, PENDING, CONFIRMED, WITHDRAWN, HELD, OFTEN = (
    f"{name}@example.org" for name in ("newone", "waiter", "signed", "leaver", "heldup", "oftens")
)
PEOPLE = (NEW, PENDING, CONFIRMED, WITHDRAWN, HELD, OFTEN)


@pytest.fixture
async def known(site: RunningSite, petition: OpenPetition) -> None:
    """People the site knows in every way it can."""
    await sign(petition, email=PENDING)
    await sign_and_confirm(petition, email=CONFIRMED)
    async with site.visitor() as leaver:
        signature = await sign_and_confirm(petition, email=WITHDRAWN)
        links = site.shop.composer._links
        await leaver.post(links.withdraw("en", signature))
    await sign_and_confirm(petition, email=HELD, held="robot")
    for number in range(8):
        await sign(petition, email=OFTEN, name=f"Often {number}")


def answer_as_seen(answer: httpx.Response, *, email: str) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and body, without what differs between any two requests: id, sealed cookie, own address."""
    headers = []
    for name, text in answer.headers.multi_items():
        if name == "x-request-id":
            text = ""
        headers.append((name, re.sub(r"receipt=[\w-]+", f"receipt of {len(text)}", text)))
    return answer.status_code, headers, answer.text.replace(email, "?")


async def everything_seen(
    site: RunningSite, petition: OpenPetition, email: str, *, language: str
) -> list[tuple[int, list[tuple[str, str]], str]]:
    """Sign with an address, look at the inbox page, try codes until it is used up, and look again."""
    async with site.visitor() as browser:
        browser.headers["accept-encoding"] = "identity"  # two addresses do not compress alike
        signed = await sign_in_browser(browser, petition, email=email, language=language, name="A prober")
        inbox = await browser.get(signed.headers["location"])
        tries = [
            await browser.post(f"/{language}/campaigns/clean-air/code", data={"code": f"{number:06d}"})
            for number in range(7)
        ]
        again = await sign_in_browser(browser, petition, email=email, language=language, name="A prober 2")
        last = await browser.post(f"/{language}/campaigns/clean-air/code", data={"code": "000000"})
    return [answer_as_seen(each, email=email) for each in (signed, inbox, *tries, again, last)]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.usefixtures("known")
async def test_every_address_is_answered_alike_whoever_it_belongs_to(
    site: RunningSite, petition: OpenPetition, language: str
) -> None:
    seen = {email: await everything_seen(site, petition, email, language=language) for email in PEOPLE}
    for email in PEOPLE[1:]:
        assert seen[email] == seen[NEW], email


@pytest.mark.usefixtures("known")
async def test_only_the_mailbox_tells_its_owner_that_they_have_signed(
    site: RunningSite, petition: OpenPetition, visitor: httpx.AsyncClient
) -> None:
    await site.deliver()
    before = len(site.postbox.mails)
    for email in (NEW, CONFIRMED, WITHDRAWN):
        await sign_in_browser(visitor, petition, email=email, name="A prober")
    await site.deliver()
    mails = {mail.recipient: mail for mail in site.postbox.mails[before:]}
    assert set(mails) == {NEW, CONFIRMED, WITHDRAWN}
    code_in(mails[NEW])
    assert "Your first signature stands and counts once." in mails[CONFIRMED].text
    assert mails[NEW].subject != mails[CONFIRMED].subject


@pytest.mark.usefixtures("known")
async def test_no_address_gets_more_than_five_mails_however_often_it_is_typed(
    site: RunningSite, petition: OpenPetition, visitor: httpx.AsyncClient
) -> None:
    for number in range(12):
        for email in (NEW, CONFIRMED):
            await sign_in_browser(visitor, petition, email=email, name=f"A prober {number}")
    await site.deliver()
    for email in (NEW, CONFIRMED):
        assert len([mail for mail in site.postbox.mails if mail.recipient == email]) <= 5
