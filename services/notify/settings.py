"""The environment of the notify function."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.messages import Audience
from shared.platform.settings import DatabaseSettings


class NotifySettings(DatabaseSettings):
    """Where reports go, and what counts as a success."""

    data_bucket: str
    readers_topic_arn: str
    operations_topic_arn: str
    public_url: str
    """The API's base URL, without a slash at its end or with one."""
    report_link_days: Annotated[int, Field(ge=1, le=3650)] = 30
    error_threshold: Annotated[float, Field(ge=0, le=1)] = 0.2
    """The share of failed and rejected rows above which an execution counts as a failure."""
    mails_per_hour: Annotated[int, Field(ge=1)] = 20
    """Of each audience; further ones are gathered in digests."""
    results_format: Literal["csv", "csv+parquet"] = "csv"
    model_note: str = ""
    """What people should know of the model, for example that a local stand-in answers for it."""

    @property
    def writes_parquet(self) -> bool:
        """Whether results are written as Parquet besides."""
        return self.results_format == "csv+parquet"

    @property
    def topics(self) -> dict[Audience, str]:
        """Where the mails of each audience are published."""
        return {Audience.READERS: self.readers_topic_arn, Audience.OPERATORS: self.operations_topic_arn}
