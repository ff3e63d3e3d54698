"""People who sign and confirm, and who try again when the site does not answer, as people do."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.asking import Answer, Broken, Refused, ask
from tests.faults.inboxes import Inboxes

LANGUAGES = ("en", "fr", "es", "ar")
COUNTRIES = ("TN", "FR", "MX", "EG", "BR", "IN", "NG", "SE", "DE", "PH")
SOURCES = ("", "whatsapp", "email", "event")
TOO_BUSY = 503
LONGEST_TRY = 150.0  # seconds; then the site is not coming back
_CAMPAIGN = re.compile(r'href="/en/campaigns/([a-z0-9-]+)"')
_BUTTON = re.compile(r'<form[^>]* action="([^"]*/confirm/[^"]*)"')
_TEXT = re.compile(r'name="text"[^>]*value="([0-9a-f-]{36})"')


class Habit(StrEnum):
    """What somebody does besides signing and confirming."""

    NONE = ""
    PRESSES_TWICE = "presses every button twice"
    SECOND_THOUGHT = "signs again with other words, before confirming"
    FORGETS = "signs again after confirming"
    WITHDRAWS = "withdraws in the end"
    LEAVES = "never confirms"


@dataclass(slots=True, kw_only=True)
class Person:
    """`signed_as` are the words of the newest form that was answered with success and may be written."""

    number: int
    language: str
    slug: str
    country: str
    source: str
    habit: Habit
    referred_by: str = ""
    signed_as: dict[str, str] = field(default_factory=dict)
    confirmed: bool = False
    withdrawn: bool = False

    @property
    def email(self) -> str:
        return f"person{self.number}@faculty{self.number % 40}.example.org"

    @property
    def network(self) -> str:
        """An address of their own, so that no limit is met."""
        return f"10.{self.number // 65_536}.{self.number // 256 % 256}.{self.number % 256}"

    def words(self, *, thought: int = 1) -> dict[str, str]:
        return {
            "name": f"Zoë {spelled(self.number)}",
            "comment": f"Reason {thought} of {self.number}" if self.number % 3 or thought > 1 else "",
            "country": self.country,
            **({"show_name": "1"} if self.number % 2 else {}),
        }


def spelled(number: int) -> str:
    """A number in letters: who has digits in their name is held for a moderator."""
    return "".join("ABCDEFGHIJ"[int(digit)] for digit in str(number)).title()


class Site:
    """The site as people meet it. `in_flight` requests are waiting for their answer at this moment."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._texts: dict[str, str] = {}
        self.in_flight = 0
        self.answers: Counter[int] = Counter()
        self.unanswered: Counter[str] = Counter()

    async def open_petitions(self) -> list[str]:
        """The slugs of what can be signed."""
        found = set(_CAMPAIGN.findall((await ask(self.url, "GET", "/en/")).body))
        forms = {slug: await ask(self.url, "GET", f"/en/campaigns/{slug}/sign") for slug in sorted(found)}
        return [slug for slug, form in forms.items() if form.status == 200]

    async def form(self, person: Person, words: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Where the filled form is posted, and what is in it."""
        path = f"/{person.language}/campaigns/{person.slug}/sign"
        text = await self._text(person, path)
        fields = {"email": person.email, "text": text, "source": person.source, "r": person.referred_by}
        return path, {**fields, **words}

    async def sign(self, person: Person, words: dict[str, str]) -> None:
        path, form = await self.form(person, words)
        location = await self._press(person, path, form)
        assert location.endswith("/check-your-inbox")

    async def confirm(self, person: Person, path: str) -> None:
        """Open the page behind the link and press its button."""
        page = await self._ask(person, "GET", path)
        button = _BUTTON.search(page.body)
        assert button is not None, f"{person.number} saw {page.status} behind the link"
        thanks = await self._press(person, button[1])
        assert "/thank-you" in thanks

    async def withdraw(self, person: Person, path: str) -> None:
        await self._press(person, path)

    async def _text(self, person: Person, path: str) -> str:
        """The text a form is about; who comes first looks at the form for everybody."""
        if path not in self._texts:
            found = _TEXT.search((await self._ask(person, "GET", path)).body)
            assert found is not None
            self._texts[path] = found[1]
        return self._texts[path]

    async def _press(self, person: Person, path: str, form: dict[str, str] | None = None) -> str:
        presses = 2 if person.habit is Habit.PRESSES_TWICE else 1
        answers = await asyncio.gather(*(self._ask(person, "POST", path, form) for _ in range(presses)))
        for answer in answers:
            assert answer.status == 303, f"{person.number} was answered {answer.status} at {path}"
        return answers[0].location

    async def _ask(
        self, person: Person, method: str, path: str, form: dict[str, str] | None = None
    ) -> Answer:
        """Ask until there is an answer: after a broken line, or when told to come back, again with the same data."""
        async with asyncio.timeout(LONGEST_TRY):
            while True:
                self.in_flight += 1
                try:
                    answer = await ask(self.url, method, path, form, network=person.network)
                except (Refused, Broken) as error:
                    self.unanswered[type(error).__name__] += 1
                else:
                    self.answers[answer.status] += 1
                    if answer.status != TOO_BUSY:
                        return answer
                finally:
                    self.in_flight -= 1
                await asyncio.sleep(random.uniform(0.3, 1.5))


def crowd(size: int, slugs: list[str]) -> list[Person]:
    """People of every language, country and habit; one in five has one."""
    habits = list(Habit)[1:]
    return [
        Person(
            number=number,
            language=LANGUAGES[number % len(LANGUAGES)],
            slug=slugs[number % len(slugs)],
            country=COUNTRIES[number % len(COUNTRIES)],
            source=SOURCES[number % len(SOURCES)],
            habit=habits[number // 5 % len(habits)] if number % 5 == 0 else Habit.NONE,
        )
        for number in range(size)
    ]


async def take_part(person: Person, site: Site, inboxes: Inboxes) -> None:
    """One person's day, from the sign form to what their habit makes of it."""
    if inboxes.share_codes and person.number % 4 == 0:
        person.referred_by = random.choice(inboxes.share_codes)
    person.signed_as = await _sign(person, site)
    if person.habit is Habit.SECOND_THOUGHT:
        person.signed_as = await _sign(person, site, thought=2)
    mail = await inboxes.confirmation_for(person.email)
    if person.habit is Habit.LEAVES:
        return
    await site.confirm(person, mail.confirm)
    person.confirmed = True
    if person.habit is Habit.FORGETS:
        await _sign(person, site, thought=3)  # said aloud to nobody: who has confirmed keeps their words
    if person.habit is Habit.WITHDRAWS:
        await site.withdraw(person, mail.withdraw)
        person.withdrawn = True


async def _sign(person: Person, site: Site, *, thought: int = 1) -> dict[str, str]:
    words = person.words(thought=thought)
    await site.sign(person, words)
    return words
