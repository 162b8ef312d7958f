"""Reports whose results are written in slices of few rows."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from services.notify import results_slices
from shared.platform.database import Database
from tests.integration.notify_case import Office, an_office
from tests.uploads_by_moto import as_s3_has_it


@pytest.fixture(params=["csv", "csv+parquet"])
def office(
    database: Database, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Office]:
    """A part of an upload has four rows."""
    as_s3_has_it(monkeypatch, least_part=0)
    monkeypatch.setattr(results_slices, "part_bytes", lambda number: 1)
    monkeypatch.setattr(results_slices, "_LEAST_BYTES", 1)
    monkeypatch.setattr(results_slices, "_PAGE", 4)
    with mock_aws():
        yield an_office(database, results_format=request.param)
