"""Sweep's dependencies: settings, database, SQS, S3, telemetry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from services.sweep.settings import SweepSettings
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry
from shared.platform.transience import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    settings: SweepSettings
    database: Database
    sqs: "SQSClient"
    telemetry: Telemetry
    s3: "S3Client"


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    sqs = boto3.client("sqs", config=CLIENT_CONFIG)
    s3 = boto3.client("s3", config=CLIENT_CONFIG)
    return Dependencies(SweepSettings.read(), open_database(), sqs, telemetry, s3)
