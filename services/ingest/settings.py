"""Ingest's environment."""

from typing import Annotated

from pydantic import Field

from services.ingest.dates import DateOrder
from shared.settings import Settings


class IngestSettings(Settings):
    """Field `data_bucket` is the variable DATA_BUCKET; sizes are in bytes."""

    data_bucket: str
    feedback_queue_url: str
    feedback_bulk_queue_url: str
    ingest_queue_url: str
    state_machine_arn: str
    bus_name: str
    bulk_threshold: Annotated[int, Field(ge=0)] = 5000
    """Files with more rows than this go to the bulk queue."""
    date_order: DateOrder | None = None
    """What 5/3/2024 means in a file whose own dates do not decide it."""
    slice_seconds: Annotated[float, Field(gt=0)] = 60
    max_record_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    """The longest record (a CSV row with all its lines); what is longer is rejected."""
    max_unpacked_bytes: Annotated[int, Field(ge=1024)] = 5 * 1024**3
    """How much of a gzip file is read: each slice unpacks it from its beginning again."""
    sender_threads: Annotated[int, Field(ge=1, le=64)] = 8
