"""The topics of a text, clause by clause: what the embedded engine answers where several are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from local.bedrock.clauses import clauses_of
from local.bedrock.embedding import Embed
from local.bedrock.labelling import Labeller
from local.bedrock.phrases import WORD
from local.bedrock.sentiment import MIXED, Sentiments
from shared.contracts.sentences import sentences

_MOST_SENTENCES = 4
"""A longer text tells a story, most of whose sentences are of no category and no topic either."""
_FEWEST_WORDS = 5
"""Of a sentence that is taken to speak of something that no category covers."""
# Times the threshold below which a whole text is unknown. Beside a sentence that clearly has a category, one
# that is a little above it speaks of something else.
_UNCLEAR, _UNLIKE_ALL = 2.5, 2.0
_Judged = tuple[str, int, float, str]
"""A part of a text, the position of its category (-1: none), how high that stands, and its mood."""


@dataclass(frozen=True)
class Topic:
    """A category's position (-1: none fits) and a sentiment, with the clause that speaks of it."""

    position: int
    mood: str
    clause: str


def topics_of(
    texts: Sequence[str],
    mains: Sequence[Topic],
    most: int,
    labeller: Labeller,
    moods: Sentiments,
    embed: Embed,
) -> list[list[Topic]]:
    """The topics of each text: its main one, those of its clauses that clearly have another category, and
    one that no category covers, if a whole sentence speaks of nothing else.

    Args:
        mains: of each text as a whole.
        most: of a text.
    """
    known = [main.position >= 0 and most > 1 for main in mains]
    clauses = [clauses_of(text) if is_known else [] for text, is_known in zip(texts, known, strict=True)]
    whole = [_sentences(text) if is_known else [] for text, is_known in zip(texts, known, strict=True)]
    every = list(dict.fromkeys(part for own in (*clauses, *whole) for part in own))
    if not every:
        return [[main] for main in mains]
    vectors = embed(every)
    heights = labeller.scores(vectors).max(axis=1).tolist()
    answers = zip(labeller.label(vectors), heights, moods.judge(every, vectors), strict=True)
    found = {part: (part, *answer) for part, answer in zip(every, answers, strict=True)}
    unclear = dict(zip(every, labeller.are_new(vectors, _UNCLEAR).tolist(), strict=True))
    unlike_all = dict(zip(every, labeller.are_new(vectors, _UNLIKE_ALL).tolist(), strict=True))
    topics = []
    for main, parts, longer in zip(mains, clauses, whole, strict=True):
        aside = None
        if not all(unclear[part] for part in longer):
            aside = _without_category([found[part] for part in longer if unlike_all[part]])
        # Nor does a clause of that sentence have a category.
        spoken = [part for part in parts if not (aside and unlike_all[part] and part in aside.clause)]
        named = _topics(main, [found[part] for part in spoken], most)
        topics.append([*named, aside] if aside and len(named) < most else named)
    return topics


def _sentences(text: str) -> list[str]:
    """The sentences of a text of a few that have words enough to be judged alone."""
    found = sentences(text)
    if not 2 <= len(found) <= _MOST_SENTENCES:
        return []
    return [each for each in found if len(WORD.findall(each)) >= _FEWEST_WORDS]


def _without_category(judged: Sequence[_Judged]) -> Topic | None:
    """The sentence that is farthest from all categories, if there is any."""
    if not judged:
        return None
    sentence, _, _, mood = min(judged, key=lambda each: each[2])
    return Topic(-1, mood, sentence)


def _topics(main: Topic, clauses: Sequence[_Judged], most: int) -> list[Topic]:
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
        main = replace(own[1], mood=main.mood if main.mood != MIXED else own[1].mood)
    return [main, *further]
