"""Deliver: send what is due, the most urgent first, until nothing is due."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

import structlog

from campaigns import clock
from campaigns.federation.queries import FederationView, the_federation
from campaigns.mail.delivery import (
    ClaimedMessage,
    claim_messages,
    record_delayed,
    record_refused,
    record_sent,
    record_suppressed,
    release_expired,
    waiting_since,
)
from campaigns.mail.outbox import Lane
from campaigns.mail.port import MailDelayed, MailRefused
from campaigns.observability.metrics import (
    DELIVERY_SECONDS,
    OLDEST_DUE_MESSAGE_SECONDS,
    messages_became,
)
from workers.bootstrap import Workshop

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
        while monotonic() < end and not shop.stopping.is_set():
            claimed = await claim_messages(most=CLAIMED_AT_ONCE, now=clock.now())
            if not claimed:
                break
            sent += await _send_all(shop, claimed, federation)
        return sent


async def free_expired(shop: Workshop) -> None:
    """Give back what dead workers held, and say how long the oldest message waits."""
    freed = await release_expired(now=clock.now())
    if freed:
        _log.warning("messages of a dead worker were freed", messages=freed)
    OLDEST_DUE_MESSAGE_SECONDS.set(await waiting_since(Lane.AWAITED, now=clock.now()))


async def _send_all(shop: Workshop, claimed: Sequence[ClaimedMessage], federation: FederationView) -> int:
    outdated = [message for message in claimed if message.outdated]
    if outdated:
        await record_suppressed(outdated, reason="outdated", now=clock.now())
        messages_became("suppressed", len(outdated))
    due = [message for message in claimed if not message.outdated]
    sent: list[ClaimedMessage] = []
    try:
        await asyncio.gather(*(_send(shop, message, federation, sent) for message in due))
    finally:  # cancelled too, when a server is so slow that time is up: what went out must not go out again
        if sent:
            await record_sent(sent, now=clock.now())
            messages_became("sent", len(sent))
    return len(sent)


async def _send(
    shop: Workshop, message: ClaimedMessage, federation: FederationView, sent: list[ClaimedMessage]
) -> None:
    """Send one mail and note it in `sent`, or record why not."""
    try:
        mail = shop.composer.compose(message, federation)
        with DELIVERY_SECONDS.time():
            await shop.mailer.send(mail)
    except MailRefused as error:
        await record_refused(message, error=str(error)[:60], now=clock.now())
        messages_became("failed")
        _log.warning("mail refused", message=message.id, kind=message.kind.value, error=str(error)[:60])
    except MailDelayed as error:
        await record_delayed(message, error=str(error)[:60], now=clock.now())
        messages_became("delayed")
    except Exception as error:
        # A fault of ours with one mail, its template's too: it waits and is reported, and its neighbors go out.
        await record_delayed(message, error=f"internal-{type(error).__name__}"[:60], now=clock.now())
        messages_became("delayed")
        _log.exception("mail could not be made", message=message.id, kind=message.kind.value)
    else:
        sent.append(message)
