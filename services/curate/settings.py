"""The environment of the curate function."""

from shared.settings import DatabaseSettings


class CurateSettings(DatabaseSettings):
    """Where uploads lie, and whom to tell."""

    bus_name: str
    data_bucket: str
    notify_queue_url: str
    curate_queue_url: str = ""
    """Its own, where a message that failed is seen again soon; if empty, when its visibility timeout ends."""
