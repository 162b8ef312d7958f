"""During a deployment, and after one that went back, functions meet what a later version wrote."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from services.breaker import handler as breaker
from services.categorize import handler as categorize
from services.classify import incoming
from services.ingest import inbox as ingest
from services.ingest.checkpoint import Checkpoint
from services.notify import inbox as notify
from services.sweep import orders
from shared.contracts.profiles import ProfileDocument
from shared.platform.received import Received
from shared.stores.profile_store import StoredProfile
from tests.builders import EXECUTION_ID

EXECUTION = {
    "execution_id": EXECUTION_ID,
    "profile": "feedback",
    "status": "classified",
    "counts": {"rows_read": 1},
}
MODEL = {"model_id": "a", "cause": "ThrottlingException"}
ENDING = {"model_id": "a", "name": "A", "ends_on": None, "days_left": None, "stage": 0}
CHECKPOINT = {
    "phase": "rows",
    "layout": {"kind": "csv", "encoding": "utf-8", "start": 5},
    "offset": 7,
    "estimated_rows": 1,
}
PROFILE = {
    "name": "email",
    "aspects": {"most": 2},
    "categories": [{"name": "Late", "description": "It is late."}],
}


def event(detail_type: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {"source": "insights", "detail-type": detail_type, "detail": detail}


def later(value: Any) -> Any:
    """The same with a field more in each object."""
    if isinstance(value, dict):
        return {name: later(its) for name, its in value.items()} | {"of_a_later_version": {"a": 1}}
    return [later(each) for each in value] if isinstance(value, list) else value


def delivery(body: str) -> Any:
    return incoming.parse(Received("m", body)).record


def stored(body: str) -> ProfileDocument:
    return StoredProfile.model_validate({"version": 1, "document": body}).document


def checkpoint(body: str) -> Checkpoint:
    return Checkpoint.stored(json.loads(body))


@pytest.mark.parametrize(
    "read, written",
    [
        (categorize.parse, event("ExecutionClassified", EXECUTION)),
        (notify.parse, event("ExecutionCategorized", EXECUTION)),
        (notify.parse, event("ModelUnavailable", MODEL)),
        (notify.parse, event("ModelEnding", ENDING)),
        (breaker.parse, event("ModelUnavailable", MODEL)),
        (orders.parse, event("ModelAvailable", MODEL)),
        (ingest.parse, {"kind": "continue_ingest", "execution_id": EXECUTION_ID, "slice": 1}),
        (ingest.parse, {"kind": "send_missing", "execution_id": EXECUTION_ID}),
        (stored, PROFILE),
        (checkpoint, CHECKPOINT),
    ],
)
def test_what_a_later_version_added_is_passed_over(
    read: Callable[[str], Any], written: dict[str, Any]
) -> None:
    assert read(json.dumps(later(written))) == read(json.dumps(written))


@pytest.mark.parametrize(
    "read, typo",
    [
        (orders.parse, {"kind": "relabel", "profil": "email"}),
        (ProfileDocument.model_validate_json, {"name": "email", "instruction": "x"}),
        (delivery, {"id": "1", "feedback": "It is late.", "star": 1}),
        (notify.parse, {"kind": "notice", "subject": "a", "message": "b", "text": "c"}),
    ],
)
def test_what_people_and_producers_write_is_read_to_the_letter(
    read: Callable[[str], Any], typo: dict[str, Any]
) -> None:
    with pytest.raises((ValidationError, incoming.InvalidMessage)):
        read(json.dumps(typo))
