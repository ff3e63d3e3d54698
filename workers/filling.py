"""From what a message is about to the values its template needs: those all readers share, and those of one reader."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from campaigns.campaign.sharing import share_links
from campaigns.languages import in_language
from campaigns.mail.claiming import ClaimedMessage
from campaigns.mail.contents import (
    AboutAccount,
    AboutAddressChange,
    AboutBlast,
    AboutMailing,
    AboutPerson,
    AboutSignature,
)
from campaigns.mail.links import Links
from campaigns.mail.models import MessageKind
from campaigns.mail.variables import Variable, filled
from campaigns.markdown import markdown
from campaigns.petitions.goals import next_goal
from campaigns.supporters.masking import masked_address
from email_templates.prepared import Blank

SHARED_IN_MAILS = ("whatsapp", "telegram", "bluesky", "facebook")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """`shared` makes the values that are the same for all readers with the same `identity`; blanks in them are named in
    `own`, the values of this reader.
    """

    identity: tuple[Hashable, ...]
    shared: Callable[[], Mapping[str, object]]
    own: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies ready while one mail is written: links, the federation's name by language, the mail's reference."""

    links: Links
    federation: Mapping[str, str]
    reference: str


def filling(message: ClaimedMessage, desk: Desk) -> Filling:
    """The values of one message."""
    content: Any = message.content
    return _FILL[message.kind](message, content, desk)


def _blanks(*keys: str) -> dict[str, object]:
    return {key: Blank(key) for key in keys}


# --- About a signature ----------------------------------------------------------------------------


def _confirm_signature(message: ClaimedMessage, content: AboutSignature, desk: Desk) -> Filling:
    # Nothing else of what was typed: until the owner confirms, a stranger may have typed it to reach them.
    last = bool(message.facts.get("last"))
    country = _country(content.country, message.language)
    return Filling(
        identity=(content.campaign_title, content.addressee, country, last),
        shared=lambda: {
            "campaign_title": content.campaign_title,
            "addressee": content.addressee,
            "country_name": country,
            "last": last,
            **_blanks("confirm_url", "code", "signed_on", "withdraw_url"),
        },
        own={
            "confirm_url": desk.links.confirm(message.language, content.signature_id, content.submission),
            "code": desk.links.keys.six_digits(content.signature_id, content.submission),
            "signed_on": _day(content.signed_at, message.language),
            "withdraw_url": desk.links.withdraw(message.language, content.signature_id),
        },
    )


def _already_signed(message: ClaimedMessage, content: AboutSignature, desk: Desk) -> Filling:
    return Filling(
        identity=(content.campaign_title, content.campaign_slug),
        shared=lambda: {
            "campaign_title": content.campaign_title,
            "campaign_url": desk.links.campaign(message.language, content.campaign_slug),
            **_blanks("name", "share_url", "withdraw_url"),
        },
        own={
            "name": content.name,
            "share_url": desk.links.share(message.language, content.campaign_slug, content.signature_id),
            "withdraw_url": desk.links.withdraw(message.language, content.signature_id),
        },
    )


def _thank_you(message: ClaimedMessage, content: AboutSignature, desk: Desk) -> Filling:
    shared, own = _sharing(message, content, desk.links)
    return Filling(
        identity=(content.campaign_title, content.campaign_slug, content.share_text),
        shared=lambda: {
            **shared(),
            "my_page_url": desk.links.my_page(message.language),
            **_blanks("count", "withdraw_url"),
        },
        own={
            **own,
            "count": format_decimal(content.count, locale=message.language),
            "withdraw_url": desk.links.withdraw(message.language, content.signature_id),
        },
    )


def _closing_soon(message: ClaimedMessage, content: AboutSignature, desk: Desk) -> Filling:
    shared, own = _sharing(message, content, desk.links)
    closes_on = _day(content.closes_at, message.language) if content.closes_at else ""
    goal = next_goal(content.count, content.goal_steps)
    return Filling(
        identity=(content.campaign_title, content.campaign_slug, content.share_text, closes_on, goal),
        shared=lambda: {
            **shared(),
            **_news_foot(message, desk.links),
            "closes_on": closes_on,
            "goal": format_decimal(goal, locale=message.language),
            **_blanks("count"),
        },
        own={
            **own,
            **_own_news_foot(message, content, desk),
            "count": format_decimal(content.count, locale=message.language),
        },
    )


def _milestone(message: ClaimedMessage, content: AboutSignature, desk: Desk) -> Filling:
    shared, own = _sharing(message, content, desk.links)
    passed = int(message.facts["milestone"])
    goal = next_goal(max(content.count, passed), content.goal_steps)
    return Filling(
        identity=(content.campaign_title, content.campaign_slug, content.share_text, passed, goal),
        shared=lambda: {
            **shared(),
            **_news_foot(message, desk.links),
            "milestone": format_decimal(passed, locale=message.language),
            "goal": format_decimal(goal, locale=message.language),
        },
        own={**own, **_own_news_foot(message, content, desk)},
    )


def _next_action(message: ClaimedMessage, content: AboutSignature, desk: Desk) -> Filling:
    shared, own = _sharing(message, content, desk.links)
    others = tuple((each.slug, in_language(each.titles, message.language)) for each in content.others)
    return Filling(
        identity=(content.campaign_title, content.campaign_slug, content.share_text, content.brought, others),
        shared=lambda: {
            **shared(),
            **_news_foot(message, desk.links),
            "brought": content.brought,
            "brought_shown": format_decimal(content.brought, locale=message.language),
            "campaigns": [
                {"title": title, "url": desk.links.campaign(message.language, slug)} for slug, title in others
            ],
        },
        own={**own, **_own_news_foot(message, content, desk)},
    )


def _sharing(
    message: ClaimedMessage, content: AboutSignature, links: Links
) -> tuple[Callable[[], Mapping[str, object]], Mapping[str, object]]:
    share_url = links.share(message.language, content.campaign_slug, content.signature_id)
    offered = [link for link in share_links(share_url, content.share_text) if link.service in SHARED_IN_MAILS]

    def shared() -> Mapping[str, object]:
        return {
            "campaign_title": content.campaign_title,
            "campaign_url": links.campaign(message.language, content.campaign_slug),
            "share_links": [{"label": link.name, "url": Blank(f"{link.service}_url")} for link in offered],
            **_blanks("name", "share_url"),
        }

    own = {f"{link.service}_url": link.url for link in offered}
    return shared, {**own, "name": content.name, "share_url": share_url}


def _news_foot(message: ClaimedMessage, links: Links) -> Mapping[str, object]:
    return {
        "my_page_url": links.my_page(message.language),
        **_blanks("unsubscribe_url", "preferences_url"),
    }


def _own_news_foot(
    message: ClaimedMessage, content: AboutSignature | AboutMailing, desk: Desk
) -> Mapping[str, object]:
    if message.supporter_id is None:  # a test, to somebody who has subscribed to nothing
        return {
            "unsubscribe_url": desk.links.my_page(message.language),
            "preferences_url": desk.links.my_page(message.language),
        }
    return {
        "unsubscribe_url": desk.links.unsubscribe_from(
            message.language,
            message.supporter_id,
            content.organization_id,
            desk.reference,
        ),
        "preferences_url": desk.links.preferences(message.language, message.supporter_id),
    }


# --- Written by a coordinator ---------------------------------------------------------------------


def _mailing(message: ClaimedMessage, content: AboutMailing, desk: Desk) -> Filling:
    has_name = bool(content.name)

    def value(variable: Variable) -> str:
        match variable:
            case Variable.CAMPAIGN:
                return content.campaign_title
            case Variable.NAME:
                return str(Blank("name")) if has_name else ""
            case Variable.COUNTRY:
                return str(Blank("country_name"))

    def shared() -> Mapping[str, object]:
        body = filled(content.body, value)
        action = content.action_url or (
            desk.links.campaign(message.language, content.campaign_slug) if content.campaign_slug else ""
        )
        return {
            "subject": filled(content.subject, value),
            "preview": filled(content.preview, value),
            "heading": filled(content.heading, value),
            "body_html": markdown(body),
            "body_text": body,
            "organization": content.organization or in_language(desk.federation, message.language),
            "campaign_title": "",
            "signed_on": "",
            "is_test": content.is_test,
            **_news_foot(message, desk.links),
            **({"name": Blank("name")} if has_name else {"name": ""}),
            **(
                {
                    "action_label": content.action_label,
                    "action_url": _through(action, content.source, desk.links),
                }
                if content.action_label and action
                else {}
            ),
        }

    return Filling(
        identity=(
            *(content.mailing_id, content.is_test, has_name),
            *(content.subject, content.preview, content.heading, content.body),
            *(content.action_label, content.action_url, content.campaign_slug, content.organization),
        ),
        shared=shared,
        own={
            "name": content.name,
            "country_name": _country(content.country, message.language),
            **_own_news_foot(message, content, desk),
        },
    )


def _through(url: str, source: str, links: Links) -> str:
    """The link with the mailing's name in it where it leads to our own pages, so that what comes of it is counted."""
    if not url.startswith(f"{links.site_url}/"):
        return url
    before, hash_sign, fragment = url.partition("#")
    return f"{before}{'&' if '?' in before else '?'}source={source}{hash_sign}{fragment}"


# --- About a person, and to coordinators ----------------------------------------------------------


def _own_page_link(message: ClaimedMessage, content: AboutPerson, desk: Desk) -> Filling:
    url = desk.links.open_own_page(message.language, content.supporter_id, made_at=message.created_at)
    return Filling(identity=(), shared=lambda: _blanks("own_page_url"), own={"own_page_url": url})


def _address_change_confirm(message: ClaimedMessage, content: AboutAddressChange, desk: Desk) -> Filling:
    return Filling(
        identity=(),
        shared=lambda: _blanks("confirm_url", "code"),
        own={
            "confirm_url": desk.links.new_address(message.language, content.change_id),
            "code": desk.links.keys.six_digits(content.change_id, 0),
        },
    )


def _address_change_notice(message: ClaimedMessage, content: AboutAddressChange, desk: Desk) -> Filling:
    return Filling(
        identity=(),
        shared=lambda: _blanks("masked_address", "approve_url", "stop_url"),
        own={
            "masked_address": masked_address(content.new_email),
            "approve_url": desk.links.old_address(message.language, content.change_id),
            "stop_url": desk.links.stop_address_change(message.language, content.change_id),
        },
    )


def _address_changed(_: ClaimedMessage, content: AboutAddressChange, __: Desk) -> Filling:
    return Filling(
        identity=(),
        shared=lambda: _blanks("masked_address"),
        own={"masked_address": masked_address(content.new_email)},
    )


def _erased(message: ClaimedMessage, _: None, desk: Desk) -> Filling:
    organization = str(message.facts.get("organization", ""))
    return Filling(
        identity=(organization,),
        shared=lambda: {"organization": organization, "site_url": desk.links.home(message.language)},
        own={},
    )


def _approval_wanted(message: ClaimedMessage, content: AboutBlast, desk: Desk) -> Filling:
    return Filling(
        identity=(content.blast_id, content.name, content.audience),
        shared=lambda: {
            "blast_name": content.name,
            "author": str(message.facts.get("author", "")),
            "recipients": format_decimal(content.audience, locale=message.language),
            "console_url": desk.links.console("blasts", content.blast_id),
        },
        own={},
    )


def _blast_stopped(message: ClaimedMessage, content: AboutBlast, desk: Desk) -> Filling:
    complaints = content.stopped_for == "complaints"
    counted = content.complained if complaints else content.bounced
    locale = message.language
    return Filling(
        identity=(content.blast_id, content.name, content.stopped_for, content.sent, counted),
        shared=lambda: {
            "blast_name": content.name,
            "by_complaints": complaints,
            "by_bounces": not complaints,
            "sent": format_decimal(content.sent, locale=locale),
            "counted": format_decimal(counted, locale=locale),
            "share": format_percent(counted / max(1, content.sent), format="#,##0.0%", locale=locale),
            "limit": format_percent(0.001 if complaints else 0.05, format="#,##0.0%", locale=locale),
            "console_url": desk.links.console("blasts", content.blast_id),
        },
        own={},
    )


def _sign_in_link(message: ClaimedMessage, content: AboutAccount, desk: Desk) -> Filling:
    url = desk.links.sign_in(content.account_id, made_at=message.created_at)
    return Filling(identity=(), shared=lambda: _blanks("sign_in_url"), own={"sign_in_url": url})


@lru_cache(maxsize=4_096)
def _country(code: str, language: str) -> str:
    return str(Locale.parse(language).territories.get(code, code))


def _day(moment: datetime, language: str) -> str:
    return format_date(moment.date(), "long", locale=language)


_FILL: Mapping[MessageKind, Callable[[ClaimedMessage, Any, Desk], Filling]] = {
    MessageKind.CONFIRM_SIGNATURE: _confirm_signature,
    MessageKind.CONFIRM_REMINDER: _confirm_signature,
    MessageKind.ALREADY_SIGNED: _already_signed,
    MessageKind.THANK_YOU: _thank_you,
    MessageKind.CLOSING_SOON: _closing_soon,
    MessageKind.MILESTONE: _milestone,
    MessageKind.NEXT_ACTION: _next_action,
    MessageKind.MAILING: _mailing,
    MessageKind.OWN_PAGE_LINK: _own_page_link,
    MessageKind.ADDRESS_CHANGE_CONFIRM: _address_change_confirm,
    MessageKind.ADDRESS_CHANGE_NOTICE: _address_change_notice,
    MessageKind.ADDRESS_CHANGED: _address_changed,
    MessageKind.ERASED: _erased,
    MessageKind.APPROVAL_WANTED: _approval_wanted,
    MessageKind.BLAST_STOPPED: _blast_stopped,
    MessageKind.SIGN_IN_LINK: _sign_in_link,
}
