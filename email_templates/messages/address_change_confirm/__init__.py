"""Asks a new address whether it is theirs. It says nothing of the old one: a stranger may have typed this."""

from __future__ import annotations

from email_templates.messages.footer import Footer


class AddressChangeConfirm(Footer):
    confirm_url: str
    code: str  # six digits, shown as "123 456"
