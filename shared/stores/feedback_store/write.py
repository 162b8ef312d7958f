"""Writes the outcomes of records, each once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from shared.contracts.errors import DatabaseConflict
from shared.contracts.events import Counts
from shared.contracts.records import ExecutionId, RecordId
from shared.platform.database import Transaction
from shared.stores.feedback_store import aspects
from shared.stores.feedback_store.find import Whereabouts, whereabouts
from shared.stores.feedback_store.rows import MODEL, REASON_LENGTH, Outcome, RowStatus

_INSERT = """
    INSERT INTO customer_feedback (record_id, execution_id, `row_number`, profile, product_name, store,
        ref_id, stars, title, feedback, create_date, label_llm, status, failure_reason, parked_cause,
        sentiment, text_key, model_id, prompt_version, taxonomy_version, corrections_version,
        profile_version, raw_values, segments, attributes, attribute_sources)
    VALUES (%(record_id)s, %(execution_id)s, %(row_number)s, %(profile)s, %(product_name)s, %(store)s,
        %(ref_id)s, %(stars)s, %(title)s, %(feedback)s, %(date)s, %(label)s, %(status)s,
        %(failure_reason)s, %(parked_cause)s, %(sentiment)s, %(text_key)s, %(model_id)s,
        %(prompt_version)s, %(taxonomy_version)s, %(corrections_version)s, %(profile_version)s,
        %(raw_values)s, %(segments)s, %(attributes)s, %(attribute_sources)s)
    ON DUPLICATE KEY UPDATE id = customer_feedback.id
"""
_SETTLE_PARKED = """
    UPDATE customer_feedback SET label_llm = %(label)s, status = %(status)s,
        failure_reason = %(failure_reason)s, parked_cause = %(parked_cause)s, sentiment = %(sentiment)s,
        model_id = %(model_id)s, prompt_version = %(prompt_version)s,
        taxonomy_version = %(taxonomy_version)s, corrections_version = %(corrections_version)s,
        profile_version = %(profile_version)s, attributes = %(attributes)s,
        attribute_sources = %(attribute_sources)s
    WHERE record_id = %(record_id)s AND profile = %(profile)s AND text_key = %(text_key)s
        AND status = 'parked'
"""


def write_outcomes(
    tx: Transaction,
    execution_id: ExecutionId,
    outcomes: Sequence[Outcome],
    rows: Mapping[RecordId, Whereabouts] | None = None,
) -> Counts:
    """Writes outcomes of one execution, which the caller has locked; returns what to count.

    A record that has a row was delivered twice and keeps it, unless that row is parked and of the same
    profile and text: then it gets its outcome now, and the count moves from `parked`.

    Args:
        rows: the rows of the records, if the caller has looked under the lock; else they are looked up.

    Raises:
        DatabaseConflict: another execution wrote one of these records since `rows` were looked up.
    """
    by_id = {outcome.record.record_id: outcome for outcome in outcomes}
    rows = whereabouts(tx, by_id) if rows is None else rows
    new = [by_id[record_id] for record_id in by_id if record_id not in rows]
    parked = [each for key, each in by_id.items() if key in rows and rows[key].awaits(each.record)]
    inserted = tx.executemany(_INSERT, [_columns(execution_id, outcome) for outcome in new]) if new else 0
    if inserted != len(new):
        # The execution's lock does not prevent this: a producer sent one id for two profiles at once.
        raise DatabaseConflict("a record was written by another execution meanwhile")
    for outcome in parked:
        tx.execute(_SETTLE_PARKED, _columns(execution_id, outcome))
    aspects.write(tx, {each.record.record_id: each.aspects for each in [*new, *parked]}, again=bool(parked))
    change = {status.value: 0 for status in RowStatus}
    for outcome in [*new, *parked]:
        change[outcome.status] += 1
    change[RowStatus.PARKED] -= len(parked)
    return Counts(**change)


def _columns(execution_id: ExecutionId, outcome: Outcome) -> dict[str, Any]:
    record, reason = outcome.record, outcome.failure_reason
    said = {name: None if value == "" else value for name, value in record.feedback}
    answer = {name: value for name, value in outcome if name not in {"record", "aspects"}}
    found = {name: each.value for name, each in record.found.items()}
    attributes = outcome.attributes | found
    sources = dict.fromkeys(outcome.attributes, MODEL) | {n: each.source for n, each in record.found.items()}
    return {
        **said,
        **answer,
        "failure_reason": reason[:REASON_LENGTH] if reason else None,
        "record_id": record.record_id,
        "execution_id": execution_id,
        "row_number": record.row_number,
        "profile": record.profile,
        "text_key": record.text_key,
        "raw_values": _json(record.raw_values),
        "segments": _json(record.segments),
        "attributes": _json(attributes),
        "attribute_sources": _json(sources),
    }


def _json(values: Mapping[str, object]) -> str | None:
    return json.dumps(to_jsonable_python(values), ensure_ascii=False) if values else None
