"""The words beside each box people may tick, and the id under which exactly these words are kept."""

from __future__ import annotations

from uuid import UUID

from campaigns import clock
from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from web.messages import N_
from web.templating import Templating

WORDS = {
    ConsentPurpose.SIGNATURE: N_(
        "By signing you ask us to count your signature and to hand its number and country to the addressee."
    ),
    ConsentPurpose.PUBLIC_NAME: N_(
        "Show my name, my country and my reason on this page. Leave this empty if signing could put you at risk."
    ),
    ConsentPurpose.NEWSLETTER: N_(
        "%(writer)s may write to me about this and other campaigns. I can stop it at any time."
    ),
}
# On a person's own page, and among their preferences, the same is asked without a campaign around it.
PUBLIC_NAME_LATER = N_(
    "Show my name, my country and my reason on the campaign page, where everybody can read them. Leave them hidden "
    "if signing could put you at risk."
)
NEWSLETTER_LATER = N_("%(writer)s may write to me about its campaigns. I can stop it at any time.")


class Wordings:
    """Words in the reader's language, and their ids, asked for once per process."""

    def __init__(self, templating: Templating) -> None:
        self._templating = templating
        self._ids: dict[tuple[ConsentPurpose, str, str], UUID] = {}

    def text(self, purpose: ConsentPurpose, language: str, *, writer: str) -> str:
        return self._said(WORDS[purpose], language, writer)

    async def id_of(self, purpose: ConsentPurpose, language: str, *, writer: str) -> UUID:
        return await self._id(purpose, language, self.text(purpose, language, writer=writer))

    def public_name_later(self, language: str) -> str:
        return self._said(PUBLIC_NAME_LATER, language, "")

    async def id_of_public_name_later(self, language: str) -> UUID:
        return await self._id(ConsentPurpose.PUBLIC_NAME, language, self.public_name_later(language))

    def newsletter_later(self, language: str, *, writer: str) -> str:
        return self._said(NEWSLETTER_LATER, language, writer)

    async def id_of_newsletter_later(self, language: str, *, writer: str) -> UUID:
        text = self.newsletter_later(language, writer=writer)
        return await self._id(ConsentPurpose.NEWSLETTER, language, text)

    def _said(self, words: str, language: str, writer: str) -> str:
        return self._templating.gettext(language)(words).replace("%(writer)s", writer)

    async def _id(self, purpose: ConsentPurpose, language: str, text: str) -> UUID:
        known = self._ids.get((purpose, language, text))
        if known is None:
            known = await remember_wording(purpose, language, text, now=clock.now())
            self._ids[purpose, language, text] = known
        return known
