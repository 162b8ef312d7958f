"""Names as people write them, and when two of them are one."""

import re
import unicodedata

# Unicode's property Default_Ignorable_Code_Point: what has no shape of its own, such as a zero-width space;
# and the sign of Braille without a dot.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def clean_name(name: str) -> str:
    """A name as it is kept: NFKC, one space between words, nothing that cannot be seen."""
    spaced = " ".join(unicodedata.normalize("NFKC", name).split())
    seen = "".join(c for c in _IGNORABLE.sub("", spaced) if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def name_key(name: str) -> str:
    """Names with equal keys are one name: neither case nor accents count, as in the database."""
    plain = unicodedata.normalize("NFKD", clean_name(name).casefold())
    return clean_name("".join(c for c in plain if not unicodedata.combining(c)).casefold())
