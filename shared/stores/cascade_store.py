"""Tables `cascade_topic` and `labelled_text`: what the cascade knows under one taxonomy."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.contracts.base import Tolerant
from shared.contracts.records import Profile
from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import column, many, one, value

_FIND = """
    SELECT id, agreement FROM cascade_topic WHERE profile = %(profile)s AND versions = %(versions)s
"""
_LOCK = "SELECT agreement FROM cascade_topic WHERE id = %(topic_id)s FOR UPDATE"
_SAVE = "UPDATE cascade_topic SET agreement = %(agreement)s WHERE id = %(topic_id)s"
# Workers of the release before may still be at work on a topic of the last hours.
_OTHERS = """
    SELECT id FROM cascade_topic
    WHERE profile = %(profile)s AND id <> %(topic_id)s AND created_time < NOW(3) - INTERVAL 1 DAY
"""
_FORGET_TEXTS = "DELETE FROM labelled_text WHERE topic_id IN %(topic_ids)s"
_FORGET_TOPICS = "DELETE FROM cascade_topic WHERE id IN %(topic_ids)s"
_FORGET_GENERATIONS = """
    DELETE FROM labelled_text WHERE topic_id = %(topic_id)s AND generation < %(generation)s
"""
_LOAD = """
    SELECT id, text_key, answer FROM labelled_text
    WHERE topic_id = %(topic_id)s AND generation = %(generation)s AND id > %(after)s
    ORDER BY text_key LIMIT %(limit)s
"""


class CascadeTopic(Tolerant):
    """A row of `cascade_topic`; the agreement is JSON."""

    id: int
    agreement: str


class TextScope(NamedTuple):
    """Which texts: those of this topic since the agreement last fell."""

    topic_id: int
    generation: int


class LabelledText(Tolerant):
    """A row of `labelled_text`; the answer is JSON."""

    id: int
    text_key: bytes
    answer: str


def find_or_open(tx: Transaction, profile: Profile, versions: bytes, agreement: str) -> CascadeTopic:
    """The topic of these versions; it begins with this agreement, and those of before are deleted."""
    arguments = {"profile": profile, "versions": versions, "agreement": agreement}
    if found := one(tx, CascadeTopic, _FIND, arguments):
        return found
    insert(tx, "cascade_topic", [arguments], once=True)
    opened = one(tx, CascadeTopic, _FIND, arguments)
    assert opened is not None, "it was written in this transaction"
    others = column(tx, _OTHERS, {"profile": profile, "topic_id": opened.id})
    if others:
        # The topics first: who learns has locked one before it adds texts.
        tx.execute(_FORGET_TOPICS, {"topic_ids": others})
        tx.execute(_FORGET_TEXTS, {"topic_ids": others})
    return opened


def lock(tx: Transaction, topic_id: int) -> str | None:
    """The topic's agreement, which nobody else changes until the transaction ends; None if it is gone."""
    agreement: str | None = value(tx, _LOCK, {"topic_id": topic_id})
    return agreement


def save(tx: Transaction, topic_id: int, agreement: str) -> None:
    """Writes the agreement of a topic that is locked."""
    tx.execute(_SAVE, {"topic_id": topic_id, "agreement": agreement})


def add(tx: Transaction, scope: TextScope, answers: Mapping[bytes, str]) -> None:
    """Adds texts with their answers; one that is there keeps its own."""
    rows = [{**scope._asdict(), "text_key": key, "answer": answers[key]} for key in sorted(answers)]
    insert(tx, "labelled_text", rows, once=True)


def load(tx: Transaction, scope: TextScope, after: int, limit: int) -> list[LabelledText]:
    """The texts that were added after this id, those of the lowest keys: as good as drawn by lot."""
    return many(tx, LabelledText, _LOAD, {**scope._asdict(), "after": after, "limit": limit})


def forget_before(tx: Transaction, scope: TextScope) -> None:
    """Deletes the texts of the topic's earlier generations."""
    tx.execute(_FORGET_GENERATIONS, scope._asdict())
