"""Which category a text means, by embeddings alone.

A category is known by its text (name and description) and, when the prompt has some, by examples.
The two live on different similarity scales: a sentence is nearer to sentences like it than to any
description. Scores of categories with examples are therefore shifted by what the prompt's own
examples show the difference to be, so that both kinds stand in one list.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from local.bedrock.embedding import Embed
from local.bedrock.minilm import Floats
from local.bedrock.novelty import SMALL_TALK, Novelty, novelty

# A category's text weighs as much as this many examples.
TEXT_WEIGHT = 2.5
# Share of a category's text score that comes from its best single phrase.
PHRASE_SHARE = 0.4
_PHRASE_END = re.compile(r"[,;.:()/]|\band\b|\bor\b")


@dataclass(frozen=True)
class PromptCategory:
    """One allowed label, as the prompt describes it."""

    name: str
    description: str


@dataclass(frozen=True)
class _Scale:
    """How much higher than by its text a category's member scores by its examples.

    Attributes:
        by_text: mean score of examples by their category's text.
        to_prototype: mean similarity of examples to their category's text.
        among: mean similarity of two examples of a category.
        nearest: mean similarity of an example to the nearest other of its category.
    """

    by_text: float
    to_prototype: float
    among: float
    nearest: float

    def shift(self, counts: Floats) -> Floats:
        """For categories with so many examples; 0 for those with none."""
        central = _expected_similarity(counts, self.to_prototype, self.among)
        expected = _mixed(counts, central, np.full_like(central, self.nearest))
        return np.where(counts > 0, expected - self.by_text, 0).astype(np.float32)


class Labeller:
    """Everything about one taxonomy and its examples that does not depend on the texts to label."""

    def __init__(
        self,
        categories: Sequence[PromptCategory],
        examples: Sequence[tuple[int, str]],
        embed: Embed,
    ) -> None:
        """Prepares.

        Args:
            categories: the taxonomy.
            examples: pairs of a position in `categories` and a text of that category.
            embed: the embeddings.
        """
        self._prototypes = text_prototypes(categories, embed)
        phrases = [_phrases(category) for category in categories]
        # All in one go, for the model reads in batches; then each category gets its own.
        rows = embed([phrase for own in phrases for phrase in own])
        self._phrases = np.split(rows, np.cumsum([len(own) for own in phrases])[:-1])
        self._owners = np.array([position for position, _ in examples], np.int64)
        self._examples = embed([text for _, text in examples])
        self._counts = np.bincount(self._owners, minlength=len(categories)).astype(np.float32)
        self._totals = TEXT_WEIGHT * self._prototypes
        np.add.at(self._totals, self._owners, self._examples)
        self._centroids = unit(self._totals)
        self._scale = self._calibrate()
        self._shift = self._scale.shift(self._counts)
        self._small_talk = embed(SMALL_TALK)
        own = embed([each.description or readable(each.name) for each in categories])
        self._own = self._text_scores(own)
        described = sum(bool(each.description) for each in categories) / len(categories)
        self._is_new = self._novelty(described)

    def label(self, texts: Floats) -> list[int]:
        """The position of each text's category, or -1 for none of them."""
        scores = self.scores(texts)
        positions: list[int] = np.where(
            self._is_new(scores, self._talk(texts)), -1, scores.argmax(axis=1)
        ).tolist()
        return positions

    def are_new(self, texts: Floats, times: float = 1.0) -> NDArray[np.bool_]:
        """Whether each text is of none of them, or would be if it had to be so many times as clear.

        Small talk is not told apart here: it is of no category, and about nothing else either.
        """
        scores = np.asarray(self.scores(texts) / times, np.float32)
        return self._is_new(scores, np.zeros(len(texts), np.float32))

    def scores(self, texts: Floats) -> Floats:
        """Similarity of each text (rows) to each category (columns), on the scale of category texts."""
        scores = self._text_scores(texts)
        for position in np.flatnonzero(self._counts):
            nearest = (texts @ self._examples[self._owners == position].T).max(axis=1)
            mixed = _mixed(self._counts[position], texts @ self._centroids[position], nearest)
            scores[:, position] = mixed - self._shift[position]
        return scores

    def _novelty(self, described: float) -> Novelty:
        """By the examples that have others of their category beside them, if they are enough."""
        judged = np.flatnonzero(self._counts[self._owners] > 1)
        known = self._scores_without_themselves(judged)
        return novelty(self._own, described, known, self._talk(self._examples[judged]))

    def _scores_without_themselves(self, rows: NDArray[np.int64]) -> Floats:
        """Scores of these examples, each as if the prompt had all examples but that one."""
        texts, owners = self._examples[rows], self._owners[rows]
        left = self._counts[owners] - 1
        central = (texts * unit(self._totals[owners] - texts)).sum(axis=1)
        scores = self.scores(texts)
        own = _mixed(left, central, self._to_nearest_sibling()[rows]) - self._scale.shift(left)
        scores[np.arange(len(rows)), owners] = own
        return scores

    def _talk(self, texts: Floats) -> Floats:
        """How near each text is to small talk."""
        nearest: Floats = (texts @ self._small_talk.T).max(axis=1)
        return nearest

    def _text_scores(self, texts: Floats) -> Floats:
        phrases = np.stack([(texts @ rows.T).max(axis=1) for rows in self._phrases], axis=1)
        scores = (1 - PHRASE_SHARE) * (texts @ self._prototypes.T) + PHRASE_SHARE * phrases
        return scores.astype(np.float32)

    def _calibrate(self) -> _Scale:
        if len(self._owners) == 0:
            return _Scale(0, 0, 0, 0)
        rows = np.arange(len(self._owners))
        by_text = float(self._text_scores(self._examples)[rows, self._owners].mean())
        to_prototype = float((self._examples * self._prototypes[self._owners]).sum(axis=1).mean())
        siblings = self._counts[self._owners] > 1
        if not siblings.any():
            return _Scale(by_text, to_prototype, to_prototype, to_prototype)
        nearest = float(self._to_nearest_sibling()[siblings].mean())
        return _Scale(by_text, to_prototype, self._among_siblings(), nearest)

    def _to_nearest_sibling(self) -> Floats:
        """Similarity of each example to the most similar other of its category; -1 where it is alone."""
        nearest = np.full(len(self._owners), -1, np.float32)
        for position in np.flatnonzero(self._counts > 1):
            members = np.flatnonzero(self._owners == position)
            similar = self._examples[members] @ self._examples[members].T
            np.fill_diagonal(similar, -1)
            nearest[members] = similar.max(axis=1)
        return nearest

    def _among_siblings(self) -> float:
        """Mean similarity of two different examples of a category, over all such pairs."""
        sums = np.zeros_like(self._prototypes)
        np.add.at(sums, self._owners, self._examples)
        total = float(np.square(sums).sum()) - len(self._owners)
        return total / float((self._counts * (self._counts - 1)).sum())


def text_prototypes(categories: Sequence[PromptCategory], embed: Embed) -> Floats:
    """Each category as the direction of its name and description."""
    names = [readable(category.name) for category in categories]
    described = [category.description or name for category, name in zip(categories, names, strict=True)]
    joined = [f"{name}: {text}" for name, text in zip(names, described, strict=True)]
    return unit(embed([f"feedback about {name}" for name in names]) + 1.5 * embed(described) + embed(joined))


def readable(name: str) -> str:
    """A category's name as words: `card_not_working` is `card not working`."""
    return " ".join(re.split(r"[\s_]+", name.strip())).lower()


def unit(rows: Floats) -> Floats:
    """The rows, each scaled to length 1."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), np.float32)


def _phrases(category: PromptCategory) -> list[str]:
    parts = [part.strip() for part in _PHRASE_END.split(category.description)]
    return [readable(category.name), *(part for part in parts if part)]


def _mixed(counts: Floats, central: Floats, nearest: Floats) -> Floats:
    """The nearest example counts beside the centroid: the more, the more examples there are."""
    share = 0.5 * (counts - 1) / (counts + 1)
    mixed: Floats = (1 - share) * central + share * nearest
    return mixed


def _expected_similarity(counts: Floats, to_prototype: float, among: float) -> Floats:
    """Of a member to the direction of `counts` members and the text, from the mean similarities of pairs."""
    upper = TEXT_WEIGHT * to_prototype + counts * among
    squares = (
        TEXT_WEIGHT**2 + 2 * TEXT_WEIGHT * counts * to_prototype + counts + counts * (counts - 1) * among
    )
    return np.asarray(upper / np.sqrt(squares), np.float32)
