"""Keeps the catalogues of the pages in step with the pages.

    python -m web.development.catalogues            adds new msgids to the .po files and drops unused ones
    python -m web.development.catalogues --check    exits 1 and says what is missing, unused or differs

A changed English text is a new msgid: nothing is guessed (no fuzzy entries) and nothing unused is kept. Development
pages are tools in English and have no msgids.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from campaigns.languages import DEFAULT_LANGUAGE, LANGUAGES

WEB = Path(__file__).parent.parent
LOCALE_FOLDER = WEB / "locale"
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "N_": None,
    "ngettext": (1, 2),
}
JINJA_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
# The customary rules of gettext; Babel numbers the last two Arabic forms the other way round.
PLURALS = {
    "fr": "nplurals=2; plural=(n > 1)",
    "es": "nplurals=2; plural=(n != 1)",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)",
}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?\w+[^>]*>")
MsgId = str | tuple[str, ...]


def catalogue_path(language: str, folder: Path = LOCALE_FOLDER) -> Path:
    return folder / language / "LC_MESSAGES" / "web.po"


def translated_languages() -> list[str]:
    return [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]


def msgids_of_the_pages(web: Path = WEB) -> dict[MsgId, list[str]]:
    """Every msgid in templates and Python, with the files it is in, relative to `web`."""
    found: dict[MsgId, list[str]] = {}
    for path, method in _sources(web):
        place = path.relative_to(web).as_posix()
        options = JINJA_OPTIONS if method == "jinja2" else {}
        method_name = "jinja2.ext:babel_extract" if method == "jinja2" else method
        with path.open("rb") as file:
            for _line, msgid, _comments, _context in extract(method_name, file, KEYWORDS, options=options):
                key: MsgId = tuple(msgid) if isinstance(msgid, (tuple, list)) else msgid
                if key and place not in found.setdefault(key, []):
                    found[key].append(place)
    return found


def _sources(web: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(web.rglob("*.html")):
        if "development" not in path.relative_to(web).parts:
            yield path, "jinja2"
    for path in sorted(web.rglob("*.py")):
        if "development" not in path.relative_to(web).parts:
            yield path, "python"


def read_catalogue(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, msgids: dict[MsgId, list[str]], folder: Path = LOCALE_FOLDER) -> None:
    """Write the catalogue of `language` with exactly `msgids`, keeping the translations there are."""
    path = catalogue_path(language, folder)
    old = read_catalogue(path, language)
    new = Catalog(locale=language)
    for msgid, places in msgids.items():
        entry = old.get(msgid[0] if isinstance(msgid, tuple) else msgid)
        kept = entry is not None and entry.id == (msgid if isinstance(msgid, str) else tuple(msgid))
        new.add(
            msgid,
            entry.string if entry is not None and kept else None,
            locations=[(place, 0) for place in places],
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_header(language).encode())
        write_po(file, new, width=110, omit_header=True, include_lineno=False, ignore_obsolete=True)


def _header(language: str) -> str:
    """Only what gettext needs: Babel's own header has dates and versions that differ with every run."""
    return (
        f"# {LANGUAGES[language].name}: the words of the public pages.\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {PLURALS[language]};\\n"\n\n'
    )


def problems(language: str, msgids: dict[MsgId, list[str]], folder: Path = LOCALE_FOLDER) -> list[str]:
    """What is wrong with the catalogue of `language`, one line for each entry; empty when all is well."""
    catalogue = read_catalogue(catalogue_path(language, folder), language)
    entries: dict[MsgId, Message] = {
        tuple(entry.id) if isinstance(entry.id, (tuple, list)) else entry.id: entry
        for entry in catalogue
        if entry.id
    }
    found = [f"{language}: missing: {_short(msgid)}" for msgid in msgids if msgid not in entries]
    for msgid, entry in entries.items():
        if msgid not in msgids:
            found.append(f"{language}: unused: {_short(msgid)}")
        elif problem := _problem(msgid, entry, catalogue.num_plurals):
            found.append(f"{language}: {problem}: {_short(msgid)}")
    return found


def _problem(msgid: MsgId, entry: Message, plural_forms: int) -> str:
    if entry.fuzzy:
        return "fuzzy"
    translated = entry.string if isinstance(entry.string, (tuple, list)) else [entry.string]
    strings = [string for string in translated if string]
    if len(strings) < len(translated) or (isinstance(msgid, tuple) and len(strings) != plural_forms):
        return "untranslated"
    wanted = msgid[-1] if isinstance(msgid, tuple) else msgid
    for string in strings:
        # A form for one or two may say the number in a word; no form may print what nobody gives it.
        given, used = set(PLACEHOLDER.findall(wanted)), set(PLACEHOLDER.findall(string))
        if used - given or (given - used and not isinstance(msgid, tuple)) or given - used - {"number"}:
            return "placeholders differ"
        if sorted(TAG.findall(wanted)) != sorted(TAG.findall(string)):
            return "tags differ"
        if string.replace("%%", "").count("%") != len(PLACEHOLDER.findall(string)):
            return "a stray percent sign"
    return ""


def _short(msgid: MsgId) -> str:
    text = msgid if isinstance(msgid, str) else msgid[0]
    return repr(text if len(text) <= 60 else text[:57] + "...")


def main(arguments: Sequence[str]) -> int:
    msgids = msgids_of_the_pages()
    if "--check" in arguments:
        found = [line for language in translated_languages() for line in problems(language, msgids)]
        print(
            "\n".join(found) or f"{len(msgids)} msgids, translated into {', '.join(translated_languages())}"
        )
        return 1 if found else 0
    for language in translated_languages():
        update(language, msgids)
        print(f"{catalogue_path(language).relative_to(WEB)}: {len(problems(language, msgids))} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
