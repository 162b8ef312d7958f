"""The rule for what others wrote: in a mail it is one line of characters that can be seen."""

import re
import unicodedata

_JOINERS = "\u200c\u200d"
"""Invisible, but some scripts and emoji need them, and they neither reorder nor hide text."""
_UNSEEN = (
    "\\s\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef"
)
"""Blanks, and what is left by the rule below and has no shape of its own: it may stand between them."""
_BLANKS = re.compile(f"[{_UNSEEN}]{{21,}}")
"""More of them than any column of a mail has: what follows would seem to be a line of its own."""
MAX_SUBJECT = 99
"""SNS: less than 100 characters of ASCII, no line break, no control character."""
_MAX_TEXT = 200_000
"""Bytes; SNS takes 262,144 with everything around the text."""
_PLAIN = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "×": "x",
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
    }
)


def one_line(value: object) -> str:
    """The value in one line: a line break becomes a space; what controls, reorders or pushes text away is
    left out.
    """
    text = str(value)
    line = text if text.isprintable() else "".join(_printable(character) for character in text)
    return _BLANKS.sub(" ", line)


def clean_text(text: str) -> str:
    """A whole text, each of its lines by the same rule, cut to what SNS takes."""
    data = "\n".join(one_line(line) for line in text.split("\n")).encode()
    if len(data) <= _MAX_TEXT:
        return data.decode() or "(no text)"
    return data[:_MAX_TEXT].decode(errors="ignore") + "\n\n[The rest was too long for a mail.]"


def clean_subject(subject: str) -> str:
    """The subject as SNS takes it: printable ASCII, one line, below 100 characters."""
    plain = unicodedata.normalize("NFKD", one_line(subject).translate(_PLAIN))
    line = " ".join("".join(_ascii(character) for character in plain).split()) or "Feedback insights"
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 3].rstrip() + "..."


def _printable(character: str) -> str:
    if character in _JOINERS:
        return character
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    return "" if unicodedata.category(character) in ("Mn", "Cf") else "?"
