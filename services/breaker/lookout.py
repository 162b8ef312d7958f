"""Looks daily whether Bedrock is going to end a model that the stack asks, and announces it in time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from botocore.exceptions import ClientError

from services.breaker.lifecycle import Lifecycle, candidates, still_meant, warnings
from shared.contracts.base import Tolerant
from shared.contracts.events import ModelEndingEvent
from shared.model.model_table import model_table, profile_and_name
from shared.platform.telemetry import Telemetry

_NOT_SAID = ("AccessDeniedException", "ResourceNotFoundException", "ValidationException")
"""No other answer will come: a right is missing, or it is a model of the account's own."""
_AGAIN = timedelta(hours=1)
"""After a look that failed. Each tick's would be a dead letter a minute while Bedrock does not answer."""


class Told(Tolerant):
    """Keys of what people were told."""

    told: frozenset[str] = frozenset()


class ToldMemory(Protocol):
    """Loads and saves what people were told."""

    def load(self) -> Told: ...
    def save(self, state: Told) -> None: ...


class EndingNews(Protocol):
    """Announces that a model is going to end."""

    def model_ending(self, event: ModelEndingEvent) -> None: ...


class Lookout:
    """Looks at the lifecycle of models.

    Args:
        bedrock: boto3's `bedrock` client.
        model_ids: models or inference profiles, by id or ARN; the first labels, others embed.
    """

    def __init__(
        self,
        bedrock: Any,
        model_ids: Sequence[str],
        memory: ToldMemory,
        news: EndingNews,
        telemetry: Telemetry,
    ) -> None:
        self._bedrock = bedrock
        self._model_ids = tuple(dict.fromkeys(model_ids))
        self._memory = memory
        self._news = news
        self._telemetry = telemetry
        self._looked_on: date | None = None
        self._failed_at: datetime | None = None

    def look_daily(self, now: datetime) -> None:
        """Looks if it did not today; an hour later again, should that fail."""
        today = now.astimezone(UTC).date()
        if self._looked_on == today or (self._failed_at and now < self._failed_at + _AGAIN):
            return
        self._failed_at = now
        self.look(now)
        self._looked_on, self._failed_at = today, None

    def look(self, now: datetime) -> None:
        """Announces what is due and not announced yet. What is announced twice, people are told of once."""
        told = self._memory.load().told
        for model_id in self._model_ids:
            due = warnings(model_id, self._lifecycles(model_id), now.astimezone(UTC).date(), told)
            for key, event in due.items():
                following = candidates(model_id, model_table()) if model_id == self._model_ids[0] else ()
                self._news.model_ending(event.model_copy(update={"candidates": following}))
                told = still_meant(told | {key}, self._model_ids)
                self._memory.save(Told(told=told))

    def _lifecycles(self, model_id: str) -> Iterator[Lifecycle]:
        try:
            for name in self._names(model_id):
                details = self._bedrock.get_foundation_model(modelIdentifier=name)["modelDetails"]
                lifecycle = details.get("modelLifecycle", {})
                ends = lifecycle.get("endOfLifeTime")
                yield Lifecycle(name, lifecycle.get("status") == "LEGACY", ends and _day(ends))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _NOT_SAID:
                raise
            self._telemetry.logger.warning("Bedrock does not say until when a model is served", cause=code)

    def _names(self, model_id: str) -> list[str]:
        """The foundation models behind a profile, or the model itself."""
        profile, name = profile_and_name(model_id)
        if not profile and "inference-profile/" not in model_id:
            return [name]
        models = self._bedrock.get_inference_profile(inferenceProfileIdentifier=model_id)["models"]
        return list(dict.fromkeys(model["modelArn"].rpartition("/")[2] for model in models))


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
