"""The language of a console page: its addresses name none, so it is the account's, or what a visitor asks for."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from campaigns.languages import DEFAULT_LANGUAGE, LANGUAGES
from web.public.negotiation import preferred_language
from web.templating import LanguageLink


def language_of_visitor(request: Request) -> str:
    """What `?lang=` says, else what the browser says."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else preferred_language(request.headers.get("accept-language", ""))


def language_of_account(language: str) -> str:
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def language_links(current: str) -> Sequence[LanguageLink]:
    """This page in each language, for visitors who are not signed in."""
    return [
        LanguageLink(
            code=each.code,
            name=each.name,
            direction=each.direction,
            url=f"?lang={each.code}",
            current=each.code == current,
        )
        for each in LANGUAGES.values()
    ]
