"""What providers reached by HTTP have in common: one client, one try, and a verdict in codes on every answer.

Codes are `<provider>-http-<status>` or `<provider>-<kind of failure>`; a provider's own codes are read beside its
adapter. Nothing a provider says gets into an error: its words may repeat an address.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from campaigns import clock
from campaigns.mail.port import MailDelayed, MailRefused, OutgoingMail
from workers.adapters.mime import ascii_domain

TIMEOUT = httpx.Timeout(connect=5.0, write=20.0, read=20.0, pool=30.0)
CONNECTIONS = 8  # how many mails one worker hands over at the same time
LIMITS = httpx.Limits(
    max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=30.0
)
LONGEST_TRY = 90.0  # seconds, however slowly an answer drips in; well within a lease
LARGEST_ANSWER = 64 * 1024  # bytes that are read
LONGEST_WAIT = timedelta(hours=1)

# The whole mail was written and its answer did not come, or came from a gateway that lost the provider's own.
_ANSWER_LOST = (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, TimeoutError)
_ANSWER_LOST_BEHIND = frozenset({502, 504})
_TOO_LARGE = 413
# 401 and 403 are our key, 404 our domain or stream: a mail waits until an operator has looked.
_OUR_TROUBLE = frozenset({401, 402, 403, 404, 405, 408, 425, 429})

_DOMAIN = re.compile("[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered. `fields` is the JSON object in its body, empty where a refusal holds none."""

    status: int
    headers: httpx.Headers = field(repr=False)
    fields: dict[str, Any] = field(repr=False)

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    def words(self, name: str) -> str:
        """The beginning of a text field in lower case, to be looked into and never repeated."""
        return str(self.fields.get(name, ""))[:500].lower()


class HttpMailer:
    """One provider's address, with connections that stay open between mails.

    `transport` replaces the network, for tests. Redirects are not followed: a mail goes to whom it was meant for.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._provider = provider
        # A compressed answer could grow without bound as it is unpacked.
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"accept": "application/json", "accept-encoding": "identity", **(headers or {})},
            auth=auth,
            timeout=TIMEOUT,
            limits=LIMITS,
            follow_redirects=False,
            transport=transport,
        )

    @property
    def host(self) -> str:
        """The host as the `Host` header names it."""
        return self._client.base_url.netloc.decode()

    async def post(self, path: str, **content: Any) -> Answer:
        """Post once (`content` as httpx takes it) and return what only the provider's adapter can judge: a 2xx with a
        JSON object, or a 4xx about the request.

        Raises MailRefused for a mail that is too large, and MailDelayed for everything else: no connection, no
        answer, a key that is not accepted, too many requests, trouble on their side.
        """
        try:
            async with asyncio.timeout(LONGEST_TRY), self._client.stream("POST", path, **content) as response:
                body = await _beginning(response)
        except (httpx.HTTPError, TimeoutError) as error:
            raise self.delayed(
                type(error).__name__,
                handed_over=isinstance(error, _ANSWER_LOST),
                unreached=isinstance(error, httpx.ConnectError | httpx.ConnectTimeout),
            ) from None
        fields = _json_object(body)
        if response.is_success and fields is None:  # not the provider's voice: a proxy, or the answer was cut
            raise self.delayed("unreadable", handed_over=True)
        self._judge(response)
        return Answer(response.status_code, response.headers, fields or {})

    def _judge(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == _TOO_LARGE:
            raise self.refused(f"http-{status}")
        if status in _OUR_TROUBLE or not (response.is_success or 400 <= status < 500):
            raise self.delayed(
                f"http-{status}",
                retry_after=waiting_time(response.headers.get("retry-after", ""), now=clock.now()),
                handed_over=status in _ANSWER_LOST_BEHIND,
            )

    def recipient(self, mail: OutgoingMail, *, any_script: bool) -> str:
        """The recipient as every provider reads it: one address, whatever stands in it.

        Raises MailRefused for what is none, and for a mailbox in letters beyond ASCII unless `any_script` are taken.
        """
        local, _, domain = ascii_domain(mail.recipient).rpartition("@")
        try:
            address = Address(username=local, domain=domain).addr_spec
        except ValueError:
            address = ""
        if not (local and address and _DOMAIN.fullmatch(domain) and (any_script or local.isascii())):
            raise self.refused("unsupported-address")
        return address

    def refused(self, code: str) -> MailRefused:
        return MailRefused(f"{self._provider}-{code}")

    def delayed(
        self,
        code: str,
        *,
        retry_after: timedelta | None = None,
        handed_over: bool = False,
        unreached: bool = False,
    ) -> MailDelayed:
        return MailDelayed(
            f"{self._provider}-{code}", retry_after=retry_after, handed_over=handed_over, unreached=unreached
        )

    async def close(self) -> None:
        await self._client.aclose()


def waiting_time(value: str, *, now: datetime) -> timedelta | None:
    """How long a `Retry-After` asks to wait (RFC 9110, 10.2.3: seconds or a date), an hour at most.

    None when it says nothing that can be read, or names a moment that has passed.
    """
    value = value.strip()[:40]
    try:
        if value.isascii() and value.isdigit():
            wait = min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)
        else:
            moment = parsedate_to_datetime(value)
            wait = min((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now, LONGEST_WAIT)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return wait if wait > timedelta() else None


async def _beginning(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= LARGEST_ANSWER:
            break
    return bytes(body[:LARGEST_ANSWER])


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
