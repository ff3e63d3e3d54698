"""Remind: who has not confirmed, whose campaign closes soon, whose petition passed a goal, who could do more."""

from __future__ import annotations

from campaigns import clock
from campaigns.reminders.closing_soon import tell_closing_soon
from campaigns.reminders.confirm_reminders import remind_unconfirmed
from campaigns.reminders.milestones import tell_milestones
from campaigns.reminders.next_actions import suggest_next_actions
from workers.bootstrap import Workshop


async def remind_to_confirm(shop: Workshop) -> None:
    """Remind who signed a day or three days ago and has not confirmed."""
    while not shop.stopping.is_set() and await remind_unconfirmed(now=clock.now()):
        pass


async def announce_closing(shop: Workshop) -> None:
    """Tell signers of campaigns that close within three days."""
    while not shop.stopping.is_set() and await tell_closing_soon(now=clock.now()):
        pass


async def announce_milestones(shop: Workshop) -> None:
    """Tell signers of petitions that passed a goal."""
    while not shop.stopping.is_set() and await tell_milestones(now=clock.now()):
        pass


async def ask_for_more(_: Workshop) -> None:
    """Suggest to who confirmed three days ago what they could do next."""
    await suggest_next_actions(now=clock.now())
