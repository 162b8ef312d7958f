"""The environment of the API function."""

from typing import Annotated

from pydantic import Field

from shared.platform.settings import Settings


class ApiSettings(Settings):
    """Field `data_bucket` is the variable DATA_BUCKET."""

    feedback_queue_url: str
    data_bucket: str
    report_url_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    """Seconds that the presigned URL of a report is valid."""
