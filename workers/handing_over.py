"""Hand one mail to its carrier, and record at once whatever else than success came of it."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from campaigns import clock
from campaigns.federation.queries import FederationView
from campaigns.mail.claiming import ClaimedMessage
from campaigns.mail.delivery import (
    hold_provider,
    record_bounced,
    record_delayed,
    record_refused,
    record_stopped,
    record_uncertain,
    record_unreached,
)
from campaigns.mail.outbox import Lane
from campaigns.mail.port import MailDelayed, MailRefused
from campaigns.observability.metrics import DELIVERY_SECONDS, messages_became
from workers.bootstrap import Workshop

_log = structlog.get_logger("workers.deliver")


async def set_aside(claimed: Sequence[ClaimedMessage]) -> Sequence[ClaimedMessage]:
    """Record those that must not go, and answer the others."""
    stopped = [message for message in claimed if message.stop]
    if stopped:
        await record_stopped(stopped, now=clock.now())
        messages_became("suppressed", len(stopped))
    return [message for message in claimed if not message.stop]


async def hand_over(shop: Workshop, message: ClaimedMessage, federation: FederationView) -> bool:
    """Was the mail taken? What was, the caller records; a refusal, a delay or a doubt is recorded here."""
    try:
        mail = shop.composer.compose(message, federation)
        with DELIVERY_SECONDS.time():
            await shop.mailer.send(mail)
    except MailRefused as error:
        record = record_bounced if error.no_mailbox else record_refused
        await record(message, error=str(error), now=clock.now())
        messages_became("bounced" if error.no_mailbox else "failed")
        _log.warning("mail refused", message=message.id, kind=message.kind.value, error=str(error)[:60])
    except MailDelayed as error:
        await _delayed(shop, message, error)
    except Exception as error:
        # A fault of ours with one mail, its template's too: it waits and is reported, and its neighbors go out.
        await record_delayed(message, error=f"internal-{type(error).__name__}", now=clock.now())
        messages_became("delayed")
        _log.exception("mail could not be made", message=message.id, kind=message.kind.value)
    else:
        return True
    return False


async def _delayed(shop: Workshop, message: ClaimedMessage, error: MailDelayed) -> None:
    now = clock.now()
    if error.unreached:
        shop.unreached.set()
        await record_unreached(message, error=str(error), now=now)
        messages_became("delayed")
        return
    if message.lane is Lane.BULK and error.handed_over:
        await record_uncertain(message, error=str(error), now=now)
        messages_became("uncertain")
        return
    await record_delayed(message, error=str(error), now=now, retry_after=error.retry_after)
    messages_became("delayed")
    if message.lane is Lane.BULK and error.turned_away:
        shop.turned_away.add(message.provider)
        await hold_provider(message.provider, now=now)
