"""Facts of the notice that a budget is reached."""

from decimal import Decimal

from shared.contracts.execution import Execution
from shared.contracts.notices import BudgetReached
from shared.model.budgets import Exceeded


def notice(execution: Execution, reached: Exceeded, price: Decimal) -> BudgetReached:
    """Counts what is done and what remains, and estimates what the rest would cost.

    Args:
        execution: its current row, with the records just parked counted.
        reached: the budget and its limit.
        price: US dollars for one record, for an execution that has no price of its own yet.
    """
    done = execution.labelled + execution.unknown + execution.failed
    if done and execution.estimated_cost:
        price = execution.estimated_cost / done
    remaining = max(execution.accepted - done, execution.parked)
    return BudgetReached(
        execution_id=execution.execution_id,
        parameter=reached.parameter,
        limit=reached.limit,
        done=done,
        cost=execution.estimated_cost,
        remaining=remaining,
        remaining_cost=remaining * price,
        still_read=execution.ingested_at is None,
    )
