"""Does a name look like one? Names stand on public pages and in mails, so a message in its place is held back."""

from __future__ import annotations

import re
import unicodedata

LONGEST_PLAUSIBLE = 60
MOST_MARKS = 3  # in a row; Vietnamese and Arabic need two

# evil.com, www.evil, http://, me@home, t.me/x. A capital behind the dot is an initial: J.Paul, M.Amine.
_LINK = re.compile(r"\w\.[a-z]{2,}|[:/@\\]")


def looks_like_a_name(name: str) -> bool:
    """Letters of any script and what stands between them; no digits, no links, nothing invisible or piled up."""
    if len(name) > LONGEST_PLAUSIBLE or _LINK.search(name) or any(letter.isdigit() for letter in name):
        return False
    marks = letters = 0
    for letter in name:
        category = unicodedata.category(letter)
        marks = marks + 1 if category.startswith("M") else 0
        if marks > MOST_MARKS:
            return False
        if category.startswith("L") and unicodedata.name(letter, "").find("FILLER") < 0:
            letters += 1
    return letters > 0
