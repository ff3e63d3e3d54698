"""One's own page shows everything as it is, and each button does one thing, for its owner alone."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest

from campaigns.ids import new_id
from campaigns.petitions.models import Signature
from campaigns.supporters.models import Consent
from campaigns.supporters.preferring import subscriptions
from tests.factories.lives import Life, Petitions, live
from tests.factories.petitions import NOW
from tests.web.me.people import forms, send_form
from tests.web.site import RunningSite, rows, value, whole_database

pytestmark = pytest.mark.anyio


def seen(page: httpx.Response) -> str:
    """The words of a page, without its tags."""
    body = re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2])
    return re.sub(r"\s+", " ", body).replace("&#39;", "'")


async def test_everything_we_hold_is_on_the_page(hers: httpx.AsyncClient, zoe: Life) -> None:
    words = seen(await hers.get("/en/me"))
    for told in (
        *(zoe.email, zoe.name, "Senegal", "English"),
        *("Clean air (en)", "Clean water (en)", "Clean soil (en)", "Clean light (en)"),
        *("Close the street before the school (en).", "The mayor (en)", "Reason of zoe"),
        *("Confirmed", "Waiting for you", "Medical Students of Belgium", "Students for Health (en)"),
        *(
            "I agree to signature.",
            "I agree to public_name.",
            "I agree to newsletter.",
            "Given in the form on",
        ),
        *("Thank you for your signature", "The street", "Sent"),
    ):
        assert told in words, told


async def test_looking_changes_nothing(hers: httpx.AsyncClient, zoe: Life) -> None:
    before = await whole_database()
    for path in ("", "?done=erased", "/address", "/erase", "/erase?of=federation", "/data.json", "/data.zip"):
        for method in ("HEAD", "GET"):
            assert (await hers.request(method, f"/en/me{path}")).status_code == 200
    for path in ("close", "name", "unsubscribe", "address/code", "address/stop"):
        assert (await hers.get(f"/en/me/{path}")).status_code in (404, 405)
    assert await whole_database() == before
    assert zoe.email in (await hers.get("/en/me")).text


async def test_every_signature_is_shown_with_the_text_in_the_language_it_was_signed_in(
    hers: httpx.AsyncClient,
) -> None:
    page = await hers.get("/ar/me")
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "Clean air (ar)" in page.text
    assert re.search(r'lang="en" dir="ltr">\s*<p>Close the street before the school \(en\)', page.text)


async def test_what_people_typed_is_printed_escaped(
    site: RunningSite, hers: httpx.AsyncClient, zoe: Life
) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    await rows(
        "UPDATE signature SET name = $1, comment = $1, email = $2 WHERE supporter_id = $3",
        *(evil[:100], '"><b>@x.example', zoe.id),
    )
    await rows("UPDATE supporter SET name = $1, email = $2", evil[:100], '"><b>@x.example')
    await rows("UPDATE consent_wording SET text = $1", evil)
    await rows("UPDATE mailing_text SET subject = $1", evil[:100])
    for path in ("/en/me", "/en/me/address", "/en/me/erase"):
        page = await hers.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "<b>@x" not in page.text
    assert "&lt;script&gt;alert(1)" in (await hers.get("/en/me")).text


async def test_a_name_is_hidden_and_shown_again_with_the_words_kept(
    hers: httpx.AsyncClient, zoe: Life
) -> None:
    page = await hers.get("/en/me")
    done = await hers.post("/en/me/name", data={"signature": zoe.federation.hex, "show": "no"})
    assert done.headers["location"] == "/en/me?done=hidden"
    assert not (await Signature.get(id=zoe.federation)).show_name

    page = await hers.get("/en/me?done=hidden")
    assert "Your name is shown no more." in page.text
    ((action, hidden),) = [each for each in forms(page) if each[1].get("show") == "yes"]
    await hers.post(action, data=hidden)
    assert (await Signature.get(id=zoe.federation)).show_name
    newest = (
        await Consent.filter(signature_id=zoe.federation).order_by("-id").first().prefetch_related("wording")
    )
    assert newest is not None
    assert newest.method == "own-page"
    assert newest.wording.text in seen(page)


async def test_nobody_shows_or_hides_the_name_of_somebody_else(
    hers: httpx.AsyncClient, petitions: Petitions
) -> None:
    other = await live("other", petitions)
    before = await whole_database()
    for show in ("no", "yes"):
        await hers.post("/en/me/name", data={"signature": other.federation.hex, "show": show})
        await hers.post("/en/me/name", data={"signature": new_id().hex, "show": show})
    after = await whole_database()
    assert {**before, "consent_wording": after["consent_wording"]} == after
    for nonsense in ("", "x", "é" * 40):
        answer = await hers.post("/en/me/name", data={"signature": nonsense, "show": "no"})
        assert answer.status_code == 404


async def test_news_of_one_stop_and_then_all_of_them(
    hers: httpx.AsyncClient, zoe: Life, petitions: Petitions
) -> None:
    page = await hers.get("/en/me")
    done = await hers.post("/en/me/unsubscribe", data={"of": petitions.organization_id.hex})
    assert done.headers["location"] == "/en/me?done=unsubscribed"
    assert [each.is_on for each in await subscriptions(zoe.id)] == [True, False]
    assert (await hers.post("/en/me/unsubscribe", data={"of": "everybody"})).status_code == 404
    assert (await send_form(hers, page, "/me/unsubscribe")).status_code == 303
    await hers.post("/en/me/unsubscribe", data={"of": "all"})
    assert [each.is_on for each in await subscriptions(zoe.id)] == [False, False]
    assert "You get no news from anybody." in (await hers.get("/en/me")).text


async def test_withdrawing_is_one_link_away(hers: httpx.AsyncClient, zoe: Life) -> None:
    page = await hers.get("/en/me")
    links = re.findall(r'href="(/en/withdraw/[\w-]+)"', page.text)
    assert len(links) == 4
    for link in links:
        assert (await hers.post(link)).status_code == 303
    assert {each.state for each in await Signature.filter(supporter_id=zoe.id)} == {"withdrawn"}
    assert "/withdraw/" not in (await hers.get("/en/me")).text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("complaint", "was marked as spam in your mailbox"),
        ("hard_bounce", "mails to you came back"),
        ("soft_bounces", "mails to you came back"),
        ("by_hand", "somebody who runs this service"),
        ("unsubscribed", ""),
    ],
)
async def test_who_is_not_mailed_is_told_why(
    hers: httpx.AsyncClient, zoe: Life, reason: str, words: str
) -> None:
    await rows("INSERT INTO suppression SELECT email_key, $1, $2 FROM supporter", reason, NOW)
    page = seen(await hers.get("/en/me"))
    assert ("We do not write to this address" in page) == bool(words)
    assert words in page


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("bounced", "5.1.1", "Your mailbox did not take it."),
        ("complained", "", "we write to you no more"),
        ("suppressed", "unsubscribed", "You had unsubscribed by then."),
        ("suppressed", "suppressed", "Mails to your address were on hold."),
        ("suppressed", "weekly-cap", "You had enough mails from us that week."),
        ("suppressed", "outdated", "It was no longer needed."),
        ("uncertain", "", "we did not want to send it twice"),
    ],
)
async def test_what_became_of_each_mail_is_told_kindly(
    hers: httpx.AsyncClient, zoe: Life, state: str, reason: str, words: str
) -> None:
    await rows("UPDATE message SET state = $1, last_error = $2, sent_at = created_at", state, reason)
    page = seen(await hers.get("/en/me"))
    assert words in page
    assert "5.1.1" not in page


async def test_who_is_held_back_reads_what_everybody_reads(hers: httpx.AsyncClient, zoe: Life) -> None:
    before = (await hers.get("/en/me")).text
    await rows("UPDATE signature SET state = 'suspected', held = 'rate' WHERE id = $1", zoe.federation)
    assert (await hers.get("/en/me")).text == before


async def test_two_people_in_one_browser_see_one_page_each(
    site: RunningSite, hers: httpx.AsyncClient, petitions: Petitions, zoe: Life
) -> None:
    other = await live("other", petitions)
    page = (await hers.get("/en/me")).text
    for marker in other.markers:
        assert marker not in page
    assert isinstance(zoe.id, UUID)
    assert await value("SELECT count(*) FROM supporter") == 2
