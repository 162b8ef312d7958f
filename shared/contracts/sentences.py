"""Parts of a text that may speak of one thing each: its sentences, and the clauses of which they are made."""

import re

from shared.contracts.records import normalise

FEWEST_WORDS = 3
"""Words without which a part says nothing by itself: "Great!"."""
MOST_PARTS = 24
LONGEST_PART = 400
"""Characters; of a text without any full stop, too."""
# One sign of white space each: a long run of it is parted often, and not looked through again and again.
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s|(?<=[。！？])|[\r\n]")
_CLAUSE_END = re.compile(
    r",?\s(?:and|but|however|although|though|while|whereas|yet)\s|[;:,–—]\s|\s-\s|[，；、]", re.IGNORECASE
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|[^\W_]+")


def sentences(text: str) -> list[str]:
    """The sentences of a text that say something; the whole text if none does."""
    found = _parts(_SENTENCE_END.split(text))
    return found or [text.strip()[:LONGEST_PART]]


def clauses(text: str) -> list[str]:
    """The clauses of its sentences that say something; a sentence that has only one is that clause."""
    split = (_parts(_CLAUSE_END.split(sentence)) or [sentence] for sentence in sentences(text))
    return [clause for own in split for clause in own][:MOST_PARTS]


def part_with(text: str, words: str) -> str:
    """The shortest clause or sentence of the text that holds these words of it; the words if none does."""
    wanted = normalise(words)
    holding = [part for part in (*clauses(text), *sentences(text)) if wanted in normalise(part)]
    return min(holding, key=len, default=words)


def count_words(part: str) -> int:
    """The words of a part; of a script without spaces each sign is one."""
    return len(_WORD.findall(part))


def _parts(split: list[str]) -> list[str]:
    stripped = (part.strip(" \t,;:–—") for part in split)
    return [part[:LONGEST_PART] for part in stripped if count_words(part) >= FEWEST_WORDS][:MOST_PARTS]
