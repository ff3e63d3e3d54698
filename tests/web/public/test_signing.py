from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from campaigns.campaign.models import Campaign, CampaignState, Outcome
from campaigns.errors import Busy
from campaigns.languages import LANGUAGES
from campaigns.petitions.models import PetitionText
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign_and_confirm
from tests.web.site import (
    RunningSite,
    code_in,
    filled,
    link_to,
    rows,
    sign_in_browser,
    value,
    whole_database,
)

pytestmark = pytest.mark.anyio

FORM = "/en/campaigns/clean-air/sign"
INBOX = "/en/campaigns/clean-air/check-your-inbox"


def input_named(page: str, name: str) -> str:
    """What an input of the page holds."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None
    return found[1]


# --- The happy path ---------------------------------------------------------------------------------


async def test_two_taps_and_one_mail_make_a_signature_that_counts(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    form = await visitor.get(FORM)
    text = input_named(form.text, "text")
    answer = await sign_in_browser(visitor, petition, text=text)
    assert (answer.status_code, answer.headers["location"]) == (303, INBOX)

    assert await value("SELECT state FROM signature") == "pending"
    (mail,) = await site.deliver()
    assert mail.recipient == "amina@example.org"
    assert "Clean air (en)" in mail.text

    page = await visitor.get(link_to(mail, "confirm"))
    assert "Amina Ben Salah" in page.text
    assert "Close the street before the school (en)." in page.text
    thanks = await visitor.post(link_to(mail, "confirm"))
    assert thanks.status_code == 303
    assert (await visitor.get(thanks.headers["location"])).status_code == 200

    await site.fold()
    count = await visitor.get("/campaigns/clean-air/count.json")
    assert count.json()["count"] == 1
    (thank_you,) = await site.deliver()
    assert f"r={site.keys.share_code(await value('SELECT id FROM signature'))}" in thank_you.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_signs_its_own_text_and_gets_its_own_mail(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition, language: str
) -> None:
    form = await visitor.get(f"/{language}/campaigns/clean-air/sign")
    assert f"({language})." in form.text
    assert input_named(form.text, "text") == str(petition.texts[language].id)
    await sign_in_browser(visitor, petition, language=language)
    (mail,) = await site.deliver()
    assert mail.headers["Content-Language"] == language
    assert f"Clean air ({language})" in mail.text
    assert link_to(mail, "confirm").startswith(f"/{language}/")
    assert await value("SELECT text_id FROM signature") == petition.texts[language].id


async def test_everything_typed_is_kept_as_typed(
    visitor: httpx.AsyncClient, petition: OpenPetition, site: RunningSite
) -> None:
    bruno = await sign_and_confirm(petition, email="bruno@example.org")
    await sign_in_browser(
        visitor,
        petition,
        name=" أمينة   بن صالح ",
        comment="Für meinen Sohn.\r\n\r\n\r\nUnd deinen.",
        affiliation="medical-students-of-belgium",
        show_name="1",
        newsletter="1",
        r=site.keys.share_code(bruno),
        source="whatsapp",
    )
    (row,) = await rows("SELECT * FROM signature WHERE email = 'amina@example.org'")
    assert row["name"] == "أمينة بن صالح"
    assert row["comment"] == "Für meinen Sohn.\n\nUnd deinen."
    assert row["affiliation_id"] is not None
    assert (row["show_name"], row["source"]) == (True, "whatsapp")
    assert row["referred_by"] == site.keys.share_code(bruno)
    assert "203.0.113" not in str(row)
    given = await rows(
        "SELECT wording.text, purpose FROM consent JOIN consent_wording AS wording USING (purpose) "
        "WHERE wording.id = wording_id AND signature_id = $1 ORDER BY purpose",
        row["id"],
    )
    assert [each["purpose"] for each in given] == ["newsletter", "public_name", "signature"]
    assert given[0]["text"].startswith("Students for Health (en) may write to me")


async def test_the_words_kept_with_a_consent_are_the_words_on_the_page(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    form = await visitor.get("/fr/campaigns/clean-air/sign")
    await sign_in_browser(visitor, petition, language="fr", show_name="1", newsletter="1")
    for row in await rows("SELECT text FROM consent_wording"):
        assert row["text"].replace("'", "&#39;") in form.text


async def test_who_led_here_goes_on_into_the_form(visitor: httpx.AsyncClient, petition: OpenPetition) -> None:
    page = await visitor.get("/en/campaigns/clean-air?r=abcdefghij23&source=whatsapp")
    (link,) = set(re.findall(r'href="(/en/campaigns/clean-air/sign[^"]*)"', page.text))
    form = await visitor.get(link.replace("&amp;", "&"))
    assert input_named(form.text, "r") == "abcdefghij23"
    assert input_named(form.text, "source") == "whatsapp"


# --- The inbox page ---------------------------------------------------------------------------------


async def test_the_inbox_page_shows_the_address_to_the_browser_that_signed_and_to_no_other(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await sign_in_browser(visitor, petition, email="amina@gmail.com")
    mine = await visitor.get(INBOX)
    assert "amina@gmail.com" in mine.text
    assert 'href="https://mail.google.com/mail/"' in mine.text
    assert mine.headers["cache-control"] == "private, no-store"
    async with site.visitor() as stranger:
        assert "amina" not in (await stranger.get(INBOX)).text


async def test_the_inbox_page_offers_the_address_that_was_probably_meant(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await sign_in_browser(visitor, petition, email="amina@gmial.com")
    assert "<strong>amina@gmail.com</strong>" in (await visitor.get(INBOX)).text


async def test_the_receipt_of_one_campaign_shows_nothing_on_another(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await open_petition(slug="safe-roads")
    await sign_in_browser(visitor, petition)
    page = await visitor.get("/en/campaigns/safe-roads/check-your-inbox")
    assert page.status_code == 200
    assert "amina" not in page.text


# --- The code ---------------------------------------------------------------------------------------


@pytest.fixture
async def code(site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition) -> AsyncIterator[str]:
    """The six digits mailed to a visitor who has just signed."""
    await sign_in_browser(visitor, petition)
    (mail,) = await site.deliver()
    yield code_in(mail)


async def typed(visitor: httpx.AsyncClient, code: str) -> httpx.Response:
    return await visitor.post("/en/campaigns/clean-air/code", data={"code": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def state() -> str:
    return str(await value("SELECT state FROM signature"))


@pytest.mark.parametrize(
    "written", ["{0}", " {0} ", "{1} {2}", "{1}\u00a0{2}", "{1}-{2}", "Code: {0}.", "\u200f{0}\u200f"]
)
async def test_the_code_may_be_pasted_with_whatever_came_along(
    visitor: httpx.AsyncClient, code: str, written: str
) -> None:
    answer = await typed(visitor, written.format(code, code[:3], code[3:]))
    assert answer.status_code == 303
    assert "/en/campaigns/clean-air/thank-you?link=" in answer.headers["location"]
    assert await state() == "confirmed"


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"])
async def test_the_code_may_be_typed_in_the_digits_of_the_keyboard(
    visitor: httpx.AsyncClient, code: str, digits: str
) -> None:
    assert (await typed(visitor, code.translate(str.maketrans("0123456789", digits)))).status_code == 303
    assert await state() == "confirmed"


async def test_a_wrong_code_is_said_kindly_and_the_right_one_still_works(
    visitor: httpx.AsyncClient, code: str
) -> None:
    answer = await typed(visitor, wrong(code))
    assert answer.status_code == 422
    assert wrong(code) in answer.text
    assert 'id="code-error"' in answer.text
    assert "<title>Error:" in answer.text
    assert await state() == "pending"
    assert (await typed(visitor, code)).status_code == 303


async def test_after_five_wrong_codes_only_the_link_confirms(
    site: RunningSite, visitor: httpx.AsyncClient, code: str
) -> None:
    answers = [await typed(visitor, wrong(code)) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {422}
    assert (await typed(visitor, code)).status_code == 422
    assert await state() == "pending"
    mail = site.newest_mail(to="amina@example.org")
    assert (await visitor.post(link_to(mail, "confirm"))).status_code == 303
    assert await state() == "confirmed"


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "½½½½½½", "²²²²²²", "\x00", "1" * 10_000])
async def test_what_is_no_code_costs_no_try(visitor: httpx.AsyncClient, code: str, text: str) -> None:
    assert (await typed(visitor, text)).status_code == 422
    assert await value("SELECT code_tries FROM signature") == 0


async def test_a_code_is_worth_nothing_in_another_browser(site: RunningSite, code: str) -> None:
    async with site.visitor() as stranger:
        assert (await typed(stranger, code)).status_code == 422
    assert await state() == "pending"


async def test_signing_again_makes_the_old_code_worthless(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition, code: str
) -> None:
    await sign_in_browser(visitor, petition, name="Amina B. Salah")
    (mail,) = await site.deliver()
    assert code_in(mail) != code
    assert (await typed(visitor, code)).status_code == 422
    assert (await typed(visitor, code_in(mail))).status_code == 303


async def test_a_second_tap_on_the_code_button_leads_to_the_same_thanks(
    visitor: httpx.AsyncClient, code: str
) -> None:
    first, second = await asyncio.gather(*(typed(visitor, code) for _ in range(2)))
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.headers["location"] == first.headers["location"]


async def test_the_code_of_a_campaign_that_is_not_there_is_not_found(
    visitor: httpx.AsyncClient, code: str
) -> None:
    assert (await visitor.post("/en/campaigns/nowhere/code", data={"code": code})).status_code == 404


# --- Forms that are wrong, tampered with, or sent by no person ----------------------------------------


async def test_a_wrong_form_comes_back_with_everything_typed_and_writes_nothing(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    before = await whole_database()
    answer = await sign_in_browser(
        visitor, petition, email="not an address", name='<b>"Amina"', comment="Because.", newsletter="1"
    )
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert 'value="&lt;b&gt;&#34;Amina&#34;"' in answer.text
    assert 'value="not an address"' in answer.text
    assert "Because.</textarea>" in answer.text
    assert 'href="#email"' in answer.text
    assert re.search(r'<option value="TN"[^>]*selected', answer.text)
    assert re.search(r'<input[^>]*name="newsletter"[^>]*checked', answer.text)
    assert not re.search(r'<input[^>]*name="show_name"[^>]*checked', answer.text)
    assert await whole_database() == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_errors_are_said_in_the_language_of_the_page(
    visitor: httpx.AsyncClient, petition: OpenPetition, language: str
) -> None:
    answer = await visitor.post(f"/{language}/campaigns/clean-air/sign", data={"name": ""})
    said = set(re.findall(r'id="\w+-error">.*?</span>\s*(.*?)</p>', answer.text))
    assert len(said) == 3
    assert ("Enter your name" in said) == (language == "en")


async def test_the_first_box_is_never_ticked_beforehand(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    form = await visitor.get(FORM)
    assert "checked" not in form.text


async def test_a_text_that_got_a_new_version_is_read_again_before_it_is_signed(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    new = await PetitionText.create(
        petition=petition.petition,
        language="en",
        version=2,
        addressee="The mayor",
        demand="Close two streets.",
        published_at=NOW,
    )
    answer = await sign_in_browser(visitor, petition)
    assert answer.status_code == 422
    assert "The text has changed" in answer.text
    assert "Close two streets." in answer.text
    assert 'value="Amina Ben Salah"' in answer.text
    assert input_named(answer.text, "text") == str(new.id)
    assert await value("SELECT count(*) FROM signature") == 0
    assert (await sign_in_browser(visitor, petition, text=str(new.id))).status_code == 303
    assert await value("SELECT text_id FROM signature") == new.id


@pytest.mark.parametrize("text", ["", "7", str(UUID(int=7)), "another petition's"])
async def test_a_text_of_another_petition_is_never_signed(
    visitor: httpx.AsyncClient, petition: OpenPetition, text: str
) -> None:
    other = await open_petition(slug="safe-roads")
    answer = await sign_in_browser(
        visitor, petition, text=str(other.texts["en"].id) if text == "another petition's" else text
    )
    assert answer.status_code == 422
    assert input_named(answer.text, "text") == str(petition.texts["en"].id)
    assert await value("SELECT count(*) FROM signature") == 0


async def test_a_form_no_person_could_have_filled_is_held_mailed_to_nobody_and_answered_like_any_other(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    answer = await sign_in_browser(visitor, petition, website="https://spam.example")
    assert (answer.status_code, answer.headers["location"]) == (303, INBOX)
    assert await rows("SELECT state, held FROM signature") == [{"state": "pending", "held": "robot"}]
    assert await site.deliver() == []


@pytest.mark.parametrize("name", ["Win at www.spam.example", "HTTPS://spam.example", "spam@example.org"])
async def test_a_name_that_is_a_message_is_held_and_nobody_is_told(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition, name: str
) -> None:
    answer = await sign_in_browser(visitor, petition, name=name, show_name="1")
    assert (answer.status_code, answer.headers["location"]) == (303, INBOX)
    (mail,) = await site.deliver()
    thanks = await visitor.post(link_to(mail, "confirm"), follow_redirects=True)
    assert thanks.status_code == 200
    assert await rows("SELECT state, held FROM signature") == [{"state": "suspected", "held": "name"}]
    await site.fold()
    assert (await visitor.get("/campaigns/clean-air/count.json")).json()["count"] == 0
    assert "spam" not in (await visitor.get("/en/campaigns/clean-air")).text


async def test_a_disposable_address_is_a_signal_and_no_refusal(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    assert (await sign_in_browser(visitor, petition, email="x@mailinator.com")).status_code == 303
    assert await rows("SELECT disposable, held FROM signature") == [{"disposable": True, "held": None}]


async def test_a_body_no_form_of_ours_could_send_is_a_bad_request(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    plain = await visitor.post(FORM, json=filled(petition))
    twice = await visitor.post(
        FORM, content=b"name=a&name=b", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert (plain.status_code, twice.status_code) == (400, 400)
    assert "We could not read that" in twice.text


async def test_ten_megabytes_are_too_much_said_or_unsaid(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b"a" * 65_536

    headers = {"content-type": "application/x-www-form-urlencoded"}
    declared = await visitor.post(FORM, content=b"a" * 10_000_000, headers=headers)
    chunked = await visitor.post(FORM, content=chunks(), headers=headers)
    for answer in (declared, chunked):
        assert answer.status_code == 413
        assert "That was too much text" in answer.text
        assert answer.headers["content-security-policy"]


async def test_another_site_cannot_post_the_form(site: RunningSite, petition: OpenPetition) -> None:
    before = await whole_database()
    async with site.visitor(origin="https://evil.example") as stranger:
        for path in (FORM, "/en/campaigns/clean-air/code", "/en/confirm/x", "/en/withdraw/x"):
            answer = await stranger.post(path, data=filled(petition))
            assert answer.status_code == 403
            assert "This could not be sent from there" in answer.text
    assert await whole_database() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
async def test_a_method_no_page_takes_is_refused_with_the_ones_it_does(
    visitor: httpx.AsyncClient, method: str
) -> None:
    answer = await visitor.request(method, "/en/campaigns/clean-air")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


# --- When signing is not possible ---------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.SCHEDULED])
async def test_before_it_opens_a_campaign_is_not_there(
    visitor: httpx.AsyncClient, petition: OpenPetition, hidden: CampaignState
) -> None:
    await Campaign.filter(id=petition.campaign.id).update(state=hidden)
    for path in ("", "/sign", "/check-your-inbox", "/thank-you"):
        assert (await visitor.get(f"/en/campaigns/clean-air{path}")).status_code == 404
    assert (await visitor.get("/campaigns/clean-air/count.json")).status_code == 404
    assert (await sign_in_browser(visitor, petition)).status_code == 404


@pytest.mark.parametrize("over", [CampaignState.PAUSED, CampaignState.CLOSED, CampaignState.ENDED])
async def test_a_campaign_that_takes_no_signatures_says_so_and_leads_back(
    visitor: httpx.AsyncClient, petition: OpenPetition, over: CampaignState
) -> None:
    outcome = Outcome.WON if over is CampaignState.ENDED else None
    await Campaign.filter(id=petition.campaign.id).update(state=over, outcome=outcome)
    for answer in (await visitor.get(FORM), await sign_in_browser(visitor, petition)):
        assert answer.status_code == 409
        assert "This petition is closed" in answer.text
        assert 'href="/en/campaigns/clean-air"' in answer.text
    assert await value("SELECT count(*) FROM signature") == 0


async def test_a_campaign_closes_at_its_moment_even_before_the_worker_says_so(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await Campaign.filter(id=petition.campaign.id).update(closes_at=NOW - timedelta(seconds=1))
    assert (await sign_in_browser(visitor, petition)).status_code == 409


async def test_when_too_many_wait_the_page_asks_to_come_back(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: object) -> None:
        raise Busy

    monkeypatch.setattr(site.state["context"].signing, "submit", full)
    answer = await sign_in_browser(visitor, petition)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "set-cookie" not in answer.headers
