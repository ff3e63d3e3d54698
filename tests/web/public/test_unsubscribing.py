from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from campaigns.languages import LANGUAGES
from campaigns.mail.port import OutgoingMail
from campaigns.tokens import Purpose
from tests.factories.petitions import OpenPetition
from tests.web.site import RunningSite, link_to, sign_in_browser, value, whole_database

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
    assert answer.status_code < 400
    assert await newsletters() == 0


async def test_a_person_presses_the_button_and_reads_that_it_is_done(
    visitor: httpx.AsyncClient, mail: OutgoingMail
) -> None:
    page = await visitor.get(path_in_header(mail))
    assert f'method="post" action="{path_in_header(mail)}"' in page.text
    assert await newsletters() == 1
    done = await visitor.post(path_in_header(mail), follow_redirects=True)
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
    assert (await visitor.post(path_in_header(mail))).status_code == 303
    before = await whole_database()
    assert (await visitor.post(path_in_header(mail))).status_code == 303
    stranger = site.keys.link_token(Purpose.UNSUBSCRIBE, uuid4())
    assert (await visitor.post(f"/en/unsubscribe/{stranger}")).status_code == 303
    assert await whole_database() == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_exemption_from_the_origin_rule_ends_at_unsubscribing(
    site: RunningSite, mail: OutgoingMail, language: str
) -> None:
    token = path_in_header(mail).rpartition("/")[2]
    async with site.visitor(origin="https://mail.provider.example") as provider:
        assert (await provider.post(f"/{language}/unsubscribe/{token}")).status_code == 303
        assert (await provider.post(f"/{language}/withdraw/{token}")).status_code == 403
        assert (await provider.post(f"/{language}/unsubscribe/../withdraw/{token}")).status_code == 403
