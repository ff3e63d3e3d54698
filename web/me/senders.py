"""Who writes to people, as forms and links name them: the federation, or one of its member organizations."""

from __future__ import annotations

from uuid import UUID

from campaigns.errors import NotFound
from campaigns.federation.queries import FederationView
from campaigns.languages import in_language

FEDERATION = "federation"


def key_of(organization_id: UUID | None) -> str:
    return FEDERATION if organization_id is None else organization_id.hex


def read_key(text: str) -> UUID | None:
    """The organization a key names; None is the federation. Raises NotFound for anything else."""
    if text == FEDERATION:
        return None
    try:
        return UUID(hex=text) if len(text) == 32 else _refuse()
    except ValueError:
        return _refuse()


def name_of(organization: str | None, federation: FederationView, language: str) -> str:
    """The organization's own name, or the federation's in the reader's language."""
    return organization or in_language(federation.names, language)


def _refuse() -> UUID:
    raise NotFound
