"""The environment of the classify functions."""

from typing import Annotated, Literal

from pydantic import Field

from shared.model.budgets import Budgets
from shared.model.model_table import ServiceTier
from shared.platform.settings import Settings

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class SenderSettings(Settings):
    """Whose messages are believed."""

    api_senders: str = ""
    """Ids, between blanks, of who sends what came by the API: its role, classify's copies; empty: anybody."""


class ClassifySettings(SenderSettings, Budgets):
    """Classify's environment variables. At a budget, the execution or everything is parked."""

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

    @property
    def worker_share(self) -> float:
        """The part of the quotas that one worker may spend."""
        return (1 - self.categorize_share) / self.feedback_concurrency
