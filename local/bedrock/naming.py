"""A name and a description for a group of texts, taken from its own words.

The name is a phrase of the group that lies near to its centre and uses the words that most of its
texts use, and texts of other categories do not. Listed here are only words that say nothing by
themselves in any English text; a heading leaves out some of them, and begins and ends with none.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from local.bedrock.embedding import Embed
from local.bedrock.labelling import unit
from local.bedrock.minilm import Floats
from local.bedrock.phrases import WORD, Phrase, content, form, is_heading, phrases, spellings, stem, title

MOST_PHRASES = 200
# A text's words and the similarity from which a phrase says what it says; a long one says more besides. The
# first tell which phrase is best, the others, by the median of a group's words, whether it is good enough.
NEAR = (8, 32), (0.6, 0.33)
NEAR_ENOUGH = (8, 11), (0.62, 0.33)
LONG_WORDS = 16
# Around it, the similarities between which a text counts in part.
SOFT_BELOW, SOFT_ABOVE = 0.2, 0.1
# What counts besides how many texts it says: the similarity to the centre; for each word the share of the
# texts that use it, less half of what other categories' texts do, and what is usual; that several say it.
CENTRE_WEIGHT = 0.5
WORDS_WEIGHT = 0.2
OTHERS_SHARE, USUAL, RARE = 0.5, 0.45, 0.1
SAID_WEIGHT = 0.01
# A phrase that could as well be the name of an existing category says too little.
TAKEN = 0.6
TAKEN_COST = 0.3
# Of the most texts that any phrase says, what a name must say.
NEARLY = 0.8
LONGEST_QUOTE = 110
MOST_WORDS = 5
FEWEST_USES = 2
"""Texts that use each word of a name, in whatever form."""


@dataclass(frozen=True)
class Name:
    """A name for a group, and how well it fits."""

    text: str
    share: float
    """Of the group's texts, those that it is near to."""


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

    Of those that about as many texts are near to as to any, one of several words is preferred.
    Without a phrase to choose from, the name is empty and fits nothing.
    """
    refused = {name.casefold() for name in others.names}
    found = {each: n for each, n in _candidates(texts).items() if title(each.text).casefold() not in refused}
    if not found:
        return Name("", 0)
    candidates = list(found)
    rows = embed([each.text for each in candidates])
    similarities, words = vectors @ rows.T, np.array([len(WORD.findall(text)) for text in texts])
    beyond = similarities - np.interp(words, *NEAR)[:, None]
    nearness = np.clip((beyond + SOFT_BELOW) / (SOFT_BELOW + SOFT_ABOVE), 0, 1)
    verbatim = _verbatim(candidates, texts)
    shares = np.mean((beyond >= 0) | verbatim, axis=0)
    scores = np.maximum(nearness, verbatim).mean(axis=0)
    scores += CENTRE_WEIGHT * (rows @ unit(vectors.mean(axis=0)))
    scores += WORDS_WEIGHT * _telling(candidates, texts, others.texts)
    scores += SAID_WEIGHT * (np.array(list(found.values())) >= FEWEST_USES)
    if len(others.prototypes):
        scores -= TAKEN_COST * np.maximum(0, (rows @ others.prototypes.T).max(axis=1) - TAKEN)
    near, long = shares >= NEARLY * shares.max(), np.array([each.length > 1 for each in candidates])
    preferred = near & long if (near & long).any() else near
    best = int(np.where(preferred, scores, -np.inf).argmax())
    enough = similarities[:, best] >= np.interp(np.median(words), *NEAR_ENOUGH)
    return Name(title(candidates[best].text, spellings(texts)), float(np.mean(enough | verbatim[:, best])))


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


def _verbatim(candidates: Sequence[Phrase], texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Of each text, by row, the phrases all of whose words it uses; in a long one they meet by chance."""
    used = [_stems(text) if len(WORD.findall(text)) <= LONG_WORDS else set() for text in texts]
    words = [set(content(each)) for each in candidates]
    return np.array([[len(each) > 1 and each <= own for each in words] for own in used])


def _candidates(texts: Sequence[str]) -> dict[Phrase, int]:
    """Phrases of words that several texts use, headings if there are any, and how often they are said.

    What only one text says is its own affair, and so is a number. Of phrases that differ by the forms of
    their words it is the one that is said most.
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
    headings = [each for each in shared if is_heading(each)]
    said: dict[tuple[str, ...], tuple[Phrase, int]] = {}
    for each in sorted(headings or shared, key=lambda phrase: (-used[phrase], len(phrase.text), phrase.text)):
        most, count = said.get(form(each), (each, 0))
        said[form(each)] = most, count + used[each]
    return dict(sorted(said.values(), key=lambda each: (-each[1], -each[0].length))[:MOST_PHRASES])


def _telling(candidates: Sequence[Phrase], texts: Sequence[str], others: Sequence[str]) -> Floats:
    """How far the words of each phrase are used by more texts than is usual, and by few of the others."""
    here, elsewhere = _usage(texts), _usage(others)
    worth = {
        word: max(share - OTHERS_SHARE * elsewhere.get(word, 0) - USUAL, -RARE)
        for word, share in here.items()
    }
    return np.array([sum(map(worth.__getitem__, set(content(each)))) for each in candidates], np.float32)


def cohesion(vectors: Floats) -> float:
    """Mean similarity of two different texts of the group; 1 for a group of one."""
    count = len(vectors)
    if count == 1:
        return 1.0
    total = float(np.square(vectors.sum(axis=0)).sum())
    return (total - count) / (count * (count - 1))


def _usage(texts: Sequence[str]) -> dict[str, float]:
    """The share of the texts that use each word, in whatever form."""
    used = Counter(word for text in texts for word in _stems(text))
    return {word: count / len(texts) for word, count in used.items()}


def _stems(text: str) -> set[str]:
    return set(map(stem, WORD.findall(text)))
