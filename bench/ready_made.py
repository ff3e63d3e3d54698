"""Messages as the worker makes them, written ahead for the floor."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from campaigns.federation.queries import FederationView
from campaigns.ids import new_id
from campaigns.mail.claiming import ClaimedMessage
from campaigns.mail.contents import AboutMailing
from campaigns.mail.links import Links
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane
from campaigns.settings import Environment, Settings
from campaigns.tokens import Keyring
from workers.composing import Composer

KEY = "the key of a benchmark, which opens nothing at all"
FEDERATION = FederationView(
    names={"en": "A federation of students"},
    website="https://students.example",
    contact_email="hello@students.example",
    postal_address="1 Example Square, 1000 Sampletown",
    regions=(),
    focus_areas=(),
    organizations=(),
)


def write_messages(folder: Path, *, body: str, count: int) -> None:
    """`count` mails of one mailing, each to its own reader, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        environment=Environment.PRODUCTION,
        database_url="",
        redis_url="",
        secret_key=KEY,
        site_url="http://127.0.0.1",
    )
    composer = Composer(settings, Links(settings.site_url, Keyring(KEY)))
    for number in range(count):
        (folder / f"{number}.eml").write_bytes(composer.compose(_message(number, body), FEDERATION).content)


def _message(number: int, body: str) -> ClaimedMessage:
    now = datetime.now(UTC)
    return ClaimedMessage(
        id=number,
        claim=new_id(),
        kind=MessageKind.MAILING,
        language="en",
        lane=Lane.BULK,
        attempts=1,
        created_at=now,
        supporter_id=new_id(),
        recipient=f"reader{number}@d{number % 500}.example",
        content=AboutMailing(
            mailing_id=new_id(),
            source="m-bench",
            organization_id=None,
            organization=None,
            campaign_slug="",
            campaign_title="",
            subject="Clean air, {name}",
            preview="One week",
            heading="One more week",
            body=body,
            action_label="",
            action_url="",
            name=f"Reader {number}",
            country="SN",
            agreed_at=now,
            is_test=False,
        ),
    )
