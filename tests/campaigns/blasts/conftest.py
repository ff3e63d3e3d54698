from __future__ import annotations

from tests.campaigns.petitions.conftest import all_at_once

__all__ = ["all_at_once"]
