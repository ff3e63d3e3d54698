"""Journeys as a file says them, TOML or JSON: read, and refused with the place of the first thing that is wrong.

[[journeys]]
slug = "welcome"
name = "Welcome"
organization = "medical-students-of-jordan"  # without it the federation writes
campaign = "keep-antibiotics-working"        # without it any campaign
starts = "signed"                            # or "subscribed"
stops = "brought_somebody"                   # or "signed_another", or "never"
languages = ["en", "ar"]                     # without it all that Chorus speaks
open = true                                  # takes people in from the moment it is loaded

[[journeys.steps]]
source = "welcome-hello"                     # knows the step again, and stands in its links
wait_hours = 24                              # after the step before; the first, after the start

[journeys.steps.texts.en]
subject = "Welcome, {name}"
heading = "Welcome"
body = "Markdown, with {name}, {country} and {campaign}."
preview = ""                                 # this and the action may be left out
action_label = "Read on"
action_url = "https://students.example/"     # without it, the campaign's page
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from campaigns.errors import ChorusError
from campaigns.journeys.models import JourneyStart, JourneyStop
from campaigns.languages import LANGUAGES
from campaigns.mail.mailings import (
    ActionIncomplete,
    ActionNotAbsolute,
    LanguageUnknown,
    TextMissing,
    TextNotPlain,
    TextRefused,
    TextTooLong,
    VariableUnknown,
    Words,
    check_texts,
)

LONGEST_WAIT = 366 * 24  # hours
PROBLEMS: Mapping[type[TextRefused], str] = {
    LanguageUnknown: "is no language of Chorus",
    TextMissing: "is missing or empty",
    TextTooLong: "is too long",
    TextNotPlain: "holds line breaks or control characters",
    ActionIncomplete: "is missing: a button needs words, and somewhere to lead",
    ActionNotAbsolute: "must be a whole address that begins with https://",
}

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SOURCE = re.compile(r"[a-z0-9_-]+")
_Choice = TypeVar("_Choice", bound=StrEnum)


class JourneyFileError(ChorusError):
    """The file cannot be loaded; the message says where and why. Nothing was written."""

    code = "journey-file"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan:
    source: str
    wait_hours: int
    texts: Mapping[str, Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyPlan:
    """`organization` None is the federation, `campaign` None is any; both are slugs."""

    slug: str
    name: str
    organization: str | None
    campaign: str | None
    starts: JourneyStart
    stops: JourneyStop
    is_open: bool
    steps: Sequence[StepPlan]


def read_journey_file(path: Path) -> Sequence[JourneyPlan]:
    """The journeys in a file; JSON if its name ends so, else TOML. Raises JourneyFileError."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise JourneyFileError(f"{path.name}: {error}") from None
    return read_journeys(data)


def read_journeys(data: object) -> Sequence[JourneyPlan]:
    """The journeys in what a file holds. Raises JourneyFileError, which names the place of what is wrong."""
    top = _Table(data, "")
    journeys = [_journey(each) for each in top.tables("journeys")]
    top.end()
    _each_once("journeys", "slug", [journey.slug for journey in journeys])
    _each_once("steps", "source", [step.source for journey in journeys for step in journey.steps])
    return journeys


def _journey(table: _Table) -> JourneyPlan:
    campaign = table.text("campaign", most=80, default="") or None
    languages = table.languages("languages")
    plan = JourneyPlan(
        slug=table.text("slug", most=60, pattern=_SLUG),
        name=table.text("name", most=120),
        organization=table.text("organization", most=80, default="") or None,
        campaign=campaign,
        starts=table.choice("starts", JourneyStart),
        stops=table.choice("stops", JourneyStop),
        is_open=table.yes_or_no("open"),
        steps=[_step(each, languages, of_a_campaign=campaign is not None) for each in table.tables("steps")],
    )
    table.end()
    return plan


def _step(table: _Table, languages: Sequence[str], *, of_a_campaign: bool) -> StepPlan:
    source = table.text("source", most=40, pattern=_SOURCE)
    wait_hours = table.whole("wait_hours", most=LONGEST_WAIT)
    texts = table.table("texts")
    table.end()
    missing = [language for language in languages if not texts.has(language)]
    if missing:
        raise table.wrong("texts", f"lacks {', '.join(missing)}")
    words = {language: _words(texts.table(language)) for language in languages}
    texts.end()
    try:
        check_texts(words, of_a_campaign=of_a_campaign)
    except TextRefused as refused:
        problem = PROBLEMS.get(type(refused), "")
        if isinstance(refused, VariableUnknown):
            problem = f"nothing can be put in the place of {{{refused.name}}}"
        raise texts.wrong(f"{refused.language}.{refused.part}", problem) from None
    return StepPlan(source=source, wait_hours=wait_hours, texts=words)


def _words(table: _Table) -> Words:
    words = Words(**{field.name: table.text(field.name, default="") for field in fields(Words)})
    table.end()
    return words


def _each_once(where: str, key: str, names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise JourneyFileError(f"{where}: two have the {key} {twice}")


class _Table:
    """A table of the file that knows where it stands. Each key is asked for, and none may be left at its `end`."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, Mapping):
            raise JourneyFileError(f"{path or 'the file'}: must be a table")
        self._path = path
        self._rest = dict(value)

    def wrong(self, key: str, problem: str) -> JourneyFileError:
        return JourneyFileError(f"{self._at(key)}: {problem}")

    def has(self, key: str) -> bool:
        return key in self._rest

    def end(self) -> None:
        for key in self._rest:
            raise self.wrong(key, "is not known here")

    def text(
        self,
        key: str,
        *,
        most: int | None = None,
        default: str | None = None,
        pattern: re.Pattern[str] | None = None,
    ) -> str:
        """A string of up to `most` characters; without a default it must say something."""
        value = self._rest.pop(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        if not isinstance(value, str):
            raise self.wrong(key, "must be text")
        value = value.strip()
        if not value and default is None:
            raise self.wrong(key, "is empty")
        if most is not None and len(value) > most:
            raise self.wrong(key, f"is longer than {most} characters")
        if pattern is not None and not pattern.fullmatch(value):
            raise self.wrong(key, "may hold a to z, 0 to 9 and hyphens")
        return value

    def whole(self, key: str, *, most: int) -> int:
        value = self._rest.pop(key, None)
        if value is None:
            raise self.wrong(key, "is missing")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self.wrong(key, f"must be a whole number from 0 to {most}")
        return value

    def yes_or_no(self, key: str) -> bool:
        value = self._rest.pop(key, None)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def choice(self, key: str, choices: type[_Choice]) -> _Choice:
        value = self._rest.pop(key, None)
        try:
            return choices(value)
        except ValueError:
            raise self.wrong(key, f"must be one of {', '.join(choices)}") from None

    def languages(self, key: str) -> Sequence[str]:
        value = self._rest.pop(key, list(LANGUAGES))
        if not isinstance(value, list) or not value or any(each not in list(LANGUAGES) for each in value):
            raise self.wrong(key, f"must list some of {', '.join(LANGUAGES)}")
        return list(dict.fromkeys(value))

    def table(self, key: str) -> _Table:
        return _Table(self._rest.pop(key, {}), self._at(key))

    def tables(self, key: str) -> Sequence[_Table]:
        value = self._rest.pop(key, None)
        if not isinstance(value, list) or not value:
            raise self.wrong(key, "there must be at least one")
        return [_Table(each, f"{self._at(key)}[{position}]") for position, each in enumerate(value)]

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key
