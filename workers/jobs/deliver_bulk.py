"""Deliver what nobody waits for: blasts, reminders, journeys, as fast as the carrier takes them and the limits allow.

A pipeline: one task claims ahead, as many as the carrier has room for hand over, and one records in groups what was
taken. What a worker holds when it dies is uncertain and is never sent again, so it holds little.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog

from campaigns import clock
from campaigns.federation.queries import FederationView, the_federation
from campaigns.mail.claiming import BulkLimits, ClaimedMessage, claim_bulk
from campaigns.mail.delivery import give_back, record_sent, renew, welcome_providers
from campaigns.observability.metrics import messages_became
from campaigns.settings import Settings
from workers.bootstrap import Workshop
from workers.handing_over import hand_over, set_aside

LONGEST_RUN = 45.0  # seconds; the next tick goes on
CLAIMED_AT_ONCE = 128
RECORD_EVERY = 0.1  # seconds
RENEW_EVERY = 60.0

_log = structlog.get_logger("workers.deliver_bulk")


def limits_of(settings: Settings) -> BulkLimits:
    """How much may go at once, as the installation decides."""
    return BulkLimits(
        per_minute=settings.mail_domain_per_minute,
        hourly_budget=settings.mail_hourly_budget,
        warm_up_from=settings.mail_warm_up_from,
        weekly_cap=settings.mail_weekly_cap,
    )


async def deliver_bulk(shop: Workshop) -> int:
    """Send due bulk messages for at most LONGEST_RUN seconds, or until asked to stop; answer how many were sent."""
    if shop.delivering_bulk.locked():
        return 0
    async with shop.delivering_bulk:
        federation = await the_federation()
        if federation is None:
            return 0
        shop.unreached.clear()
        return await _Pipeline(shop, federation).run(monotonic() + LONGEST_RUN)


class _Pipeline:
    def __init__(self, shop: Workshop, federation: FederationView) -> None:
        self._shop = shop
        self._federation = federation
        self._limits = limits_of(shop.settings)
        # One connection is always free for somebody who waits.
        self._hands = max(1, shop.mailer.connections - 1)
        # Full, it keeps the feeder from claiming more; half empty, the hands never wait for a claim.
        self._waiting: asyncio.Queue[ClaimedMessage | None] = asyncio.Queue(CLAIMED_AT_ONCE // 2)
        self._held: dict[int, ClaimedMessage] = {}
        self._sent: list[ClaimedMessage] = []
        self._count = 0
        self._done = asyncio.Event()
        at_once = shop.settings.mail_domain_at_once
        self._providers: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(at_once))

    async def run(self, end: float) -> int:
        """Feed the hands until nothing is due or `end` (monotonic); everything held is recorded or given back."""
        recording = asyncio.create_task(self._every(RECORD_EVERY, self._record))
        renewing = asyncio.create_task(self._every(RENEW_EVERY, self._renew))
        hands = [asyncio.create_task(self._hand()) for _ in range(self._hands)]
        try:
            await self._feed(end)
            for _ in hands:
                await self._waiting.put(None)
            await asyncio.gather(*hands)
        finally:
            for hand in hands:
                hand.cancel()
            await asyncio.gather(*hands, return_exceptions=True)
            self._done.set()  # never cancelled: what is being recorded must not be forgotten halfway
            await asyncio.gather(recording, renewing)
            await self._record()  # what was handed over while the last group was being recorded
        await give_back(self._held.values())
        return self._count

    async def _feed(self, end: float) -> None:
        while monotonic() < end and not self._is_over():
            claim = await claim_bulk(most=CLAIMED_AT_ONCE, limits=self._limits, now=clock.now())
            if not claim.looked_at:
                return
            for message in await set_aside(claim.messages):
                self._held[message.id] = message
                await self._waiting.put(message)

    def _is_over(self) -> bool:
        return self._shop.stopping.is_set() or self._shop.unreached.is_set()

    async def _hand(self) -> None:
        while (message := await self._waiting.get()) is not None:
            if self._is_over():
                continue  # it is held, and given back at the end
            async with self._providers[message.provider]:
                taken = await hand_over(self._shop, message, self._federation)
            del self._held[message.id]
            if taken:
                self._sent.append(message)

    async def _record(self) -> None:
        sent, self._sent = self._sent, []
        if sent:
            await record_sent(sent, now=clock.now())
            messages_became("sent", len(sent))
            self._count += len(sent)
            again = self._shop.turned_away & {message.provider for message in sent}
            if again:
                await welcome_providers(again)
                self._shop.turned_away.difference_update(again)

    async def _renew(self) -> None:
        if self._held:
            await renew(self._held.values(), now=clock.now())

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do it now and then until all is done."""
        while not self._done.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._done.wait(), seconds)
                return
            await work()
