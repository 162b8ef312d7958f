"""Whether a text praises or complains, by how near it is to sentences that do.

The sentences are about nothing in particular, so that only the mood of a text moves it.
"""

import re
from collections.abc import Sequence

from local.bedrock.embedding import Embed
from local.bedrock.labelling import unit
from local.bedrock.minilm import Floats

PRAISE = (
    "I love it, it is excellent.",
    "Very happy and satisfied, highly recommended.",
    "Works perfectly, better than expected.",
    "Well made and worth it.",
    "They were friendly and helpful and solved my problem.",
    "Thank you, this was great.",
    "It was fast, easy and pleasant.",
)
COMPLAINT = (
    "I hate it, it is terrible.",
    "Very unhappy and disappointed, not recommended.",
    "Does not work, worse than expected.",
    "I am angry, this was awful.",
    "It was slow, difficult and annoying.",
    "It failed, it is broken and useless.",
    "Badly made and not worth it.",
    "They were rude and unhelpful and did not solve my problem.",
    "There is a problem, something is missing.",
)
NEITHER = (
    "I use it every day.",
    "It is made of metal.",
    "How do I do this?",
    "Where can I find it?",
    "I bought it last week.",
    "Is it possible to change it?",
)
MOST_CLAUSES = 6
SHORTEST_CLAUSE = 8
_CLAUSE_END = re.compile(r"[.!?;:,\n]+|\bbut\b|\bhowever\b")


class Moods:
    """The direction from complaint to praise, and how far along it a text must be."""

    def __init__(self, embed: Embed, threshold: float) -> None:
        self._embed = embed
        self._threshold = threshold
        self._axis = unit(embed(PRAISE).mean(axis=0) - embed(COMPLAINT).mean(axis=0))
        self._middle = float((embed(NEITHER) @ self._axis).mean())

    def judge(self, texts: Sequence[str], vectors: Floats) -> list[str]:
        """positive, negative, neutral or mixed for each of `texts`, whose embeddings are `vectors`."""
        clauses = [_clauses(text) for text in texts]
        leanings = iter(
            (
                self._embed([clause for each in clauses for clause in each]) @ self._axis - self._middle
            ).tolist()
        )
        parts = [[next(leanings) for _ in each] for each in clauses]
        whole = (vectors @ self._axis - self._middle).tolist()
        return [self._mood(lean, part) for lean, part in zip(whole, parts, strict=True)]

    def _mood(self, whole: float, parts: Sequence[float]) -> str:
        clear = 2 * self._threshold
        if parts and max(parts) > clear and min(parts) < -clear:
            return "mixed"
        if abs(whole) < self._threshold:
            return "neutral"
        return "positive" if whole > 0 else "negative"


def _clauses(text: str) -> list[str]:
    """The parts of a text that could be of different moods; none if it has only one."""
    parts = [part.strip() for part in _CLAUSE_END.split(text)]
    long = [part for part in parts if len(part) >= SHORTEST_CLAUSE][:MOST_CLAUSES]
    return long if len(long) > 1 else []
