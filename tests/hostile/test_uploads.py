"""Each hostile upload of people's is answered by a notice, and the good one in its batch is applied."""

import json
from dataclasses import replace
from itertools import count

import pytest

from tests.hostile.stage import Stage
from tests.hostile.uploads import UPLOADS, Upload

NUMBERS = count()


@pytest.fixture(scope="module")
def row(stage: Stage) -> str:
    """The record id of a row that corrections may name."""
    stage.ingest(stage.pipeline.put("incoming/honest.csv", b"feedback\nhonest 1\n"))
    stage.classify_all()
    (found,) = stage.select("SELECT record_id FROM customer_feedback")
    return str(found["record_id"])


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda upload: upload.name)
def test_a_hostile_upload_is_answered_beside_a_good_one(
    stage: Stage, row: str, upload: Upload, capsys: pytest.CaptureFixture[str]
) -> None:
    upload = replace(upload, content=upload.content.replace(b"{row}", row.encode()))
    categories = {each["name"] for each in _categories(stage)}
    good = ["Delivery", f"Beside {next(NUMBERS)}"]

    with stage.listening(capsys):
        events = (
            stage.pipeline.put(upload.key, upload.content),
            stage.pipeline.put("categories/good.json", json.dumps(good)),
        )
        assert stage.curate(*events) == []

    told, neighbour = stage.notices()
    assert upload.told in f"{told.subject}\n{told.text}"
    assert f"Added:\n  {good[1]}" in neighbour.text
    assert len({each["name"] for each in _categories(stage)} - categories) == upload.changed + 1
    assert stage.select("SELECT label_correction FROM customer_feedback") == [{"label_correction": None}]


def _categories(stage: Stage) -> list[dict[str, str]]:
    return stage.select("SELECT name FROM customer_feedback_category WHERE profile = 'feedback'")
