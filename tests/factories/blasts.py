"""People who agreed to a newsletter, as many as a test wants, and blasts to them.

    await subscribers(500)
    blast_id = await running_blast()

People are numbered from 1: `reader(7)` is one of them. Everything is written as of NOW.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from campaigns.blasts.approving import submit
from campaigns.blasts.drafting import Draft, create_draft, write_variant
from campaigns.blasts.freezing import freeze_chunk, unfrozen
from campaigns.blasts.running import start_due
from campaigns.blasts.segments import Segment
from campaigns.mail.mailings import Words
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from tests.factories.petitions import NOW, OpenPetition
from tests.factories.rows import rows, value

AUTHOR, ANOTHER = UUID(int=0xA), UUID(int=0xB)
FEDERATION = Segment(organization=None)
AGREED = NOW - timedelta(days=30)

# In ids that sort by their number, so that a page of them is easy to name. Three in four speak a language the
# small campaign is written in; every tenth mailbox is of another provider.
ADD_PEOPLE = """
INSERT INTO supporter (id, email, email_key, language, created_at, confirmed_at, name, country)
SELECT lpad(to_hex(number), 32, '0')::uuid, email, email, (ARRAY['en','fr','es','de'])[number % 4 + 1], $3, $3,
       'Reader ' || number, (ARRAY['BE','SN','TN'])[number % 3 + 1]
FROM (SELECT number, 'reader' || number || '@' || CASE number % 10 WHEN 0 THEN 'uni.example' ELSE 'mail.example' END
             AS email FROM generate_series($1::bigint, $2::bigint) AS number) AS people
"""
AGREE = """
INSERT INTO consent (supporter_id, purpose, organization_id, wording_id, method, given_at, confirmed_at)
SELECT lpad(to_hex(number), 32, '0')::uuid, 'newsletter', $3::uuid, $4, 'web-form', $5, $5
FROM generate_series($1::bigint, $2::bigint) AS number
"""


def reader(number: int) -> UUID:
    """The supporter of that number."""
    return UUID(int=number)


async def subscribers(
    last: int, *, first: int = 1, organization: UUID | None = None, since: datetime = AGREED
) -> None:
    """People number `first` to `last`, who agreed to hear from the federation, or from an organization."""
    await rows(ADD_PEOPLE, first, last, since)
    await agree(last, first=first, organization=organization, since=since)


async def agree(
    last: int, *, first: int = 1, organization: UUID | None = None, since: datetime = AGREED
) -> None:
    """People who are there agree to hear from somebody."""
    wording = await remember_wording(ConsentPurpose.NEWSLETTER, "en", "Write to me.", now=since)
    await rows(AGREE, first, last, organization, wording, since)


# A signature for each, confirmed and counted, as if everybody had come through the front door.
SIGN = """
WITH signed AS (
    INSERT INTO signature (id, petition_id, text_id, supporter_id, state, email, name, country, language, comment,
                           comment_state, show_name, source, referred_by, disposable, network_key, submission, mails,
                           code_tries, signed_at, confirmed_at)
    SELECT gen_random_uuid(), $2, $3, id, 'confirmed', email, name, country, language, '', 'none', false, $4, '',
           false, '', 1, 1, 0, $5, $5
    FROM supporter WHERE id = ANY($1::uuid[]) RETURNING petition_id, country, language, source, confirmed_at
)
INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
SELECT petition_id, country, language, source, '', date_trunc('hour', confirmed_at, 'UTC'), 1 FROM signed
"""


async def signatures(
    petition: OpenPetition, *numbers: int, source: str = "", when: datetime = AGREED
) -> None:
    """The readers of these numbers sign a petition, and confirm."""
    readers = [reader(number) for number in numbers]
    await rows(SIGN, readers, petition.id, petition.texts["en"].id, source, when)


def words(subject: str = "On Thursday they vote", **changes: str) -> Words:
    """A whole letter."""
    letter = {"heading": "They vote on Thursday", "body": "Dear {name},\n\nit is *your* doing.", **changes}
    return Words(subject=subject, **letter)


ENGLISH: Mapping[str, Words] = {"en": words()}


async def draft_blast(
    segment: Segment = FEDERATION,
    *,
    petition: OpenPetition | None = None,
    second: bool = False,
    texts: Mapping[str, Words] = ENGLISH,
    test_permille: int = 1000,
    decide_after: int = 0,
) -> UUID:
    """A draft with its words, and with `second` another variant."""
    draft = Draft(name="The vote", segment=segment, test_permille=test_permille, decide_after=decide_after)
    campaign_id = petition.campaign.id if petition else None
    blast_id = await create_draft(draft, author_id=AUTHOR, campaign_id=campaign_id, now=NOW)
    for letter in ("a", "b") if second else ("a",):
        await write_variant(blast_id, letter, texts, author_id=AUTHOR, now=NOW)
    return blast_id


async def scheduled_blast(segment: Segment = FEDERATION, **changes: object) -> UUID:
    """A blast that starts as soon as somebody looks. Approved, if it is large."""
    blast_id = await draft_blast(segment, **changes)  # type: ignore[arg-type]
    await submit(blast_id, now=NOW)
    await rows(
        "UPDATE blast SET state = 'scheduled', scheduled_for = $2, approver_id = $3, approved_at = $2"
        " WHERE id = $1 AND state = 'submitted'",
        *(blast_id, NOW, ANOTHER),
    )
    return blast_id


async def running_blast(segment: Segment = FEDERATION, **changes: object) -> UUID:
    """A blast that has just started; nobody of its audience is written down yet."""
    blast_id = await scheduled_blast(segment, **changes)
    assert await start_due(now=NOW) == 1
    return blast_id


async def freeze_all(*, now: datetime = NOW) -> int:
    """Write down what there is to write down of every audience; how many messages."""
    written = 0
    while waiting := await unfrozen():
        written += sum([await freeze_chunk(each, now=now) or 0 for each in waiting])
    return written


async def blast(blast_id: UUID) -> dict[str, object]:
    """The row of a blast."""
    (row,) = await rows("SELECT * FROM blast WHERE id = $1", blast_id)
    return row


async def state(blast_id: UUID) -> str:
    return str(await value("SELECT state FROM blast WHERE id = $1", blast_id))


async def mailed(blast_id: UUID) -> list[int]:
    """The numbers of the readers who have a message of it, in order."""
    found = await rows("SELECT supporter_id FROM message WHERE blast_id = $1 ORDER BY 1", blast_id)
    return [row["supporter_id"].int for row in found]


async def becomes(state: str, blast_id: UUID, most: int, *, letter: str | None = None) -> None:
    """So many queued messages of a blast, or of one variant of it, come into a state."""
    await rows(
        "UPDATE message SET state = $2::text,"
        " sent_at = CASE WHEN $2::text <> 'failed' THEN $4::timestamptz END WHERE id IN ("
        "SELECT message.id FROM message JOIN blast_variant AS variant USING (mailing_id)"
        " WHERE message.blast_id = $1 AND message.state = 'queued' AND ($5::text IS NULL OR letter = $5)"
        " ORDER BY message.id LIMIT $3)",
        *(blast_id, state, most, NOW, letter),
    )
