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
MOST_CLAUSES = 3
SHORTEST_CLAUSE = 8
LONGEST_CLAUSE = 80
# The weaker mood's share of the stronger one from which a text is both.
MIXED_SHARE = 2 / 3
_CLAUSE_END = re.compile(r"[.!?;:,\n]+(?:\s|$)|\bbut\b|\bhowever\b")


class Sentiments:
    """The direction from complaint to praise, and how far along it a text must be."""

    def __init__(self, embed: Embed, threshold: float) -> None:
        self._embed = embed
        self._threshold = threshold
        self._axis = unit(embed(PRAISE).mean(axis=0) - embed(COMPLAINT).mean(axis=0))
        # Plain statements lie a little towards complaint, praise and complaint in equal measure lie
        # at 0: half way between the two is what most texts of no mood are near.
        self._middle = float((embed(NEITHER) @ self._axis).mean()) / 2

    def judge(self, texts: Sequence[str], vectors: Floats) -> list[str]:
        """positive, negative, neutral or mixed for each of `texts`, whose embeddings are `vectors`."""
        clauses = [_clauses(text) for text in texts]
        leanings = iter(self._leanings(self._embed([clause for each in clauses for clause in each])))
        parts = [[next(leanings) for _ in each] for each in clauses]
        whole = self._leanings(vectors)
        return [self._mood(lean, part) for lean, part in zip(whole, parts, strict=True)]

    def _leanings(self, vectors: Floats) -> list[float]:
        leanings: list[float] = (vectors @ self._axis - self._middle).tolist()
        return leanings

    def _mood(self, whole: float, parts: Sequence[float]) -> str:
        if not parts:
            return self._plain_mood(whole)
        praise = sum(max(part, 0) for part in parts) / len(parts)
        complaint = sum(max(-part, 0) for part in parts) / len(parts)
        weaker, stronger = sorted((praise, complaint))
        if weaker > max(self._threshold, stronger * MIXED_SHARE):
            return "mixed"
        return self._plain_mood((whole + praise - complaint) / 2)

    def _plain_mood(self, leaning: float) -> str:
        if abs(leaning) < self._threshold:
            return "neutral"
        return "positive" if leaning > 0 else "negative"


def _clauses(text: str) -> list[str]:
    """A few parts of a text that could be of different moods, spread over it; none if it has only one."""
    parts = [part.strip() for part in _CLAUSE_END.split(text)]
    long = [part[:LONGEST_CLAUSE] for part in parts if len(part) >= SHORTEST_CLAUSE]
    if len(long) <= MOST_CLAUSES:
        return long if len(long) > 1 else []
    return [long[0], long[len(long) // 2], long[-1]]
