"""Normalises a short value: quotes, dashes and invisible characters that programs add."""

import re
import unicodedata

_IGNORABLE = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff]"
)
_PLAIN = str.maketrans(dict.fromkeys("‐‑‒–−", "-") | dict.fromkeys("“”„‟", '"'))
# ="2024" and '2024 are how people keep Excel from changing a value.
_QUOTES = ("=", '"', "'")
_QUOTED = re.compile(r"=?\"([^\"]*)\"|'([^']*)'?")


def value_text(text: str) -> str:
    """A date or a rating as it reads: plain digits, letters and hyphens, nothing around it."""
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _IGNORABLE.sub("", text)).translate(_PLAIN).strip()
        text = "".join(str(unicodedata.decimal(character, character)) for character in text)
    match = _QUOTED.fullmatch(text) if text[:1] in _QUOTES else None
    return (match[1] or match[2] or "").strip() if match else text
