"""The mails as they leave, word for word and tag for tag.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/email_templates/test_golden.py`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from email_templates.catalogue import MESSAGES, render
from email_templates.gallery import sample_values
from email_templates.translations import DIRECTIONS

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("language", DIRECTIONS)
@pytest.mark.parametrize("name", MESSAGES)
def test_a_mail_reads_as_it_did_when_somebody_last_looked(name: str, language: str) -> None:
    mail = render(name, language, sample_values(name, language))
    for suffix, now in (("html", mail.html), ("txt", f"{mail.subject}\n\n{mail.text}")):
        path = GOLDEN / f"{name}.{language}.{suffix}"
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(now, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == now, f"{path.name} changed"


def test_no_golden_mail_is_left_from_a_message_that_is_gone() -> None:
    expected = {f"{name}.{code}.{end}" for name in MESSAGES for code in DIRECTIONS for end in ("html", "txt")}
    assert {path.name for path in GOLDEN.iterdir()} == expected
