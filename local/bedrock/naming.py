"""A name and a description for a group of texts, taken from its own words.

The name is a phrase of the group that lies near to its centre and uses the words that most of its
texts use, and texts of other categories do not. Listed here are only words that say nothing by
themselves in any English text; a heading leaves out some of them, and begins and ends with none.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.bedrock.embedding import Embed
from local.bedrock.labelling import unit
from local.bedrock.minilm import Floats
from local.bedrock.phrases import WORD, Phrase, content, phrases, spellings, stem, title

MOST_PHRASES = 200
# Similarity from which a phrase says about what a text says.
ALIKE = 0.5
# What counts besides the similarity to the centre: the share of the texts that are alike, and of
# those that use the phrase's words, less half of what other categories' texts use them.
ALIKE_WEIGHT = 0.15
WORDS_WEIGHT = 0.25
OTHERS_SHARE = 0.5
# A phrase that could as well be the name of an existing category says too little.
TAKEN = 0.6
TAKEN_COST = 0.3
# Of the similarity of two texts of a group, what its name must reach: a phrase is no sentence.
NEARLY = 0.95
LONGEST_QUOTE = 110
MOST_WORDS = 5
FEWEST_USES = 2
"""Texts that use each word of a name, in whatever form."""


@dataclass(frozen=True)
class Name:
    """A name for a group, and how well it fits."""

    text: str
    fit: float
    """Similarity that half of the group's texts have to it, or more."""


@dataclass(frozen=True)
class OtherCategories:
    """What a name is to be told apart from: existing categories.

    Attributes:
        names: of them.
        texts: that they have already.
        prototypes: their directions, one row each.
    """

    names: Sequence[str]
    texts: Sequence[str]
    prototypes: Floats


def name_group(texts: Sequence[str], vectors: Floats, others: OtherCategories, embed: Embed) -> Name:
    """The phrase of `texts` that says best what they share, in title case, and no name of `others`.

    One that is about as near to the texts as they are to each other is preferred, then one of several words.
    Without a phrase to choose from, the name is empty and fits nothing.
    """
    refused = {name.casefold() for name in others.names}
    candidates = [each for each in _candidates(texts) if title(each.text).casefold() not in refused]
    if not candidates:
        return Name("", 0)
    rows = embed([each.text for each in candidates])
    similarities = vectors @ rows.T
    fits = np.median(similarities, axis=0)
    scores = rows @ unit(vectors.mean(axis=0)) + ALIKE_WEIGHT * np.mean(similarities > ALIKE, axis=0)
    scores += WORDS_WEIGHT * _telling(candidates, texts, others.texts)
    if len(others.prototypes):
        scores -= TAKEN_COST * np.maximum(0, (rows @ others.prototypes.T).max(axis=1) - TAKEN)
    near, long = fits >= NEARLY * cohesion(vectors), np.array([each.length > 1 for each in candidates])
    preferred = next((some for some in (near & long, near, long) if some.any()), ~long)
    best = int(np.where(preferred, scores, -np.inf).argmax())
    return Name(title(candidates[best].text, spellings(texts)), float(fits[best]))


def describe_group(texts: Sequence[str], vectors: Floats) -> str:
    """One line: the most central text of the group, quoted."""
    centre = vectors.mean(axis=0)
    short = [position for position, text in enumerate(texts) if len(text) <= LONGEST_QUOTE]
    among = short or range(len(texts))
    best = max(among, key=lambda position: float(vectors[position] @ centre))
    return f"Feedback like “{clip(texts[best], LONGEST_QUOTE)}”"


def clip(text: str, length: int) -> str:
    """The text on one line, cut at a word when it is longer than `length` characters."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[:length].rsplit(" ", 1)[0] + "…"


def _candidates(texts: Sequence[str]) -> list[Phrase]:
    """Phrases of words that several texts use, headings if there are any, the most used first.

    What only one text says is its own affair, and so is a number.
    """
    used: Counter[Phrase] = Counter()
    for text in texts:
        used.update(phrases(text))
    usage = _usage(texts)
    least = min(FEWEST_USES, len(texts)) / len(texts)
    shared = [
        each
        for each in used
        if len(each.text.split()) <= MOST_WORDS
        and not any(map(str.isdigit, each.text))
        and all(usage.get(word, 0) >= least for word in content(each))
    ]
    headings = [each for each in shared if _is_heading(each)]
    ranked = sorted(headings or shared, key=lambda phrase: (-used[phrase], -len(phrase.text), phrase.text))
    return ranked[:MOST_PHRASES]


def _is_heading(phrase: Phrase) -> bool:
    """Whether it is no sentence, and says nothing twice."""
    words = content(phrase)
    return phrase.clutter == 0 and len(set(words)) == len(words)


def _telling(candidates: Sequence[Phrase], texts: Sequence[str], others: Sequence[str]) -> Floats:
    """How much of the texts use the words of each phrase, and how little the others do."""
    here, elsewhere = _usage(texts), _usage(others)
    return np.array(
        [
            np.mean([here.get(word, 0) - OTHERS_SHARE * elsewhere.get(word, 0) for word in content(each)])
            for each in candidates
        ],
        np.float32,
    )


def cohesion(vectors: Floats) -> float:
    """Mean similarity of two different texts of the group; 1 for a group of one."""
    count = len(vectors)
    if count == 1:
        return 1.0
    total = float(np.square(vectors.sum(axis=0)).sum())
    return (total - count) / (count * (count - 1))


def _usage(texts: Sequence[str]) -> dict[str, float]:
    """The share of the texts that use each word, in whatever form."""
    used = Counter(word for text in texts for word in {stem(word) for word in WORD.findall(text)})
    return {word: count / len(texts) for word, count in used.items()}
