"""The environment of the classify functions."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.model.budgets import Limits
from shared.model.model_table import ServiceTier
from shared.platform.settings import Settings

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Dollars = Annotated[Decimal, Field(ge=0)]


class ClassifySettings(Settings):
    """Classify's environment variables."""

    feedback_queue_url: str
    model_id: str
    embedding_model_id: str
    pack_size: Count = 20
    """Records in one model call, at most."""
    pack_tokens: Count = 6_000
    """Tokens of feedback in one model call, at most, as estimated."""
    service_tier: ServiceTier = ServiceTier.DEFAULT
    """In which files are asked about; direct feedback always in the default one."""
    tokens_per_minute: Annotated[int, Field(ge=0)] = 0
    """The account's quota for the model; 0: to be found."""
    requests_per_minute: Annotated[int, Field(ge=0)] = 0
    """The account's quota of requests; 0: none."""
    categorize_share: Share = 0.1
    """Part of the quotas that classify leaves to categorize."""
    feedback_concurrency: Count = 3
    """MaximumConcurrency of the feedback queue's mapping."""
    parallel_calls: Count = 60
    """Model calls that one worker has under way at a time."""
    cascade: Literal["off", "on"] = "off"
    """Whether rows are answered by their nearest labelled texts where these agree."""
    cascade_target: Annotated[float, Field(ge=0.5, le=0.99)] = 0.95
    """Agreement with the model that its lower bound must be above."""
    execution_budget_usd: Dollars = Decimal(0)
    """Estimated cost at which an execution is parked; 0: no limit."""
    monthly_budget_usd: Dollars = Decimal(0)
    """Estimated cost of the month at which everything is parked; 0: no limit."""

    @property
    def limits(self) -> Limits:
        """The budgets."""
        return Limits(self.execution_budget_usd, self.monthly_budget_usd)

    @property
    def worker_share(self) -> float:
        """The part of the quotas that one worker may spend."""
        return (1 - self.categorize_share) / self.feedback_concurrency
