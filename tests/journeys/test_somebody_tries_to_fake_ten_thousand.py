"""Somebody wants a petition to look bigger, or ridiculous, and to know who has signed it. They have one network, a
script and all the mailboxes of a domain. Everything looks like success to them; the count stays within the limit.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from campaigns import clock
from campaigns.petitions.confirming import Confirmation, confirm_all
from campaigns.petitions.limits import SigningLimits
from tests.factories.petitions import NOW, OpenPetition, sign_and_confirm
from tests.web.site import RunningSite, filled, link_to, opened_site, rows, sign_in_browser, value

pytestmark = pytest.mark.anyio

LIMITS = SigningLimits()
BURST = LIMITS.network[0]
FAKES, A_MINUTE = 700, 100  # more than a hall of students sends, not so many that it is refused aloud


async def send_forms(
    site: RunningSite, petition: OpenPetition, people: range, *, address: str
) -> list[httpx.Response]:
    """The script: many forms at a time, all from one address, each with a mailbox of its own."""
    async with site.visitor(address=address) as script:

        async def one(number: int) -> httpx.Response:
            form = filled(
                petition, name=f"Person {'abcdefghij'[number % 10]}", email=f"fake{number}@fakes.example"
            )
            script.cookies.clear()
            return await script.post("/en/campaigns/clean-air/sign", data=form)

        answers: list[httpx.Response] = []
        for start in range(people.start, people.stop, 50):
            batch = range(start, min(start + 50, people.stop))
            answers += await asyncio.gather(*(one(number) for number in batch))
        return answers


async def confirm_everything(site: RunningSite) -> None:
    """They own the mailboxes, so they press every button that was mailed."""
    while await site.deliver():
        pass
    async with site.visitor(address="203.0.113.200") as script:
        for mail in site.postbox.mails:
            if "/confirm/" in mail.text:
                await script.post(link_to(mail, "confirm"))


def seen(answer: httpx.Response) -> tuple[int, str, tuple[str, ...]]:
    return answer.status_code, answer.headers.get("location", ""), tuple(sorted(answer.headers.keys()))


async def count(site: RunningSite) -> int:
    await site.fold()
    async with site.visitor() as reader:
        return int((await reader.get("/campaigns/clean-air/count.json")).json()["count"])


async def test_seven_hundred_from_one_network_all_succeed_and_none_beyond_the_limit_counts(
    petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    async with opened_site(fresh=60) as site:
        for minute in range(FAKES // A_MINUTE):
            moment = NOW.replace(second=5) + timedelta(minutes=minute)
            monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
            people = range(minute * A_MINUTE, (minute + 1) * A_MINUTE)
            answers += await send_forms(site, petition, people, address="203.0.113.66")
        ((status, location, _),) = {seen(answer) for answer in answers}
        assert (status, location) == (303, "/en/campaigns/clean-air/check-your-inbox")

        signed = await rows("SELECT id FROM signature")
        assert len(signed) == FAKES
        await confirm_all([Confirmation(each["id"], 1, clock.now()) for each in signed])
        await site.fold()
        counted = await value("SELECT count FROM tally_total WHERE dimension = 'all'")
        assert 0 < counted <= BURST.most
        assert await value("SELECT count(*) FROM signature WHERE state = 'suspected'") == FAKES - counted


async def test_far_beyond_what_a_hall_of_people_could_do_the_script_is_told_to_wait(
    site: RunningSite, petition: OpenPetition
) -> None:
    await send_forms(site, petition, range(1), address="203.0.113.66")
    await rows(
        "UPDATE rate_window SET hits = $1 WHERE key LIKE 'burst:%'", LIMITS.refuse_at * BURST.most + 50
    )
    (answer,) = await send_forms(site, petition, range(1, 2), address="203.0.113.66")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "300"
    assert "That was a lot of tries" in answer.text
    assert await value("SELECT count(*) FROM signature") == 1
    # Somebody else, elsewhere, is not in the way of it.
    (answer,) = await send_forms(site, petition, range(2, 3), address="192.0.2.7")
    assert answer.status_code == 303


async def test_another_name_or_another_address_of_the_same_mailbox_is_the_same_person(
    site: RunningSite, petition: OpenPetition
) -> None:
    spellings = ("a.mina@gmail.com", "am.ina+1@gmail.com", "AMINA@googlemail.com", "amina+2@gmail.com")
    for number, email in enumerate(spellings):
        async with site.visitor(address=f"203.0.113.{number}") as browser:
            await sign_in_browser(browser, petition, email=email, name=f"Person {'abcd'[number]}")
    await confirm_everything(site)
    assert await count(site) == 1


async def test_probing_who_has_signed_tells_nothing_and_warns_the_one_probed(
    site: RunningSite, petition: OpenPetition
) -> None:
    await sign_and_confirm(petition, email="minister@example.org")
    looks = {}
    for email in ("minister@example.org", "nobodyy1@example.org"):
        async with site.visitor(address="203.0.113.66") as prober:
            prober.headers["accept-encoding"] = "identity"
            sent = await sign_in_browser(prober, petition, email=email, name="A prober")
            inbox = await prober.get(sent.headers["location"])
            guess = await prober.post("/en/campaigns/clean-air/code", data={"code": "123456"})
            looks[email] = [
                (each.status_code, len(each.content), each.text.replace(email, "?"))
                for each in (sent, inbox, guess)
            ]
    assert looks["minister@example.org"] == looks["nobodyy1@example.org"]
    await site.deliver()
    told = site.newest_mail(to="minister@example.org")
    assert "/confirm/" not in told.text
    assert {urlsplit(f"//{mail.recipient}").hostname for mail in site.postbox.mails} == {"example.org"}


async def test_a_signature_cannot_be_invented_without_its_mailbox(
    site: RunningSite, petition: OpenPetition
) -> None:
    async with site.visitor(address="203.0.113.66") as script:
        await sign_in_browser(script, petition, email="minister@example.org")
        for number in range(40):
            await script.post("/en/campaigns/clean-air/code", data={"code": f"{number:06d}"})
            await sign_in_browser(
                script, petition, email="minister@example.org", name=f"Minister {'abcd'[number % 4]}"
            )
        forged = "A" * 46
        assert (await script.post(f"/en/confirm/{forged}")).status_code == 400
    assert await count(site) == 0
    await site.deliver()
    assert len(site.postbox.mails) <= 5
