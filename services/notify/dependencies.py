"""What notify's work is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from services.notify.mail.mailer import Mailer
from services.notify.settings import NotifySettings
from services.notify.storage import Storage
from services.notify.tracker import StatesClient
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry
from shared.platform.transience import CLIENT_CONFIG


def now() -> datetime:
    """In UTC without a zone, as the database has it."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    settings: NotifySettings
    database: Database
    storage: Storage
    mailer: Mailer
    states: StatesClient
    telemetry: Telemetry
    clock: Callable[[], datetime] = now


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """As the environment says."""
    settings = NotifySettings.read()
    return Dependencies(
        settings=settings,
        database=open_database(settings),
        storage=Storage(_client("s3"), settings.data_bucket),
        mailer=Mailer(_client("sns"), settings.topics),
        states=_client("stepfunctions"),
        telemetry=telemetry,
    )


def _client(service: Any) -> Any:
    return boto3.client(service, config=CLIENT_CONFIG)
