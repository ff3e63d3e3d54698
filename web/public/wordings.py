"""The words beside each box a signer may tick, and the id under which exactly these words are kept."""

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


class Wordings:
    """Words in the reader's language, and their ids, asked for once per process."""

    def __init__(self, templating: Templating) -> None:
        self._templating = templating
        self._ids: dict[tuple[ConsentPurpose, str], UUID] = {}

    def text(self, purpose: ConsentPurpose, language: str, *, writer: str) -> str:
        return self._templating.gettext(language)(WORDS[purpose]).replace("%(writer)s", writer)

    async def id_of(self, purpose: ConsentPurpose, language: str, *, writer: str) -> UUID:
        text = self.text(purpose, language, writer=writer)
        known = self._ids.get((purpose, text))
        if known is None:
            known = await remember_wording(purpose, language, text, now=clock.now())
            self._ids[purpose, text] = known
        return known
