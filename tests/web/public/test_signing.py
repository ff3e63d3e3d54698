from __future__ import annotations

import httpx
import pytest

from tests.factories.petitions import OpenPetition
from tests.web.site import RunningSite, code_in, link_to, sign_in_browser, value

pytestmark = pytest.mark.anyio


async def test_two_taps_and_a_mail_make_a_signature_that_counts(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    answer = await sign_in_browser(visitor, petition)
    assert answer.status_code == 303, answer.text
    inbox = await visitor.get(answer.headers["location"])
    assert inbox.status_code == 200
    (mail,) = await site.deliver()
    code_in(mail)
    page = await visitor.get(link_to(mail, "confirm"))
    assert page.status_code == 200
    thanks = await visitor.post(link_to(mail, "confirm"), follow_redirects=True)
    assert thanks.status_code == 200
    await site.fold()
    assert await value("SELECT state FROM signature") == "confirmed"
    print(mail.text)
