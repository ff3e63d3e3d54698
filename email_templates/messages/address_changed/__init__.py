"""Tells the old address that the change is done."""

from __future__ import annotations

from email_templates.messages.footer import Footer


class AddressChanged(Footer):
    masked_address: str  # the new one, too short to be learned: z•••@e•••.org
