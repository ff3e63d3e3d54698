"""Deliver what somebody waits for: send what is due, the most urgent first, until nothing is due."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

import structlog

from campaigns import clock
from campaigns.federation.queries import FederationView, the_federation
from campaigns.mail.claiming import ClaimedMessage, claim_messages
from campaigns.mail.delivery import record_sent, release_expired, waiting_since
from campaigns.mail.outbox import Lane
from campaigns.observability.metrics import OLDEST_DUE_MESSAGE_SECONDS, messages_became
from workers.bootstrap import Workshop
from workers.handing_over import hand_over, set_aside

CLAIMED_AT_ONCE = 100
LONGEST_RUN = 45.0  # seconds; the next tick goes on

_log = structlog.get_logger("workers.deliver")


async def deliver(shop: Workshop) -> int:
    """Send due messages for at most LONGEST_RUN seconds, or until asked to stop; answer how many were sent.

    Any number of processes may run this at once: none claims what another holds.
    """
    if shop.delivering.locked():
        return 0
    async with shop.delivering:
        federation = await the_federation()
        if federation is None:
            return 0
        sent, end = 0, monotonic() + LONGEST_RUN
        shop.unreached.clear()
        while monotonic() < end and not shop.stopping.is_set() and not shop.unreached.is_set():
            claimed = await claim_messages(most=CLAIMED_AT_ONCE, now=clock.now())
            if not claimed:
                break
            sent += await _send_all(shop, claimed, federation)
        return sent


async def free_expired(_: Workshop) -> None:
    """Give back what dead workers held, and say how long the oldest message waits."""
    freed = await release_expired(now=clock.now())
    if freed:
        _log.warning("messages of a dead worker were freed", messages=freed)
    OLDEST_DUE_MESSAGE_SECONDS.set(await waiting_since(Lane.AWAITED, now=clock.now()))


async def _send_all(shop: Workshop, claimed: Sequence[ClaimedMessage], federation: FederationView) -> int:
    due = await set_aside(claimed)
    sent: list[ClaimedMessage] = []

    async def send(message: ClaimedMessage) -> None:
        if await hand_over(shop, message, federation):
            sent.append(message)

    try:
        await asyncio.gather(*(send(message) for message in due))
    finally:  # cancelled too, when a server is so slow that time is up: what went out must not go out again
        if sent:
            await record_sent(sent, now=clock.now())
            messages_became("sent", len(sent))
    return len(sent)
