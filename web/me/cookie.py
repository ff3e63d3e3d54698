"""The cookie of a person whose own page is open: sealed, for half an hour, and sent to that page alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.errors import LinkInvalid
from campaigns.languages import LANGUAGES
from campaigns.rights.asking import OPEN_FOR, is_open_to
from campaigns.tokens import Keyring

COOKIE = "me"
# One for each language, so that the page can be read in another one, and no other page ever gets it. Strict: the link
# in the mail needs no cookie, and what follows it comes from our own button.
PATHS = tuple(f"/{code}/me" for code in LANGUAGES)


def give_open_page(response: Response, supporter_id: UUID, *, keys: Keyring, secure: bool) -> None:
    """Let this browser open the page of this person, from now on, for OPEN_FOR."""
    sealed = keys.seal({"me": supporter_id.hex, "opened_at": clock.now().isoformat()})
    _set(response, sealed, seconds=int(OPEN_FOR.total_seconds()), secure=secure)


def drop_open_page(response: Response, *, secure: bool) -> None:
    _set(response, "", seconds=0, secure=secure)


async def who_is_here(request: Request, *, keys: Keyring) -> UUID | None:
    """Whose page is open in this browser; None when none is, or no longer, or its owner has gone."""
    sealed = request.cookies.get(COOKIE)
    if not sealed:
        return None
    try:
        values = keys.unseal(sealed)
        supporter_id = UUID(values["me"])
        opened_at = datetime.fromisoformat(values["opened_at"])
    except (LinkInvalid, KeyError, ValueError):
        return None
    is_open = await is_open_to(supporter_id, opened_at=opened_at, now=clock.now())
    return supporter_id if is_open else None


def _set(response: Response, value: str, *, seconds: int, secure: bool) -> None:
    for path in PATHS:
        attributes = (
            f"HttpOnly; Max-Age={seconds}; Path={path}; SameSite=strict{'; Secure' if secure else ''}"
        )
        response.headers.append("set-cookie", f"{COOKIE}={value}; {attributes}")
