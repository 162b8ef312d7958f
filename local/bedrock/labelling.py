"""Which category a text means, by embeddings alone.

A category is known by its text (name and description) and, when the prompt has some, by examples.
The two live on different similarity scales: a sentence is nearer to sentences like it than to any
description. Scores of categories with examples are therefore shifted by what the prompt's own
examples show the difference to be, so that both kinds stand in one list and under one threshold.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from local.bedrock.embedding import Embed
from local.bedrock.minilm import Floats

# A category's text weighs as much as this many examples.
TEXT_WEIGHT = 2.5
# Share of a category's text score that comes from its best single phrase.
PHRASE_SHARE = 0.4
# Share of the mean over all categories that is taken off the best: a text that is a little like
# everything belongs to nothing.
COMMON_SHARE = 0.7
# What keeps a taxonomy of one from taking everything.
LOWEST_THRESHOLD = 0.05
_PHRASE_END = re.compile(r"[,;.:()/]|\band\b|\bor\b")


@dataclass(frozen=True)
class Category:
    """One allowed label, as the prompt describes it."""

    name: str
    description: str


class Labeller:
    """Everything about one taxonomy and its examples that does not depend on the texts to label."""

    def __init__(
        self,
        categories: Sequence[Category],
        examples: Sequence[tuple[int, str]],
        embed: Embed,
        threshold: float,
    ) -> None:
        """`examples` are pairs of a position in `categories` and a text of that category."""
        self._prototypes = text_prototypes(categories, embed)
        self._phrases = [embed(_phrases(category)) for category in categories]
        self._owners = np.array([position for position, _ in examples], np.int64)
        self._examples = embed([text for _, text in examples])
        self._centroids, self._counts = self._gather(len(categories))
        self._shift = self._calibrate()
        self._threshold = max(threshold * math.log(len(categories)), LOWEST_THRESHOLD)

    def label(self, texts: Floats) -> list[int]:
        """The position of each text's category, or -1 for none of them."""
        scores = self.scores(texts)
        best = scores.argmax(axis=1)
        lead = scores.max(axis=1) - COMMON_SHARE * scores.mean(axis=1)
        return [
            int(position) if high >= self._threshold else -1
            for position, high in zip(best, lead, strict=True)
        ]

    def scores(self, texts: Floats) -> Floats:
        """Similarity of each text (rows) to each category (columns), on the scale of category texts."""
        scores = self._text_scores(texts)
        if len(self._owners) == 0:
            return scores
        similarities = texts @ self._examples.T
        for position in np.flatnonzero(self._counts):
            share = _nearest_share(self._counts[position])
            nearest = similarities[:, self._owners == position].max(axis=1)
            central = texts @ self._centroids[position]
            scores[:, position] = (1 - share) * central + share * nearest - self._shift[position]
        return scores

    def _text_scores(self, texts: Floats) -> Floats:
        phrases = np.stack([(texts @ rows.T).max(axis=1) for rows in self._phrases], axis=1)
        scores = (1 - PHRASE_SHARE) * (texts @ self._prototypes.T) + PHRASE_SHARE * phrases
        return scores.astype(np.float32)

    def _gather(self, size: int) -> tuple[Floats, NDArray[np.int64]]:
        total = TEXT_WEIGHT * self._prototypes
        np.add.at(total, self._owners, self._examples)
        return unit(total), np.bincount(self._owners, minlength=size)

    def _calibrate(self) -> Floats:
        """For each category, how much higher its members score by examples than by text alone."""
        if len(self._owners) == 0:
            return np.zeros(len(self._counts), np.float32)
        rows = np.arange(len(self._owners))
        by_text = float(self._text_scores(self._examples)[rows, self._owners].mean())
        to_prototype = float((self._examples * self._prototypes[self._owners]).sum(axis=1).mean())
        among, nearest = self._among_examples(to_prototype)
        counts = self._counts.astype(np.float32)
        central = _expected_similarity(counts, to_prototype, among)
        share = _nearest_share(counts)
        shift: Floats = np.where(counts > 0, (1 - share) * central + share * nearest - by_text, 0).astype(
            np.float32
        )
        return shift

    def _among_examples(self, default: float) -> tuple[float, float]:
        """Mean and mean highest similarity of examples to the others of their category."""
        same = self._owners[:, None] == self._owners[None, :]
        np.fill_diagonal(same, val=False)
        if not same.any():
            return default, default
        similarities = self._examples @ self._examples.T
        highest = np.where(same, similarities, -1).max(axis=1)[same.any(axis=1)]
        return float(similarities[same].mean()), float(highest.mean())


def text_prototypes(categories: Sequence[Category], embed: Embed) -> Floats:
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
    scaled: Floats = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return scaled


def _phrases(category: Category) -> list[str]:
    parts = [part.strip() for part in _PHRASE_END.split(category.description)]
    return [readable(category.name), *(part for part in parts if part)]


def _nearest_share(counts: Floats) -> Floats:
    """How far the nearest example counts beside the centroid: more, the more examples there are."""
    share: Floats = 0.5 * (counts - 1) / (counts + 1)
    return share


def _expected_similarity(counts: Floats, to_prototype: float, among: float) -> Floats:
    """Of a member to the direction of `counts` members and the text, from the mean similarities of pairs."""
    upper = TEXT_WEIGHT * to_prototype + counts * among
    squares = (
        TEXT_WEIGHT**2 + 2 * TEXT_WEIGHT * counts * to_prototype + counts + counts * (counts - 1) * among
    )
    return np.asarray(upper / np.sqrt(squares), np.float32)
