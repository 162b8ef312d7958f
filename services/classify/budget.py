"""What people are told when nothing more may be spent."""

from decimal import Decimal

from shared.contracts.execution import Execution
from shared.contracts.messages import Notice
from shared.model.budgets import Exceeded


def notice(execution: Execution, reached: Exceeded, price: Decimal) -> Notice:
    """What people read: what is done, what remains, what that would cost.

    Args:
        execution: as it stands, the records just parked included.
        reached: the budget and its limit.
        price: US dollars for one record, for an execution that has no price of its own yet.
    """
    done = execution.labelled + execution.unknown + execution.failed
    if done and execution.estimated_cost:
        price = execution.estimated_cost / done
    remaining = max(execution.accepted - done, execution.parked)
    more = " so far, its file is still being read" if execution.ingested_at is None else ""
    return Notice(
        subject=f"Budget reached: {execution.execution_id}"[:100],
        message=(
            f"{reached.parameter} is {reached.limit.normalize():f} US dollars, and the next records of"
            f" {execution.execution_id} would exceed it.\n\n"
            f"Done: {done} records for an estimated {execution.estimated_cost:.4f} US dollars.\n"
            f"Remaining: {remaining} records{more}; they would cost about {remaining * price:.4f}.\n\n"
            "The remaining records are kept in the database. They are sent again when the limit is raised."
        ),
    )
