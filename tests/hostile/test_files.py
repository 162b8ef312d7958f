"""Each hostile file has its outcome, and its neighbours have theirs."""

from typing import Any

import pytest

from shared.contracts.execution import ExecutionStatus
from tests.hostile.builders import File
from tests.hostile.files import FILES
from tests.hostile.stage import Stage, read_as_it_should


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_hostile_file_ends_as_it_should_beside_a_good_one(
    stage: Stage, file: File, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = stage.pipeline.put(f"incoming/{file.name}{file.suffix}", file.content)
    good = stage.pipeline.put(f"incoming/good-{file.name}.csv", b"feedback\ngood 1\n")

    with stage.listening(capsys):
        assert stage.ingest(hostile, good) == []
        stage.classify_all()

    _check(stage, hostile, file)
    neighbour = stage.execution(good)
    assert neighbour is not None
    assert (neighbour.status, neighbour.labelled) == (ExecutionStatus.CLASSIFIED, 1)


def _check(stage: Stage, event: dict[str, Any], file: File) -> None:
    execution = read_as_it_should(stage, event, file)
    if file.rejected:
        query = (
            "SELECT reason FROM rejected_row WHERE execution_id = %s ORDER BY CHAR_LENGTH(position), position"
        )
        assert file.why in stage.select(query, execution.execution_id)[0]["reason"]
