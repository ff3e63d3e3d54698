"""The sign form: what it asks, what it accepts, and what it says when something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from campaigns.countries import COUNTRIES
from campaigns.supporters.addresses import Address, AddressError, read_address
from web.forms.text import is_readable, one_line, some_lines
from web.messages import N_
from web.public.pages import FieldView, FormView

LONGEST_NAME = 100
LONGEST_COMMENT = 500
SHARE_CODE = re.compile(r"[a-z2-7]{12}")
SOURCE = re.compile(r"[a-z0-9_-]{1,40}")
FIELDS = (
    "name",
    "email",
    "country",
    "affiliation",
    "comment",
    "show_name",
    "newsletter",
    "text",
    "r",
    "source",
    "website",
)

NAME_MISSING = N_("Enter your name")
NAME_TOO_LONG = N_("Your name must be 100 characters or fewer")
UNREADABLE = N_("This contains characters we cannot read. Please type it again")
EMAIL_MISSING = N_("Enter your email address")
EMAIL_WRONG = N_("Enter an email address in the correct format, like name@example.com")
COUNTRY_MISSING = N_("Choose your country")
AFFILIATION_UNKNOWN = N_("Choose an organization from the list, or leave it empty")
COMMENT_TOO_LONG = N_("Your reason must be 500 characters or fewer")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignForm:
    """A read form. `errors` maps a field to its msgid; the typed values are complete only without errors."""

    typed: Mapping[str, str] = field(repr=False)
    errors: Mapping[str, str]
    name: str = field(default="", repr=False)
    address: Address | None = field(default=None, repr=False)
    country: str = ""
    affiliation: str = ""
    comment: str = field(default="", repr=False)
    show_name: bool = False
    newsletter: bool = False
    text_id: UUID | None = None
    referred_by: str = ""
    source: str = ""
    looks_automatic: bool = False

    def view(self, action: str, translate: Callable[[str], str]) -> FormView:
        """The form to print again: everything as typed, each error in the reader's language."""
        return FormView(
            action=action,
            fields={
                name: FieldView(
                    name=name,
                    value=_printable(self.typed.get(name, "")),
                    error=translate(self.errors[name]) if name in self.errors else "",
                    checked=name in self.typed,
                )
                for name in FIELDS
            },
        )


def empty_sign_form(*, text_id: UUID, referred_by: str, source: str) -> SignForm:
    """The form as it is first shown."""
    return SignForm(typed={"text": str(text_id), "r": referred_by, "source": source}, errors={})


def read_sign_form(fields: Mapping[str, str], *, organizations: Mapping[str, object]) -> SignForm:
    """Read and judge a filled form; never raises, whatever was sent."""
    errors: dict[str, str] = {}
    name = one_line(fields.get("name", ""))
    if not name:
        errors["name"] = NAME_MISSING
    elif len(name) > LONGEST_NAME:
        errors["name"] = NAME_TOO_LONG
    elif not is_readable(name):
        errors["name"] = UNREADABLE
    address = read_email(fields.get("email", ""))
    if isinstance(address, str):
        errors["email"] = address
    country = fields.get("country", "").strip().upper()
    if country not in COUNTRIES:
        errors["country"] = COUNTRY_MISSING
    affiliation = fields.get("affiliation", "").strip()
    if affiliation and affiliation not in organizations:
        errors["affiliation"] = AFFILIATION_UNKNOWN
    comment = some_lines(fields.get("comment", ""))
    if len(comment) > LONGEST_COMMENT:
        errors["comment"] = COMMENT_TOO_LONG
    elif not is_readable(comment):
        errors["comment"] = UNREADABLE
    return SignForm(
        typed=fields,
        errors={name: errors[name] for name in FIELDS if name in errors},
        name=name,
        address=address if isinstance(address, Address) else None,
        country=country,
        affiliation=affiliation,
        comment=comment,
        show_name=bool(fields.get("show_name")),
        newsletter=bool(fields.get("newsletter")),
        text_id=_uuid(fields.get("text", "")),
        referred_by=referral(fields.get("r", "")),
        source=source(fields.get("source", "")),
        looks_automatic=bool(fields.get("website")),
    )


def referral(text: str) -> str:
    """A share code, or '' for anything that is none."""
    return text if SHARE_CODE.fullmatch(text) else ""


def source(text: str) -> str:
    """Where somebody came from, as the link they followed says; '' for anything malformed."""
    return text if SOURCE.fullmatch(text) else ""


def read_email(typed: str) -> Address | str:
    """What was typed into a field for an e-mail address, or the msgid of what is wrong with it."""
    plain = one_line(typed)  # addresses are pasted with marks of direction around them
    if not plain:
        return EMAIL_MISSING
    try:
        return read_address(plain) if is_readable(plain) else EMAIL_WRONG
    except AddressError:
        return EMAIL_WRONG


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _printable(text: str) -> str:
    """What was typed, without what HTML cannot hold."""
    return text.replace("\x00", "\ufffd")
