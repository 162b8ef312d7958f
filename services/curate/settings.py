"""The environment of the curate function."""

from shared.platform.settings import DatabaseSettings


class CurateSettings(DatabaseSettings):
    """Where uploads lie, and whom to tell."""

    data_bucket: str
    own_queue: str = ""
    """URL of its own queue, where a message that failed waits for its next attempt.

    If empty, it waits until the visibility timeout is over.
    """
