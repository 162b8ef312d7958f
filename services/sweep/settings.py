"""The environment of the sweep function."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from shared.model.budgets import Budgets
from shared.platform.settings import Settings

_LOST_AFTER_STALLS = 24
"""A message under way for this many times the stall time (6 hours by default) counts as lost."""


class SweepSettings(Settings, Budgets):
    """Sweep's environment variables."""

    data_bucket: str
    ingest_queue_url: str
    feedback_queue_url: str
    categorize_queue_url: str
    notify_queue_url: str
    model_id: str
    stalled_after_seconds: Annotated[int, Field(ge=1)] = 900
    left_over_after_seconds: Annotated[int, Field(ge=0)] = 30
    """Age from which an unpublished outbox message counts as left behind by its publisher."""

    @property
    def lost_after(self) -> timedelta:
        """Age at which a message counts as lost; long, because it may only be waiting behind others."""
        return timedelta(seconds=self.stalled_after_seconds * _LOST_AFTER_STALLS)
