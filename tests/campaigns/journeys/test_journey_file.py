"""The file of journeys: what it says is read whole, and what is wrong in it is named by its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from campaigns.federation.seed import SAMPLE
from campaigns.journeys.journey_file import JourneyFileError, read_journey_file, read_journeys
from campaigns.journeys.models import JourneyStart, JourneyStop
from campaigns.languages import LANGUAGES

WORDS = {"subject": "Welcome", "heading": "Welcome, {name}", "body": "Good to have you."}
DATA: dict[str, Any] = {
    "journeys": [
        {
            "slug": "welcome",
            "name": "Welcome",
            "starts": "signed",
            "stops": "brought_somebody",
            "languages": ["en", "fr"],
            "open": True,
            "steps": [
                {"source": "welcome-1", "wait_hours": 24, "texts": {"en": WORDS, "fr": WORDS}},
                {"source": "welcome-2", "wait_hours": 0, "texts": {"en": WORDS, "fr": WORDS}},
            ],
        }
    ]
}

TOML = """
[[journeys]]
slug = "air"
name = "After signing for clean air"
organization = "medical-students-of-belgium"
campaign = "clean-air"
starts = "subscribed"
stops = "never"
languages = ["en"]
open = false

[[journeys.steps]]
source = "air-1"
wait_hours = 2

[journeys.steps.texts.en]
subject = "About {campaign}"
preview = "One street less"
heading = "About {campaign}"
body = '''
Thank you.

- One
- Two
'''
action_label = "See it"
"""


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The data with its first journey changed."""
    data = copy.deepcopy(DATA)
    change(data["journeys"][0])
    return data


def test_a_journey_is_read_whole() -> None:
    (journey,) = read_journeys(DATA)
    assert (journey.slug, journey.name, journey.is_open) == ("welcome", "Welcome", True)
    assert (journey.organization, journey.campaign) == (None, None)
    assert (journey.starts, journey.stops) == (JourneyStart.SIGNED, JourneyStop.BROUGHT_SOMEBODY)
    assert [(step.source, step.wait_hours) for step in journey.steps] == [("welcome-1", 24), ("welcome-2", 0)]
    words = journey.steps[0].texts["fr"]
    assert (words.subject, words.heading, words.preview, words.action_label) == (
        "Welcome",
        "Welcome, {name}",
        "",
        "",
    )


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(TOML, encoding="utf-8")
    (journey,) = read_journey_file(tmp_path / "ours.toml")
    assert (journey.organization, journey.campaign) == ("medical-students-of-belgium", "clean-air")
    assert journey.steps[0].texts["en"].body == "Thank you.\n\n- One\n- Two"
    (tmp_path / "ours.json").write_text(json.dumps(DATA), encoding="utf-8")
    assert read_journey_file(tmp_path / "ours.json") == read_journeys(DATA)


def test_without_a_list_every_language_of_chorus_is_wanted() -> None:
    data = changed(lambda journey: journey.pop("languages"))
    with pytest.raises(JourneyFileError, match=r"^journeys\[0\]\.steps\[0\]\.texts: lacks es, ar$"):
        read_journeys(data)


STEP = r"^journeys\[0\]\.steps\[1\]"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda it: it.pop("slug"), r"^journeys\[0\]\.slug: is missing"),
        (lambda it: it.update(slug="Wel come"), r"^journeys\[0\]\.slug: may hold"),
        (lambda it: it.update(name=" "), r"^journeys\[0\]\.name: is empty"),
        (lambda it: it.update(name=7), r"^journeys\[0\]\.name: must be text"),
        (lambda it: it.update(name="x" * 121), r"^journeys\[0\]\.name: is longer than 120"),
        (lambda it: it.update(starts="born"), r"^journeys\[0\]\.starts: must be one of signed, subscribed"),
        (lambda it: it.pop("stops"), r"^journeys\[0\]\.stops: must be one of never"),
        (lambda it: it.update(open="yes"), r"^journeys\[0\]\.open: must be true or false"),
        (lambda it: it.update(languages=["en", "de"]), r"^journeys\[0\]\.languages: must list"),
        (lambda it: it.update(languages=[]), r"^journeys\[0\]\.languages: must list"),
        (lambda it: it.update(color="red"), r"^journeys\[0\]\.color: is not known here"),
        (lambda it: it.update(steps=[]), r"^journeys\[0\]\.steps: there must be at least one"),
        (lambda it: it.pop("steps"), r"^journeys\[0\]\.steps: there must be at least one"),
        (lambda it: it["steps"].append("third"), r"^journeys\[0\]\.steps\[2\]: must be a table"),
        (
            lambda it: it["steps"][1].update(wait_hours=-1),
            rf"{STEP}\.wait_hours: must be a whole number from 0",
        ),
        (lambda it: it["steps"][1].update(wait_hours=1.5), rf"{STEP}\.wait_hours: must be a whole number"),
        (lambda it: it["steps"][1].update(wait_hours=True), rf"{STEP}\.wait_hours: must be a whole number"),
        (lambda it: it["steps"][1].update(wait_hours=10**9), rf"{STEP}\.wait_hours: must be a whole number"),
        (lambda it: it["steps"][1].pop("wait_hours"), rf"{STEP}\.wait_hours: is missing"),
        (lambda it: it["steps"][1].update(wait=3), rf"{STEP}\.wait: is not known here"),
        (lambda it: it["steps"][1].update(source="a b"), rf"{STEP}\.source: may hold"),
        (lambda it: it["steps"][1].update(source="welcome-1"), r"^steps: two have the source welcome-1"),
        (lambda it: it["steps"][1]["texts"].pop("fr"), rf"{STEP}\.texts: lacks fr"),
        (lambda it: it["steps"][1]["texts"].update(ar=WORDS), rf"{STEP}\.texts\.ar: is not known here"),
        (lambda it: it["steps"][1].pop("texts"), rf"{STEP}\.texts: lacks en, fr"),
    ],
)
def test_a_wrong_value_is_named_by_its_place(change: Callable[[dict[str, Any]], Any], named: str) -> None:
    with pytest.raises(JourneyFileError, match=named):
        read_journeys(changed(change))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"subject": ""}, "subject: is missing or empty"),
        ({"heading": 7}, "heading: must be text"),
        ({"subject": "x" * 151}, "subject: is too long"),
        ({"subject": "Two\nlines"}, "subject: holds line breaks"),
        ({"body": "Hello {nmae}"}, r"body: nothing can be put in the place of \{nmae\}"),
        ({"preview": "About {campaign}"}, r"preview: nothing can be put in the place of \{campaign\}"),
        ({"action_label": "{name}", "action_url": "https://a.example/"}, "action_label: nothing can be put"),
        ({"action_label": "Read on"}, "action_url: is missing"),
        ({"action_url": "https://a.example/"}, "action_label: is missing"),
        (
            {"action_label": "Read on", "action_url": "javascript:alert()"},
            "action_url: must be a whole address",
        ),
        ({"colour": "red"}, "colour: is not known here"),
    ],
)
def test_words_that_could_not_be_sent_are_named_by_step_language_and_part(
    words: dict[str, Any], named: str
) -> None:
    data = changed(lambda journey: journey["steps"][1]["texts"].update(fr={**WORDS, **words}))
    with pytest.raises(JourneyFileError, match=rf"{STEP}\.texts\.fr\.{named}"):
        read_journeys(data)


def test_two_journeys_of_one_name_are_refused() -> None:
    data = {"journeys": [*DATA["journeys"], {**DATA["journeys"][0]}]}
    with pytest.raises(JourneyFileError, match="two have the slug welcome"):
        read_journeys(data)


@pytest.mark.parametrize(
    "data", [[], "text", None, {}, {"journeys": {}}, {"journeys": []}, {"journeys": [1]}]
)
def test_what_holds_no_journeys_is_refused(data: object) -> None:
    with pytest.raises(JourneyFileError):
        read_journeys(data)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ours.toml", b"slug ="),
        ("ours.toml", b"\xff"),
        ("ours.json", b"{"),
        ("ours.json", b"[" * 100_000),
        ("ours.toml", None),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(JourneyFileError, match=rf"^{name}: "):
        read_journey_file(tmp_path / name)


def test_the_sample_welcomes_in_every_language() -> None:
    (welcome,) = read_journey_file(SAMPLE / "journeys.toml")
    assert (welcome.slug, welcome.starts, welcome.is_open) == ("welcome", JourneyStart.SIGNED, True)
    assert len(welcome.steps) == 3
    assert all(list(step.texts) == list(LANGUAGES) for step in welcome.steps)
