"""The countries a person can name: ISO 3166-1 alpha-2, and Kosovo under the code everybody uses for it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from babel import Locale

# CLDR also names groups, outlying parts and test codes with two letters.
_NO_COUNTRIES = frozenset(
    {
        "AC",
        "CP",
        "CQ",
        "DG",
        "EA",
        "EU",
        "EZ",
        "IC",
        "QO",
        "TA",
        "UN",
        "XA",
        "XB",
        "ZZ",
        "AQ",
        "BV",
        "HM",
        "TF",
    }
)


def _countries() -> frozenset[str]:
    codes = [str(code) for code in Locale.parse("en").territories]
    return frozenset(
        code for code in codes if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    )


COUNTRIES = _countries()


@lru_cache(maxsize=16)
def country_names(language: str) -> tuple[tuple[str, str], ...]:
    """(code, name in `language`) of every country, in the order a reader of that language looks them up."""
    territories = Locale.parse(language).territories
    named = [(code, str(territories.get(code, code))) for code in COUNTRIES]
    return tuple(sorted(named, key=lambda pair: _sort_key(pair[1])))


def _sort_key(name: str) -> str:
    """Letters without their accents first: Åland stands with A, Émirats with E; no ICU is needed for that."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
