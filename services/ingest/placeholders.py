"""What programs and people write into a cell that holds nothing, and around one that holds something."""

import re

from services.ingest.columns import REQUIRED
from services.ingest.value_text import value_text

_WORDS = """
n/a n.a. n.a n/d n.d. s/d k.a. #n/a #nv #n/d null nan -nan nat none nil undefined n\\a \\n [] {}
— ?
#value! #ref! #name? #div/0! #num! #null! #error! #wert! #bezug! #valeur! #¡valor!
0000-00-00 00/00/0000 1/0/1900 00.01.1900 1900-01-00
"""
_PHRASES = """
not applicable
not available
keine angabe
k. a.
no data
invalid date
0000-00-00 00:00:00
"""
_BRACKETED = ("null", "none", "na", "n/a", "nil", "blank", "empty")
_NOTHING = frozenset(
    (
        *_WORDS.split(),
        *_PHRASES.strip().splitlines(),
        *(f"{left}{word}{right}" for word in _BRACKETED for left, right in ("()", "<>", "[]")),
    )
)
_SIGNS = frozenset("-._=~/")
_LONGEST = 100
"""Characters; more of them are a text, whatever they are."""
_ANSWERS = frozenset({"none", "nil", "?"})
"""Of these, what a customer may have said."""
_NOT_APPLICABLE = "na"
"""Nothing, too, but for a name: of Namibia, North America, or a shop."""
_NAMES = frozenset({"product_name", "store", "ref_id"})
_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


def is_nothing(field: str, text: str) -> bool:
    """Whether a cell of this field is empty, however it says so."""
    if len(text) > _LONGEST:
        return False
    said = (text.strip() if text.isascii() else value_text(text)).lower()
    if said == _NOT_APPLICABLE:
        return field not in _NAMES
    if not said or (said[0] in _SIGNS and len(set(said) - {" "}) == 1):
        return True
    return said in _NOTHING and not (field == REQUIRED and said in _ANSWERS)


def without_formula(text: str) -> str:
    """`="0042"` is how exports keep Excel from changing 0042."""
    match = _FORMULA.fullmatch(text) if text.startswith('="') else None
    return match[1].replace('""', '"') if match else text
