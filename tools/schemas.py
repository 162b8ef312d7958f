"""The published JSON Schemas, made from the models: `python -m tools.schemas docs/schemas`."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from shared.contracts.base import Contract
from shared.contracts.events import (
    CategoryEvent,
    CorrectionEvent,
    EventType,
    ExecutionEvent,
    ModelEndingEvent,
    ModelEvent,
    RecordEvent,
)
from shared.contracts.records import DirectFeedback
from shared.contracts.taken import FeedbackTaken

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EVENTS: Mapping[EventType, type[Contract]] = {
    EventType.EXECUTION_STARTED: ExecutionEvent,
    EventType.EXECUTION_INGESTED: ExecutionEvent,
    EventType.EXECUTION_CLASSIFIED: ExecutionEvent,
    EventType.EXECUTION_CATEGORIZED: ExecutionEvent,
    EventType.EXECUTION_COMPLETED: ExecutionEvent,
    EventType.EXECUTION_FAILED: ExecutionEvent,
    EventType.EXECUTION_REVISED: ExecutionEvent,
    EventType.CATEGORY_DISCOVERED: CategoryEvent,
    EventType.FEEDBACK_CORRECTED: CorrectionEvent,
    EventType.RECORD_ROUTED: RecordEvent,
    EventType.MODEL_UNAVAILABLE: ModelEvent,
    EventType.MODEL_AVAILABLE: ModelEvent,
    EventType.MODEL_ENDING: ModelEndingEvent,
}


def schemas() -> dict[str, str]:
    """Each schema's text by its file name: what producers may send, what the API answers, what others get."""
    texts = {_file_name("DirectFeedback"): _text("DirectFeedback", DirectFeedback, "validation")}
    texts[_file_name("FeedbackTaken")] = _text("FeedbackTaken", FeedbackTaken, "serialization")
    for event_type, model in _EVENTS.items():
        texts[_file_name(event_type)] = _text(event_type, model, "serialization")
    return texts


def write(folder: Path) -> None:
    """Writes every schema into the folder, and removes those that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = schemas()
    for old in folder.glob("*.schema.json"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _file_name(title: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", title).lower() + ".schema.json"


def _text(title: str, model: type[Contract], mode: Literal["validation", "serialization"]) -> str:
    schema: dict[str, Any] = {"$schema": _DIALECT, **model.model_json_schema(mode=mode), "title": title}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
