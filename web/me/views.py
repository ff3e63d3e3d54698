"""What the pages about one's own data show: values ready to print, so that templates only lay them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from web.public.pages import FormView


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    """Where everybody can ask for the link to their page. Field: email.

    `reason` says why somebody who expected their page sees this: '' | closed | expired.
    """

    form: FormView
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPage:
    """The same for every address. `mailbox_url` is the local mailbox, in development only."""

    ask_url: str
    mailbox_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPage:
    """Behind the mailed link: the one button."""

    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureItem:
    """One signature. `state` is pending | confirmed | withdrawn | invalidated; `comment_state` none | waiting | shown |
    hidden; `url` leads to the campaign, '' where the public sees none; `withdraw_url` is '' once there is nothing to
    withdraw.
    """

    id: str
    title: str
    url: str
    state: str
    signed_at: datetime
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    name: str
    country: str
    affiliation: str
    comment: str
    comment_state: str
    show_name: bool
    can_show: bool
    show_wording: str
    withdraw_url: str
    addressee: str
    demand: Markup
    text_lang: str
    text_dir: str
    text_version: int
    text_published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """Somebody this person hears from; `key` names them in forms."""

    key: str
    writer: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentItem:
    """`purpose` is signature | public_name | newsletter; `about` a campaign's title or the writer's name; `method` how
    it was given: web-form | own-page | preferences-page.
    """

    purpose: str
    about: str
    words: str
    text_lang: str
    text_dir: str
    method: str
    given_at: datetime
    confirmed_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailItem:
    """`kind` and `state` as in `campaigns.mail.models`; `about` is a subject or a campaign's title."""

    kind: str
    state: str
    reason: str
    about: str
    moment: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds something and can be asked alone to erase it."""

    name: str
    erase_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MyPage:
    """Everything. `on_hold` is why the address gets no mail: '' | hard_bounce | soft_bounces | complaint | by_hand |
    unsubscribed. `done` is what was just done: '' | hidden | shown | unsubscribed | erased | moved.
    """

    url: str
    email: str
    name: str
    country: str
    language_name: str
    known_since: datetime
    on_hold: str
    on_hold_since: datetime | None
    signatures: Sequence[SignatureItem]
    news: Sequence[NewsItem]
    consents: Sequence[ConsentItem]
    mails: Sequence[MailItem]
    mails_in_all: int
    preferences_url: str
    holders: Sequence[Holder] = field(default_factory=tuple)
    done: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPage:
    """Ask to be reached elsewhere, and see how far that has come. Fields: email; of `code_form`: code.

    `waiting` is the new address while a wish is open.
    """

    me_url: str
    email: str
    form: FormView
    code_form: FormView
    waiting: str = ""
    new_agreed: bool = False
    old_agreed: bool = False
    stop_action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLinkPage:
    """Behind the links to the two mailboxes: one button.

    `end` is confirm | approve | stop; `state` is that of the wish: open | done | stopped | expired; `agreed`, whether
    this end has said yes. `address` is the new one, masked for the old mailbox.
    """

    end: str
    state: str
    agreed: bool
    action: str
    address: str
    ask_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePage:
    """What erasing would do. `holder` is '' for everything."""

    me_url: str
    action: str
    of: str
    holder: str
    email: str
    taken_back: Sequence[str]
    kept_as_numbers: Sequence[str]
    uncounted: int
    newsletters: int
    all_gone: bool
    gets_mail: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsChoice:
    """One box of the preferences: the name it has in the form, the words beside it, and whether it is ticked."""

    name: str
    wording: str
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesPage:
    """`shown` lists the boxes that were ticked when the page was printed: only what was changed is done."""

    action: str
    choices: Sequence[NewsChoice]
    shown: str
    languages: Sequence[LanguageChoice]
    saved: bool
    me_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChoice:
    code: str
    name: str
    direction: str
    checked: bool
