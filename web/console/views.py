"""What the pages of the console show: values ready to print, so that templates only lay them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from web.public.pages import FormView


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """Where everybody can ask for the link. Field: email. `link_failed`: they come from a link that does not work."""

    form: FormView
    link_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAskedPage:
    """The same for every address. `mailbox_url` is the local mailbox, in development only."""

    ask_url: str
    mailbox_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLinkPage:
    """Behind the mailed link: the one button. `name` is whom it signs in, '' where they have not said."""

    action: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateItem:
    """`role` as in `Role`; `place` printed; `begins_on` where it has yet to begin."""

    role: str
    place: str
    ends_on: date
    begins_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleHomePage:
    name: str = field(repr=False)
    email: str = field(repr=False)
    mandates: Sequence[MandateItem]
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceItem:
    """`browser` and `system` are '' where they are not known."""

    key: str
    browser: str
    system: str
    signed_in_at: datetime
    seen_at: datetime
    is_this_one: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesPage:
    devices: Sequence[DeviceItem]
    others: int
    ended: bool = False
