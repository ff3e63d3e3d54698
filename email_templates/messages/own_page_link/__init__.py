"""The link to the page of everything we hold about somebody, sent when they ask for it."""

from __future__ import annotations

from email_templates.messages.footer import Footer


class OwnPageLink(Footer):
    own_page_url: str  # works for one hour
