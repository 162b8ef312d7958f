"""The facts that people are told when nothing more may be spent."""

from decimal import Decimal

from shared.contracts.execution import Execution
from shared.contracts.notices import BudgetReached
from shared.model.budgets import Exceeded


def notice(execution: Execution, reached: Exceeded, price: Decimal) -> BudgetReached:
    """What is done, what remains, and what that would cost.

    Args:
        execution: as it stands, the records just parked included.
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
