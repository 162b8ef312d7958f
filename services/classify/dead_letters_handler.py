"""Consumer of the feedback queue's dead-letter queue, one message at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.classify.dead_letters import settle
from services.classify.settings import SenderSettings
from shared.platform.consumer import Attempt, Consumer
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    settings: SenderSettings
    database: Database
    telemetry: Telemetry


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    return Dependencies(SenderSettings.read(), open_database(), telemetry)


def settle_letter(deps: Dependencies, _: str, attempt: Attempt) -> None:
    """Writes the row of one dead letter."""
    deps.telemetry.count("DeadLetters")
    senders = deps.settings.api_senders.split()
    failed = settle(deps.database, [attempt.message], datetime.now(UTC).date(), senders)
    deps.telemetry.count("FeedbackFailed", failed)
    deps.telemetry.logger.info("dead letter settled", failed=failed)


consumer = Consumer("classify-dead-letters", open_dependencies, str, settle_letter)
handler = consumer.handler
