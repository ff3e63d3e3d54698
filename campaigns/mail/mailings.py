"""Write a mailing: its words in each language, looked through before they are kept, not when they go out.

The tree of what can be wrong with a text; each names the language and the part it found it in:

TextRefused                   400
├── LanguageUnknown               no language of ours
├── TextMissing                   no text at all, or an empty subject, heading or body
├── TextTooLong                   more than the part may hold
├── TextNotPlain                  line breaks or control characters: what could end a header
├── VariableUnknown               something in braces that nobody would fill
├── ActionIncomplete              a button without words, or one that leads nowhere
└── ActionNotAbsolute             an address that is no absolute http(s) address
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.errors import ChorusError
from campaigns.ids import new_id
from campaigns.languages import LANGUAGES
from campaigns.mail.variables import UnknownVariable, Variable, check_variables

LONGEST = {"subject": 150, "preview": 200, "heading": 150, "action_label": 60, "action_url": 500}
LARGEST_BODY = 40_000  # bytes as UTF-8: with our frame around it a mail stays under what mailboxes cut off
SOURCE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no two of them look alike

_BREAKING = {
    "Cc",
    "Zl",
    "Zp",
    "Cs",
}  # controls, separators of lines and paragraphs, halves of a surrogate pair
_IN_A_BODY = {"\n", "\r", "\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a mailing says in one language. `body` is Markdown. A button needs words, and an address unless
    the mailing is of a campaign: then it leads to the campaign's page.
    """

    subject: str
    heading: str
    body: str
    preview: str = ""
    action_label: str = ""
    action_url: str = ""


class TextRefused(ChorusError):
    """A text cannot go out like this: `part` of the words in `language`."""

    status = 400
    code = "text-refused"

    def __init__(self, language: str, part: str) -> None:
        super().__init__(f"{self.code}: {part} ({language})")
        self.language = language
        self.part = part


class LanguageUnknown(TextRefused):
    code = "language-unknown"


class TextMissing(TextRefused):
    code = "text-missing"


class TextTooLong(TextRefused):
    code = "text-too-long"


class TextNotPlain(TextRefused):
    code = "text-not-plain"


class VariableUnknown(TextRefused):
    """`name` is what stands in the braces."""

    code = "text-variable-unknown"

    def __init__(self, language: str, part: str, name: str) -> None:
        super().__init__(language, part)
        self.name = name


class ActionIncomplete(TextRefused):
    code = "action-incomplete"


class ActionNotAbsolute(TextRefused):
    code = "action-not-absolute"


ADD_MAILING = """
INSERT INTO mailing (id, organization_id, campaign_id, source, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source) DO NOTHING RETURNING id
"""
ADD_TEXTS = """
INSERT INTO mailing_text (id, mailing_id, language, subject, preview, heading, body, action_label, action_url)
SELECT fresh.id, $1, language, subject, preview, heading, body, action_label, action_url
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
  AS fresh(id, language, subject, preview, heading, body, action_label, action_url)
"""
CAMPAIGN_OF = "SELECT campaign_id FROM mailing WHERE id = $1 FOR UPDATE"
FORGET_TEXTS = "DELETE FROM mailing_text WHERE mailing_id = $1"


async def write_mailing(
    connection: BaseDBAsyncClient,
    texts: Mapping[str, Words],
    *,
    organization_id: UUID | None,
    campaign_id: UUID | None,
    now: datetime,
) -> UUID:
    """Keep a mailing with its words by language, and answer its id. Raises TextRefused; then nothing is kept.

    It is given a source of its own, short and random, by which what comes through its links is counted.
    """
    check_texts(texts, of_a_campaign=campaign_id is not None)
    mailing_id = new_id()
    while not await connection.execute_query_dict(
        ADD_MAILING, [mailing_id, organization_id, campaign_id, _new_source(), now]
    ):
        pass  # one in 10^11: that source is taken
    await _add_texts(connection, mailing_id, texts)
    return mailing_id


async def rewrite_mailing(
    connection: BaseDBAsyncClient, mailing_id: UUID, texts: Mapping[str, Words]
) -> None:
    """Put other words into a mailing nobody was sent yet. Raises TextRefused; then the old ones stay."""
    rows = await connection.execute_query_dict(CAMPAIGN_OF, [mailing_id])
    check_texts(texts, of_a_campaign=rows[0]["campaign_id"] is not None)
    await connection.execute_query_dict(FORGET_TEXTS, [mailing_id])
    await _add_texts(connection, mailing_id, texts)


def check_texts(texts: Mapping[str, Words], *, of_a_campaign: bool) -> None:
    """Raise TextRefused for the first thing that is wrong."""
    if not texts:
        raise TextMissing("", "subject")
    for language, words in texts.items():
        if language not in LANGUAGES:
            raise LanguageUnknown(language[:8], "language")
        for part in ("subject", "heading", "body"):
            if not getattr(words, part).strip():
                raise TextMissing(language, part)
        for part, most in LONGEST.items():
            _check_line(language, part, getattr(words, part), most)
        _check_body(language, words.body)
        _check_variables(language, words, of_a_campaign=of_a_campaign)
        _check_action(language, words, of_a_campaign=of_a_campaign)


def is_one_line(text: str) -> bool:
    """Is there nothing in it that ends a line or a header, or that cannot be written as UTF-8?"""
    return not any(unicodedata.category(letter) in _BREAKING for letter in text)


def _check_line(language: str, part: str, text: str, most: int) -> None:
    if len(text) > most:
        raise TextTooLong(language, part)
    if not is_one_line(text):
        raise TextNotPlain(language, part)


def _check_body(language: str, body: str) -> None:
    if len(body) > LARGEST_BODY:
        raise TextTooLong(language, "body")
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in _IN_A_BODY for letter in body):
        raise TextNotPlain(language, "body")
    if len(body.encode()) > LARGEST_BODY:
        raise TextTooLong(language, "body")


def _check_variables(language: str, words: Words, *, of_a_campaign: bool) -> None:
    for part in ("subject", "preview", "heading", "body"):
        text = getattr(words, part)
        try:
            check_variables(text)
        except UnknownVariable as error:
            raise VariableUnknown(language, part, error.name) from None
        if not of_a_campaign and f"{{{Variable.CAMPAIGN}}}" in text:
            raise VariableUnknown(language, part, Variable.CAMPAIGN)
    # A button says the same to everybody; braces on it would be read as they stand.
    if "{" in words.action_label:
        raise VariableUnknown(
            language, "action_label", words.action_label.partition("{")[2].partition("}")[0]
        )


def _check_action(language: str, words: Words, *, of_a_campaign: bool) -> None:
    if not words.action_url:
        if words.action_label and not of_a_campaign:
            raise ActionIncomplete(language, "action_url")
        return
    if not words.action_label.strip():
        raise ActionIncomplete(language, "action_label")
    if not _is_absolute(words.action_url):
        raise ActionNotAbsolute(language, "action_url")


def _is_absolute(url: str) -> bool:
    """An address with a host and without a user, which would only dress one host up as another (RFC 3986,
    7.6).
    """
    if any(letter.isspace() or letter in '"<>\\^`{|}' for letter in url):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


async def _add_texts(connection: BaseDBAsyncClient, mailing_id: UUID, texts: Mapping[str, Words]) -> None:
    rows = [
        (
            *(new_id(), language, words.subject, words.preview, words.heading, words.body),
            *(words.action_label, words.action_url),
        )
        for language, words in texts.items()
    ]
    await connection.execute_query_dict(
        ADD_TEXTS, [mailing_id, *(list(column) for column in zip(*rows, strict=True))]
    )


def _new_source() -> str:
    return "m-" + "".join(secrets.choice(SOURCE_LETTERS) for _ in range(8))
