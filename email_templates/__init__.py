"""The mails Chorus sends: MJML and text sources, their translations, and what fills them.

Knows no other package of Chorus.
"""

from __future__ import annotations

from email_templates.catalogue import MESSAGES, Rendered, render
from email_templates.errors import (
    MailTemplateError,
    MailTooLarge,
    MissingValue,
    UnknownLanguage,
    UnknownMessage,
)

__all__ = [
    "MESSAGES",
    "MailTemplateError",
    "MailTooLarge",
    "MissingValue",
    "Rendered",
    "UnknownLanguage",
    "UnknownMessage",
    "render",
]
