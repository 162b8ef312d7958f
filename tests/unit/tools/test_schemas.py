"""The JSON Schemas in docs/schemas are those of today's models."""

import json
from pathlib import Path

from shared.contracts.events import EventType
from tools.schemas import schemas, write

PUBLISHED = Path(__file__).parents[3] / "docs" / "schemas"


def test_the_published_schemas_are_up_to_date() -> None:
    published = {path.name: path.read_text(encoding="utf-8") for path in PUBLISHED.iterdir()}
    assert published == schemas(), "run: python -m tools.schemas docs/schemas"


def test_every_event_and_what_the_api_takes_and_answers_has_a_schema_of_its_name() -> None:
    titles = {json.loads(text)["title"] for text in schemas().values()}
    assert titles == {"DirectFeedback", "FeedbackTaken", *EventType}


def test_a_schema_that_is_no_more_is_removed(tmp_path: Path) -> None:
    (tmp_path / "old-event.schema.json").write_text("{}")
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(schemas())
