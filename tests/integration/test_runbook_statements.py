"""The SQL of the runbook, on the schema."""

import re

import pytest

from shared.platform.database import Database, Transaction
from tests.template import ROOT

STATEMENTS = re.findall(r'mysql -e "([^"]*)"', (ROOT / "docs" / "runbook.md").read_text("utf-8"))


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda each: " ".join(each.split()[:4]))
def test_a_statement_that_operators_are_told_to_run_runs(database: Database, statement: str) -> None:
    def run(tx: Transaction) -> None:
        tx.execute(statement.replace("%", "%%"))
        tx.fetchall()

    database.transact(run)


def test_there_are_some() -> None:
    assert len(STATEMENTS) == 3
