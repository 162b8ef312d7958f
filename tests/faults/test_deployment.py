"""New code and a new schema, deployed while a file is under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local import build
from local import stack as local_stack
from local.setup import ROOT
from tests.faults.faulty import Faulty
from tests.faults.later import code, later_sources
from tests.faults.plan import PARAMETERS
from tests.faults.scenario import Scenario

KEY = "incoming/deployment.csv"
ROWS = 1500


def put_up(faulty: Faulty, root: Path = ROOT) -> None:
    """Deploys a checkout to the running stack."""
    local_stack.up(faulty.home, parameters=PARAMETERS, environment=faulty.plan.environment, root=root)


@contextmanager
def brought_back(faulty: Faulty) -> Iterator[None]:
    """The functions are today's again afterwards; the schema, which only goes forward, is not."""
    try:
        yield
    finally:
        put_up(faulty)
        faulty.hasten()


def test_new_code_and_a_new_schema_take_over_in_the_middle_of_a_file(
    begin: Callable[[str], Scenario], tmp_path: Path
) -> None:
    scenario = begin("8 a deployment with a migration")
    faulty = scenario.faulty
    later = later_sources(tmp_path)
    build.build(faulty.home.log("build"), later)
    before = code(faulty)
    with brought_back(faulty):
        # Slow enough to outlast the deployment on a busy machine: ten calls of ten rows at a time.
        with faulty.slow_model(15), faulty.hidden_for(Feedback=90):
            scenario.upload(KEY, rows=ROWS)
            scenario.wait_for_rows(KEY, 100)
            put_up(faulty, later)
            assert scenario.rows(KEY) <= ROWS - 500
        scenario.mended()
        faulty.hasten()
        after = code(faulty)
        scenario.finish()

    assert before.keys() == after.keys()
    assert [name for name in before if before[name] == after[name]] == []
    versions = faulty.query(
        "SELECT prompt_version, COUNT(*) AS n FROM customer_feedback f JOIN execution e USING (execution_id)"
        " WHERE e.source_key = %s AND prompt_version IS NOT NULL GROUP BY prompt_version",
        KEY,
    )
    assert len(versions) == 2
    (migration,) = faulty.query("SELECT * FROM schema_migration WHERE number = 910")
    assert migration["finished_at"]
    assert faulty.query("SELECT COUNT(*) AS n FROM customer_feedback WHERE later IS NULL")[0]["n"] >= ROWS
