"""A blast from its start to its last mail, by the jobs that run in every worker."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from campaigns import clock
from campaigns.blasts import freezing
from campaigns.blasts.approving import submit
from campaigns.blasts.moving import WrongState
from campaigns.blasts.running import cancel, pause, resume
from campaigns.mail.port import OutgoingMail
from campaigns.supporters.unsubscribing import unsubscribe
from tests.factories.blasts import (
    AGREED,
    becomes,
    draft_blast,
    freeze_all,
    reader,
    running_blast,
    scheduled_blast,
    signatures,
    state,
    subscribers,
)
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, open_petition
from tests.factories.rows import rows, value
from tests.settings import SETTINGS
from workers.bootstrap import Workshop, workshop
from workers.jobs import blasts as module
from workers.jobs import deliver_bulk as deliver_bulk_module
from workers.jobs.blasts import (
    clear_cancelled,
    decide_tests,
    finish_blasts,
    start_blasts,
    watch_blasts,
    write_audiences,
)
from workers.jobs.deliver_bulk import deliver_bulk

pytestmark = pytest.mark.anyio
PATIENCE = 20.0  # seconds


@dataclass
class Carrier:
    """Takes every mail, in so many seconds, and remembers for whom it was."""

    connections: int = 4
    takes: float = 0
    taken: list[str] = field(default_factory=list)

    async def send(self, mail: OutgoingMail) -> None:
        await asyncio.sleep(self.takes)
        self.taken.append(mail.recipient)

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def carrier(database: object) -> Carrier:
    await small_federation()
    return Carrier()


@pytest.fixture
def shop(carrier: Carrier) -> Workshop:
    return worker(carrier)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "AT_ONCE", 40)


def worker(carrier: Carrier) -> Workshop:
    """Another worker process of the same installation, in no hurry for any provider's sake."""
    return workshop(replace(SETTINGS, mail_domain_per_minute=1_000_000, mail_domain_at_once=8), carrier)


def everybody(last: int) -> Counter[str]:
    return Counter(
        f"reader{number}@{'uni' if number % 10 == 0 else 'mail'}.example" for number in range(1, last + 1)
    )


async def sweep(shop: Workshop) -> None:
    """What a worker does in a second."""
    await start_blasts(shop)
    await write_audiences(shop)
    await deliver_bulk(shop)
    for each in (decide_tests, watch_blasts, clear_cancelled, finish_blasts):
        await each(shop)


async def test_a_blast_goes_from_submitted_to_done_and_everybody_gets_one_mail(
    shop: Workshop, carrier: Carrier
) -> None:
    await subscribers(30)
    blast_id = await draft_blast()
    await submit(blast_id, now=NOW)
    await sweep(shop)
    assert Counter(carrier.taken) == everybody(30)
    assert await state(blast_id) == "done"
    await sweep(shop)
    assert len(carrier.taken) == 30


async def test_paused_and_resumed_at_any_moment_every_recipient_gets_exactly_one_mail(
    carrier: Carrier, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier.takes = 0.002
    monkeypatch.setattr(deliver_bulk_module, "CLAIMED_AT_ONCE", 16)
    await subscribers(500)
    blast_id = await scheduled_blast()
    chance = random.Random(11)
    working = True

    async def work(shop: Workshop) -> None:
        while working:
            await sweep(shop)
            await asyncio.sleep(0.01)

    async def queued() -> int:
        return int(await value("SELECT count(*)::int FROM message WHERE state = 'queued'"))

    workers = [asyncio.create_task(work(worker(carrier))) for _ in range(2)]
    pauses = set()
    end = monotonic() + PATIENCE
    try:
        while await state(blast_id) != "done" and monotonic() < end:
            await asyncio.sleep(chance.uniform(0.001, 0.03))
            try:
                await pause(blast_id)
            except WrongState:  # not begun, or done in this moment
                continue
            waiting = await queued()
            await asyncio.sleep(0.03)
            assert await queued() == waiting  # nobody is written down and nothing is claimed
            pauses.add(waiting)
            await resume(blast_id)
    finally:
        working = False
        await asyncio.gather(*workers)
    assert Counter(carrier.taken) == everybody(500)
    assert len(pauses) > 2


async def test_two_schedulers_and_freezers_at_once_send_nothing_twice(
    carrier: Carrier, small_chunks: None
) -> None:
    await subscribers(200)
    blasts = [await scheduled_blast() for _ in range(2)]
    shops = [worker(carrier) for _ in range(3)]
    await asyncio.gather(*(start_blasts(shop) for shop in shops), *(write_audiences(shop) for shop in shops))
    end = monotonic() + PATIENCE
    while {await state(blast_id) for blast_id in blasts} != {"done"} and monotonic() < end:
        await asyncio.gather(*(sweep(shop) for shop in shops))
    assert Counter(carrier.taken) == Counter(dict.fromkeys(everybody(200), 2))


async def test_mails_go_out_while_the_audience_is_still_being_written_down(
    shop: Workshop, carrier: Carrier, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribers(100)
    await running_blast()
    monkeypatch.setattr(module, "LONGEST_RUN", 0.000_001)  # time for one chunk
    assert await write_audiences(shop) == 40
    await deliver_bulk(shop)
    assert len(carrier.taken) == 40


async def test_who_unsubscribes_or_complains_after_being_written_down_is_not_mailed(
    shop: Workshop, carrier: Carrier
) -> None:
    await subscribers(5)
    await running_blast()
    await freeze_all()
    await unsubscribe(reader(2), now=NOW)
    await rows(
        "INSERT INTO suppression SELECT email_key, 'complaint', now() FROM supporter WHERE id = $1", reader(4)
    )
    await deliver_bulk(shop)
    assert Counter(carrier.taken) == everybody(5) - Counter(["reader2@mail.example", "reader4@mail.example"])
    found = await rows("SELECT last_error FROM message WHERE state = 'suppressed' ORDER BY id")
    assert [row["last_error"] for row in found] == ["unsubscribed", "suppressed"]


async def test_who_joins_while_it_runs_is_not_mailed(
    shop: Workshop, carrier: Carrier, small_chunks: None
) -> None:
    await subscribers(10)
    await scheduled_blast()
    await start_blasts(shop)
    await subscribers(20, first=11, since=clock.now() + timedelta(seconds=1))
    await sweep(shop)
    assert Counter(carrier.taken) == everybody(10)


async def test_nobody_gets_more_than_the_cap_in_a_week_however_many_organizations_write(
    shop: Workshop, carrier: Carrier
) -> None:
    await subscribers(3)
    for _ in range(4):
        await scheduled_blast()
        await sweep(shop)
    assert Counter(carrier.taken) == Counter(dict.fromkeys(everybody(3), 3))
    assert await value("SELECT count(*)::int FROM message WHERE last_error = 'weekly-cap'") == 3


async def test_a_cancelled_blast_sends_nothing_more(
    shop: Workshop, carrier: Carrier, small_chunks: None
) -> None:
    await subscribers(100)
    blast_id = await running_blast()
    await freezing.freeze_chunk(blast_id, now=NOW)
    await deliver_bulk(shop)
    await freezing.freeze_chunk(blast_id, now=NOW)
    await cancel(blast_id, now=NOW)
    await sweep(shop)
    assert len(carrier.taken) == 40
    states = await rows("SELECT state, count(*)::int AS n FROM message GROUP BY 1 ORDER BY 1")
    assert states == [{"state": "sent", "n": 40}, {"state": "suppressed", "n": 40}]
    assert await state(blast_id) == "cancelled"


async def test_a_test_of_two_ends_with_one_mail_for_everybody_and_the_winner_for_the_rest(
    shop: Workshop, carrier: Carrier
) -> None:
    petition = await open_petition()
    await subscribers(300)
    blast_id = await running_blast(petition=petition, second=True, test_permille=300, decide_after=600)
    await sweep(shop)
    tested = len(carrier.taken)
    assert 50 < tested < 130
    second = await value(
        "SELECT source FROM mailing JOIN blast_variant ON mailing_id = mailing.id WHERE letter = 'b'"
    )
    await signatures(petition, 1, 2, source=second, when=NOW)
    await rows("UPDATE blast SET started_at = started_at - interval '11 hours'")
    await rows("UPDATE consent SET confirmed_at = $1", AGREED)
    await decide_tests(shop)
    await sweep(shop)
    assert Counter(carrier.taken) == everybody(300)
    assert await state(blast_id) == "done"
    by_letter = await rows(
        "SELECT letter, count(*)::int AS n FROM message JOIN blast_variant USING (mailing_id) GROUP BY 1 ORDER BY 1"
    )
    assert by_letter[1]["n"] > 300 - tested


async def test_a_blast_that_stops_by_itself_is_reported_with_numbers_and_nobodys_name(shop: Workshop) -> None:
    await subscribers(200)
    blast_id = await running_blast()
    await freeze_all()
    await becomes("sent", blast_id, 150)
    await becomes("bounced", blast_id, 20)
    with capture_logs() as logs:
        await watch_blasts(shop)
    (line,) = logs
    assert (line["log_level"], line["blast"], line["cause"]) == ("error", str(blast_id), "bounces")
    assert (line["sent"], line["bounced"]) == (170, 20)
    assert await state(blast_id) == "stopped"


async def test_a_fault_with_one_blast_does_not_hold_the_others(
    shop: Workshop, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribers(5)
    broken, fine = await running_blast(), await running_blast()

    async def faulty(blast_id: UUID, *, now: datetime) -> int | None:
        if blast_id == broken:
            raise RuntimeError("no")
        return await freezing.freeze_chunk(blast_id, now=now)

    monkeypatch.setattr(module, "freeze_chunk", faulty)
    assert await write_audiences(shop) == 5
    await deliver_bulk(shop)
    await finish_blasts(shop)
    assert (await state(broken), await state(fine)) == ("running", "done")


async def test_a_worker_that_is_asked_to_end_takes_no_further_chunk(shop: Workshop) -> None:
    await subscribers(5)
    await running_blast()
    shop.stopping.set()
    assert await write_audiences(shop) == 0
    assert await clear_cancelled(shop) == 0
