"""Nothing a person typed, and no link that opens anything, reaches the log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
import structlog

from campaigns.observability.logs import configure_logs
from tests.factories.petitions import OpenPetition
from tests.settings import SETTINGS
from tests.web.site import RunningSite, code_in, link_to, links_of, sign_in_browser

pytestmark = pytest.mark.anyio

NAME, LOCAL, REASON, ADDRESS = "Markeria Namesdottir", "marker.local", "Markerreason", "203.0.113.77"
EMAIL = f"{LOCAL}@marker-domain.example"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything logged during the test, at the most talkative level, as production writes it."""
    root, levels = logging.getLogger(), {}
    for name in ("", *logging.root.manager.loggerDict):
        levels[name] = logging.getLogger(name).level
    handlers = list(root.handlers)
    config = structlog.get_config()
    written = io.StringIO()
    configure_logs(replace(SETTINGS, log_level="debug"), stream=written)
    yield written
    structlog.configure(**config)
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


async def test_signing_confirming_and_failing_leave_no_trace_of_a_person(
    site: RunningSite, petition: OpenPetition, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"name": NAME, "email": EMAIL, "comment": REASON, "newsletter": "1"}
    async with site.visitor(address=ADDRESS) as visitor:
        await sign_in_browser(visitor, petition, **form)
        (mail,) = await site.deliver()
        await visitor.get(link_to(mail, "confirm"))
        await visitor.post(link_to(mail, "confirm") + "x")
        await visitor.post("/en/campaigns/clean-air/code", data={"code": "000000"})
        await visitor.post("/en/campaigns/clean-air/code", data={"code": f"{LOCAL} {code_in(mail)}"})
        await sign_in_browser(visitor, petition, **form)
        await visitor.post(link_to(mail, "unsubscribe"))
        await visitor.post(link_to(mail, "withdraw"))
        for bad in ({"name": f"{NAME}\x00"}, {"email": f"{EMAIL}@"}, {"country": REASON}, {"text": REASON}):
            await sign_in_browser(visitor, petition, **{**form, **bad})
        await visitor.get(f"/en/{LOCAL}?{EMAIL}")
        await visitor.get(f"/en/campaigns/clean-air?r={LOCAL}%00")
        await visitor.post(f"/en/campaigns/{LOCAL}/sign", data=form)
        await visitor.post("/en/campaigns/clean-air/sign", json=form)
        monkeypatch.setattr(site.state["context"].wordings, "id_of", broken)
        crash = await sign_in_browser(visitor, petition, **form)
        assert crash.status_code == 500
        receipt = visitor.cookies["receipt"]
    site.postbox.delay(EMAIL)
    site.postbox.trouble[EMAIL] = RuntimeError(f"{EMAIL} {NAME}")
    await site.deliver()

    lines = log.getvalue()
    assert lines.count('"request"') >= 10
    secrets = [
        NAME,
        *NAME.split(),
        LOCAL,
        "marker-domain",
        REASON,
        ADDRESS,
        "203.0.113",
        receipt,
        code_in(mail),
    ]
    secrets += [link.rpartition("/")[2] for link in links_of(mail) if len(link.rpartition("/")[2]) > 40]
    for secret in secrets:
        assert secret.lower() not in lines.lower(), secret


async def broken(*_: object, **__: object) -> None:
    raise RuntimeError(f"could not write {EMAIL} {NAME} {REASON}")


async def test_what_went_wrong_is_still_there_to_be_read(
    site: RunningSite, petition: OpenPetition, log: io.StringIO, visitor: httpx.AsyncClient
) -> None:
    await visitor.get("/en/nowhere")
    await visitor.post(f"/en/campaigns/{petition.campaign.slug}/sign", data={"name": ""})
    await sign_in_browser(visitor, petition)
    site.postbox.trouble["amina@example.org"] = RuntimeError("no")
    await site.deliver()
    lines = log.getvalue()
    assert '"status": 404' in lines
    assert '"route": "/{lang:lang}/campaigns/{slug:slug}/sign"' in lines
    assert "mail could not be made" in lines
    assert "RuntimeError" in lines
