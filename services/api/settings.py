"""The environment of the API function."""

from shared.platform.settings import Settings


class ApiSettings(Settings):
    """Field `data_bucket` is the variable DATA_BUCKET."""

    feedback_queue_url: str
    data_bucket: str
