"""Ingest's dependencies: settings, database, AWS clients, telemetry, clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from services.ingest.settings import IngestSettings
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry
from shared.platform.transience import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

_IMPATIENT = CLIENT_CONFIG.merge(Config(read_timeout=10))
"""A block is requested up to nine times, by boto3 and by the reader, within one invocation."""


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm.

    Attributes:
        sqs: for the rows; the sender's threads share it.
        clock: seconds from some fixed moment on, never running backwards.
    """

    settings: IngestSettings
    database: Database
    s3: "S3Client"
    sqs: "SQSClient"
    sfn: "SFNClient"
    telemetry: Telemetry
    clock: Callable[[], float] = time.monotonic


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    settings = IngestSettings.read()
    # The sender's threads share the client.
    sending = _IMPATIENT.merge(Config(max_pool_connections=2 * settings.sender_threads))
    return Dependencies(
        settings=settings,
        database=open_database(),
        s3=boto3.client("s3", config=_IMPATIENT),
        sqs=boto3.client("sqs", config=sending),
        sfn=boto3.client("stepfunctions", config=CLIENT_CONFIG.merge(Config(read_timeout=5))),
        telemetry=telemetry,
    )
