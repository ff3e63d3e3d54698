"""An address shown so that its owner knows it and nobody learns it."""

from __future__ import annotations

DOTS = "•••"


def masked_address(address: str) -> str:
    """`zoe@example.org` as `z•••@e•••.org`."""
    local, _, domain = address.rpartition("@")
    name, _, top = domain.rpartition(".")
    return f"{local[:1]}{DOTS}@{name[:1]}{DOTS}.{top}"
