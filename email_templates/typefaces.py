"""The type of a mail: what the reader's machine has, because a mail fetches none.

None of these may be Ubuntu, Roboto, Lato, Open Sans or Droid Sans: mjml would fetch them from another host.
"""

from __future__ import annotations

SANS = {
    "ltr": "-apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, sans-serif",
    "rtl": "-apple-system, 'Segoe UI', 'Geeza Pro', 'Noto Sans Arabic', Tahoma, Arial, sans-serif",
}
DISPLAY = {
    "ltr": "'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', Georgia, serif",
    "rtl": SANS["rtl"],
}
MONOSPACE = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Courier New', monospace"
# Arabic type has no italic.
SLANT = {"ltr": "italic", "rtl": "normal"}
