"""What people type, made one form: composed letters, single spaces, nothing invisible."""

from __future__ import annotations

import re
import unicodedata

# Controls that change how the text around them is read (Unicode UAX 9): never meant in a name or a comment.
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x200B])
# Longer texts are refused further on; here they are cut first, because composing letters takes time that grows with the
# square of a run of marks.
LONGEST_LINE = 400
LONGEST_TEXT = 2_000
_SPACES = re.compile(r"[^\S\n]+")
_MANY_LINES = re.compile(r"\n{3,}")


def one_line(text: str) -> str:
    """NFC, every run of white space one space, direction controls and zero-width spaces gone."""
    return " ".join(_composed(text[:LONGEST_LINE]).split())


def some_lines(text: str) -> str:
    """The same for a text of several lines; at most one line is left empty in a row."""
    unified = _composed(text[:LONGEST_TEXT]).replace("\r\n", "\n").replace("\r", "\n")
    return _MANY_LINES.sub("\n\n", _SPACES.sub(" ", unified)).strip()


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_DIRECTION))


def is_readable(text: str) -> bool:
    """Is there no control character (line breaks aside) and nothing undecodable or private in it?

    Letters that Python's Unicode does not know yet pass: every year brings new emoji, and phones have them at once.
    """
    if text.isascii() and text.isprintable():
        return True
    return not any(letter == "\ufffd" or (letter != "\n" and _is_no_letter(letter)) for letter in text)


def _is_no_letter(letter: str) -> bool:
    """A control, a surrogate, a private letter, or a code point that will never be one (Unicode 23.7)."""
    category = unicodedata.category(letter)
    number = ord(letter)
    never = number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF
    return category in {"Cc", "Cs", "Co"} or (category == "Cn" and never)


def six_digits(typed: str) -> str:
    """The digits of a code as somebody typed it, in whatever script, with blanks between; '' unless they are six."""
    digits = "".join(str(int(each)) for each in typed if each.isdecimal())
    return digits if len(digits) == 6 else ""
