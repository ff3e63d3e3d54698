"""What every mail says at its foot: who sends it, from where, and how to leave."""

from __future__ import annotations

from typing import TypedDict


class Footer(TypedDict):
    sender_name: str
    sender_address: str  # postal, on one line
    withdraw_url: str
    privacy_url: str
