"""E-mail addresses: what is accepted, which two are the same person's, which look mistyped."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets


@dataclass(frozen=True, slots=True)
class MailboxRule:
    """How a provider reads the part before the @: which tags and characters it ignores, under which one name.

    A domain without a rule of its own ignores what follows a plus, as nearly every mail server does (RFC 5233).
    """

    domain: str
    tag: str = ""
    ignores: str = ""


def _rules() -> dict[str, MailboxRule]:
    providers = (
        (("gmail.com", "googlemail.com"), "+", "."),
        (("icloud.com", "me.com", "mac.com"), "+", ""),
        (("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), "+", "._-"),
        (("yandex.ru", "yandex.com", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua"), "+", ""),
    )
    return {name: MailboxRule(names[0], tag, ignores) for names, tag, ignores in providers for name in names}


MAILBOX_RULES = _rules()

COMMON_DOMAINS = (
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.fr",
    "hotmail.es",
    "outlook.com",
    "outlook.fr",
    "outlook.es",
    "yahoo.com",
    "yahoo.fr",
    "yahoo.es",
    "yahoo.co.uk",
    "live.com",
    "icloud.com",
    "proton.me",
    "protonmail.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "orange.fr",
    "laposte.net",
    "free.fr",
    "libero.it",
    "mail.com",
    "aol.com",
)

# Providers one slip away from a common one: who types these means them.
REAL_NEIGHBORS = frozenset(
    {"email.com", "ymail.com", "hotmail.gr", "hotmail.se", "yahoo.gr", "yahoo.se", "outlook.kr"}
)


class AddressError(ValueError):
    """Not an address a mail can be sent to. Carries no text of the input."""


@dataclass(frozen=True, slots=True)
class Address:
    """`raw` is what mail is sent to, as typed; `key` is equal for two spellings of one mailbox."""

    raw: str
    key: str

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]

    @property
    def is_at_common_provider(self) -> bool:
        """Is it with a provider half the world uses, where a mailbox costs some effort?"""
        return self.domain in COMMON_DOMAINS


def read_address(text: str) -> Address:
    """Read what a person typed into an e-mail field (RFC 5321, 6531 for international ones).

    The network is not asked. Raises AddressError.
    """
    typed = text.strip()
    if len(typed) > LONGEST_ADDRESS:
        raise AddressError
    try:
        checked = validate_email(typed, check_deliverability=False)
    except (EmailNotValidError, UnicodeError):
        raise AddressError from None
    return Address(checked.normalized, canonical(checked.local_part, checked.ascii_domain or checked.domain))


def canonical(local: str, domain: str) -> str:
    """One spelling for one mailbox: lower case, and what the provider itself ignores left out."""
    domain = domain.lower()
    local = unicodedata.normalize("NFC", local).lower()
    rule = MAILBOX_RULES.get(domain) or MailboxRule(domain, "-" if domain.startswith("yahoo.") else "+")
    plain = local.partition(rule.tag)[0]
    for ignored in rule.ignores:
        plain = plain.replace(ignored, "")
    return f"{plain or local}@{rule.domain}"


def is_disposable(address: Address) -> bool:
    """Is the domain, or one above it, on the list of throw-away mailboxes? A signal, never a refusal."""
    labels = address.domain.split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))


def typo_hint(address: str) -> str:
    """The address with the provider probably meant, '' when there is nothing to suggest.

    Only for domains one slip away (a letter missing, added, changed, or two swapped) from a common provider.
    """
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    if not local or domain in COMMON_DOMAINS or domain in REAL_NEIGHBORS:
        return ""
    near = [known for known in COMMON_DOMAINS if _one_slip(domain, known)]
    return f"{local}@{near[0]}" if near else ""


def _one_slip(typed: str, known: str) -> bool:
    """Damerau (1964): are the two one insertion, deletion, substitution or transposition apart?"""
    if abs(len(typed) - len(known)) > 1 or typed == known:
        return False
    start = 0
    while start < min(len(typed), len(known)) and typed[start] == known[start]:
        start += 1
    rest, other = typed[start:], known[start:]
    return (
        rest[1:] == other
        or rest == other[1:]
        or rest[1:] == other[1:]
        or (len(rest) > 1 and rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )
