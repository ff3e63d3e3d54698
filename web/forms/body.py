"""Read a posted form strictly: what a browser sends passes, what was made to break things is refused.

Text that is not UTF-8 arrives with U+FFFD in it, so that the form can be shown again with the rest of what was typed.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from campaigns.errors import ChorusError

MOST_FIELDS = 40


class BadForm(ChorusError):
    """Not a form this site could have shown: another media type, too many fields, one field twice."""

    status = 400
    code = "bad-request"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an `application/x-www-form-urlencoded` body, each once. Raises BadForm."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if not body:
        return {}
    if media_type != "application/x-www-form-urlencoded":
        raise BadForm("media type")
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="replace",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise BadForm("too many fields") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadForm("a field came twice")
    return fields
