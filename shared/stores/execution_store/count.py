"""Counters of an execution: rows, tokens and cost."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.contracts.events import Counts
from shared.contracts.execution import Usage
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction

_SAVE_SLICE = """
    UPDATE execution SET ingest_slice = ingest_slice + 1, checkpoint = %(checkpoint)s,
        rows_read = %(rows_read)s, accepted = %(accepted)s, rejected = %(rejected)s, last_progress_at = NOW(3)
    WHERE execution_id = %(execution_id)s AND ingest_slice = %(slice)s AND status = 'receiving'
"""
_ADD_WRITTEN = """
    UPDATE execution SET rows_read = rows_read + %(rows_read)s, accepted = accepted + %(accepted)s,
        rejected = rejected + %(rejected)s, labelled = labelled + %(labelled)s,
        `unknown` = `unknown` + %(unknown)s, failed = failed + %(failed)s, skipped = skipped + %(skipped)s,
        parked = parked + %(parked)s,
        last_progress_at = NOW(3), stalled_at = NULL
    WHERE execution_id = %(execution_id)s
"""
_ADD_USAGE = """
    UPDATE execution SET calls = calls + %(calls)s, input_tokens = input_tokens + %(input_tokens)s,
        output_tokens = output_tokens + %(output_tokens)s,
        cache_read_tokens = cache_read_tokens + %(cache_read_tokens)s,
        cache_write_tokens = cache_write_tokens + %(cache_write_tokens)s,
        estimated_cost = estimated_cost + %(estimated_cost)s, last_progress_at = NOW(3), stalled_at = NULL
    WHERE execution_id = %(execution_id)s
"""
_SET_EXPECTED_COST = """
    UPDATE execution SET expected_cost = %(cost)s
    WHERE execution_id = %(execution_id)s AND expected_cost IS NULL
"""


def save_slice(
    tx: Transaction,
    execution_id: ExecutionId,
    slice_number: int,
    checkpoint: Mapping[str, Any],
    counts: Counts,
) -> bool:
    """Saves ingest's counts and checkpoint by compare-and-set on the slice number; False if it was saved."""
    row = {"execution_id": execution_id, "slice": slice_number, "checkpoint": json.dumps(checkpoint)}
    return tx.execute(_SAVE_SLICE, row | counts.model_dump()) == 1


def add_counts(tx: Transaction, execution_id: ExecutionId, change: Counts) -> None:
    """Adds to the counters; a row that moves from one to another is -1 in the first."""
    tx.execute(_ADD_WRITTEN, {"execution_id": execution_id} | dict(change))


def add_usage(tx: Transaction, execution_id: ExecutionId, usage: Usage) -> None:
    """Adds tokens and cost of model calls, and counts as progress, though no row may be written yet."""
    tx.execute(_ADD_USAGE, {"execution_id": execution_id} | usage.model_dump())


def set_expected_cost(tx: Transaction, execution_id: ExecutionId, cost: Decimal) -> bool:
    """Stores the expected cost in US dollars; False if there is one."""
    return tx.execute(_SET_EXPECTED_COST, {"execution_id": execution_id, "cost": cost}) > 0
