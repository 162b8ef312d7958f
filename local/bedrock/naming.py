"""A name and a description for a group of texts, taken from its own words.

The name is the phrase of the group that lies nearest to its centre. Only words of grammar are
listed here: a phrase does not begin or end with one, whatever the texts are about.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.bedrock.embedding import Embed
from local.bedrock.labelling import unit
from local.bedrock.minilm import Floats

LONGEST_PHRASE = 4
MOST_PHRASES = 200
# A phrase that only one text uses says less about the group than one that many share.
SUPPORT_WEIGHT = 0.15
# Similarity from which a phrase says about what a text says.
ALIKE = 0.5
# Of two phrases about as near, the one that is less of a sentence makes the better heading.
CLAUSE_COST = 0.03
LONGEST_QUOTE = 110
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_PHRASE_END = re.compile(r"[.!?;:,()\"\n]+(?=\s|$)|\s[-–—]\s")
_GRAMMAR_WORDS = """
    a about after again all also am an and any anyone are aren't as at be because been before being but
    by can can't cannot could couldn't did didn't do does doesn't doing don't done for from get gets
    getting got had has hasn't have haven't having he her here hers him his how i i'd i'm i've if in
    into is isn't it it's its just may me might more most much must my no nor not now of off on once
    only or our ours out over please really she should so some still such than that the their them then
    there these they this those to too up us very was wasn't we were what when where whether which while
    who why will with won't would you your yours
"""
_GRAMMAR = frozenset(_GRAMMAR_WORDS.split())
# What a heading in title case leaves small.
_SMALL_WORDS = "a an and as at but by for from in into of off on or out than the to up with"
_SMALL = frozenset(_SMALL_WORDS.split())
_NEGATION = re.compile(r"no|not|.*n['’]t")


@dataclass(frozen=True)
class Name:
    """A name for a group, and how well it fits."""

    text: str
    fit: float
    """Similarity that half of the group's texts have to it, or more."""


def name_group(texts: Sequence[str], vectors: Floats, taken: Sequence[str], embed: Embed) -> Name:
    """The phrase of `texts` that says best what they share, in title case, and none of `taken`.

    Without a phrase to choose from, the name is empty and fits nothing.
    """
    refused = {name.casefold() for name in taken}
    phrases = [phrase for phrase in _candidates(texts) if title(phrase).casefold() not in refused]
    if not phrases:
        return Name("", 0)
    centre = unit(vectors.mean(axis=0))
    rows = embed(phrases)
    similarities = vectors @ rows.T
    scores = rows @ centre + SUPPORT_WEIGHT * np.mean(similarities > ALIKE, axis=0)
    scores -= CLAUSE_COST * np.array([_inner_grammar(phrase) for phrase in phrases])
    best = int(scores.argmax())
    return Name(title(phrases[best]), float(np.median(similarities[:, best])))


def describe_group(texts: Sequence[str], vectors: Floats) -> str:
    """One line: the most central text of the group, quoted."""
    centre = vectors.mean(axis=0)
    short = [position for position, text in enumerate(texts) if len(text) <= LONGEST_QUOTE]
    among = short or range(len(texts))
    best = max(among, key=lambda position: float(vectors[position] @ centre))
    return f"Feedback like “{clip(texts[best], LONGEST_QUOTE)}”"


def title(phrase: str) -> str:
    """The phrase as a heading: `card not working` is `Card Not Working`."""
    words = phrase.split()
    return " ".join(word if place and word in _SMALL else _capital(word) for place, word in enumerate(words))


def clip(text: str, length: int) -> str:
    """The text on one line, cut at a word when it is longer than `length` characters."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[:length].rsplit(" ", 1)[0] + "…"


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _candidates(texts: Sequence[str]) -> list[str]:
    """Phrases of one to four words, the ones that most texts use first."""
    used: Counter[str] = Counter()
    for text in texts:
        used.update({phrase for part in _PHRASE_END.split(text) for phrase in _phrases(part)})
    longer = [phrase for phrase in used if " " in phrase]
    ranked = sorted(longer or used, key=lambda phrase: (-used[phrase], -len(phrase), phrase))
    return ranked[:MOST_PHRASES]


def _phrases(part: str) -> list[str]:
    shouted = part.isupper()
    words = [word if _is_code(word) and not shouted else word.lower() for word in WORD.findall(part)]
    return [
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + LONGEST_PHRASE, len(words)) + 1)
        if not _is_grammar(words[start]) and not _is_grammar(words[end - 1])
    ]


def _inner_grammar(phrase: str) -> int:
    """How many of its words are of grammar, yet neither small in a heading nor a negation."""
    words = (word for word in phrase.split() if word not in _SMALL and not _NEGATION.fullmatch(word))
    return sum(map(_is_grammar, words))


def _is_grammar(word: str) -> bool:
    """Listed, or short for something listed: there's."""
    return word.lower() in _GRAMMAR or re.split(r"['’]", word.lower())[0] in _GRAMMAR


def _is_code(word: str) -> bool:
    """With capitals past its first letter, as abbreviations and product names have."""
    return any(map(str.isupper, word[1:]))
