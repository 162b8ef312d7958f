"""Curate's dependencies: database, S3, telemetry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry
from shared.platform.transience import CLIENT_CONFIG

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_STATEMENT_SECONDS = 240
"""A corrections file is applied in one transaction."""


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    database: Database
    s3: "S3Client"
    telemetry: Telemetry


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    database = open_database(timeout=_STATEMENT_SECONDS)
    return Dependencies(database, boto3.client("s3", config=CLIENT_CONFIG), telemetry)
