"""Where a person reads their mail: one tap from "check your inbox" to the inbox."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.supporters.addresses import MAILBOX_RULES


@dataclass(frozen=True, slots=True)
class Webmail:
    name: str
    url: str


BY_PROVIDER = {
    "gmail.com": Webmail("Gmail", "https://mail.google.com/mail/"),
    "outlook.com": Webmail("Outlook", "https://outlook.live.com/mail/"),
    "hotmail.com": Webmail("Outlook", "https://outlook.live.com/mail/"),
    "live.com": Webmail("Outlook", "https://outlook.live.com/mail/"),
    "yahoo.com": Webmail("Yahoo Mail", "https://mail.yahoo.com/"),
    "yahoo.fr": Webmail("Yahoo Mail", "https://mail.yahoo.com/"),
    "yahoo.es": Webmail("Yahoo Mail", "https://mail.yahoo.com/"),
    "icloud.com": Webmail("iCloud Mail", "https://www.icloud.com/mail/"),
    "proton.me": Webmail("Proton Mail", "https://mail.proton.me/"),
}


def webmail(address: str) -> Webmail | None:
    """The web mail of a common provider; None for others."""
    domain = address.rpartition("@")[2].lower()
    rule = MAILBOX_RULES.get(domain)
    return BY_PROVIDER.get(rule.domain if rule else domain)
