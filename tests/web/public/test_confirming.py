from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from campaigns.campaign.models import Campaign, CampaignState
from campaigns.languages import LANGUAGES
from campaigns.mail.port import OutgoingMail
from campaigns.petitions.withdrawing import withdraw
from campaigns.tokens import Keyring, Purpose
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign, sign_and_confirm
from tests.web.site import RunningSite, link_to, opened_site, rows, sign_in_browser, value, whole_database
from web.public.confirming import FEWEST_TOLD

pytestmark = pytest.mark.anyio
TOKEN_PAGES = ("confirm", "withdraw")


@pytest.fixture
async def mail(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> AsyncIterator[OutgoingMail]:
    """The mail of a visitor who has just signed."""
    await sign_in_browser(visitor, petition, comment="For my son.", newsletter="1", show_name="1")
    (sent,) = await site.deliver()
    yield sent


async def state() -> str:
    return str(await value("SELECT state FROM signature"))


async def count(site: RunningSite, visitor: httpx.AsyncClient) -> int:
    await site.fold()
    return int((await visitor.get("/campaigns/clean-air/count.json")).json()["count"])


# --- Confirming -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_shows_what_will_be_recorded_and_has_one_button_that_posts(
    visitor: httpx.AsyncClient, mail: OutgoingMail, language: str
) -> None:
    path = link_to(mail, "confirm").replace("/en/", f"/{language}/")
    page = await visitor.get(path)
    assert page.status_code == 200
    for shown in ("Amina Ben Salah", "For my son.", "Close the street before the school (en)."):
        assert shown in page.text
    assert page.text.count("<form") == page.text.count('type="submit"') == 1
    assert f'method="post" action="{path}"' in page.text
    assert await state() == "pending"


async def test_the_button_works_without_cookies_and_without_script(
    site: RunningSite, mail: OutgoingMail
) -> None:
    async with site.visitor() as phone:
        answer = await phone.post(link_to(mail, "confirm"), content=b"")
    assert answer.status_code == 303
    assert await state() == "confirmed"


async def test_two_taps_on_the_button_count_once(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    answers = await asyncio.gather(*(visitor.post(link_to(mail, "confirm")) for _ in range(2)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await count(site, visitor) == 1
    assert len(await site.deliver()) == 1


async def test_who_opens_the_link_again_is_led_to_share(
    visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    thanks = await visitor.post(link_to(mail, "confirm"))
    page = await visitor.get(link_to(mail, "confirm"))
    assert "You have already confirmed" in page.text
    assert "<form" not in page.text
    assert f'href="{thanks.headers["location"]}"' in page.text


async def test_confirming_takes_the_receipt_back(visitor: httpx.AsyncClient, mail: OutgoingMail) -> None:
    assert "receipt" in visitor.cookies
    await visitor.post(link_to(mail, "confirm"))
    assert "receipt" not in visitor.cookies


async def test_the_thank_you_page_shares_the_signers_own_link_and_tells_what_it_brought(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail, petition: OpenPetition
) -> None:
    thanks = await visitor.post(link_to(mail, "confirm"))
    code = site.keys.share_code(await value("SELECT id FROM signature"))
    for number in range(1, FEWEST_TOLD + 1):
        country = "BE" if number % 2 else "SG"
        await sign_and_confirm(
            petition, email=f"friend{number}@example.org", country=country, referred_by=code
        )
        await site.fold()
        page = await visitor.get(thanks.headers["location"])
        # Fewer could tell the signer whether one certain person has signed.
        assert (f"Your link has brought {number} signatures." in page.text) == (number == FEWEST_TOLD)
    assert "They come from 2 countries." in page.text
    assert f'value="https://chorus.example/en/campaigns/clean-air?r={code}"' in page.text
    assert "<svg" in page.text
    assert "Amina" not in page.text


@pytest.mark.parametrize("link", ["", "?link="])
async def test_a_stranger_on_the_thank_you_page_learns_nothing(
    visitor: httpx.AsyncClient, mail: OutgoingMail, link: str
) -> None:
    page = await visitor.get(f"/en/campaigns/clean-air/thank-you{link}")
    assert page.status_code == 200
    assert "Your link has brought" not in page.text
    assert 'value="https://chorus.example/en/campaigns/clean-air"' in page.text


async def test_a_public_share_code_does_not_open_its_owners_thank_you_page(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    await visitor.post(link_to(mail, "confirm"))
    code = site.keys.share_code(await value("SELECT id FROM signature"))
    withdraw_token = link_to(mail, "withdraw").rpartition("/")[2]
    for link in (code, withdraw_token, "%3Cscript%3E"):
        page = await visitor.get(f"/en/campaigns/clean-air/thank-you?link={link}")
        assert page.status_code == 400


async def test_other_open_campaigns_come_next_and_closed_ones_do_not(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await open_petition(slug="safe-roads")
    await open_petition(slug="old-roads", state=CampaignState.CLOSED)
    page = await visitor.get("/en/campaigns/clean-air/thank-you")
    assert "/en/campaigns/safe-roads" in page.text
    assert "/en/campaigns/old-roads" not in page.text


# --- Links that do not work ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", [*TOKEN_PAGES, "unsubscribe"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_forged_or_cut_link_is_told_to_be_opened_whole(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail, page: str, method: str
) -> None:
    before = await whole_database()
    path = link_to(mail, page)
    forged = Keyring("another key" * 4).link_token(Purpose(page), uuid4())
    for token in (
        path[:-1],
        path + "x",
        path[:-4] + "AAAA",
        f"/en/{page}/{forged}",
        f"/en/{page}/x",
        f"/en/{page}/é",
    ):
        answer = await visitor.request(method, token)
        assert answer.status_code == 400, token
        if method != "HEAD":
            assert "This link does not work" in answer.text
    assert await whole_database() == before


@pytest.mark.parametrize("page", [*TOKEN_PAGES, "unsubscribe"])
async def test_a_link_of_one_purpose_opens_no_page_of_another(
    visitor: httpx.AsyncClient, mail: OutgoingMail, page: str
) -> None:
    before = await whole_database()
    for other in {"confirm", "withdraw", "unsubscribe"} - {page}:
        path = link_to(mail, page).replace(f"/{page}/", f"/{other}/")
        assert (await visitor.get(path)).status_code == 400
        assert (await visitor.post(path)).status_code == 400
    assert await whole_database() == before


async def test_a_link_to_what_was_deleted_has_expired(site: RunningSite, visitor: httpx.AsyncClient) -> None:
    for path in (
        f"/en/confirm/{site.keys.submission_token(uuid4(), 1)}",
        f"/en/withdraw/{site.keys.link_token(Purpose.WITHDRAW, uuid4())}",
    ):
        for answer in (await visitor.get(path), await visitor.post(path)):
            assert answer.status_code == 410
            assert "This link has expired" in answer.text


async def test_an_old_link_shows_the_newest_words_and_confirms_nothing_unread(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail, petition: OpenPetition
) -> None:
    await sign_in_browser(visitor, petition, name="Amina Changed")
    (newer,) = await site.deliver()
    unread = await visitor.post(link_to(mail, "confirm"))
    assert await state() == "pending"
    page = await visitor.get(unread.headers["location"])
    assert "Amina Changed" in page.text
    assert f'action="{link_to(newer, "confirm")}"' in page.text
    assert (await visitor.post(link_to(newer, "confirm"))).status_code == 303
    assert await state() == "confirmed"


async def test_who_withdrew_cannot_confirm_with_the_old_link(
    visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    await withdraw(await value("SELECT id FROM signature"), now=NOW)
    assert (await visitor.get(link_to(mail, "confirm"))).status_code == 410
    assert (await visitor.post(link_to(mail, "confirm"))).status_code == 410
    assert await state() == "withdrawn"


async def test_links_made_with_a_retired_key_still_work(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    retired = "the key of last year, which was retired"
    path = f"/en/confirm/{Keyring(retired).submission_token(await sign(petition), 1)}"
    assert (await visitor.post(path)).status_code == 400
    async with opened_site(secret_key_fallbacks=(retired,)) as site, site.visitor() as other:
        assert (await other.post(path)).status_code == 303


async def test_a_day_after_the_end_confirming_is_still_taken_and_then_no_more(
    visitor: httpx.AsyncClient, mail: OutgoingMail, petition: OpenPetition
) -> None:
    over = Campaign.filter(id=petition.campaign.id)
    await over.update(closes_at=NOW - timedelta(hours=25), state=CampaignState.CLOSED)
    for answer in (await visitor.get(link_to(mail, "confirm")), await visitor.post(link_to(mail, "confirm"))):
        assert answer.status_code == 409
        assert "This petition is closed" in answer.text
    await over.update(closes_at=NOW - timedelta(hours=23))
    assert (await visitor.get(link_to(mail, "confirm"))).status_code == 200
    assert (await visitor.post(link_to(mail, "confirm"))).status_code == 303


async def test_pages_behind_a_link_are_kept_by_nobody_and_told_to_nobody(
    visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    for page in (*TOKEN_PAGES, "unsubscribe"):
        answer = await visitor.get(link_to(mail, page))
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer"}
        assert answer.headers["x-robots-tag"] == "noindex"
        token = link_to(mail, page).rpartition("/")[2]
        assert token not in answer.text.partition("<body>")[0]


async def test_the_language_switch_keeps_the_link(visitor: httpx.AsyncClient, mail: OutgoingMail) -> None:
    path = link_to(mail, "confirm")
    page = await visitor.get(path)
    for language in LANGUAGES:
        assert f'href="{path.replace("/en/", f"/{language}/")}"' in page.text


# --- Withdrawing --------------------------------------------------------------------------------------


async def test_withdrawing_takes_a_confirmed_signature_out_of_the_count_and_off_the_page(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    await visitor.post(link_to(mail, "confirm"))
    assert await count(site, visitor) == 1
    assert "Amina Ben Salah" in (await visitor.get("/en/campaigns/clean-air")).text

    page = await visitor.get(link_to(mail, "withdraw"))
    assert "Amina Ben Salah" in page.text
    done = await visitor.post(link_to(mail, "withdraw"), follow_redirects=True)
    assert "Your signature is withdrawn" in done.text
    assert await count(site, visitor) == 0
    assert "Amina Ben Salah" not in (await visitor.get("/en/campaigns/clean-air")).text
    assert await value("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 0


async def test_withdrawing_twice_is_withdrawing_once(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    await visitor.post(link_to(mail, "confirm"))
    for _ in range(2):
        assert (await visitor.post(link_to(mail, "withdraw"))).status_code == 303
    assert await count(site, visitor) == 0


async def test_who_withdrew_may_sign_again(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail, petition: OpenPetition
) -> None:
    await visitor.post(link_to(mail, "confirm"))
    await visitor.post(link_to(mail, "withdraw"))
    await site.deliver()
    await sign_in_browser(visitor, petition)
    (again,) = await site.deliver()
    await visitor.post(link_to(again, "confirm"))
    assert await state() == "confirmed"
    assert await count(site, visitor) == 1


async def test_a_signature_that_was_never_confirmed_can_be_withdrawn_too(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    await visitor.post(link_to(mail, "withdraw"))
    assert await rows("SELECT state FROM signature") == [{"state": "withdrawn"}]
    assert await count(site, visitor) == 0
