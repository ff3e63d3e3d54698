"""The languages mails are written in, and their gettext catalogues.

Source texts are English. The others stand in `locale/<language>/LC_MESSAGES/email.po`, compiled in memory on
first use, so that no binary catalogue can be older than its source.
"""

from __future__ import annotations

from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# The same languages as `campaigns.languages`, which this package may not import; a test compares the two.
DIRECTIONS = {"en": "ltr", "fr": "ltr", "es": "ltr", "ar": "rtl"}
SOURCE_LANGUAGE = "en"


def catalogue_path(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "email.po"


def read_catalogue(root: Path, language: str) -> Catalog:
    with catalogue_path(root, language).open("rb") as file:
        return read_po(file, locale=language, domain="email")


def translations(root: Path, language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(root, language))
    compiled.seek(0)
    return GNUTranslations(compiled)
