from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from campaigns.languages import LANGUAGES
from campaigns.mail.port import OutgoingMail
from campaigns.supporters.preferring import subscriptions
from campaigns.tokens import Keyring, Purpose
from tests.factories.lives import Life, Petitions, four_petitions, live
from tests.factories.petitions import OpenPetition
from tests.web.site import RunningSite, link_to, rows, sign_in_browser, value, whole_database

pytestmark = pytest.mark.anyio
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def mail(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> AsyncIterator[OutgoingMail]:
    """The thank-you mail of somebody who wants news."""
    await sign_in_browser(visitor, petition, newsletter="1")
    (first,) = await site.deliver()
    await visitor.post(link_to(first, "confirm"))
    (thank_you,) = await site.deliver()
    yield thank_you


def path_in_header(mail: OutgoingMail) -> str:
    return urlsplit(mail.headers["List-Unsubscribe"].strip("<>")).path


async def newsletters() -> int:
    return int(
        await value("SELECT count(*) FROM consent WHERE purpose = 'newsletter' AND withdrawn_at IS NULL")
    )


async def test_a_mailbox_provider_unsubscribes_its_user_in_one_click(
    site: RunningSite, mail: OutgoingMail
) -> None:
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert await newsletters() == 1
    async with site.visitor(origin="https://mail.provider.example") as provider:
        answer = await provider.post(
            path_in_header(mail), data=ONE_CLICK, headers={"sec-fetch-site": "cross-site"}
        )
    assert answer.status_code == 200
    assert await newsletters() == 0


async def test_a_person_presses_the_button_and_reads_that_it_is_done(
    visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    page = await visitor.get(path_in_header(mail))
    assert f'method="post" action="{path_in_header(mail)}"' in page.text
    assert await newsletters() == 1
    done = await visitor.post(path_in_header(mail), data={"choice": "all"}, follow_redirects=True)
    assert "You are unsubscribed" in done.text
    assert await newsletters() == 0


async def test_the_signature_still_counts(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    await visitor.post(path_in_header(mail))
    await site.fold()
    assert (await visitor.get("/campaigns/clean-air/count.json")).json()["count"] == 1


async def test_twice_is_once_and_a_person_unknown_is_no_error(
    site: RunningSite, visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    assert (await visitor.post(path_in_header(mail))).status_code == 200
    before = await whole_database()
    assert (await visitor.post(path_in_header(mail))).status_code == 200
    stranger = site.keys.link_token(Purpose.UNSUBSCRIBE, uuid4())
    assert (await visitor.post(f"/en/unsubscribe/{stranger}")).status_code == 200
    assert await whole_database() == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_exemption_from_the_origin_rule_ends_at_unsubscribing(
    site: RunningSite, mail: OutgoingMail, language: str
) -> None:
    token = path_in_header(mail).rpartition("/")[2]
    async with site.visitor(origin="https://mail.provider.example") as provider:
        assert (await provider.post(f"/{language}/unsubscribe/{token}")).status_code == 200
        assert (await provider.post(f"/{language}/withdraw/{token}")).status_code == 403
        assert (await provider.post(f"/{language}/unsubscribe/../withdraw/{token}")).status_code == 403


# --- The news of one organization -----------------------------------------------------------------


@pytest.fixture
async def petitions(petition: OpenPetition) -> Petitions:
    return await four_petitions(federation=petition)


@pytest.fixture
async def zoe(petitions: Petitions) -> Life:
    """She hears from the federation and from an organization."""
    return await live("zoe", petitions)


async def a_mail_of(supporter: UUID) -> int:
    found: int = await value("SELECT min(id) FROM message WHERE supporter_id = $1", supporter)
    return found


def path_of(keys: Keyring, person: UUID, organization: UUID | None, *, message: int) -> str:
    reference = keys.message_reference(message)
    return f"/en/unsubscribe/{keys.subscription_token(person, organization)}?m={reference}"


async def state(zoe: Life) -> list[bool]:
    """Whether news come from the federation, and from the organization."""
    return [each.is_on for each in await subscriptions(zoe.id)]


async def noted() -> list[int]:
    return [row["id"] for row in await rows("SELECT id FROM message WHERE unsubscribed_at IS NOT NULL")]


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},  # multipart, as the RFC advises
        {"content": b""},
        {"json": {}},
        {"content": b"\xff\x00&&&=" * 20, "headers": {"content-type": "text/plain"}},
    ],
    ids=["form", "multipart", "nothing", "JSON", "nonsense"],
)
async def test_one_click_in_a_newsletter_is_about_that_organization_alone(
    site: RunningSite, petitions: Petitions, zoe: Life, body: dict[str, Any]
) -> None:
    message = await a_mail_of(zoe.id)
    async with site.visitor(origin="https://mail.provider.example") as provider:
        path = path_of(site.keys, zoe.id, petitions.organization_id, message=message)
        answer = await provider.post(path, **body)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        again = await provider.post(path, **body)
        assert again.status_code == 200
    assert await state(zoe) == [True, False]
    assert await noted() == [message]


async def test_the_page_offers_this_organization_and_everything(
    site: RunningSite, visitor: httpx.AsyncClient, petitions: Petitions, zoe: Life
) -> None:
    path = path_of(site.keys, zoe.id, petitions.organization_id, message=await a_mail_of(zoe.id))
    before = await whole_database()
    page = await visitor.get(path)
    assert f'action="{path}"' in page.text
    assert "No more news from Medical Students of Belgium" in page.text
    assert "Unsubscribe from everything" in page.text
    assert await whole_database() == before

    done = await visitor.post(path, data={"choice": "this"}, follow_redirects=True)
    assert await state(zoe) == [True, False]
    assert "You are unsubscribed" in done.text
    assert "Others still write to you" in done.text
    done = await visitor.post(path, data={"choice": "all"}, follow_redirects=True)
    assert await state(zoe) == [False, False]
    assert "We write to you no more." in done.text
    assert "Others still" not in done.text
    assert 'href="/en/preferences/' in done.text


async def test_the_federation_is_unsubscribed_from_like_any_other(
    site: RunningSite, visitor: httpx.AsyncClient, zoe: Life
) -> None:
    path = path_of(site.keys, zoe.id, None, message=await a_mail_of(zoe.id))
    assert "No more news from Students for Health (en)" in (await visitor.get(path)).text
    await visitor.post(path, data={"choice": "this"})
    assert await state(zoe) == [False, True]


async def test_it_is_said_to_be_done_only_when_it_is(
    site: RunningSite, visitor: httpx.AsyncClient, petitions: Petitions, zoe: Life
) -> None:
    token = site.keys.subscription_token(zoe.id, petitions.organization_id)
    for page in (f"/en/unsubscribe/{token}?done=this", f"/en/unsubscribe/{token}?done=all"):
        assert "You are unsubscribed" not in (await visitor.get(page)).text


@pytest.mark.parametrize("reference", ["", "x", "a" * 32, "a" * 5_000, "\u00e9", "m"])
async def test_a_reference_that_names_no_mail_of_theirs_is_left_alone(
    site: RunningSite, visitor: httpx.AsyncClient, petitions: Petitions, zoe: Life, reference: str
) -> None:
    other = await live("other", petitions)
    if reference == "m":
        reference = site.keys.message_reference(await a_mail_of(other.id))
    token = site.keys.subscription_token(zoe.id, petitions.organization_id)
    path = f"/en/unsubscribe/{token}"
    assert (await visitor.get(path, params={"m": reference})).status_code == 200
    assert (await visitor.post(path, params={"m": reference})).status_code == 200
    assert await state(zoe) == [True, False]
    assert await state(other) == [True, True]
    assert await noted() == []


async def test_a_forged_or_cut_subscription_link_is_refused(
    site: RunningSite, visitor: httpx.AsyncClient, petitions: Petitions, zoe: Life
) -> None:
    token = site.keys.subscription_token(zoe.id, petitions.organization_id)
    forged = Keyring("another key" * 4).subscription_token(zoe.id, None)
    for each in (token[:-1], f"{token}x", f"{token[:-4]}AAAA", forged, "A" * 64):
        for method in ("GET", "POST"):
            assert (await visitor.request(method, f"/en/unsubscribe/{each}")).status_code == 400
    assert await state(zoe) == [True, True]
