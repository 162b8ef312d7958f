"""Recognises names without content, such as "Other issues", that nobody could act on."""

import re

from shared.contracts.records import normalise

LONGEST = 80
"""Characters of a name, at most."""

# Words that say that something was said, but not what. A name made of these alone is refused, in
# whatever number and combination. They are about feedback as such, never about a product.
_SAYS_NOTHING = """
    a about all an and any area aspect bad case category client comment complaint concern customer
    different enhancement enquiry etc experience feature feedback for from further general generic good
    idea improvement in inquiry issue item kind matter misc miscellaneous mixed more multiple negative new
    of on opinion or other overall point positive problem product query question related remark request
    review sentiment service several some specific stuff suggestion support the theme thing to topic
    trouble uncategorised uncategorized unclear unknown unrelated user various with
"""
_EMPTY_WORDS = frozenset(_SAYS_NOTHING.split())
_WORD = re.compile(r"[^\W_]+")


def says_nothing(name: str) -> bool:
    """Whether the name is empty, too long, or made only of words that fit any feedback."""
    words = _WORD.findall(normalise(name))
    return not words or len(name) > LONGEST or all(_is_empty(word) for word in words)


def same_name(one: str, other: str) -> bool:
    """Whether two names differ at most in case, punctuation and white space."""
    return _WORD.findall(normalise(one)) == _WORD.findall(normalise(other))


def _is_empty(word: str) -> bool:
    singular = [word, word.removesuffix("s"), word.removesuffix("es"), re.sub(r"ies$", "y", word)]
    return any(form in _EMPTY_WORDS for form in singular) or word.isdigit()
