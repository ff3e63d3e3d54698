from __future__ import annotations

import gzip
import re
from datetime import timedelta

import httpx
import pytest

from campaigns.campaign.models import Campaign, CampaignState, CampaignText, CampaignUpdate, Outcome
from campaigns.languages import LANGUAGES
from campaigns.petitions.models import CommentState, Signature
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign, sign_and_confirm
from tests.web.site import RunningSite

pytestmark = pytest.mark.anyio
PAGE = "/en/campaigns/clean-air"
COUNT = "/campaigns/clean-air/count.json"
PUBLIC = "public, max-age=5, stale-while-revalidate=30, stale-if-error=600"


# --- The front door -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("speaks", "language"), [("ar-TN,fr;q=0.5", "ar"), ("de", "en"), ("", "en")])
async def test_the_front_door_leads_to_the_visitors_language(
    visitor: httpx.AsyncClient, speaks: str, language: str
) -> None:
    answer = await visitor.get("/", headers={"accept-language": speaks})
    assert (answer.status_code, answer.headers["location"]) == (302, f"/{language}/")
    assert answer.headers["vary"] == "accept-language"


# --- The campaign page --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_campaign_is_told_in_the_readers_language(visitor: httpx.AsyncClient, language: str) -> None:
    page = await visitor.get(f"/{language}/campaigns/clean-air")
    assert page.status_code == 200
    assert f'<html lang="{language}" dir="{LANGUAGES[language].direction}">' in page.text
    assert f"Clean air ({language})" in page.text
    assert f"Close the street before the school ({language})." in page.text


async def test_where_a_translation_is_missing_the_campaigns_own_language_stands_in_marked_as_such(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await CampaignText.filter(campaign=petition.campaign, language="ar").delete()
    page = await visitor.get("/ar/campaigns/clean-air")
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "Clean air (en)" in page.text
    assert 'lang="en" dir="ltr"' in page.text


async def test_it_shows_those_who_agreed_and_reasons_that_were_passed(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await sign_and_confirm(
        petition, email="a@example.org", name="Shown Person", show_name=True, comment="Passed."
    )
    await Signature.filter(name="Shown Person").update(comment_state=CommentState.SHOWN)
    await sign_and_confirm(
        petition, email="b@example.org", name="Other Person", show_name=True, comment="Unread."
    )
    await sign_and_confirm(petition, email="c@example.org", name="Quiet Person", comment="Mine.")
    await sign_and_confirm(petition, email="d@example.org", name="Held Person", show_name=True, held="robot")
    await sign(petition, email="e@example.org", name="Pending Person", show_name=True)
    page = (await visitor.get(PAGE)).text
    for shown in ("Shown Person", "Passed.", "Other Person"):
        assert shown in page
    for hidden in ("Unread.", "Quiet Person", "Mine.", "Held Person", "Pending Person", "@example.org"):
        assert hidden not in page


async def test_what_people_typed_is_text_and_never_markup(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    nasty = "<script>alert(1)</script>\"'><img src=x onerror=y>"
    await sign_and_confirm(petition, name=nasty, comment=nasty, show_name=True)
    await Signature.all().update(comment_state=CommentState.SHOWN)
    page = (await visitor.get(PAGE)).text
    assert page.count("&lt;script&gt;alert(1)") == 2
    assert "<script>" not in page
    assert "<img" not in page


async def test_what_coordinators_write_cannot_carry_a_script_either(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    story = "**Air** [now](javascript:alert(1)) <b onclick=x>bold</b> ![x](https://evil.example/x.png)"
    await CampaignText.filter(campaign=petition.campaign).update(story=story)
    page = (await visitor.get(PAGE)).text
    assert "<strong>Air</strong>" in page
    for forbidden in ('href="javascript', "<b onclick", "<img"):
        assert forbidden not in page


async def test_news_is_told_once_in_the_best_language_there_is(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    for language in ("en", "fr"):
        await CampaignUpdate.create(
            campaign=petition.campaign,
            language=language,
            kind="news",
            title=f"Half way ({language})",
            body="Go on.",
            published_at=NOW,
        )
    assert "Half way (fr)" in (await visitor.get("/fr/campaigns/clean-air")).text
    arabic = (await visitor.get("/ar/campaigns/clean-air")).text
    assert "Half way (en)" in arabic
    assert "Half way (fr)" not in arabic


@pytest.mark.parametrize("state", [CampaignState.CLOSED, CampaignState.ENDED, CampaignState.PAUSED])
async def test_a_campaign_that_takes_no_signatures_offers_no_form(
    visitor: httpx.AsyncClient, petition: OpenPetition, state: CampaignState
) -> None:
    assert "/sign" in (await visitor.get(PAGE)).text
    outcome = Outcome.WON if state is CampaignState.ENDED else None
    await Campaign.filter(id=petition.campaign.id).update(state=state, outcome=outcome, ended_at=NOW)
    page = await visitor.get(PAGE)
    assert page.status_code == 200
    assert "/sign" not in page.text


async def test_it_names_its_twins_in_the_other_languages(visitor: httpx.AsyncClient) -> None:
    for path in ("/campaigns/clean-air", "/", "/privacy", "/campaigns/clean-air/sign"):
        page = (await visitor.get(f"/fr{path}")).text
        twins = dict(re.findall(r'<link rel="alternate" hreflang="([\w-]+)" href="([^"]+)"', page))
        expected = {code: f"https://chorus.example/{code}{path}" for code in LANGUAGES}
        assert twins == {**expected, "x-default": expected["en"]}
        assert f'<link rel="canonical" href="{expected["fr"]}">' in page
        for url in expected.values():
            assert (await visitor.get(url)).status_code == 200


async def test_the_link_that_led_here_is_no_address_of_its_own(visitor: httpx.AsyncClient) -> None:
    page = (await visitor.get(f"{PAGE}?r=abcdefghij23&source=x")).text
    assert '<link rel="canonical" href="https://chorus.example/en/campaigns/clean-air">' in page


@pytest.mark.parametrize("query", ["?r=%3Cscript%3E&source=%22%3E", "?r=" + "a" * 3000, "?x=1&x=2", "?r"])
async def test_a_tampered_query_changes_nothing(visitor: httpx.AsyncClient, query: str) -> None:
    assert (await visitor.get(PAGE + query)).text == (await visitor.get(PAGE)).text


async def test_public_pages_may_be_kept_for_seconds_and_served_through_an_outage(
    visitor: httpx.AsyncClient,
) -> None:
    for path in ("/en/", PAGE, "/en/privacy", COUNT, "/sitemap.xml", "/robots.txt"):
        answer = await visitor.get(path)
        assert answer.headers["cache-control"] == PUBLIC, path
        assert "set-cookie" not in answer.headers


async def test_pages_are_compressed_for_whom_it_suits(visitor: httpx.AsyncClient) -> None:
    async with visitor.stream("GET", PAGE, headers={"accept-encoding": "gzip"}) as packed:
        raw = b"".join([chunk async for chunk in packed.aiter_raw()])
    plain = await visitor.get(PAGE, headers={"accept-encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content
    for answer in (packed, plain):
        assert answer.headers["vary"] == "accept-encoding"


# --- count.json ---------------------------------------------------------------------------------------


async def test_the_count_is_four_exact_values_any_site_may_show(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    petition.petition.goal_steps = [3, 7]
    await petition.petition.save()
    for number in range(2):
        await sign_and_confirm(petition, email=f"person{number}@example.org")
    await site.fold()
    answer = await visitor.get(COUNT, headers={"origin": "https://anywhere.example"})
    assert answer.json() == {"count": 2, "goal": 3, "share": 0.6667, "state": "open"}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"] == "application/json"


async def test_the_count_and_the_page_agree_on_the_state(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await Campaign.filter(id=petition.campaign.id).update(closes_at=NOW - timedelta(seconds=1))
    assert "/sign" not in (await visitor.get(PAGE)).text
    assert (await visitor.get(COUNT)).json()["state"] == "closed"


async def test_only_what_is_confirmed_counts(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await sign(petition, email="pending@example.org")
    await sign_and_confirm(petition, email="held@example.org", held="robot")
    await sign_and_confirm(petition, email="counted@example.org")
    await site.fold()
    assert (await visitor.get(COUNT)).json()["count"] == 1


async def test_two_petitions_do_not_mix(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await sign_and_confirm(await open_petition(slug="safe-roads"))
    await site.fold()
    assert (await visitor.get(COUNT)).json()["count"] == 0
    assert (await visitor.get("/campaigns/safe-roads/count.json")).json()["count"] == 1
