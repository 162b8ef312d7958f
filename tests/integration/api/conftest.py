"""The API's handler with a real database and moto's SQS and S3."""

from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from services.api import handler as api
from services.api.dependencies import open_dependencies
from shared.platform.database import Database
from tests.integration.api.api_client import Client


@pytest.fixture
def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="data")
        environment = {
            "FEEDBACK_QUEUE_URL": boto3.client("sqs").create_queue(QueueName="feedback")["QueueUrl"],
            "DATA_BUCKET": "data",
            "DATABASE_HOST": "nowhere",
            "DATABASE_SECRET_ARN": "arn",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield Client(replace(open_dependencies(api.telemetry), database=database), monkeypatch)
