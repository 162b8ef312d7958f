"""Whether a group of texts is a new theme, an existing category after all, or no theme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from local.bedrock.embedding import Embed
from local.bedrock.labelling import PromptCategory, text_prototypes
from local.bedrock.minilm import Floats
from local.bedrock.naming import OtherCategories, cohesion, describe_group, name_group
from local.bedrock.phrases import WORD, small_words
from local.bedrock.tokens import count_tokens

EXAMPLES = 3
FEWEST_EXAMPLES = 3
"""Texts of a category from which a group is compared to them instead of to its name and description."""
# Closeness of a group to an existing category from which it is that category: by its name and description;
# and where the prompt shows texts of it, where 1 is as near as its own texts are.
SAME = 0.86
SAME_BY_EXAMPLES = 0.96
# Share of a group's texts that its name must be near to; below it the group has no theme.
MIXED_BELOW = 0.5
# Median words of a text below which a group says nothing that could name it: "ok", "good", a thumb up.
FEWEST_WORDS_OF_A_TEXT = 3
# Mean similarity below which texts have no more in common than any others.
LOOSEST = 0.18
# Word pieces for each word: 1.1 to 1.3 in English, from 1.5 on in languages that the model cannot read.
MOST_PIECES = 1.45
# Of fewer words than these, one abbreviation makes much of the whole.
FEWEST_WORDS = 20
MOST_PIECES_OF_FEW = 1.8
# Of an English sentence's words so many are articles, pronouns and the like; of romanised Hindi hardly any.
FEWEST_SMALL_WORDS = 0.15
# Words of a text from which it is a sentence.
FEWEST_OF_A_SENTENCE = 6


@dataclass(frozen=True)
class GroupVerdict:
    """What the engine makes of a group."""

    verdict: str
    """NEW, SAME_AS or MIXED."""
    category: int
    """Position of the category that the group is, or -1."""
    name: str
    description: str
    examples: tuple[int, ...]
    """Positions of the texts that carry the theme."""


def judge_group(
    texts: Sequence[str],
    categories: Sequence[PromptCategory],
    known: Mapping[int, Sequence[str]],
    embed: Embed,
) -> GroupVerdict:
    """Judge `texts` against `categories`, which may be none.

    Args:
        known: texts that a category has already, by its position.
    """
    vectors = embed(texts)
    unity = cohesion(vectors)
    examples = tuple(np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")[:EXAMPLES].tolist())
    mixed = GroupVerdict("MIXED", -1, "", "", examples)
    if unity < LOOSEST or not says_something(texts) or not is_readable(texts):
        return mixed
    same = _same_by_examples(vectors, unity, known, embed)
    if same < 0:
        same = _same_by_words(vectors, unity, categories, known, embed)
    if same >= 0:
        return GroupVerdict("SAME_AS", same, "", "", examples)
    others = OtherCategories(
        [category.name for category in categories],
        [text for own in known.values() for text in own],
        text_prototypes(categories, embed) if categories else vectors[:0],
    )
    name = name_group(texts, vectors, others, embed)
    if name.share < MIXED_BELOW:
        return mixed
    return GroupVerdict("NEW", -1, name.text, describe_group(texts, vectors), examples)


def _same_by_examples(vectors: Floats, unity: float, known: Mapping[int, Sequence[str]], embed: Embed) -> int:
    """Position of the category whose texts the group's texts are as near to as each are among themselves."""
    closeness = {}
    for position, texts in known.items():
        if len(texts) >= FEWEST_EXAMPLES:
            rows = embed(texts)
            within = unity * max(cohesion(rows), LOOSEST)
            closeness[position] = float((vectors @ rows.T).mean() / np.sqrt(within))
    best = max(closeness, key=closeness.__getitem__, default=-1)
    return best if best >= 0 and closeness[best] >= SAME_BY_EXAMPLES else -1


def _same_by_words(
    vectors: Floats,
    unity: float,
    categories: Sequence[PromptCategory],
    known: Mapping[int, Sequence[str]],
    embed: Embed,
) -> int:
    """Position of the category that the group is by its name and description alone, or -1."""
    if not categories:
        return -1
    nearest, closeness = _nearest(vectors, text_prototypes(categories, embed), unity)
    seen = len(known.get(nearest, ())) >= FEWEST_EXAMPLES
    return nearest if closeness >= SAME and not seen else -1


def says_something(texts: Sequence[str]) -> bool:
    """Whether half of the texts are more than an interjection."""
    return bool(np.median([len(WORD.findall(text)) for text in texts]) >= FEWEST_WORDS_OF_A_TEXT)


def is_readable(texts: Sequence[str]) -> bool:
    """Whether the model knows the language. What it does not, it finds alike by language alone."""
    words = sum(len(text.split()) for text in texts)
    pieces = sum(count_tokens(" ".join(WORD.findall(text))) for text in texts)
    most = MOST_PIECES if words >= FEWEST_WORDS else MOST_PIECES_OF_FEW
    return 0 < pieces <= most * words and _is_english(texts)


def _is_english(texts: Sequence[str]) -> bool:
    """Whether sentences, as far as there are some, have the small words of English ones."""
    counts = [(len(WORD.findall(text)), small_words(text)) for text in texts]
    words, small = np.sum([each for each in counts if each[0] >= FEWEST_OF_A_SENTENCE] or [(0, 0)], axis=0)
    return bool(words < FEWEST_WORDS or small >= FEWEST_SMALL_WORDS * words)


def _nearest(vectors: Floats, prototypes: Floats, unity: float) -> tuple[int, float]:
    """The nearest category, and how near: 1 is what the group's own centre would reach.

    A loose group reaches less than a tight one whatever it is compared to, so similarities are
    measured in units of what its texts reach among themselves. What counts besides is the lead over
    the second nearest: a group that belongs somewhere belongs there alone.
    """
    means = (vectors @ prototypes.T).mean(axis=0)
    best = int(means.argmax())
    others = np.delete(means, best)
    lead = float(means[best] - others.max()) if len(others) else 0.0
    return best, (float(means[best]) + lead / 2) / float(np.sqrt(unity))
