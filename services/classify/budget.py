"""What may still be spent, and what people are told when it may not."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from shared.execution_store import Execution
from shared.messages import Notice

Budget = Literal["execution", "month"]


@dataclass(frozen=True)
class Limits:
    """US dollars; 0: no limit."""

    execution: Decimal = Decimal(0)
    month: Decimal = Decimal(0)


@dataclass(frozen=True)
class Exceeded:
    """A budget that the next calls would exceed."""

    budget: Budget
    limit: Decimal


def exceeded(limits: Limits, spent: Decimal, month: Decimal, planned: Decimal) -> Exceeded | None:
    """The budget that `planned` more dollars would exceed, if one would.

    Workers do not know of each other's calls under way, so a budget is exceeded by what they do in
    one batch each, at most.

    Args:
        limits: the budgets.
        spent: what the execution cost so far.
        month: what all executions of the month cost so far.
        planned: what this batch of the execution would cost.
    """
    if limits.execution and spent + planned > limits.execution:
        return Exceeded("execution", limits.execution)
    if limits.month and month + planned > limits.month:
        return Exceeded("month", limits.month)
    return None


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
    name = "ExecutionBudgetUSD" if reached.budget == "execution" else "MonthlyBudgetUSD"
    more = " so far, its file is still being read" if execution.ingested_at is None else ""
    return Notice(
        subject=f"Budget reached: {execution.execution_id}"[:100],
        message=(
            f"{name} is {reached.limit.normalize():f} US dollars, and the next records of"
            f" {execution.execution_id} would exceed it.\n\n"
            f"Done: {done} records for an estimated {execution.estimated_cost:.4f} US dollars.\n"
            f"Remaining: {remaining} records{more}; they would cost about {remaining * price:.4f}.\n\n"
            "The remaining records are kept in the database. They are sent again when the limit is raised."
        ),
    )
