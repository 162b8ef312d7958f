"""The topics of a text, clause by clause: what the embedded engine answers where several are asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from local.bedrock.embedding import Embed
from local.bedrock.labelling import Labeller
from local.bedrock.sentiment import Sentiments

_END = re.compile(r"[.!?;\n]+(?:\s|$)|,\s+|,?\s+\b(?:and|but|however|although|though|while|yet)\s")
_SHORTEST, _LONGEST = 16, 160
_MOST_CLAUSES = 8
_MIXED = "mixed"


@dataclass(frozen=True)
class Topic:
    """A category's position (-1: none fits) and a sentiment, with the clause that speaks of it."""

    position: int
    mood: str
    clause: str


def clauses_of(text: str, shortest: int = _SHORTEST) -> list[str]:
    """The parts of a text that may speak of different things; none if it has only one.

    Args:
        shortest: characters; a shorter part says too little to be judged by its meaning.
    """
    parts = [part.strip(" ,") for part in _END.split(text)]
    long = [part[:_LONGEST] for part in parts if len(part) >= shortest]
    return long[:_MOST_CLAUSES] if len(long) > 1 else []


def topics_of(
    texts: Sequence[str],
    mains: Sequence[Topic],
    most: int,
    labeller: Labeller,
    moods: Sentiments,
    embed: Embed,
) -> list[list[Topic]]:
    """The topics of each text: its main one, then those of its clauses that clearly have another category.

    Args:
        mains: of each text as a whole.
        most: of a text.
    """
    clauses = [
        clauses_of(text) if main.position >= 0 else [] for text, main in zip(texts, mains, strict=True)
    ]
    every = [clause for own in clauses for clause in own]
    if not every or most == 1:
        return [[main] for main in mains]
    vectors = embed(every)
    scores = labeller.scores(vectors)
    found = iter(
        zip(
            every,
            labeller.label(vectors),
            scores.max(axis=1).tolist(),
            moods.judge(every, vectors),
            strict=True,
        )
    )
    return [_topics(main, [next(found) for _ in own], most) for main, own in zip(mains, clauses, strict=True)]


def _topics(main: Topic, clauses: Sequence[tuple[str, int, float, str]], most: int) -> list[Topic]:
    """The main topic, then the clearest clause of each further category, the clearest first.

    What the whole text says of the main topic is surer than what its clause does, unless the whole is mixed.
    """
    best: dict[int, tuple[float, Topic]] = {}
    for clause, position, score, mood in clauses:
        if position >= 0 and (position not in best or score > best[position][0]):
            best[position] = (score, Topic(position, mood, clause))
    own = best.pop(main.position, None)
    further = [topic for _, topic in sorted(best.values(), key=lambda each: -each[0])][: most - 1]
    if not further:
        return [main]
    if own is not None:
        main = replace(own[1], mood=main.mood if main.mood != _MIXED else own[1].mood)
    return [main, *further]
