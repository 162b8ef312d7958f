"""The environment of the categorize function."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.model.budgets import Limits
from shared.platform.settings import Settings

Dollars = Annotated[Decimal, Field(ge=0)]


class CategorizeSettings(Settings):
    """Categorize's environment variables."""

    model_id: str
    embedding_model_id: str
    category_approval: Literal["auto", "manual"] = "auto"
    """`manual`: a new category is proposed and its rows stay unknown until someone approves it."""
    activate_from_direct: bool = False
    """Whether rows of direct feedback count for whether a new category is active at once."""
    minimum_rows: Annotated[int, Field(ge=2)] = 8
    """A theme of fewer rows waits for the next execution."""
    minimum_share: Annotated[float, Field(ge=0, le=1)] = 0.0025
    """A theme of a smaller share of the rows waits, too."""
    execution_budget_usd: Dollars = Decimal(0)
    """Estimated cost beyond which no labelled row is asked again; 0: no limit."""
    monthly_budget_usd: Dollars = Decimal(0)
    """Estimated cost of the month beyond which none is; 0: no limit."""

    @property
    def limits(self) -> Limits:
        """The budgets."""
        return Limits(self.execution_budget_usd, self.monthly_budget_usd)
