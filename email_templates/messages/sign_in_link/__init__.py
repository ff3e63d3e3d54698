"""The link to sign in with, for somebody who works here, sent when they ask for it."""

from __future__ import annotations

from email_templates.messages.footer import Footer


class SignInLink(Footer):
    sign_in_url: str  # works once, for half an hour
