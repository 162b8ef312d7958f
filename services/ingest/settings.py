"""Ingest's environment."""

from typing import Annotated, Literal

from pydantic import Field

from services.ingest.dates import DateOrder
from shared.contracts.execution import Duplicates
from shared.model.budgets import Budgets
from shared.model.model_table import ServiceTier
from shared.platform.settings import Settings


class IngestSettings(Settings, Budgets):
    """Field `data_bucket` is the variable DATA_BUCKET; budgets are classify's."""

    data_bucket: str
    feedback_queue_url: str
    state_machine_arn: str
    model_id: str
    """Classify's, for what a file will cost."""
    service_tier: ServiceTier = ServiceTier.DEFAULT
    """In which classify asks about files."""
    embedding_model_id: str = ""
    """Categorize's, likewise; empty: not counted."""
    cascade: Literal["off", "on"] = "off"
    """Whether classify embeds all rows, for their neighbours to vote."""
    pack_size: Annotated[int, Field(ge=1)] = 20
    """Records in one of classify's model calls, at most."""
    date_order: DateOrder | None = None
    """What 5/3/2024 means in a file whose own dates do not decide it."""
    duplicates: Duplicates = Duplicates.KEEP
    """What becomes of rows that are known from an earlier file."""
    slice_seconds: Annotated[float, Field(gt=0)] = 60
    sender_threads: Annotated[int, Field(ge=1, le=64)] = 8
