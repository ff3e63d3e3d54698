"""The sample federation: the file format another federation would copy, and texts fit to be shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from babel import Locale
from markdown_it import MarkdownIt

import campaigns.federation
from campaigns.languages import LANGUAGES

SAMPLE = Path(campaigns.federation.__file__).parent / "sample"
FILES = ("federation.json", "campaigns.json", "people.json")
REGIONS = {"AFR", "AMR", "APR", "EMR", "EUR"}
KINDS = {"full", "candidate", "associate", "honorary_life"}
OUTCOMES = {"delivered", "won", "answered", "lost", "closed"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Babel also names groupings and codes that ISO 3166-1 only reserves.
NOT_ISO = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
TERRITORIES = {str(code) for code in Locale("en").territories}
COUNTRIES = {code for code in TERRITORIES if re.fullmatch(r"[A-Z]{2}", code)} - NOT_ISO
REAL_ORGANIZATIONS = {
    *("IFMSA", "AECS", "AMSA", "ANEM", "Associa-Med", "IMCC", "LeMSIC", "LiMSA", "Medsin", "NiMSA"),
    *("PorMSIC", "SISM", "swimsa", "TaMSA"),
}
DOMAIN = re.compile(r"(?:https?://|@|\b)((?:[a-z0-9-]+\.)+[a-z]{2,})(?![\w.])", re.IGNORECASE)
ARABIC = re.compile(r"[\u0600-\u06ff]")


def load(name: str) -> Any:
    return json.loads((SAMPLE / name).read_text(encoding="utf-8"), object_pairs_hook=without_repeats)


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key stands twice among {keys}"
    return dict(pairs)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


FEDERATION = load("federation.json")
ORGANIZATIONS = FEDERATION["member_organizations"]
CAMPAIGNS = load("campaigns.json")["campaigns"]
PEOPLE = load("people.json")
each_campaign = pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda campaign: campaign["slug"])
each_file = pytest.mark.parametrize("name", FILES)


def assert_in_every_language(texts: dict[str, str]) -> None:
    assert set(texts) == set(LANGUAGES)
    assert all(text.strip() == text and text for text in texts.values())


# The files


@each_file
def test_files_are_plain_utf8_that_a_person_can_read_and_edit(name: str) -> None:
    text = (SAMPLE / name).read_bytes().decode("utf-8")
    assert "\\u" not in text
    assert text.endswith("}\n")
    assert max(map(len, text.splitlines())) < 6000


@each_file
def test_no_real_organization_is_named(name: str) -> None:
    words = {word.lower() for text in strings(load(name)) for word in re.findall(r"[\w-]+", text)}
    parts = {part for word in words for part in (word, *word.split("-"))}
    assert parts.isdisjoint(real.lower() for real in REAL_ORGANIZATIONS)


@each_file
def test_every_domain_ends_in_example(name: str) -> None:
    domains = {found.lower() for text in strings(load(name)) for found in DOMAIN.findall(text)}
    assert {domain for domain in domains if not domain.endswith(".example")} == set()


# The federation


def test_the_federation_says_who_it_is_and_that_it_is_a_sample() -> None:
    federation = FEDERATION["federation"]
    assert federation["is_sample"] is True
    assert SLUG.fullmatch(federation["slug"])
    assert_in_every_language(federation["names"])
    assert federation["website"] and federation["contact_email"] and federation["postal_address"]
    assert FEDERATION["_about"]


def test_the_federation_has_five_regions_and_four_focus_areas_in_every_language() -> None:
    assert [region["code"] for region in FEDERATION["regions"]] == sorted(REGIONS)
    assert len({area["code"] for area in FEDERATION["focus_areas"]}) == 4
    assert len({area["slug"] for area in FEDERATION["focus_areas"]}) == 4
    for named in (*FEDERATION["regions"], *FEDERATION["focus_areas"]):
        assert_in_every_language(named["names"])


def test_124_member_organizations_work_in_116_countries() -> None:
    assert len(ORGANIZATIONS) == 124
    assert len({organization["country"] for organization in ORGANIZATIONS}) == 116


def test_no_two_member_organizations_share_a_slug_or_a_name() -> None:
    assert len({organization["slug"] for organization in ORGANIZATIONS}) == len(ORGANIZATIONS)
    assert len({organization["name"] for organization in ORGANIZATIONS}) == len(ORGANIZATIONS)


@pytest.mark.parametrize("organization", ORGANIZATIONS, ids=lambda organization: organization["slug"])
def test_a_member_organization_is_complete_and_marked_as_a_sample(organization: dict[str, Any]) -> None:
    assert set(organization) == {"slug", "name", "country", "region", "website", "kind", "member_since"}
    assert SLUG.fullmatch(organization["slug"])
    assert organization["name"].endswith(" (sample)")
    assert organization["country"] in COUNTRIES
    assert organization["region"] in REGIONS
    assert organization["kind"] in KINDS
    assert date(1951, 1, 1) <= date.fromisoformat(organization["member_since"]) < date(2026, 1, 1)


def test_a_country_lies_in_one_region_only() -> None:
    homes = {(organization["country"], organization["region"]) for organization in ORGANIZATIONS}
    assert len(homes) == 116


def test_every_region_and_every_kind_of_membership_is_there() -> None:
    assert {organization["region"] for organization in ORGANIZATIONS} == REGIONS
    assert {organization["kind"] for organization in ORGANIZATIONS} == KINDS


# The campaigns


def test_campaigns_cover_every_focus_area_and_every_public_state() -> None:
    assert len({campaign["slug"] for campaign in CAMPAIGNS}) == len(CAMPAIGNS)
    assert {campaign["focus_area"] for campaign in CAMPAIGNS} == {
        area["code"] for area in FEDERATION["focus_areas"]
    }
    assert {campaign["state"] for campaign in CAMPAIGNS} == {"open", "closed", "ended"}
    assert 4000 <= sum(campaign["signatures"] for campaign in CAMPAIGNS) <= 5000


@each_campaign
def test_everything_a_campaign_points_to_exists(campaign: dict[str, Any]) -> None:
    assert SLUG.fullmatch(campaign["slug"])
    assert campaign["focus_area"] in {area["code"] for area in FEDERATION["focus_areas"]}
    assert campaign["default_language"] in LANGUAGES
    assert campaign["region"] is None or campaign["region"] in REGIONS
    regions = {organization["slug"]: organization["region"] for organization in ORGANIZATIONS}
    if campaign["organization"] is not None:
        assert regions[campaign["organization"]] == campaign["region"]


@each_campaign
def test_the_days_of_a_campaign_agree_with_its_state(campaign: dict[str, Any]) -> None:
    opens, closes = campaign["opens_on_day"], campaign["closes_on_day"]
    ended, outcome = campaign["ended_on_day"], campaign["outcome"]
    match campaign["state"]:
        case "open":
            assert opens < 0 and (closes is None or closes > 0) and ended is None and outcome is None
        case "closed":
            assert opens < closes < 0 and ended is None and outcome is None
        case "ended":
            assert opens < closes < ended < 0 and outcome in OUTCOMES


@each_campaign
def test_goal_steps_rise_and_leave_a_next_goal(campaign: dict[str, Any]) -> None:
    steps = campaign["goal_steps"]
    if steps is not None:
        assert all(lower < higher for lower, higher in pairwise(steps))
        assert campaign["state"] != "open" or steps[-1] > campaign["signatures"]


@each_campaign
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_campaign_fits_its_page_in_every_language(campaign: dict[str, Any], language: str) -> None:
    texts = campaign["texts"][language]
    assert set(texts) == {"title", "summary", "story", "share_text", "addressee", "demand"}
    assert all(text.strip() == text and text for text in texts.values())
    assert len(texts["title"]) <= 80
    assert len(texts["summary"]) <= 180
    assert len(texts["share_text"]) <= 200
    assert len(texts["addressee"]) <= 100
    assert 250 <= len(texts["story"].split()) <= 450
    assert 60 <= len(texts["demand"].split()) <= 140


@each_campaign
def test_a_story_has_headings_a_list_and_a_quote_and_a_demand_has_numbered_asks(
    campaign: dict[str, Any],
) -> None:
    markdown = MarkdownIt()
    shapes = set()
    for texts in campaign["texts"].values():
        story, demand = markdown.render(texts["story"]), markdown.render(texts["demand"])
        assert 2 <= story.count("<h2>") <= 3
        assert story.count("<blockquote>") == 1 and story.count("<ul>") == 1
        assert demand.count("<ol>") == 1 and "**" not in story + demand
        shapes.add((story.count("<h2>"), story.count("<li>"), demand.count("<li>")))
    assert len(shapes) == 1, "the languages ask for the same number of things"


@each_campaign
def test_each_language_has_its_own_words(campaign: dict[str, Any]) -> None:
    assert set(campaign["texts"]) == set(LANGUAGES)
    everything = [campaign["texts"], *(update["texts"] for update in campaign["updates"])]
    for by_language in everything:
        for one, other in combinations(by_language.values(), 2):
            assert set(one.values()).isdisjoint(other.values())
        assert all(ARABIC.search(text) for text in by_language["ar"].values())
        for language in ("en", "fr", "es"):
            assert not any(ARABIC.search(text) for text in by_language[language].values())


@each_campaign
def test_updates_are_told_in_order_within_the_life_of_the_campaign(campaign: dict[str, Any]) -> None:
    updates = campaign["updates"]
    days = [update["published_on_day"] for update in updates]
    assert 2 <= len(updates) <= 3
    assert days == sorted(set(days)) and campaign["opens_on_day"] < days[0] and days[-1] < 0
    for update in updates:
        assert update["kind"] in {"news", "delivery", "answer"}
        assert set(update["texts"]) == set(LANGUAGES)
        for texts in update["texts"].values():
            assert texts["title"] and len(texts["title"]) <= 80
            assert 100 <= len(texts["body"]) <= 700


def test_an_ended_campaign_shows_the_answer_and_a_closed_one_still_waits() -> None:
    kinds = {campaign["state"]: [update["kind"] for update in campaign["updates"]] for campaign in CAMPAIGNS}
    assert kinds["ended"][-1] == "answer"
    assert kinds["closed"][-1] == "delivery"


@each_campaign
def test_signers_left_short_comments_in_every_language(campaign: dict[str, Any]) -> None:
    comments = campaign["comments"]
    assert {language: len(left) for language, left in comments.items()} == {
        "en": 8,
        "fr": 6,
        "es": 6,
        "ar": 6,
    }
    spoken = list(strings(comments))
    assert len(set(spoken)) == len(spoken)
    assert all(text.strip() == text and 0 < len(text) <= 200 for text in spoken)


# The people who sign


def test_signers_come_from_many_countries_and_unevenly() -> None:
    countries = [country for country, _ in PEOPLE["countries"]]
    weights = [weight for _, weight in PEOPLE["countries"]]
    assert len(set(countries)) == len(countries) >= 85
    assert set(countries) <= COUNTRIES
    assert min(weights) > 0 and max(weights) >= 10 * median(weights)


def test_every_list_of_names_belongs_to_a_country_that_signs() -> None:
    signing = {country for country, _ in PEOPLE["countries"]}
    assert set(PEOPLE["names"]) - {"default"} <= signing
    assert len(PEOPLE["names"]) >= 45
    for names in PEOPLE["names"].values():
        assert len(set(names)) == len(names) >= 8
        assert all(name.strip() == name and 0 < len(name) <= 100 for name in names)


def test_names_are_as_varied_as_people_are() -> None:
    names = list(strings(PEOPLE["names"]))
    assert any(ARABIC.search(name) for name in names)
    assert any(" " not in name for name in names)
    assert any("’" in name for name in names) and any("'" in name for name in names)
    assert any("-" in name for name in names)
    assert any(len(name) > 60 for name in names)


def test_signers_speak_a_language_of_the_platform() -> None:
    signing = {country for country, _ in PEOPLE["countries"]}
    assert PEOPLE["language_of"]["default"] == {"en": 1}
    assert set(PEOPLE["language_of"]) - {"default"} <= signing
    for shares in PEOPLE["language_of"].values():
        assert shares and set(shares) <= set(LANGUAGES) and min(shares.values()) > 0
