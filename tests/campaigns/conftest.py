"""Examples that are looked for are the same in every run and on every machine, however slow."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("chorus", deadline=None, derandomize=True, database=None)
settings.load_profile("chorus")
