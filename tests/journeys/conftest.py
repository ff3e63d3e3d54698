from __future__ import annotations

from tests.web.fixtures import petition, site, visitor

__all__ = ["petition", "site", "visitor"]
