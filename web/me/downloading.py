"""Take it home: everything as one JSON file, or as tables for a spreadsheet."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from campaigns import clock
from campaigns.rights.downloading import as_csv_archive, as_json
from campaigns.rights.shredders import export_person
from web.context import context
from web.me.cookie import who_is_here
from web.public.confirming import SECRET
from web.responses import PRIVATE, see_other


async def download_json(request: Request) -> Response:
    """GET `/me/data.json`."""
    supporter_id = await who_is_here(request, keys=context(request).keys)
    if supporter_id is None:
        return see_other(f"/{request.path_params['lang']}/me")
    text = as_json(await export_person(supporter_id), made_at=clock.now())
    return _file(text.encode(), "application/json", "my-data.json")


async def download_tables(request: Request) -> Response:
    """GET `/me/data.zip`: one CSV for each kind of record."""
    supporter_id = await who_is_here(request, keys=context(request).keys)
    if supporter_id is None:
        return see_other(f"/{request.path_params['lang']}/me")
    return _file(as_csv_archive(await export_person(supporter_id)), "application/zip", "my-data.zip")


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {**SECRET, "cache-control": PRIVATE, "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=media_type)
