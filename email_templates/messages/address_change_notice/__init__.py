"""Asks the old address whether its signatures may move to a new one: the change needs both ends."""

from __future__ import annotations

from email_templates.messages.footer import Footer


class AddressChangeNotice(Footer):
    masked_address: str  # the new one, too short to be learned: z•••@e•••.org
    approve_url: str
    stop_url: str
