"""Signing in to the console, and what those find who try to get in otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from campaigns import clock
from campaigns.accounts.models import Role
from campaigns.accounts.registering import disable
from campaigns.accounts.signing_in import LINK_LIFETIME
from campaigns.tokens import Purpose
from tests.factories.accounts import account, administrator, give
from tests.web.console.people import FIREFOX, SIGN_IN, cookie_of, fresh_link, is_signed_in, sign_in
from tests.web.site import RunningSite, opened_site, rows, value, whole_database

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("petition")]

KNOWN, UNKNOWN = "jonas@example.org", "nobody@example.org"


@pytest.fixture
async def jonas(database: object) -> UUID:
    now = clock.now()
    account_id = await account(KNOWN, now=now)
    today = now.date()
    await give(
        account_id,
        Role.CAMPAIGN_COORDINATOR,
        starts_on=today,
        ends_on=today + timedelta(days=100),
        now=now,
    )
    return account_id


@pytest.fixture
async def browser(site: RunningSite) -> AsyncIterator[httpx.AsyncClient]:
    async with site.visitor() as visitor:
        visitor.headers["user-agent"] = FIREFOX
        yield visitor


# --- The way in -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("jonas")
async def test_jonas_asks_for_the_link_opens_it_and_is_in(
    site: RunningSite, browser: httpx.AsyncClient
) -> None:
    asked = await browser.post(SIGN_IN, data={"email": KNOWN})
    assert (asked.status_code, asked.headers["location"]) == (303, f"{SIGN_IN}/asked?lang=en")
    await site.deliver()
    mail = site.newest_mail(to=KNOWN)
    link = next(line for line in mail.text.splitlines() if "/console/sign-in/" in line)
    path = urlsplit(link.strip()).path

    shown = await browser.get(path)
    assert shown.status_code == 200
    assert "as <bdi>Jonas Weber</bdi>" in shown.text
    assert (shown.headers["referrer-policy"], shown.headers["cache-control"]) == (
        "same-origin",
        "private, no-store",
    )
    assert not cookie_of(browser)

    pressed = await browser.post(path)
    header = pressed.headers["set-cookie"]
    assert header.startswith("__Host-session=")
    assert header.endswith("; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax; Secure")
    home = await browser.get("/console/")
    assert "Jonas Weber" in home.text
    assert "Campaign coordinator" in home.text
    assert "Students for Health (en)" in home.text
    assert await value("SELECT recipient FROM message") is None, "a mail that is sent keeps no address"


async def test_without_https_the_cookie_has_a_plain_name(jonas: UUID) -> None:
    async with (
        opened_site(site_url="http://127.0.0.1:8000") as site,
        site.visitor(origin="http://127.0.0.1:8000") as browser,
    ):
        answer = await browser.post(fresh_link(site, jonas))
        assert answer.headers["set-cookie"].startswith("session=")
        assert "Secure" not in answer.headers["set-cookie"]
        assert await is_signed_in(browser)


@pytest.mark.parametrize(
    ("header", "query", "language"),
    [("", "", "en"), ("fr-BE,fr", "", "fr"), ("fr", "?lang=ar", "ar"), ("es", "?lang=xx", "es")],
)
async def test_the_page_speaks_the_language_of_whoever_comes(
    browser: httpx.AsyncClient, header: str, query: str, language: str
) -> None:
    for page in (SIGN_IN, f"{SIGN_IN}/asked", f"{SIGN_IN}/no-link"):
        answer = await browser.get(page + query, headers={"accept-language": header})
        assert f'<html lang="{language}"' in answer.text


async def test_the_console_speaks_the_language_of_the_account(
    site: RunningSite, browser: httpx.AsyncClient
) -> None:
    await sign_in(site, browser, await account("salma@example.org", language="ar"))
    for page in ("/console/", "/console/devices"):
        assert '<html lang="ar" dir="rtl">' in (await browser.get(page)).text


async def test_looking_changes_nothing(site: RunningSite, browser: httpx.AsyncClient, jonas: UUID) -> None:
    link = fresh_link(site, jonas)
    before = await whole_database()
    for path in (SIGN_IN, f"{SIGN_IN}/asked", link, "/console/", "/console/devices", "/console"):
        await browser.get(path)
    assert await whole_database() == before


# --- Probing --------------------------------------------------------------------------------------


async def test_nobody_learns_whether_an_address_has_an_account(site: RunningSite, jonas: UUID) -> None:
    gone = await account("gone@example.org")
    await disable(gone, actor_id=await administrator(), now=clock.now())
    answers = []
    for email in (KNOWN, UNKNOWN, "gone@example.org"):
        async with site.visitor() as visitor:
            posted = await visitor.post(SIGN_IN, data={"email": email})
            page = await visitor.get(posted.headers["location"])
            kept = {key: each for key, each in posted.headers.items() if key != "x-request-id"}
            answers.append((posted.status_code, kept, posted.text, page.text))
    assert answers[0] == answers[1] == answers[2]
    assert {mail.recipient for mail in await site.deliver()} == {KNOWN}


async def test_a_sixth_mail_is_not_sent_and_the_answer_is_the_same(site: RunningSite, jonas: UUID) -> None:
    for number in range(7):
        async with site.visitor(address=f"203.0.{number}.9") as visitor:
            answer = await visitor.post(SIGN_IN, data={"email": KNOWN})
            assert answer.headers["location"] == f"{SIGN_IN}/asked?lang=en"
    assert len(await site.deliver()) == 5


async def test_a_network_that_tries_address_after_address_is_told_to_wait(browser: httpx.AsyncClient) -> None:
    statuses = [
        (await browser.post(SIGN_IN, data={"email": f"try{number}@example.org"})).status_code
        for number in range(31)
    ]
    assert statuses == [303] * 30 + [429]


@pytest.mark.parametrize("typed", ["", "jonas", "a@b", "x" * 10_000, "jonas@example.org\x00"])
async def test_what_is_no_address_is_shown_again_with_what_is_wrong(
    browser: httpx.AsyncClient, typed: str
) -> None:
    answer = await browser.post(SIGN_IN, data={"email": typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


# --- Links ----------------------------------------------------------------------------------------


async def test_a_link_that_was_used_lets_nobody_else_in(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID
) -> None:
    link = fresh_link(site, jonas)
    await browser.post(link)
    async with site.visitor() as thief:
        for answer in (await thief.get(link), await thief.post(link)):
            assert answer.status_code == 410
            assert "This link does not work any more" in answer.text
            assert "set-cookie" not in answer.headers
        assert not await is_signed_in(thief)
    assert await is_signed_in(browser)


async def test_links_that_are_old_cut_forged_or_for_something_else_let_nobody_in(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID
) -> None:
    old = fresh_link(site, jonas, ago=LINK_LIFETIME + timedelta(seconds=2))
    other = site.keys.passing_token(Purpose.OWN_PAGE, jonas, made_at=clock.now())
    wrong = {
        old: 410,
        fresh_link(site, jonas)[:-1]: 400,
        f"{SIGN_IN}/{other}": 400,
        f"{SIGN_IN}/x": 400,
        f"{SIGN_IN}/{'A' * 5000}": 400,
    }
    for link, status in wrong.items():
        for answer in (await browser.get(link), await browser.post(link)):
            assert answer.status_code == status
            assert "set-cookie" not in answer.headers
    assert not await is_signed_in(browser)
    assert await value("SELECT count(*) FROM account_session") == 0


async def test_a_disabled_account_is_out_at_once_and_its_links_are_dead(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID
) -> None:
    await sign_in(site, browser, jonas)
    unused = fresh_link(site, jonas, ago=timedelta(seconds=5))
    await disable(jonas, actor_id=await administrator_of_today(), now=clock.now())
    assert not await is_signed_in(browser)
    assert (await browser.post(unused)).status_code == 410


async def administrator_of_today() -> UUID:
    today = clock.now().date()
    admin = await account("admin@example.org")
    await give(admin, Role.ADMINISTRATOR, starts_on=today, ends_on=today + timedelta(days=9), now=clock.now())
    return admin


# --- Sessions -------------------------------------------------------------------------------------


async def test_a_session_somebody_planted_is_not_the_one_one_gets(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID
) -> None:
    """Session fixation: the attacker's cookie is replaced, and what it opened is ended."""
    async with site.visitor() as attacker:
        planted = await sign_in(site, attacker, await account("attacker@example.org"))
        browser.cookies.set("__Host-session", planted, domain="chorus.example")
        answer = await browser.post(fresh_link(site, jonas))
        given = answer.headers["set-cookie"].split(";")[0].removeprefix("__Host-session=")
        assert given not in ("", planted)
        assert not await is_signed_in(attacker)


async def test_signing_in_again_ends_the_session_before(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID
) -> None:
    first = await sign_in(site, browser, jonas, second=2)
    second = await sign_in(site, browser, jonas)
    assert first != second
    async with site.visitor() as other:
        assert (
            await other.get("/console/", headers={"cookie": f"__Host-session={first}"})
        ).status_code == 303
    assert await is_signed_in(browser)


async def test_who_signs_out_is_out_with_every_copy_of_the_cookie(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID
) -> None:
    cookie = await sign_in(site, browser, jonas)
    answer = await browser.post("/console/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    async with site.visitor() as thief:
        stolen = await thief.get("/console/", headers={"cookie": f"__Host-session={cookie}"})
        assert stolen.status_code == 303
    assert (await browser.post("/console/sign-out")).status_code == 303


async def test_a_dead_cookie_is_taken_back(site: RunningSite, browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/console/", headers={"cookie": "__Host-session=nothing"})
    assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN)
    assert "Max-Age=0" in answer.headers["set-cookie"]


# --- From other sites -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/console/sign-out", "/console/devices", SIGN_IN])
async def test_no_other_site_posts_here_in_somebodys_name(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID, path: str
) -> None:
    await sign_in(site, browser, jonas)
    for headers in (
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "null"},
    ):
        answer = await browser.post(path, data={"device": "others"}, headers=headers)
        assert answer.status_code == 403
    assert await is_signed_in(browser)


async def test_no_other_site_signs_a_visitor_in_as_somebody_else(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID
) -> None:
    link = fresh_link(site, jonas)
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await browser.post(link, headers=headers)).status_code == 403
    assert not cookie_of(browser)


# --- What is kept ---------------------------------------------------------------------------------


async def test_of_a_browser_only_its_kind_is_kept(
    site: RunningSite, browser: httpx.AsyncClient, jonas: UUID
) -> None:
    await sign_in(site, browser, jonas)
    (session,) = await rows("SELECT browser, system, s::text AS line FROM account_session AS s")
    assert (session["browser"], session["system"]) == ("Firefox", "Android")
    assert "Mozilla" not in session["line"]
    assert "203.0.113.9" not in session["line"]
