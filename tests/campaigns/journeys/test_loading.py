"""Loading journeys: twice is the same as once, and changes reach those on the way without a mail twice or one lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from campaigns.blasts.models import Blast, BlastState, BlastVariant
from campaigns.journeys.beginning import begin_journeys
from campaigns.journeys.journey_file import JourneyFileError, JourneyPlan, StepPlan
from campaigns.journeys.loading import load_journeys, main
from campaigns.journeys.models import Journey, JourneyStart, JourneyStep, JourneyStop, Traveler
from campaigns.journeys.moving import move_travelers
from campaigns.mail.mailings import Words
from campaigns.mail.models import Mailing, MailingText
from tests.factories.journeys import mailings_of
from tests.factories.petitions import NOW, open_petition
from tests.factories.rows import rows
from tests.factories.signers import sign_for_news

pytestmark = pytest.mark.anyio
database = pytest.mark.usefixtures("database")

DAY = timedelta(days=1)


def step(
    source: str, *, wait_hours: int = 24, subject: str = "", languages: Sequence[str] = ("en", "fr")
) -> StepPlan:
    words = Words(subject=subject or f"About {source}", heading="Hello", body=f"This is {source}, {{name}}.")
    return StepPlan(source=source, wait_hours=wait_hours, texts=dict.fromkeys(languages, words))


PLAN = JourneyPlan(
    slug="welcome",
    name="Welcome",
    organization=None,
    campaign=None,
    starts=JourneyStart.SIGNED,
    stops=JourneyStop.NEVER,
    is_open=True,
    steps=[step("a"), step("b"), step("c")],
)


async def load(*plans: JourneyPlan, now: datetime = NOW) -> Journey:
    await load_journeys(plans or [PLAN], now=now)
    return await Journey.get(slug=(plans or [PLAN])[0].slug)


async def everything() -> list[Any]:
    steps = (
        await JourneyStep.all()
        .order_by("position")
        .values("journey_id", "position", "wait_hours", "mailing_id")
    )
    texts = (
        await MailingText.all()
        .order_by("mailing_id", "language")
        .values("mailing_id", "language", "subject", "body")
    )
    return [await Journey.all().values(), steps, await Mailing.all().order_by("id").values(), texts]


async def way() -> list[str]:
    """The sources of the steps, in order."""
    return [
        each.mailing.source
        for each in await JourneyStep.all().order_by("position").prefetch_related("mailing")
    ]


@database
async def test_a_journey_is_loaded_with_its_steps_and_their_words() -> None:
    petition = await open_petition()
    plan = replace(PLAN, organization="medical-students-of-belgium", campaign="clean-air")
    journey = await load(plan)
    assert (journey.name, journey.starts, journey.stops) == (
        "Welcome",
        JourneyStart.SIGNED,
        JourneyStop.NEVER,
    )
    assert (journey.opened_at, journey.closed_at) == (NOW, None)
    assert await way() == ["a", "b", "c"]
    first = await JourneyStep.get(position=1).prefetch_related("mailing__texts", "mailing__organization")
    assert first.wait_hours == 24
    assert first.mailing.campaign_id == petition.campaign.id  # type: ignore[attr-defined]
    assert first.mailing.organization.slug == "medical-students-of-belgium"  # type: ignore[union-attr]
    assert {text.language: text.body for text in first.mailing.texts} == {  # type: ignore[attr-defined]
        "en": "This is a, {name}.",
        "fr": "This is a, {name}.",
    }


@database
async def test_loading_twice_is_the_same_as_once() -> None:
    await load()
    before = await everything()
    await load(now=NOW + DAY)
    assert await everything() == before


@database
async def test_words_waits_and_languages_are_brought_up_to_date() -> None:
    await load()
    a, b, _ = await mailings_of(await Journey.get())
    steps = [step("a", subject="Mended"), step("b", wait_hours=5, languages=("en", "ar")), step("c")]
    await load(replace(PLAN, name="A warmer welcome", stops=JourneyStop.SIGNED_ANOTHER, steps=steps))
    assert await Mailing.all().count() == 3
    assert {text.subject for text in await MailingText.filter(mailing_id=a)} == {"Mended"}
    assert {text.language for text in await MailingText.filter(mailing_id=b)} == {"en", "ar"}
    assert (await JourneyStep.get(mailing_id=b)).wait_hours == 5
    journey = await Journey.get()
    assert (journey.name, journey.stops) == ("A warmer welcome", JourneyStop.SIGNED_ANOTHER)


@database
async def test_a_journey_that_is_not_open_waits_and_one_that_is_no_more_closes() -> None:
    closed = replace(PLAN, is_open=False)
    assert (await load(closed)).opened_at is None
    assert (await load(PLAN, now=NOW + DAY)).opened_at == NOW + DAY
    journey = await load(closed, now=NOW + 2 * DAY)
    assert (journey.opened_at, journey.closed_at) == (NOW + DAY, NOW + 2 * DAY)
    await Journey.all().update(taken_through=NOW + 2 * DAY)
    assert (await load(closed, now=NOW + 3 * DAY)).closed_at == NOW + 2 * DAY
    journey = await load(PLAN, now=NOW + 9 * DAY)
    assert (journey.opened_at, journey.closed_at, journey.taken_through) == (NOW + 9 * DAY, None, None)


@database
@pytest.mark.parametrize(
    ("plan", "named"),
    [
        (replace(PLAN, organization="nobody"), r"^journeys\[1\]\.organization: there is no nobody"),
        (replace(PLAN, campaign="nothing"), r"^journeys\[1\]\.campaign: there is no nothing"),
        (
            replace(PLAN, steps=[step("x"), step("taken")]),
            r"^journeys\[1\]\.steps\[1\]\.source: another mailing",
        ),
        (replace(PLAN, steps=[step("blast")]), r"^journeys\[1\]\.steps\[0\]\.source: another mailing"),
    ],
)
async def test_what_is_not_there_or_somebody_elses_is_named_and_nothing_is_written(
    plan: JourneyPlan, named: str
) -> None:
    await load(replace(PLAN, slug="other", steps=[step("taken")]))
    blast = await Blast.create(
        name="News",
        state=BlastState.DRAFT,
        segment={},
        author_id=(await Mailing.first()).id,  # type: ignore[union-attr]
        time_zone="UTC",
        test_permille=0,
        decide_after=0,
        created_at=NOW,
    )
    await BlastVariant.create(
        blast=blast, letter="a", mailing=await Mailing.create(source="blast", created_at=NOW)
    )
    before = await everything()
    with pytest.raises(JourneyFileError, match=named):
        await load_journeys([replace(PLAN, slug="third", steps=[step("y")]), plan], now=NOW)
    assert await everything() == before


# --- People on the way ----------------------------------------------------------------------------


async def travel(*, days: int, since: datetime = NOW) -> list[str]:
    """Let so many days pass, with a worker at work and everything sent: the sources of the mails, in order."""
    for day in range(1, days + 1):
        now = since + day * DAY
        while await begin_journeys(now=now) or await move_travelers(now=now):
            pass
        await rows("UPDATE message SET state = 'sent', sent_at = $1 WHERE state = 'queued'", now)
    found = await rows(
        "SELECT source FROM message JOIN mailing ON mailing.id = mailing_id WHERE kind = 'mailing' ORDER BY message.id"
    )
    return [row["source"] for row in found]


@database
@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("abc", "abc"),
        ("xabc", "abc"),
        ("axbc", "axbc"),
        ("abxc", "abxc"),
        ("abcx", "abcx"),
        ("bc", "abc"),
        ("ac", "ac"),
        ("a", "a"),
        ("x", "ax"),
        ("bac", "ac"),
        ("cba", "a"),
    ],
)
async def test_who_had_the_first_mail_when_the_steps_change_gets_what_comes_after_it(
    later: str, expected: str
) -> None:
    """Nobody gets a mail twice, whatever is moved where; somebody who has passed a place does not go back to it."""
    await load()
    await sign_for_news(await open_petition())
    assert await travel(days=1) == ["a"]
    await load(replace(PLAN, steps=[step(source) for source in later]), now=NOW + DAY)
    assert "".join(await travel(days=9, since=NOW + DAY)) == expected


@database
async def test_who_is_at_the_end_stays_there() -> None:
    await load()
    await sign_for_news(await open_petition())
    await travel(days=9)
    before = await Traveler.all().values()
    await load(replace(PLAN, steps=[step("d"), *PLAN.steps, step("e")]))
    assert await Traveler.all().values() == before
    assert await travel(days=9, since=NOW + 9 * DAY) == ["a", "b", "c"]


# --- The command ----------------------------------------------------------------------------------


def test_who_gives_no_file_is_told_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "FILE.toml" in capsys.readouterr().err


@database
@pytest.mark.parametrize("is_right", [True, False])
async def test_the_command_loads_a_file_or_says_what_is_wrong(
    tmp_path: Path, database_url: str, *, is_right: bool
) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        '[[journeys]]\nslug = "hello"\nname = "Hello"\nstarts = "signed"\nstops = "never"\nopen = true\n'
        'languages = ["en"]\n[[journeys.steps]]\nsource = "hello-1"\n'
        f"wait_hours = {24 if is_right else -1}\n"
        '[journeys.steps.texts.en]\nsubject = "Hello"\nheading = "Hello"\nbody = "Good to have you."\n',
        encoding="utf-8",
    )
    done = run(
        [sys.executable, "-W", "error", "-m", "campaigns.journeys.loading", str(path)],
        env={
            **os.environ,
            "ENVIRONMENT": "development",
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if is_right:
        assert (done.returncode, done.stdout, done.stderr) == (0, "loaded 1 journeys\n", "")
    else:
        wrong = "journeys[0].steps[0].wait_hours: must be a whole number from 0 to 8784\n"
        assert (done.returncode, done.stdout, done.stderr) == (1, "", wrong)
    assert await Journey.all().count() == is_right
