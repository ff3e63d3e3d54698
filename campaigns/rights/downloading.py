"""Take it home: everything we hold about a person as one JSON document, or as tables for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime

from campaigns.rights.shredding import Export, Rows

# What a spreadsheet may run as a formula when a cell begins with it, in its wide forms too (OWASP, CSV Injection).
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a ZIP archive; the true moment is in the JSON


def as_json(export: Export, *, made_at: datetime) -> str:
    """One object: `made_at`, and a list of objects for each kind of record. Moments are ISO 8601 in UTC."""
    everything = {"made_at": made_at.isoformat(), **export}
    return json.dumps(everything, ensure_ascii=False, indent=2, default=_plain) + "\n"


def as_csv_archive(export: Export) -> bytes:
    """A ZIP of one CSV (RFC 4180, UTF-8 with a mark that spreadsheets know it by) for each kind of record there is.

    No cell is a formula: what looks like one has an apostrophe before it.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in export.items():
            if rows:
                archive.writestr(zipfile.ZipInfo(f"{name}.csv", EARLIEST), _csv(rows))
    return packed.getvalue()


def cell(value: object) -> str:
    """A value as it stands in a spreadsheet."""
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.lstrip(" ")[:1] in FORMULA else text


def _csv(rows: Rows) -> bytes:
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return lines.getvalue().encode("utf-8-sig")


def _plain(value: object) -> str:
    """What JSON has no form for: moments and ids."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
