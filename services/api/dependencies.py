"""The API's dependencies: settings, database, AWS clients, telemetry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from services.api.settings import ApiSettings
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

_IMPATIENT = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
"""Time-outs that leave time for an answer."""
SIGNING = Config(
    signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
)
"""For the bucket's own host in its region: the global one redirects there, which breaks the signature."""


@dataclass(frozen=True)
class Dependencies:
    """Made on first use, and kept while the function is warm."""

    settings: ApiSettings
    database: Database
    sqs: "SQSClient"
    s3: "S3Client"
    telemetry: Telemetry


def open_dependencies(telemetry: Telemetry) -> Dependencies:
    """Opens them as the environment variables say."""
    return Dependencies(
        settings=ApiSettings.read(),
        database=open_database(timeout=5, announces=False),
        sqs=boto3.client("sqs", config=_IMPATIENT),
        s3=boto3.client("s3", config=SIGNING),
        telemetry=telemetry,
    )
