"""Each hostile mail and page ends as it should, and leaves nothing raw behind."""

import json
from typing import Any

import pytest

from services.schema.shipped_profiles import seed, shipped_profiles
from tests.hostile.builders import File
from tests.hostile.documents import MAILS, PAGES, TABLES
from tests.hostile.stage import Stage, read_as_it_should

INPUTS = [
    *(("email", each) for each in MAILS),
    *(("product", each) for each in PAGES),
    *(("feedback", each) for each in TABLES),
]


@pytest.fixture(autouse=True)
def _profiles(stage: Stage) -> None:
    # The stage's model answers with a category and no more.
    plain = [each.model_copy(update={"attributes": (), "report": ()}) for each in shipped_profiles()]
    stage.pipeline.database.transact(lambda tx: seed(tx, plain))


@pytest.mark.parametrize("profile, file", INPUTS, ids=lambda value: getattr(value, "name", value))
def test_a_hostile_document_ends_as_it_should(
    stage: Stage, profile: str, file: File, capsys: pytest.CaptureFixture[str]
) -> None:
    event = stage.pipeline.put(f"incoming/{profile}/{file.name}{file.suffix}", file.content)

    with stage.listening(capsys):
        assert stage.ingest(event) == []
        stage.classify_all()

    execution = read_as_it_should(stage, event, file)
    for row in stage.select("SELECT * FROM rejected_row WHERE execution_id = %s", execution.execution_id):
        assert file.why in row["reason"]
    for row in stage.select(
        "SELECT * FROM customer_feedback WHERE execution_id = %s", execution.execution_id
    ):
        _check(row)


def _check(row: dict[str, Any]) -> None:
    """What a page or a header says is plain text on a line, whatever it is made of."""
    lines = [row["title"] or "", row["product_name"] or "", row["ref_id"] or ""]
    if row["profile"] != "feedback":  # whose segments are kept as they are
        lines += json.loads(row["segments"] or "{}").values()
    lines += [each for each in json.loads(row["attributes"] or "{}").values() if isinstance(each, str)]
    assert all(each.isprintable() for each in lines)
    assert "<script" not in (row["feedback"] + (row["title"] or "")) or row["profile"] == "email"


def test_what_a_page_shows_nobody_is_in_no_record(stage: Stage) -> None:
    for row in stage.select("SELECT feedback FROM customer_feedback WHERE profile = 'product'"):
        assert "alert(" not in row["feedback"]


def test_no_event_carries_a_text(stage: Stage) -> None:
    """RecordRouted has ids and choices: what a header says of itself is neither."""
    told = stage.select("SELECT payload FROM outbox WHERE event_type = 'RecordRouted'")
    assert told
    assert all("Ignore all" not in str(each) and "<script" not in str(each) for each in told)
