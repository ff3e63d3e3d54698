"""What is true of every page, whatever it says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Route

from campaigns.campaign.sharing import SERVICES
from campaigns.settings import Environment
from tests.factories.accounts import account
from tests.factories.petitions import OpenPetition, sign_and_confirm
from tests.web.console.people import fresh_link, sign_in
from tests.web.me.addresses import own_addresses
from tests.web.me.people import open_page, person
from tests.web.site import RunningSite, link_to, opened_site, sign_in_browser
from web.middleware.security_headers import ALWAYS
from web.public.webmail import BY_PROVIDER
from web.routes import routes
from web.static_files import StaticFiles

pytestmark = pytest.mark.anyio

SHARED_WITH = {urlsplit(pattern).netloc for _, _, pattern in SERVICES} | {
    urlsplit(each.url).netloc for each in BY_PROVIDER.values()
}


@pytest.fixture
async def addresses(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> AsyncIterator[dict[str, str]]:
    """One address that works for every GET route, by the route's template."""
    await sign_in_browser(visitor, petition, email="amina@gmail.com", show_name="1", comment="For my son.")
    (mail,) = await site.deliver()
    await sign_and_confirm(petition, email="bruno@example.org")
    bruno = await person("bruno@example.org")
    await open_page(site, visitor, bruno)
    own = await own_addresses(site, bruno, get_routes())
    jonas = await account("jonas@example.org")
    await sign_in(site, visitor, jonas, second=1)
    own["/console/sign-in/{token}"] = fresh_link(site, jonas)
    slug = {"{lang:lang}": "ar", "{slug:slug}": "clean-air", "{path:path}": "site.css"}
    found = {}
    for path in get_routes():
        address = own.get(path, path)
        for name, value in slug.items():
            address = address.replace(name, value)
        if "{token}" in address:
            address = link_to(mail, path.split("/")[2])
        found[path] = address
    yield found


def get_routes() -> list[str]:
    table = routes(StaticFiles(), development=False)
    return [route.path for route in table if isinstance(route, Route) and "GET" in (route.methods or ())]


def test_the_table_of_routes_is_known_to_these_tests() -> None:
    assert len(get_routes()) == len(set(get_routes())) >= 17


async def test_every_page_answers_get_and_head_alike(
    visitor: httpx.AsyncClient, addresses: dict[str, str]
) -> None:
    for path in addresses.values():
        got, headed = await visitor.get(path), await visitor.head(path)
        assert got.status_code in {200, 302, 308}, path
        assert headed.status_code == got.status_code
        for name in got.headers.keys() - {"x-request-id", "content-length"}:
            assert headed.headers[name] == got.headers[name], (path, name)


async def test_every_answer_carries_the_security_headers_even_an_error(
    site: RunningSite, visitor: httpx.AsyncClient, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [await visitor.get(path) for path in addresses.values()]
    answers += [
        await visitor.get("/nowhere"),
        await visitor.get("/%00"),
        await visitor.get("/en/confirm/x"),
        await visitor.put("/en/"),
        await visitor.post("/en/campaigns/clean-air/sign", content=b"a" * 200_000),
        await visitor.post("/en/campaigns/clean-air/sign", headers={"origin": "https://evil.example"}),
    ]

    async def broken() -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(site.state["context"].site, "snapshot", broken)
    crash = await visitor.get("/en/campaigns/clean-air")
    assert crash.status_code == 500
    for answer in (*answers, crash):
        for name in ALWAYS:
            assert name in answer.headers, (answer.request.url, name)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert re.fullmatch("[0-9a-f]{12}", answer.headers["x-request-id"])
        assert "server" not in answer.headers


async def test_a_crash_is_a_kind_page_with_the_reference_of_its_log_lines(
    site: RunningSite, visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(site.state["context"].site, "snapshot", broken)
    answer = await visitor.get("/fr/campaigns/clean-air")
    assert '<html lang="fr"' in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "a secret detail" not in answer.text


async def test_no_page_asks_another_host_for_anything(
    visitor: httpx.AsyncClient, addresses: dict[str, str]
) -> None:
    for path in addresses.values():
        answer = await visitor.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        for tag, url in re.findall(r'<(\w+)[^>]*?\b(?:href|src|action|srcset|poster)="([^"]*)"', answer.text):
            parts = urlsplit(url)
            if not parts.netloc or parts.netloc == "chorus.example":
                assert parts.scheme in {"", "https", "mailto"}, url
                continue
            assert tag == "a", f"{path}: <{tag}> asks {parts.netloc}"
            assert parts.netloc in SHARED_WITH, url
        for forbidden in ("<style", " style=", "<iframe", " onclick=", " onload="):
            assert forbidden not in answer.text, (path, forbidden)


async def test_every_script_and_style_is_named_after_its_content_and_kept_for_a_year(
    visitor: httpx.AsyncClient, addresses: dict[str, str]
) -> None:
    asked = set()
    for path in addresses.values():
        asked |= set(re.findall(r'(?:href|src)="(/static/[^"#]+)', (await visitor.get(path)).text))
    assert {name.rpartition(".")[2] for name in asked} >= {"css", "js", "svg"}
    for name in asked:
        assert re.search(r"\.[0-9a-f]{10}\.\w+$", name), name
        answer = await visitor.get(name)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_there_is_no_cookie_but_the_receipt_and_those_of_pages_of_ones_own(
    visitor: httpx.AsyncClient, addresses: dict[str, str], site: RunningSite
) -> None:
    assert {cookie.name for cookie in visitor.cookies.jar} == {"receipt", "me", "__Host-session"}
    async with site.visitor() as reader:
        for path in addresses.values():
            await reader.get(path)
        assert not reader.cookies


@pytest.mark.parametrize(
    "path",
    [
        "/en/nowhere",
        "/de/",
        "/en/campaigns/",
        "/en/campaigns/nowhere",
        "/en/campaigns/UPPER",
        "/en/campaigns/" + "a" * 81,
        "/en/campaigns/clean-air/",
        "/campaigns/nowhere/count.json",
        "/mailbox/",
        "/style-guide/",
        "/static/nowhere.css",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "//evil.example/",
    ],
)
async def test_what_is_not_there_is_not_found(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(f"https://chorus.example{path}")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path", ["/%FF", "/en/%00", "/en/?area=%00", "/en/?x=%FF", "/en/campaigns/clean-air?r=%ED%A0%80"]
)
async def test_an_address_that_is_no_text_is_a_bad_request(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 400


async def test_another_host_in_the_request_is_repeated_nowhere(
    visitor: httpx.AsyncClient, addresses: dict[str, str]
) -> None:
    for path in addresses.values():
        answer = await visitor.get(path, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
        assert "evil.example" not in answer.text + str(answer.headers)


async def test_by_http_nothing_claims_https(petition: OpenPetition) -> None:
    async with opened_site(site_url="http://127.0.0.1:8000") as site, site.visitor() as visitor:
        page = await visitor.get("/en/campaigns/clean-air")
        signed = await sign_in_browser(visitor, petition)
    assert "strict-transport-security" not in page.headers
    assert "secure" not in signed.headers["set-cookie"].lower()


async def test_the_mailbox_and_the_style_guide_exist_in_development_only(petition: OpenPetition) -> None:
    async with opened_site(environment=Environment.DEVELOPMENT) as site, site.visitor() as developer:
        assert (await developer.get("/mailbox/")).status_code == 200
