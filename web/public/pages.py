"""What the public pages show: values ready to print, so that templates only lay them out.

Numbers stay numbers and moments stay aware datetimes; the template formats them for its language with the
filters `number`, `percent`, `date`, `country`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a filter or a select; `url` is set where choosing means following a link."""

    value: str
    label: str
    selected: bool = False
    url: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a petition is: `count` signatures of the next step `goal`; `share` is 0 to 1, never above."""

    count: int
    goal: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCard:
    slug: str
    url: str
    title: str
    summary: str
    focus_area: str
    focus_area_code: str
    region: str  # '' means everywhere
    state: str  # open | closed | ended
    outcome: str  # '' | delivered | won | answered | lost | closed
    progress: Progress
    closes_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    open_campaigns: Sequence[CampaignCard]
    past_campaigns: Sequence[CampaignCard]
    focus_areas: Sequence[Choice]
    regions: Sequence[Choice]
    text_languages: Sequence[Choice]
    filtered: bool
    clear_url: str
    federation: str
    organizations: int
    countries: int
    signatures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryCount:
    code: str
    name: str
    count: int
    shade: int  # 1 (fewest) to 5 (most)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentSigner:
    name: str
    country: str  # printed name
    comment: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateItem:
    kind: str  # news | delivery | answer
    title: str
    body: Markup
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPage:
    slug: str
    url: str
    sign_url: str
    count_url: str
    title: str
    summary: str
    story: Markup
    addressee: str
    demand: Markup
    text_lang: str  # the language the texts are in, when a translation is missing
    text_dir: str
    text_version: int
    text_published_at: datetime
    focus_area: str
    focus_area_code: str
    organization: str  # '' means the federation itself
    federation: str
    state: str  # open | paused | closed | ended
    outcome: str
    opened_at: datetime
    closes_at: datetime | None
    ended_at: datetime | None
    progress: Progress
    countries: Sequence[CountryCount]  # most signatures first
    recent: Sequence[RecentSigner]
    updates: Sequence[UpdateItem]  # newest first
    share_links: Sequence[Choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A form field as it is printed again: what the person typed, and what is wrong with it, if anything."""

    name: str
    value: str = ""
    error: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    fields: dict[str, FieldView]
    action: str

    @property
    def errors(self) -> list[FieldView]:
        return [item for item in self.fields.values() if item.error]

    def __getitem__(self, name: str) -> FieldView:
        return self.fields[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignPage:
    """The sign form. Fields: name, email, country, affiliation, comment, show_name, newsletter, plus the hidden
    text (version signed), r (who brought them), source, website (a trap for robots, left empty by people)."""

    campaign_title: str
    campaign_url: str
    addressee: str
    demand: Markup
    text_lang: str
    text_dir: str
    progress: Progress
    form: FormView
    countries: Sequence[Choice]
    affiliations: Sequence[Choice]
    federation: str
    newsletter_wording: str
    show_name_wording: str
    signature_wording: str = ""
    text_version: int = 0  # of the text on the page; 0 prints no line about it
    text_published_at: datetime | None = None
    typo_hint: str = ""  # 'you@gmail.com' when the address looks mistyped; offered, not imposed
    text_changed: bool = False  # the petition got a new version while the form was open


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """Check your inbox. `address` is what was typed, '' when this browser did not just sign."""

    campaign_title: str
    campaign_url: str
    sign_url: str
    address: str
    typo_hint: str
    webmail_name: str  # 'Gmail', '' when unknown
    webmail_url: str
    form: FormView  # field: code
    mailbox_url: str = ""  # the local mailbox, in development only


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage:
    """The one button that counts, with exactly what will be recorded."""

    action: str
    campaign_title: str
    campaign_url: str
    addressee: str
    demand: Markup
    text_lang: str
    text_dir: str
    name: str
    country: str
    show_name: bool
    comment: str
    newsletter: bool
    newer_words: bool = False  # the form was sent again since the link was mailed: these are the newest words
    already: bool  # confirmed before: the page says so and offers sharing


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a signer's own link has brought; zeros while it is too few people to say."""

    signatures: int = 0
    countries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThankYouPage:
    campaign_title: str
    campaign_url: str
    progress: Progress
    count_url: str
    share_url: str
    share_text: str
    share_links: Sequence[Choice]  # value = whatsapp | telegram | bluesky | x | facebook | linkedin | mail
    qr_svg: Markup
    brought: Brought | None  # None for a stranger who opened the page
    next_campaigns: Sequence[CampaignCard] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPage:
    action: str
    campaign_title: str
    campaign_url: str
    name: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribePage:
    """`writer` is whose news this is about, '' for everybody's; `others`: there may be news of others to end, too."""

    action: str
    federation: str
    done: bool
    writer: str = ""
    others: bool = False
    preferences_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """`code` chooses the words: not-found, link-invalid, link-expired, petition-closed, too-many-tries,
    too-large, bad-request, refused, paused, error."""

    status: int
    code: str
    request_id: str
    back_url: str
