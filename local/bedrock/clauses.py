"""The parts of a text that may speak of different things, or in different moods."""

import re

_END = re.compile(r"[.!?;\n]+(?:\s|$)|,\s+|,?\s+\b(?:and|but|however|although|though|while|yet)\s")
_SHORTEST, _LONGEST = 16, 160
_MOST_CLAUSES = 8


def clauses_of(text: str, shortest: int = _SHORTEST) -> list[str]:
    """The clauses of a text; none if it has only one.

    Args:
        shortest: characters; a shorter part says too little to be judged by its meaning.
    """
    parts = [part.strip(" ,") for part in _END.split(text)]
    long = [part[:_LONGEST] for part in parts if len(part) >= shortest]
    return long[:_MOST_CLAUSES] if len(long) > 1 else []
