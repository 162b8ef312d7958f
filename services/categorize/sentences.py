"""Finds the sentence in which a topic stands that no category covers: the one that its row's others leave.

The model says that a row has such a topic, and not where. Each known topic of the row takes the sentence that
is nearest to its category; of the sentences that are left, the one that is least like any of them is it. A
row of too few sentences is taken clause by clause. Where the model was asked for words, they say it.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from services.categorize.clusters import CategoryVectors
from services.categorize.grouping import Floats
from services.categorize.vectors import VectorSource
from shared.contracts.records import ExecutionId, Profile, text_key
from shared.contracts.sentences import clauses, count_words, sentences
from shared.platform.database import Database, Transaction
from shared.stores import feedback_store
from shared.stores.feedback_store.topics import Topic
from shared.stores.reading import chunks

CLEAR_WORDS = 5
"""Words from which a part says clearly what it is about; a shorter one is taken if there is no other."""
_PAGE = 500
"""Topics whose sentences are found, and kept, at a time."""


def find_sentences(
    database: Database,
    source: VectorSource,
    categories: Callable[[], Mapping[int, CategoryVectors]],
    profile: Profile,
    execution_id: ExecutionId,
    most: int,
) -> None:
    """Finds and keeps the sentences of the profile's unknown topics, at most so many; goes on where it ended.

    Args:
        categories: the vectors of the existing ones, by id, if there is such a topic.
    """
    row_ids = database.transact(feedback_store.topics.unknown, profile, execution_id, most)
    for page in chunks(row_ids, _PAGE):
        topics, beside = database.transact(_read, row_ids=page)
        near = categories() if topics else {}
        known = {
            each.id: [near[key] for key in sorted(beside.get(each.id, ())) if key in near] for each in topics
        }
        found = _sentences(topics, source, known)
        database.transact(feedback_store.topics.set_evidence, evidence=found)


def _read(tx: Transaction, row_ids: Sequence[int]) -> tuple[list[Topic], dict[int, set[int]]]:
    """The topics of which it is not known where they stand, and the categories beside each."""
    topics = [each for each in feedback_store.topics.read(tx, row_ids) if each.evidence is None]
    return topics, feedback_store.topics.beside(tx, [each.id for each in topics])


def _sentences(
    topics: Sequence[Topic], source: VectorSource, known: Mapping[int, Sequence[CategoryVectors]]
) -> dict[int, str]:
    parts = {each.id: parts_of(each.text, len(known[each.id])) for each in topics}
    keys = {part: text_key("", part) for own in parts.values() for part in own}
    vectors = source.of_texts({key: part for part, key in keys.items()})
    return {
        row_id: left_over(own, [vectors[keys[part]] for part in own], known[row_id])
        for row_id, own in parts.items()
    }


def parts_of(text: str, known: int) -> list[str]:
    """The sentences of a text; its clauses, if it has too few for so many known topics and another."""
    found = sentences(text)
    return found if len(found) > known else clauses(text)


def left_over(parts: Sequence[str], vectors: Sequence[Floats], known: Sequence[CategoryVectors]) -> str:
    """The part that speaks of none of the known categories.

    Args:
        vectors: of the parts.
    """
    if not known:
        return parts[0]
    matrix = np.stack(vectors)
    likeness = np.stack([_likeness(matrix, each) for each in known])
    taken = set(likeness.argmax(axis=1).tolist())
    left = [at for at in range(len(parts)) if at not in taken] or list(range(len(parts)))
    # A few words are like nothing, whatever they are about.
    clear = [at for at in left if count_words(parts[at]) >= CLEAR_WORDS] or left
    highest = likeness.max(axis=0)
    return parts[min(clear, key=lambda at: float(highest[at]))]


def _likeness(parts: Floats, category: CategoryVectors) -> Floats:
    """Of each part to the category: to its words and to its rows, as far as it has some."""
    directions = [category.words, *([category.rows.centre] if category.rows else [])]
    units = [each / max(float(np.linalg.norm(each)), 1e-6) for each in directions]
    return np.asarray(np.mean([parts @ unit for unit in units], axis=0), np.float32)
