"""What mails say at their foot: who sends it, from where, and what the reader can do about it.

Which foot a message has is a matter of law and of the mailbox providers, not of taste: what answers a person or is
about their signature needs no way to unsubscribe, and everything nobody asked for does (RFC 8058; Directive
2002/58/EC, article 13).
"""

from __future__ import annotations

from typing import TypedDict


class Footer(TypedDict):
    """Of every mail; all there is for mails to coordinators and for answers to a request."""

    sender_name: str
    sender_address: str  # postal, on one line
    privacy_url: str


class SignatureFooter(Footer):
    """Of mails about one signature."""

    withdraw_url: str


class NewsFooter(Footer):
    """Of mails that nobody waits for: reminders, news, whatever a coordinator writes."""

    unsubscribe_url: str  # from the organization that writes
    preferences_url: str  # everything the reader may receive


class OwnPage(TypedDict, total=False):
    """A way to everything we hold about the reader, where the link is known."""

    my_page_url: str
