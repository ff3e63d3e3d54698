"""A campaign people can sign, and people who sign it.

    petition = await open_petition()
    signature_id = await sign_and_confirm(petition, email="amina@example.org")

Everything is written as of NOW, one moment for the whole run; a test about time passes its own `now`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from campaigns import clock
from campaigns.campaign.models import Campaign, CampaignState, CampaignText, Outcome
from campaigns.errors import ChorusError
from campaigns.ids import new_id
from campaigns.languages import LANGUAGES
from campaigns.petitions.confirming import Confirmation, Confirmed, confirm_all
from campaigns.petitions.limits import SigningLimits
from campaigns.petitions.models import Petition, PetitionText, Signature
from campaigns.petitions.signing import Submission, sign_all
from campaigns.supporters.addresses import read_address
from tests.factories.federation import small_federation

NOW = clock.now().replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPetition:
    """A campaign with its petition and, by language, the text that is signed (version 1)."""

    campaign: Campaign
    petition: Petition
    texts: Mapping[str, PetitionText]

    @property
    def id(self) -> UUID:
        return self.petition.id

    @property
    def slug(self) -> str:
        return self.campaign.slug


async def open_petition(
    *,
    slug: str = "clean-air",
    closes_at: datetime | None = None,
    state: CampaignState = CampaignState.OPEN,
    outcome: Outcome | None = None,
) -> OpenPetition:
    """A campaign that opened ten days before NOW, in all four languages, in a small federation.

    `state` and `outcome` put it elsewhere in its life; the database asks an outcome of an ended one.
    """
    federation = await small_federation()
    opens_at = min(NOW, closes_at or NOW) - timedelta(days=10)
    campaign = await Campaign.create(
        slug=slug,
        focus_area=federation.focus_area,
        state=state,
        outcome=outcome,
        default_language="en",
        opens_at=opens_at,
        closes_at=closes_at,
        ended_at=NOW if state is CampaignState.ENDED else None,
        created_at=opens_at - timedelta(days=1),
    )
    petition = await Petition.create(campaign=campaign, created_at=campaign.created_at)
    texts = {}
    for language in LANGUAGES:
        await CampaignText.create(
            campaign=campaign,
            language=language,
            title=f"Clean air ({language})",
            summary=f"Every child breathes ({language}).",
            story=f"What we breathe stays in us ({language}).",
            share_text=f"I signed for clean air ({language}).",
        )
        texts[language] = await PetitionText.create(
            petition=petition,
            language=language,
            version=1,
            addressee=f"The mayor ({language})",
            demand=f"Close the street before the school ({language}).",
            published_at=opens_at,
        )
    return OpenPetition(campaign=campaign, petition=petition, texts=texts)


def submission(petition: OpenPetition, *, email: str = "amina@example.org", **changes: Any) -> Submission:
    """A filled sign form. `changes` are fields of Submission; the text signed follows `language`.

    Unless told otherwise it comes from a network of its own, so that no limit is ever in the way.
    """
    language = changes.get("language", "en")
    form = Submission(
        signature_id=new_id(),
        supporter_id=new_id(),
        petition_id=petition.id,
        text_id=petition.texts[language].id,
        address=read_address(email),
        name="Amina Diallo",
        country="SN",
        language=language,
        network=new_id().hex[-22:],
        now=NOW,
    )
    return replace(form, **changes)


async def sign(petition: OpenPetition, **changes: Any) -> UUID:
    """Hand in one form (see `submission`); the id of the signature. Raises what the signer would be told."""
    (answer,) = await sign_all([submission(petition, **changes)], limits=SigningLimits())
    if isinstance(answer, ChorusError):
        raise answer
    return answer.signature_id


async def sign_and_confirm(petition: OpenPetition, **changes: Any) -> UUID:
    """Sign and press the button in the mail at the same moment; the id of the signature."""
    signature_id = await sign(petition, **changes)
    await confirm(signature_id, now=changes.get("now", NOW))
    return signature_id


async def confirm(signature_id: UUID, *, submission: int | None = None, now: datetime = NOW) -> Confirmed:
    """Press the button in the newest mail, or in that of an older submission. Raises what the signer would be told."""
    pressed = Confirmation(signature_id, submission or await newest_submission(signature_id), now)
    (answer,) = await confirm_all([pressed])
    if isinstance(answer, ChorusError):
        raise answer
    return answer


async def newest_submission(signature_id: UUID) -> int:
    """How often the form of this signature was sent; 1 of one that is gone, as if its link were still about."""
    signature = await Signature.get_or_none(id=signature_id)
    return signature.submission if signature else 1
