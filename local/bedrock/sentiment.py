"""Whether a text praises or complains, by a small trained head over the embeddings of its clauses.

`make head` (tools/sentiment_head.py) trains the head on sentences that people have rated.
"""

from collections.abc import Sequence
from itertools import repeat
from pathlib import Path

import numpy as np

from local.bedrock.clauses import clauses_of
from local.bedrock.embedding import Embed
from local.bedrock.minilm import Floats

HEAD = Path(__file__).with_name("sentiment_head.npy")
"""A row of weights for each dimension of an embedding and one of offsets; a column for each of MOODS."""
MOODS = ("negative", "neutral", "positive")
MIXED = "mixed"
_MOST_CLAUSES = 3
_MIXED_LEAST, _MIXED_SHARE = 0.2, 0.6
"""A text is mixed if its weaker mood is at least so strong, and at least so much of the stronger one."""
_MIDDLE = 3.0
"""So many stars say nothing; one more or fewer is a verdict."""
_VERDICT = 1.2
"""How far it moves a text's scores. Words that plainly say the opposite outweigh it."""


class Sentiments:
    """The head, and the embeddings that it reads."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._head: Floats = np.load(HEAD).astype(np.float32)

    def judge(self, texts: Sequence[str], vectors: Floats, stars: Sequence[float | None] = ()) -> list[str]:
        """positive, negative, neutral or mixed for each of `texts`, whose embeddings are `vectors`.

        Args:
            stars: of each text, from 0 to 5, or None; empty: no text has any.
        """
        clauses = [_spread(clauses_of(text)) for text in texts]
        ends = np.cumsum([len(own) for own in clauses])
        parts = np.split(self._scores(self._embed([clause for own in clauses for clause in own])), ends[:-1])
        given = stars or repeat(None, len(texts))
        return [_mood(*each) for each in zip(self._scores(vectors), parts, given, strict=True)]

    def _scores(self, vectors: Floats) -> Floats:
        scores: Floats = vectors @ self._head[:-1] + self._head[-1]
        return scores


def _mood(whole: Floats, parts: Floats, stars: float | None) -> str:
    """Of a text, by its scores, those of its clauses, and its stars."""
    if len(parts) and _may_be_mixed(stars) and _are_mixed(parts):
        return MIXED
    scores = (whole + parts.mean(axis=0)) / 2 if len(parts) else whole
    return MOODS[int((scores + _of_stars(stars)).argmax())]


def _of_stars(stars: float | None) -> Floats:
    """What stars add to the scores: few to negative, many to positive, and both take from neutral."""
    lean = 0.0 if stars is None else _VERDICT * min(max(stars - _MIDDLE, -1), 1)
    return np.array((-lean, -abs(lean), lean), np.float32)


def _may_be_mixed(stars: float | None) -> bool:
    """One or two stars, and five, are a verdict on the whole, whatever is said besides."""
    return stars is None or 2 < stars < 5


def _are_mixed(parts: Floats) -> bool:
    leanings = _probabilities(parts) @ np.array((-1, 0, 1), np.float32)
    weaker, stronger = sorted((np.maximum(leanings, 0).mean(), np.maximum(-leanings, 0).mean()))
    return bool(weaker >= max(_MIXED_LEAST, _MIXED_SHARE * stronger))


def _probabilities(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def _spread(clauses: list[str]) -> list[str]:
    """A few of them, spread over the text."""
    if len(clauses) <= _MOST_CLAUSES:
        return clauses
    return [clauses[0], clauses[len(clauses) // 2], clauses[-1]]
