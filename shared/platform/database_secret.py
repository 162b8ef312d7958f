"""The database as a function opens it: its secret from Secrets Manager, its outbox by boto3's clients."""

from typing import Any

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config

from shared.contracts.errors import DatabaseUnavailable
from shared.contracts.messages import Destination
from shared.platform.database import Database
from shared.platform.publisher import Publisher
from shared.platform.settings import DatabaseSettings, OutboxSettings

_MAX_AGE_SECONDS = 300
"""Of a secret; it is read anew at once when a login is denied."""
_IMPATIENT = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
"""What does not answer is given up soon: the sweeper publishes what is left, and a login is tried again."""


class DatabaseSecret:
    """Reads the secret through Powertools' cache."""

    def __init__(self, secret_arn: str) -> None:
        self._secret_arn = secret_arn
        self._secrets = SecretsProvider(boto_config=_IMPATIENT)

    def __call__(self, *, fresh: bool) -> str:
        try:
            return str(self._secrets.get(self._secret_arn, max_age=_MAX_AGE_SECONDS, force_fetch=fresh))
        except GetParameterError as error:
            # Without the secret there is no database, which callers know how to wait for.
            raise DatabaseUnavailable("the database's secret cannot be read") from error


def open_database(
    settings: DatabaseSettings | None = None, timeout: int = 60, *, announces: bool = True
) -> Database:
    """The database that the environment names; connects on the first transaction.

    Args:
        timeout: seconds that one statement may take.
        announces: whether the function publishes what its transactions announce; one that announces
            nothing needs no clients for it.
    """
    settings = settings or DatabaseSettings.read()
    publisher = _publisher(OutboxSettings.read()) if announces else None
    return Database(settings, DatabaseSecret(settings.database_secret_arn), timeout, publisher)


def _publisher(settings: OutboxSettings) -> Publisher:
    queues = {Destination.INGEST: settings.ingest_queue_url, Destination.NOTIFY: settings.notify_queue_url}
    events: Any = boto3.client("events", config=_IMPATIENT)
    sqs = boto3.client("sqs", config=_IMPATIENT)
    known = {destination: url for destination, url in queues.items() if url}
    return Publisher(events, settings.bus_name, sqs, known)
