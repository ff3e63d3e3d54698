"""The receipt: a short-lived, sealed cookie that lets the browser that signed show what it sent and take the code.

It is made alike for every form, whoever the address belongs to, so it tells a stranger nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from campaigns.errors import LinkInvalid
from campaigns.tokens import Keyring

COOKIE = "receipt"
SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Receipt:
    slug: str
    signature_id: UUID
    submission: int
    address: str = field(repr=False)


def give_receipt(response: Response, receipt: Receipt, *, keys: Keyring, secure: bool) -> None:
    sealed = keys.seal(
        {
            "slug": receipt.slug,
            "signature": receipt.signature_id.hex,
            "submission": f"{receipt.submission:05d}",  # as long for the first as for the hundredth
            "address": receipt.address,
        }
    )
    # Written out: `set_cookie` fills a jar and empties it for each, at twice the price of the seal.
    attributes = f"HttpOnly; Max-Age={SECONDS}; Path=/; SameSite=lax{'; Secure' if secure else ''}"
    response.headers.append("set-cookie", f"{COOKIE}={sealed}; {attributes}")


def read_receipt(request: Request, *, slug: str, keys: Keyring) -> Receipt | None:
    """The receipt of this browser for this campaign; None when there is none, or it is not ours."""
    sealed = request.cookies.get(COOKIE)
    if not sealed:
        return None
    try:
        values = keys.unseal(sealed)
        receipt = Receipt(
            values["slug"], UUID(values["signature"]), int(values["submission"]), values["address"]
        )
    except (LinkInvalid, KeyError, ValueError):
        return None
    return receipt if receipt.slug == slug else None


def drop_receipt(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/")
