"""Files in S3 become messages, slice by slice, and each row is accounted for."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from shared.database import Database
from shared.execution_store import ExecutionStatus
from tests.integration.ingest_world import World

HEADER = "id,product_name,store,stars,title,feedback,date\n"


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with mock_aws():
        yield World(database)


def rows(count: int) -> str:
    lines = [
        f"r{n},Lamp,Berlin,4,Title {n},Text number {n},2024-03-{n % 28 + 1:02}\n" for n in range(1, count + 1)
    ]
    return HEADER + "".join(lines)


def test_each_row_of_a_file_becomes_a_message_and_the_execution_goes_on(world: World) -> None:
    execution = world.load("incoming/reviews.csv", rows(25))

    sent = world.messages()
    assert [message.row_number for message in sent] == list(range(1, 26))
    assert {message.execution_key for message in sent} == {execution.execution_key}
    assert sent[0].feedback.model_dump(mode="json") == {
        "product_name": "Lamp",
        "store": "Berlin",
        "ref_id": "r1",
        "stars": "4.0",
        "title": "Title 1",
        "feedback": "Text number 1",
        "date": "2024-03-02T00:00:00",
    }
    assert execution.status is ExecutionStatus.CLASSIFYING
    assert (execution.rows_read, execution.accepted, execution.rejected) == (25, 25, 0)
    assert world.events() == ["ExecutionStarted", "ExecutionIngested"]
    assert world.unpublished() == 0
