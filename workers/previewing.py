"""Preview a mailing: the very mail a reader would get, made without sending anything or writing a row."""

from __future__ import annotations

from uuid import UUID

from tortoise.connection import get_connection

from campaigns import clock
from campaigns.errors import NotFound
from campaigns.federation.queries import the_federation
from campaigns.mail.claiming import ClaimedMessage
from campaigns.mail.contents import MAILING_TEXTS, AboutMailing
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane
from campaigns.mail.port import OutgoingMail
from workers.composing import Composer

NOBODY = UUID(int=0)  # stands where a claim or a message would

READER = "SELECT name, country FROM supporter WHERE id = $1"


async def preview(
    composer: Composer, mailing_id: UUID, language: str, *, reader_id: UUID | None = None
) -> OutgoingMail:
    """The mail as `reader_id` would get it in `language`, or somebody without a name.

    It has no recipient, and the links that would act for the reader (unsubscribe, preferences) lead to the
    page where everybody asks for their own: who previews a mail must not hold its reader's keys. Raises
    NotFound for a mailing that is not written in that language, a reader there is not, or an installation
    without a federation.
    """
    connection = get_connection("default")
    texts = await connection.execute_query_dict(MAILING_TEXTS, [[mailing_id]])
    text = next((each for each in texts if each["language"] == language), None)
    readers = (
        await connection.execute_query_dict(READER, [reader_id])
        if reader_id
        else [{"name": "", "country": ""}]
    )
    federation = await the_federation()
    if text is None or not readers or federation is None:
        raise NotFound
    return composer.compose(
        ClaimedMessage(
            id=0,
            claim=NOBODY,
            kind=MessageKind.MAILING,
            language=language,
            lane=Lane.BULK,
            attempts=0,
            created_at=clock.now(),
            supporter_id=None,
            content=AboutMailing(
                mailing_id=mailing_id,
                name=readers[0]["name"],
                country=readers[0]["country"],
                agreed_at=None,
                is_test=False,
                **{
                    key: text[key]
                    for key in (
                        *("source", "organization_id", "organization", "campaign_slug", "campaign_title"),
                        *("subject", "preview", "heading", "body", "action_label", "action_url"),
                    )
                },
            ),
        ),
        federation,
    )
