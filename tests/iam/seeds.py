"""What scenarios find in the database: executions and rows, as far along as they need them."""

from __future__ import annotations

import secrets
from typing import Any

from shared.contracts.records import text_key
from tests.iam.bench import NOBODY_KEY, Bench

TEXT = "The courier was friendly, and the parcel came quickly."


def execution(bench: Bench, status: str, **more: Any) -> str:
    """An execution of a file; its id."""
    execution_id = f"iam-{secrets.token_hex(8)}"
    row: dict[str, Any] = {
        "execution_id": execution_id,
        "kind": "file",
        "profile": "feedback",
        "status": status,
        "execution_key": NOBODY_KEY,
        "source_bucket": bench.stack.bucket,
        "source_key": "incoming/iam.csv",
        **more,
    }
    names = ", ".join(f"`{name}`" for name in row)
    places = ", ".join(["%s"] * len(row))
    bench.world.execute(
        f"INSERT INTO execution ({names}, started_at, last_progress_at) VALUES ({places}, NOW(3), NOW(3))",
        *row.values(),
    )
    return execution_id


def feedback(bench: Bench, execution_id: str, number: int = 1, **more: Any) -> None:
    """A row of it."""
    row: dict[str, Any] = {
        "record_id": f"{execution_id}:{number}",
        "execution_id": execution_id,
        "row_number": number,
        "profile": "feedback",
        "feedback": TEXT,
        "status": "labelled",
        "label_llm": "Price and value",
        "text_key": text_key("", TEXT),
        **more,
    }
    names = ", ".join(f"`{name}`" for name in row)
    places = ", ".join(["%s"] * len(row))
    bench.world.execute(f"INSERT INTO customer_feedback ({names}) VALUES ({places})", *row.values())


def file_message(execution_id: str, number: int = 1) -> dict[str, Any]:
    """What ingest sends of a row."""
    return {
        "version": 1,
        "execution_id": execution_id,
        "execution_key": NOBODY_KEY,
        "row_number": number,
        "profile": "feedback",
        "feedback": {"feedback": f"{TEXT} Number {number} of {execution_id}."},
    }


def event(event_type: str, execution_id: str, status: str) -> dict[str, Any]:
    """The bus's envelope of an execution's event."""
    detail = {"execution_id": execution_id, "profile": "feedback", "status": status, "counts": {}}
    return {"source": "insights", "detail-type": event_type, "detail": detail}


def left_over(bench: Bench, destination: str, event_type: str) -> str:
    """A message in the outbox that its publisher did not send; the id of its execution."""
    execution_id = f"iam-{secrets.token_hex(8)}"
    bench.world.execute(
        "INSERT INTO outbox (destination, event_type, execution_id, payload, created_at)"
        " VALUES (%s, %s, %s, %s, NOW(3) - INTERVAL 1 HOUR)",
        destination,
        event_type,
        execution_id,
        "{}",
    )
    return execution_id
