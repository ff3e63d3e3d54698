"""Both mailboxes press a button, in whatever order; nothing is moved, or told, before."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from campaigns import clock
from campaigns.mail.port import OutgoingMail
from campaigns.rights.address_changing import LIFETIME
from campaigns.tokens import Purpose
from tests.factories.lives import Life
from tests.factories.petitions import OpenPetition, sign_and_confirm
from tests.web.me.people import send_form
from tests.web.site import RunningSite, code_in, own_links_of, rows, value, whole_database

pytestmark = pytest.mark.anyio
NEW = "zoe@new.example"


def link(mail: OutgoingMail, end: str) -> str:
    """The path behind one of the buttons of a mail."""
    return next(urlsplit(each).path for each in own_links_of(mail) if f"/address/{end}/" in each)


async def ask(site: RunningSite, hers: httpx.AsyncClient, address: str = NEW) -> dict[str, OutgoingMail]:
    """Ask for a change; the mails that go out then, by recipient."""
    answer = await hers.post("/en/me/address", data={"email": address})
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/me/address")
    return {mail.recipient: mail for mail in await site.deliver()}


async def test_both_mailboxes_are_asked_and_either_may_answer_first(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life
) -> None:
    mails = await ask(site, hers)
    assert set(mails) == {zoe.email, NEW}
    assert zoe.email not in mails[NEW].text
    assert NEW not in mails[zoe.email].text
    waiting = await hers.get("/en/me/address")
    assert NEW in waiting.text
    assert waiting.text.count("has not answered yet") == 2

    async with site.visitor() as elsewhere:
        page = await elsewhere.get(link(mails[zoe.email], "approve"))
        assert "z•••@n•••.example" in page.text
        assert NEW not in page.text
        done = await elsewhere.post(link(mails[zoe.email], "approve"), follow_redirects=True)
        assert "One mailbox has agreed" in done.text
        assert "The old address has agreed." in (await hers.get("/en/me/address")).text
        page = await elsewhere.get(link(mails[NEW], "confirm"))
        assert NEW in page.text
        assert zoe.email not in page.text
        done = await elsewhere.post(link(mails[NEW], "confirm"), follow_redirects=True)
        assert "Your address has been changed" in done.text
    assert await value("SELECT email FROM supporter WHERE id = $1", zoe.id) == NEW
    (told,) = await site.deliver()
    assert told.recipient == zoe.email
    assert "z•••@n•••.example" in told.text
    # Who opened the page at the old mailbox is not let in at the new one by it.
    assert "Your page has been closed" in (await hers.get("/en/me")).text


async def test_looking_at_the_links_changes_nothing(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life
) -> None:
    mails = await ask(site, hers)
    before = await whole_database()
    for mail, end in ((mails[NEW], "confirm"), (mails[zoe.email], "approve"), (mails[zoe.email], "stop")):
        for method in ("HEAD", "GET"):
            answer = await hers.request(method, link(mail, end))
            assert answer.status_code == 200
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cache-control"] == "private, no-store"
    assert await whole_database() == before


async def test_the_old_mailbox_stops_it(site: RunningSite, hers: httpx.AsyncClient, zoe: Life) -> None:
    mails = await ask(site, hers)
    done = await hers.post(link(mails[zoe.email], "stop"), follow_redirects=True)
    assert "The change has been stopped" in done.text
    for mail, end in ((mails[NEW], "confirm"), (mails[zoe.email], "approve")):
        assert "The change has been stopped" in (await hers.post(link(mail, end))).text
    assert await value("SELECT email FROM supporter WHERE id = $1", zoe.id) == zoe.email
    assert "waiting" not in (await hers.get("/en/me/address")).text


async def test_the_page_itself_stops_it_too(site: RunningSite, hers: httpx.AsyncClient) -> None:
    await ask(site, hers)
    page = await hers.get("/en/me/address")
    assert (await send_form(hers, page, "/address/stop")).status_code == 303
    assert await value("SELECT stopped_at IS NOT NULL FROM address_change")


async def test_the_code_does_what_the_link_does_and_keeps_the_page_open(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life
) -> None:
    mails = await ask(site, hers)
    await hers.post(link(mails[zoe.email], "approve"))
    page = await hers.get("/en/me/address")
    for typed, problem in (("12", "Enter the six digits"), ("000000", "This code did not work")):
        answer = await send_form(hers, page, "/address/code", code=typed)
        assert answer.status_code == 422
        assert problem in answer.text
        assert f'value="{typed}"' in answer.text
    answer = await send_form(hers, page, "/address/code", code=code_in(mails[NEW]))
    assert answer.headers["location"] == "/en/me?done=moved"
    assert NEW in (await hers.get("/en/me?done=moved")).text


async def test_after_72_hours_the_links_have_expired(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = await ask(site, hers)
    later = clock.now() + LIFETIME + timedelta(seconds=1)
    monkeypatch.setattr("campaigns.clock.now", lambda: later)
    for mail, end in ((mails[NEW], "confirm"), (mails[zoe.email], "approve")):
        for method in ("GET", "POST"):
            answer = await hers.request(method, link(mail, end))
            assert answer.status_code == 410
            assert "This link has expired" in answer.text
    assert await value("SELECT email FROM supporter WHERE id = $1", zoe.id) == zoe.email


async def test_the_two_mailboxes_cannot_press_each_others_button(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life
) -> None:
    mails = await ask(site, hers)
    new = link(mails[NEW], "confirm").rpartition("/")[2]
    old = link(mails[zoe.email], "approve").rpartition("/")[2]
    for path in (f"approve/{new}", f"stop/{new}", f"confirm/{old}", "confirm/x", f"confirm/{new}x"):
        for method in ("GET", "POST"):
            assert (await hers.request(method, f"/en/me/address/{path}")).status_code == 400
    other = site.keys.link_token(Purpose.NEW_ADDRESS, zoe.id)
    assert (await hers.get(f"/en/me/address/confirm/{other}")).status_code == 410
    assert (await hers.get(f"/en/me/address/accept/{new}")).status_code == 404
    assert await value("SELECT new_confirmed_at IS NULL AND old_approved_at IS NULL FROM address_change")


async def test_whether_the_new_address_is_known_shows_nowhere(
    site: RunningSite, hers: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await sign_and_confirm(petition, email="known@new.example")
    await site.deliver()
    pages = {}
    for address in ("known@new.example", "freed@new.example"):
        hers.headers["accept-encoding"] = "identity"
        mails = await ask(site, hers, address)
        page = await hers.get("/en/me/address")
        mail = mails[address]
        pages[address] = (page.text.replace(address, "?"), mail.subject, len(mail.text))
    assert pages["known@new.example"] == pages["freed@new.example"]


@pytest.mark.parametrize("typed", ["", "zoe@", "x" * 300, "\x00@new.example"])
async def test_what_is_no_address_is_told_in_the_form(hers: httpx.AsyncClient, typed: str) -> None:
    answer = await hers.post("/en/me/address", data={"email": typed})
    assert answer.status_code == 422
    assert re.search("<title>Error: Change my address", answer.text)
    assert await rows("SELECT * FROM address_change") == []


async def test_the_address_we_have_is_no_new_one(hers: httpx.AsyncClient, zoe: Life) -> None:
    answer = await hers.post("/en/me/address", data={"email": f" {zoe.email} "})
    assert answer.status_code == 422
    assert "This is the address we have already." in answer.text


async def test_asking_again_and_again_is_told_to_wait(hers: httpx.AsyncClient) -> None:
    for _ in range(5):
        assert (await hers.post("/en/me/address", data={"email": NEW})).status_code == 303
    assert (await hers.post("/en/me/address", data={"email": NEW})).status_code == 429
