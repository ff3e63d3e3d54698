"""Mail programs and company filters open every link of every mail, some with HEAD first, some following redirects, some
in the reader's own browser. None of that may confirm, withdraw, unsubscribe, or write anything at all."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import httpx
import pytest

from campaigns.languages import LANGUAGES
from campaigns.mail.port import OutgoingMail
from campaigns.petitions.confirming import Confirmation, confirm_all
from campaigns.petitions.limits import SigningLimits
from campaigns.petitions.signing import sign_all
from tests.factories.petitions import NOW, OpenPetition, submission
from tests.web.site import (
    RunningSite,
    link_to,
    opened_site,
    own_links_of,
    sign_in_browser,
    value,
    whole_database,
)

pytestmark = pytest.mark.anyio
PENDING, CONFIRMED = 130, 40  # who confirmed signs again, and is told that they had


async def mails_of_every_kind(site: RunningSite, petition: OpenPetition) -> list[OutgoingMail]:
    """Over 200 mails: every kind in every language, most of them of people who have not confirmed yet."""
    languages = list(LANGUAGES)
    people = [
        submission(petition, email=f"person{number}@example.org", language=languages[number % 4])
        for number in range(PENDING + CONFIRMED)
    ]
    await sign_all(people, limits=SigningLimits())
    await confirm_all([Confirmation(each.signature_id, 1, NOW) for each in people[:CONFIRMED]])
    await sign_all(people[:CONFIRMED], limits=SigningLimits())
    await site.deliver()
    return site.postbox.mails


async def scan(browser: httpx.AsyncClient, links: Iterable[str]) -> list[int]:
    """Open every link by HEAD and by GET, and whatever it leads to."""
    statuses = []
    for link in links:
        for method in ("HEAD", "GET"):
            answer = await browser.request(method, link, follow_redirects=True)
            statuses.append(answer.status_code)
    return statuses


async def test_a_scanner_that_opens_every_link_of_over_two_hundred_mails_changes_nothing(
    petition: OpenPetition,
) -> None:
    async with opened_site(fresh=60) as site:
        mails = await mails_of_every_kind(site, petition)
        links = {link for mail in mails for link in own_links_of(mail)}
        assert len(mails) > 200
        assert len({(mail.subject, mail.headers["Content-Language"]) for mail in mails}) == 3 * len(LANGUAGES)
        assert len([link for link in links if "/confirm/" in link]) == PENDING
        assert len([link for link in links if "/unsubscribe/" in link]) == PENDING + CONFIRMED
        before = await whole_database()
        async with site.visitor(address="192.0.2.99") as scanner:
            scanner.headers.update({"user-agent": "LinkScanner/1.0", "accept-encoding": "identity"})
            del scanner.headers["origin"]
            assert set(await scan(scanner, links)) == {200}
        assert await whole_database() == before
        assert await value("SELECT count(*) FROM signature WHERE state = 'pending'") == PENDING


async def test_a_scanner_in_the_signers_own_browser_changes_nothing_either(
    site: RunningSite, petition: OpenPetition
) -> None:
    async with site.visitor() as browser:
        await sign_in_browser(browser, petition, newsletter="1")
        (mail,) = await site.deliver()
        assert "receipt" in browser.cookies
        before = await whole_database()
        assert set(await scan(browser, own_links_of(mail))) == {200}
        # Prefetching, and what a page itself links to, within the site.
        for path in ("confirm", "withdraw", "unsubscribe"):
            page = await browser.get(link_to(mail, path), headers={"sec-purpose": "prefetch;prerender"})
            for link in {part.partition('"')[0] for part in page.text.split('href="')[1:]}:
                if not urlsplit(link).netloc and link.startswith("/"):
                    await browser.get(link, follow_redirects=True)
        assert await whole_database() == before


async def test_the_same_links_still_work_for_the_person(site: RunningSite, petition: OpenPetition) -> None:
    async with site.visitor() as browser:
        await sign_in_browser(browser, petition, newsletter="1")
        (mail,) = await site.deliver()
        await scan(browser, own_links_of(mail))
        assert (await browser.post(link_to(mail, "confirm"))).status_code == 303
        assert await value("SELECT state FROM signature") == "confirmed"
        await browser.post(link_to(mail, "unsubscribe"))
        await browser.post(link_to(mail, "withdraw"))
        assert await value("SELECT state FROM signature") == "withdrawn"
