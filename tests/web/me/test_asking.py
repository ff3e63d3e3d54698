"""Asking for one's own page tells nobody anything; the link in the mail needs a press; the page closes again."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from campaigns import clock
from campaigns.languages import LANGUAGES
from campaigns.rights import asking
from campaigns.rights.erasing import erase
from campaigns.rights.limits import ASKING_NETWORK
from campaigns.rights.shredding import Everything
from campaigns.settings import MailAdapter
from campaigns.tokens import Purpose
from tests.factories.petitions import OpenPetition, sign, sign_and_confirm
from tests.web.me.people import open_page, own_page_link, person
from tests.web.site import RunningSite, link_to, opened_site, whole_database

pytestmark = pytest.mark.anyio

# All are as long as each other, so that the length of an answer could tell only what it must not.
KNOWN, PENDING, UNKNOWN = "amina@example.org", "waits@example.org", "other@example.org"


@pytest.fixture
async def amina(site: RunningSite, petition: OpenPetition) -> UUID:
    await sign(petition, email=PENDING)
    await sign_and_confirm(petition, email=KNOWN)
    await site.deliver()
    return await person(KNOWN)


def as_seen(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and body, without the id every answer has of its own."""
    headers = [(name, text) for name, text in answer.headers.multi_items() if name != "x-request-id"]
    return answer.status_code, headers, answer.text


@pytest.mark.usefixtures("amina")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_address_is_answered_alike(site: RunningSite, language: str) -> None:
    seen = []
    for email in (KNOWN, PENDING, UNKNOWN):
        async with site.visitor() as browser:
            asked = await browser.post(f"/{language}/me", data={"email": email})
            assert asked.status_code == 303
            seen.append((as_seen(asked), as_seen(await browser.get(asked.headers["location"]))))
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.usefixtures("amina")
async def test_only_the_mailbox_of_somebody_who_confirmed_gets_the_link(
    site: RunningSite, visitor: httpx.AsyncClient
) -> None:
    for email in (PENDING, UNKNOWN, "Amina+x@Example.org"):
        await visitor.post("/fr/me", data={"email": email})
    (mail,) = await site.deliver()
    assert mail.recipient == KNOWN
    assert mail.headers["Content-Language"] == "fr"
    assert link_to(mail, "me").startswith("/fr/me/open/")
    assert "List-Unsubscribe" not in mail.headers


@pytest.mark.parametrize("typed", ["", "  ", "amina", "amina@@example.org", "a" * 300, "\x00@example.org"])
async def test_what_is_no_address_is_told_in_the_form_and_nothing_typed_is_lost(
    visitor: httpx.AsyncClient, typed: str
) -> None:
    answer = await visitor.post("/en/me", data={"email": typed})
    assert answer.status_code == 422
    assert "<title>Error: My data" in answer.text
    assert 'href="#email"' in answer.text
    if typed.strip().isprintable():
        assert f'value="{typed}"' in answer.text


@pytest.mark.usefixtures("amina")
async def test_a_network_that_asks_too_often_is_told_to_wait_whoever_it_asks_for(site: RunningSite) -> None:
    async with site.visitor() as script:
        for number in range(ASKING_NETWORK.most):
            await script.post("/en/me", data={"email": f"person{number}@example.org"})
        for email in (KNOWN, UNKNOWN):
            answer = await script.post("/en/me", data={"email": email})
            assert answer.status_code == 429
    async with site.visitor(address="192.0.2.7") as somebody:
        assert (await somebody.post("/en/me", data={"email": KNOWN})).status_code == 303


async def test_opening_the_link_changes_nothing_before_its_button_is_pressed(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    before = await whole_database()
    link = own_page_link(site, amina)
    for method in ("HEAD", "GET"):
        answer = await visitor.request(method, link)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert f'method="post" action="{link}"' in answer.text
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "Everything we hold about you" in (await visitor.get("/en/me")).text
    assert await whole_database() == before


async def test_the_button_opens_the_page_in_this_browser_alone(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    answer = await visitor.post(own_page_link(site, amina))
    assert answer.headers["location"] == "/en/me"
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == len(LANGUAGES)
    for cookie in cookies:
        name, sealed, rest = re.match(r"(\w+)=([\w-]+); (.*)", cookie).groups()  # type: ignore[union-attr]
        assert name == "me"
        assert amina.hex not in sealed
        assert re.fullmatch(r"HttpOnly; Max-Age=1800; Path=/\w\w/me; SameSite=strict; Secure", rest)
    page = await visitor.get("/en/me")
    assert KNOWN in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert KNOWN in (await visitor.get("/ar/me")).text
    async with site.visitor() as somebody:
        assert KNOWN not in (await somebody.get("/en/me")).text


async def test_no_other_page_ever_gets_the_cookie(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    await open_page(site, visitor, amina)
    for path in ("/en/", "/en/privacy", "/en/campaigns/clean-air", "/en/menu"):
        assert "cookie" not in (await visitor.get(path)).request.headers
    assert "cookie" in (await visitor.get("/fr/me/address")).request.headers


async def test_a_link_that_is_too_old_offers_a_new_one(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    made_at = clock.now() - asking.LINK_LIFETIME - timedelta(seconds=2)
    path = f"/en/me/open/{site.keys.passing_token(Purpose.OWN_PAGE, amina, made_at=made_at)}"
    for method in ("GET", "POST"):
        answer = await visitor.request(method, path)
        assert answer.status_code == 410
        assert "This link has expired" in answer.text
        assert 'method="post" action="/en/me"' in answer.text
        assert "set-cookie" not in answer.headers


async def test_links_of_other_purposes_persons_and_kinds_open_nothing(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    keys = site.keys
    others = [keys.link_token(purpose, amina) for purpose in Purpose]
    others += [keys.subscription_token(amina, None), own_page_link(site, amina)[:-1], "x", "é" * 50]
    for token in others:
        for method in ("GET", "POST"):
            answer = await visitor.request(method, f"/en/me/open/{token.rpartition('/')[2]}")
            assert answer.status_code == 400, token
    unknown = await visitor.post(own_page_link(site, uuid4()))
    assert unknown.status_code == 410
    assert KNOWN not in (await visitor.get("/en/me")).text


async def test_the_page_closes_by_itself_and_says_why(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_page(site, visitor, amina)
    now = clock.now()
    monkeypatch.setattr("campaigns.clock.now", lambda: now + asking.OPEN_FOR + timedelta(seconds=1))
    page = await visitor.get("/en/me")
    assert "Your page has been closed" in page.text
    assert KNOWN not in page.text
    assert "Max-Age=0" in page.headers["set-cookie"]


async def test_the_page_closes_when_it_is_told_to(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    await open_page(site, visitor, amina)
    await visitor.post("/fr/me/close")
    for language in LANGUAGES:
        assert KNOWN not in (await visitor.get(f"/{language}/me")).text


async def test_the_cookie_of_somebody_erased_opens_nothing_and_breaks_nothing(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    await open_page(site, visitor, amina)
    await erase(amina, Everything(), now=clock.now())
    before = await whole_database()
    assert "Your page has been closed" in (await visitor.get("/en/me")).text
    for path in ("/en/me/address", "/en/me/erase", "/en/me/data.json", "/en/me/data.zip"):
        answer = await visitor.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/en/me")
    for path in ("name", "unsubscribe", "address", "address/code", "address/stop", "erase"):
        answer = await visitor.post(f"/en/me/{path}", data={"email": "a@b.example", "of": "everything"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/en/me")
    assert await whole_database() == before


@pytest.mark.parametrize("sealed", ["", "x", "A" * 5_000, "=;", "é"])
async def test_a_forged_cookie_opens_nothing(visitor: httpx.AsyncClient, sealed: str) -> None:
    answer = await visitor.get("/en/me", headers={b"cookie": f"me={sealed}".encode()})
    assert answer.status_code == 200
    assert 'name="email"' in answer.text


async def test_no_cookie_of_ours_is_good_for_anything_else(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    receipt = site.keys.seal(
        {"slug": "clean-air", "signature": amina.hex, "submission": "00001", "address": "me"}
    )
    assert KNOWN not in (await visitor.get("/en/me", headers={"cookie": f"me={receipt}"})).text
    await open_page(site, visitor, amina)
    mine = next(cookie.value for cookie in visitor.cookies.jar if cookie.name == "me")
    inbox = await visitor.get(
        "/en/campaigns/clean-air/check-your-inbox", headers={"cookie": f"receipt={mine}"}
    )
    assert "We have sent you a mail." in inbox.text


async def test_a_form_from_elsewhere_acts_in_nobodys_name(
    site: RunningSite, visitor: httpx.AsyncClient, amina: UUID
) -> None:
    await open_page(site, visitor, amina)
    before = await whole_database()
    for path in ("", "/close", "/name", "/unsubscribe", "/address", "/erase"):
        answer = await visitor.post(
            f"/en/me{path}", data={"of": "everything"}, headers={"origin": "https://evil.example"}
        )
        assert answer.status_code == 403
    assert await whole_database() == before


@pytest.mark.usefixtures("petition")
async def test_in_development_the_local_mailbox_is_one_tap_away() -> None:
    async with opened_site(mail_adapter=MailAdapter.MAILBOX) as site, site.visitor() as visitor:
        assert 'href="/mailbox/"' in (await visitor.get("/en/me/asked")).text
