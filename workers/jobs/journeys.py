"""Journeys: take people in, and move on who is due."""

from __future__ import annotations

from campaigns import clock
from campaigns.journeys.beginning import begin_journeys
from campaigns.journeys.moving import move_travelers
from workers.bootstrap import Workshop


async def begin(shop: Workshop) -> None:
    """Take in who signed or subscribed since the last time."""
    while not shop.stopping.is_set() and await begin_journeys(now=clock.now()):
        pass


async def move_on(shop: Workshop) -> None:
    """Queue the mail of every step that is due."""
    while not shop.stopping.is_set() and await move_travelers(now=clock.now()):
        pass
