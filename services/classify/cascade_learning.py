"""Writes what the cascade learns from a group, in the transaction that writes the group's rows."""

from collections.abc import Iterable, Sequence

from services.classify.agreement import Agreement
from services.classify.answers import essence, said
from services.classify.cascade_plan import Plan
from services.classify.groups import Group
from shared.contracts.records import Record, RecordId
from shared.model.embedding import MAX_CHARACTERS
from shared.platform.database import Transaction
from shared.stores import cascade_store, embedding_store
from shared.stores.feedback_store import Outcome


def learn(tx: Transaction, group: Group, written: Iterable[Outcome]) -> None:
    """Adds what the model said of these outcomes, and what was audited among them.

    Args:
        written: those that have their row by this transaction, so that a second delivery teaches nothing.
    """
    plan = group.plan
    if plan is None:
        return
    by_id = {each.record.record_id: each for each in written}
    agreement = _audit(tx, plan, sorted(by_id.keys() & plan.audits.keys()))
    if agreement is None or agreement.generation != plan.scope.generation:
        return
    found = {
        each.record.text_key: each
        for each in by_id.values()
        if is_models(each, group) and has_vector(each.record, group)
    }
    if plan.highest is not None:
        found = {key: each for key, each in found.items() if key < plan.highest}
    vectors = {key: group.vectors[key].astype("<f4").tobytes() for key in sorted(found)}
    embedding_store.save(tx, vectors, plan.embedding_model_id)
    cascade_store.add(tx, plan.scope, {key: essence(said(each)) for key, each in found.items()})


def is_models(outcome: Outcome, group: Group) -> bool:
    """Whether it is an answer of the model that is asked now."""
    return outcome.label is not None and outcome.model_id == group.model_id


def has_vector(record: Record, group: Group) -> bool:
    """Whether its whole text is in a vector: of a longer one the vector tells the beginning only."""
    whole = len(record.feedback.title) + len(record.feedback.feedback) < MAX_CHARACTERS
    return whole and record.text_key in group.vectors


def _audit(tx: Transaction, plan: Plan, keys: Sequence[RecordId]) -> Agreement | None:
    """The agreement after these audits; None if the topic is gone."""
    if not keys:
        return plan.before
    stored = cascade_store.lock(tx, plan.scope.topic_id)
    if stored is None:
        return None
    plan.before = plan.after = Agreement.model_validate_json(stored)
    if plan.before.generation == plan.scope.generation:
        plan.after = plan.before.after([plan.audits[key] for key in keys], plan.target)
        cascade_store.save(tx, plan.scope.topic_id, plan.after.model_dump_json())
    return plan.after
