"""Rows that cannot be read are written down for people."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from services.ingest import rejects
from shared.contracts.execution import ExecutionStatus
from shared.platform.database import Database
from tests.integration.ingest_files import HEADER, counts, rows
from tests.integration.ingest_world import World


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with mock_aws():
        yield World(database)


def test_bad_rows_are_written_down_with_number_reason_and_text_and_cannot_be_formulas(world: World) -> None:
    text = HEADER + 'a,,,3,,fine,\n"=1+1",,,,,,\nb,,,9,,stars,\nc,,,1,,date,31/31/2024\nshort\n'
    execution = world.load("reviews.csv", text)
    assert counts(execution) == (5, 3, 2)
    assert execution.status is ExecutionStatus.CLASSIFYING
    assert world.rejected_csv(execution).splitlines() == [
        '"row","reason","raw"',
        '"2","feedback: there is no text","""=1+1"",,,,,,"',
        '"5","has 1 columns, the header 7: quote texts that hold the delimiter","short"',
    ]


def test_a_rejected_row_that_begins_like_a_formula_is_text_in_the_csv(world: World) -> None:
    execution = world.load("reviews.csv", "feedback,stars\n=HYPERLINK(1),9,9\n")
    assert '"\'=HYPERLINK(1),9,9"' in world.rejected_csv(execution)


def test_many_rejected_rows_stand_in_the_csv_in_their_order(world: World) -> None:
    execution = world.load("reviews.csv", rows(1203, feedback=""))
    positions = [line.split(",")[0] for line in world.rejected_csv(execution).splitlines()[1:]]
    assert positions == [f'"{n}"' for n in range(1, 1204)]


@pytest.mark.parametrize("bound, most", [("_MOST_ROWS", 1000), ("_MOST_BYTES", 50_000)])
def test_of_too_many_rejected_rows_the_csv_has_the_first_and_how_many_follow(
    world: World, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(rejects, bound, most)
    execution = world.load("reviews.csv", rows(1203, feedback=""))

    *first, last = world.rejected_csv(execution).splitlines()[1:]
    assert len(first) < 1203
    more = 1203 - len(first)
    assert last == f'"","{more} more rows were not taken: all are in table rejected_row",""'
    assert counts(execution) == (1203, 0, 1203)
