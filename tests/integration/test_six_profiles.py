"""Profiles of other kinds (tests/cases/profiles), from upload to results, report, API and views."""

import csv
import io
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from services.api.dependencies import Dependencies as ApiDependencies
from services.api.rows import find_row
from services.notify.report import draw
from services.notify.report_figures import read_figures
from services.notify.results_slices import parts
from shared.contracts.execution import Execution
from shared.platform.database import Database
from shared.platform.queue_batches import queue_body
from shared.stores import execution_store, profile_store
from tests.integration.classify_world import World as Classify
from tests.integration.classify_world import message
from tests.integration.curate_world import room_with
from tests.integration.ingest_world import World as Ingest
from tests.parquet_readers import assert_same

FOLDER = Path(__file__).parents[1] / "cases" / "profiles"


class Case(NamedTuple):
    """The label and the team of each row of a profile's file, and what is answered besides of the first."""

    labels: list[str]
    teams: list[str]
    first: dict[str, str]


EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
CASES = {name: Case(**case) for name, case in EXPECTED.items()}


class Done(NamedTuple):
    """What came out of a profile's file."""

    name: str
    case: Case
    world: Classify
    execution: Execution
    rows: list[dict[str, str]]


@pytest.fixture(params=CASES)
def done(request: pytest.FixtureRequest, world: Classify, database: Database) -> Done:
    """The profile uploaded, its file ingested and labelled."""
    name, case = request.param, CASES[request.param]
    with room_with(database, {}) as room:
        room.upload((FOLDER / f"{name}.yaml").read_text("utf-8"), f"profiles/{name}.yaml")
        assert room.notices[0].subject == f"Profile {name}: version 1"
        room.s3.delete_object(Bucket="data", Key=f"profiles/{name}.yaml")
        room.s3.delete_bucket(Bucket="data")
        ingest = Ingest(database)
        execution = ingest.load(f"incoming/{name}/rows.csv", (FOLDER / f"{name}.csv").read_bytes())
        messages = [message(queue_body(each)) for each in ingest.messages()]
    assert world.handle(messages) == set()
    document = database.transact(profile_store.current, name).document
    [part] = parts(database, execution.execution_id, document, groups=())
    assert part.parquet
    assert_same(part.parquet, part.body)
    rows = list(csv.DictReader(io.StringIO(part.body.decode("utf-8-sig"), newline="")))
    ended = database.transact(lambda tx: execution_store.find(tx, execution.execution_id))
    assert ended is not None
    return Done(name, case, world, ended, rows)


def test_a_profile_of_any_kind_comes_out_in_results_api_views_events_and_report(done: Done) -> None:
    labels = [row["label_final"] for row in done.rows]
    assert labels == done.case.labels
    first = {name: done.rows[0][f"attributes.{name}"] for name in done.case.first}
    assert first == done.case.first
    if done.case.teams:
        assert [row["team"] for row in done.rows] == done.case.teams
        told = done.world.query("SELECT payload FROM outbox WHERE event_type = 'RecordRouted'")
        assert {json.loads(each["payload"])["record_id"] for each in told} == {
            row["record_id"] for row in done.rows
        }
    _api(done)
    _views(done)
    _report(done)


def _api(done: Done) -> None:
    deps: Any = ApiDependencies.__new__(ApiDependencies)
    object.__setattr__(deps, "database", done.world.database)
    shown = find_row(deps, done.rows[0]["id"])
    assert shown is not None
    assert shown.label == done.case.labels[0]
    assert (shown.team or "") == (done.case.teams[0] if done.case.teams else "")
    assert shown.attributes.keys() == {name for name, value in done.case.first.items() if value}


def _views(done: Done) -> None:
    latest = done.world.query("SELECT label_final, attributes FROM feedback_latest ORDER BY record_id")
    assert [row["label_final"] for row in latest] == done.case.labels
    assert json.loads(latest[0]["attributes"]).keys() == {n for n, v in done.case.first.items() if v}
    mentions = done.world.query(
        "SELECT category FROM feedback_mentions WHERE position = 1 ORDER BY record_id"
    )
    assert [row["category"] for row in mentions] == done.case.labels


def _report(done: Done) -> None:
    figures = done.world.database.transact(partial(read_figures, execution=done.execution))
    now = datetime(2026, 5, 4, tzinfo=UTC).replace(tzinfo=None)
    page = draw(figures, 0.2, "data", "", now).decode()
    assert all(label in page for label in done.case.labels)
    assert all(each.name.replace("_", " ").capitalize() in page for each in figures.attributes)
    assert "<b>Eva</b>" not in page
