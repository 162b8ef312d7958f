"""Whether the next calls would exceed a budget. Pure: the figures arrive as arguments."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

Budget = Literal["execution", "month"]


@dataclass(frozen=True)
class Limits:
    """US dollars; 0: no limit."""

    execution: Decimal = Decimal(0)
    month: Decimal = Decimal(0)


class Budgets(BaseModel):
    """What each function is told that keeps to the budgets: estimated US dollars; 0: no limit."""

    execution_budget_usd: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    monthly_budget_usd: Annotated[Decimal, Field(ge=0)] = Decimal(0)

    @property
    def limits(self) -> Limits:
        return Limits(self.execution_budget_usd, self.monthly_budget_usd)


@dataclass(frozen=True)
class Exceeded:
    """A budget that the next calls would exceed."""

    budget: Budget
    limit: Decimal

    @property
    def parameter(self) -> str:
        """The template's parameter that sets this limit."""
        return "ExecutionBudgetUSD" if self.budget == "execution" else "MonthlyBudgetUSD"


def exceeded(limits: Limits, spent: Decimal, month: Decimal, planned: Decimal) -> Exceeded | None:
    """The budget that `planned` more dollars would exceed, if one would.

    Workers do not know of each other's calls under way, so a budget is exceeded by what they do in
    one batch each, at most.

    Args:
        limits: the budgets.
        spent: what the execution cost so far.
        month: what all executions of the month cost so far.
        planned: what the calls would cost.
    """
    if limits.execution and spent + planned > limits.execution:
        return Exceeded("execution", limits.execution)
    if limits.month and month + planned > limits.month:
        return Exceeded("month", limits.month)
    return None
