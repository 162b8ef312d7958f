"""The environment of the sweep function."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from shared.platform.settings import Settings

Dollars = Annotated[Decimal, Field(ge=0)]


class SweepSettings(Settings):
    """What sweep is told."""

    feedback_queue_url: str
    feedback_bulk_queue_url: str
    model_id: str
    stalled_after_seconds: Annotated[int, Field(ge=1)] = 900
    bulk_threshold: Annotated[int, Field(ge=0)] = 5000
    """Files with more rows than this have theirs sent to the bulk queue."""
    execution_budget_usd: Dollars = Decimal(0)
    """0: no limit."""
    monthly_budget_usd: Dollars = Decimal(0)
    """0: no limit."""
    left_over_after_seconds: Annotated[int, Field(ge=0)] = 30
    """Age from which an unpublished outbox message counts as left behind by its publisher."""
    outbox_days: Annotated[int, Field(ge=1)] = 7
    """Days that published outbox messages are kept."""
