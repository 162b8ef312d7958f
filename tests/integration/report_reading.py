"""The figures of an execution with these rows."""

from collections.abc import Sequence

from services.notify.report_figures import ReportFigures, read_figures
from shared.platform.database import Database
from shared.stores.feedback_store import Outcome
from shared.stores.rejected_store import RejectedRow
from tests.integration.notify_case import categorized, find


def figures(
    database: Database, outcomes: Sequence[Outcome], rejected: Sequence[RejectedRow] = ()
) -> ReportFigures:
    categorized(database, outcomes, rejected)
    execution = find(database)
    return database.transact(lambda tx: read_figures(tx, execution))
