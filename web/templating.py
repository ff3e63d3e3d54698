"""The Jinja environments: one per language, made at start, so that a page asks for no language while it is laid out.

Templates write English in `{% trans %}` and `_()`; the catalogues are `web/locale/*/LC_MESSAGES/web.po`. Everything
printed is escaped, and a name nobody gave is an error, never an empty place on the page.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import floor
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from campaigns.languages import DEFAULT_LANGUAGE, LANGUAGES, in_language
from web.public.world_map import WORLD_VIEWBOX, in_drawing_order
from web.static_files import StaticFiles

TEMPLATES_FOLDER = Path(__file__).parent / "templates"
LOCALE_FOLDER = Path(__file__).parent / "locale"
# https://ogp.me wants a territory; these say only the language to whoever reads them.
OPEN_GRAPH_LOCALES = {"en": "en_US", "fr": "fr_FR", "es": "es_ES", "ar": "ar_AR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageLink:
    """This page in one language, for the language switch and for `hreflang`."""

    code: str
    name: str
    direction: str
    url: str
    current: bool


class Templating:
    """Prints pages in every language.

    `federation_name` is the name by language; a page printed before it is known may pass its own `federation_name`.
    `contact` is the address people write to about their data.
    """

    def __init__(
        self,
        *,
        site_url: str,
        federation_name: Mapping[str, str],
        contact: str = "",
        debug: bool = False,
        static_files: StaticFiles | None = None,
    ) -> None:
        files = static_files or StaticFiles()
        self._environments = {
            language: environment(
                language=language,
                site_url=site_url,
                federation_name=in_language(dict(federation_name), language),
                contact=contact,
                debug=debug,
                static=files.url,
            )
            for language in LANGUAGES
        }

    def render(self, template: str, *, language: str, path: str, page: object, **extra: object) -> str:
        """`template` as HTML in `language`.

        `path` is what follows the language in the URL: '/campaigns/x' of '/fr/campaigns/x'.
        """
        links = [
            LanguageLink(
                code=item.code,
                name=item.name,
                direction=item.direction,
                url=f"/{item.code}{path}",
                current=item.code == language,
            )
            for item in LANGUAGES.values()
        ]
        values: dict[str, object] = {"page": page, "path": path, "languages": links, **extra}
        return self._environments[language].get_template(template).render(values)

    def gettext(self, language: str) -> Callable[[str], str]:
        """The gettext function of `language`, for words that are not on a page."""
        return translations(language).gettext


def environment(
    *,
    language: str,
    site_url: str,
    federation_name: str,
    contact: str,
    debug: bool,
    static: Callable[[str], str],
) -> Environment:
    """The Jinja environment of one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=debug,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = translations(language)
    made.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    # A long text in a trans block stands on several lines in the template and on one in the catalogue.
    made.policies["ext.i18n.trimmed"] = True
    made.globals.update(
        lang=language,
        dir=LANGUAGES[language].direction,
        default_lang=DEFAULT_LANGUAGE,
        og_locale=OPEN_GRAPH_LOCALES[language],
        site_url=site_url.rstrip("/"),
        federation_name=federation_name,
        contact=contact,
        debug=debug,
        static=static,
        url=lambda path: f"/{language}{path}",
        world_viewbox=WORLD_VIEWBOX,
        in_drawing_order=in_drawing_order,
    )
    made.filters.update(
        number=lambda value: printed_number(value, language),
        percent=lambda share: printed_percent(share, language),
        date=lambda moment: printed_date(moment, language),
        country=lambda code: country_name(code, language),
        by_code=lambda items: {item.code: item for item in items},
        # For words that come from Python as msgids. Unlike `_()` in a template, what it returns is escaped.
        translated=lambda text: catalogue.gettext(text) if text else "",
    )
    return made


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of `language`, compiled in memory; without one, the English msgids."""
    path = LOCALE_FOLDER / language / "LC_MESSAGES" / "web.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=10_000)
def printed_number(value: int | float, language: str) -> str:
    """'8,412'; with the digits 0-9 in every language, as in `site.js`."""
    return format_decimal(value, locale=language)


@lru_cache(maxsize=1_000)
def printed_percent(share: float, language: str) -> str:
    """'84%' of 0 to 1, rounded down: 100 % is said only of all."""
    return format_percent(floor(share * 100) / 100, locale=language)


def printed_date(moment: date | datetime, language: str) -> str:
    """'March 3, 2026', of the moment in UTC."""
    return _printed_day(moment.date() if isinstance(moment, datetime) else moment, language)


@lru_cache(maxsize=1_000)
def _printed_day(day: date, language: str) -> str:
    return format_date(day, "long", locale=language)


@lru_cache(maxsize=2_000)
def country_name(code: str, language: str) -> str:
    """The name of an ISO 3166-1 alpha-2 code; the code itself where there is none."""
    return str(Locale.parse(language).territories.get(code, code))
