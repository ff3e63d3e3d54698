"""Marking words in Python for translators: the words stay English here and are looked up when printed."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools know (GNU gettext manual, 4.7)
    """Mark a msgid for extraction; returns it unchanged."""
    return text
