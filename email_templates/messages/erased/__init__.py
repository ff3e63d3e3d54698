"""The last mail: what somebody asked us to erase is erased."""

from __future__ import annotations

from email_templates.messages.footer import Footer


class Erased(Footer):
    organization: str  # whose records were erased; empty for everything
    site_url: str
