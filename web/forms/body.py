"""Read a posted form strictly: what a browser sends passes, what was made to break things is refused.

Text that is not UTF-8 arrives with U+FFFD in it, so that the form can be shown again with the rest of what was typed.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

from starlette.requests import Request

from campaigns.errors import ChorusError

MOST_FIELDS = 40


class BadForm(ChorusError):
    """Not a form this site could have shown: another media type, too many fields, one field twice."""

    status = 400
    code = "bad-request"


async def read_form(request: Request, *, most: int = MOST_FIELDS) -> dict[str, str]:
    """The fields of an `application/x-www-form-urlencoded` body, each once, `most` at most. Raises BadForm."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if not body:
        return {}
    if media_type != "application/x-www-form-urlencoded":
        raise BadForm("media type")
    if body.count(b"&") >= most:
        raise BadForm("too many fields")
    pairs = [each.partition("=") for each in body.decode("ascii", "replace").split("&") if each]
    fields = {_unquoted(name): _unquoted(value) for name, _, value in pairs}
    if len(fields) != len(pairs):
        raise BadForm("a field came twice")
    return fields


def _unquoted(text: str) -> str:
    """As `parse_qsl` has it, which would search every word for what most have none of."""
    return unquote_plus(text, errors="replace") if "%" in text or "+" in text else text
