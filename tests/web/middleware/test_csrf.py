from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from tests.web.middleware.site import SITE_URL, asking, refuse
from web.middleware.csrf import CrossSiteRequests, origin_of

pytestmark = pytest.mark.anyio

COOKIE = {"Cookie": "language=fr"}


def guarded(*exempt_paths: str) -> Callable[[ASGIApp], ASGIApp]:
    return lambda app: CrossSiteRequests(
        app, site_url=SITE_URL, refuse=refuse(403), exempt_paths=exempt_paths
    )


async def status_of(method: str, path: str = "/sign", *, headers: dict[str, str], exempt: str = "") -> int:
    async with asking(PlainTextResponse("done"), guarded(*filter(None, [exempt]))) as client:
        return (await client.request(method, path, headers=headers)).status_code


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_a_form_of_our_own_is_served(site: str) -> None:
    assert await status_of("POST", headers={"Sec-Fetch-Site": site, **COOKIE}) == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "INVENTED"])
async def test_a_form_of_another_site_is_refused(method: str, site: str) -> None:
    assert await status_of(method, headers={"Sec-Fetch-Site": site}) == 403


async def test_what_the_browser_says_outweighs_a_fitting_origin() -> None:
    assert await status_of("POST", headers={"Sec-Fetch-Site": "cross-site", "Origin": SITE_URL}) == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_reading_is_open_to_all(method: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert await status_of(method, headers=headers) == 200


async def test_an_old_browser_is_known_by_its_origin() -> None:
    assert await status_of("POST", headers={"Origin": SITE_URL, **COOKIE}) == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://campaigns.example", f"{SITE_URL}:8443", f"{SITE_URL}.evil.example"],
)
async def test_another_origin_is_refused(origin: str) -> None:
    assert await status_of("POST", headers={"Origin": origin}) == 403


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}])
async def test_who_says_nothing_passes_only_without_cookies(headers: dict[str, str]) -> None:
    assert await status_of("POST", headers=headers) == 200
    assert await status_of("POST", headers={**headers, **COOKIE}) == 403


async def test_the_refusal_is_a_page() -> None:
    async with asking(PlainTextResponse("done"), guarded()) as client:
        answer = await client.post("/sign", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.text) == (403, "page for 403")


async def test_a_mail_provider_may_post_to_an_exempt_path_and_no_other() -> None:
    foreign = {"Origin": "https://mail.example", **COOKIE}
    assert await status_of("POST", "/unsubscribe/abc", headers=foreign, exempt="/unsubscribe/") == 200
    assert await status_of("POST", "/unsubscribe-all", headers=foreign, exempt="/unsubscribe/") == 403
    assert await status_of("POST", "/one-click/more", headers=foreign, exempt="/one-click") == 403
    assert await status_of("POST", "/one-click", headers=foreign, exempt="/one-click") == 200


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Campaigns.example:443/", b"https://campaigns.example"),
        ("http://127.0.0.1:8000", b"http://127.0.0.1:8000"),
        ("http://[::1]:8000", b"http://[::1]:8000"),
        ("https://bücher.example", b"https://xn--bcher-kva.example"),
    ],
)
def test_the_sites_origin_is_written_as_browsers_write_it(url: str, origin: bytes) -> None:
    assert origin_of(url) == origin
