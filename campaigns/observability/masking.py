"""Taking personal data out of text that leaves for a log or an error report.

The promise: e-mail addresses, network addresses and secrets (link tokens, cookies, digests) go; what an
operator needs to find a fault stays: route templates, UUIDs, class and function names, slugs, dates, numbers.
Names of people cannot be told from other words, so no text that may hold one is logged in the first place
(`exceptions.py`); masking is the second wall.

Every pattern runs in time linear in the text: quantifiers are bounded or possessive, and a match starts only
where a run of its characters starts.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

LONGEST_TEXT = 20_000
SHORTEST_TOKEN = 20
_CUT = "…[cut]"

# Wider than RFC 5322 on purpose: whatever stands around an @ (or %40) with no space or bracket between.
_AROUND_AT = re.compile(r"""[^\s<>()\[\],;:"\\]{3,}+""")
_IPV4 = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:.]{2,}+")
_RUN = re.compile(rf"(?<![A-Za-z0-9_.~=-])[A-Za-z0-9_.~=-]{{{SHORTEST_TOKEN},}}+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# snake_case, CamelCase, dotted modules, slugs and dates: words, each with at most four digits behind.
_WORD = re.compile(r"(?:[A-Z]{1,16}|[A-Z]{0,16}[a-z]{0,32}(?:[A-Z][a-z]{1,32}){0,8})\d{0,4}")
_BETWEEN_WORDS = re.compile(r"[_.~=-]")


def mask(text: str) -> str:
    """The text with `[email]`, `[ip]` and `[token]` where those stood; cut after 20,000 characters.

    Loopback and unspecified addresses stay: they are ours and name no one.
    """
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT] + _CUT
    if "@" in text or "%40" in text:
        text = _AROUND_AT.sub(_masked_email, text)
    if text.count(":") >= 2:
        text = _IPV6.sub(_masked_ipv6, text)
    if text.count(".") >= 3:
        text = _IPV4.sub(_masked_ipv4, text)
    if len(text) >= SHORTEST_TOKEN:
        text = _RUN.sub(_masked_token, text)
    return text


def _masked_email(found: re.Match[str]) -> str:
    inside = found[0][1:-1]  # a decorator or a handle has nothing before its @
    return "[email]" if "@" in inside or "%40" in inside else found[0]


def _masked_ipv4(found: re.Match[str]) -> str:
    return found[0] if _is_ours(found[0]) else "[ip]"


def _masked_ipv6(found: re.Match[str]) -> str:
    run = found[0]
    colons = run.count(":")
    if colons < 2:
        return run
    body = run.rstrip(".")
    if not body.endswith("::"):
        body = body.rstrip(":")
    if _is_address(body):
        return run if _is_ours(body) else "[ip]" + run[len(body) :]
    # Five colons are a hardware address or an address with something glued to it; a time has two.
    return "[ip]" if colons >= 5 else run


def _masked_token(found: re.Match[str]) -> str:
    run = found[0]
    words = _BETWEEN_WORDS.split(_UUID.sub("id", run))
    return run if all(_WORD.fullmatch(word) for word in words) else "[token]"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_ours(text: str) -> bool:
    if not _is_address(text):
        return False
    address = ip_address(text)
    return address.is_loopback or address.is_unspecified
