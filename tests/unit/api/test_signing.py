"""The link to a report is signed for the bucket's own host in its region."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from services.api.dependencies import SIGNING
from services.api.reports import signed_url


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def link(region: str, **client: str) -> str:
    s3 = boto3.client("s3", region_name=region, config=SIGNING, **client)  # type: ignore[call-overload]
    settings = SimpleNamespace(data_bucket="stack-databucket-x1")
    deps: Any = SimpleNamespace(s3=s3, settings=settings)
    return signed_url(deps, "reports/reviews-1/report.html")


@pytest.mark.parametrize(
    "region, suffix",
    [
        ("us-east-1", "amazonaws.com"),
        ("us-west-2", "amazonaws.com"),
        ("eu-central-1", "amazonaws.com"),
        ("ap-southeast-4", "amazonaws.com"),
        ("me-central-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
    ],
)
def test_a_link_leads_to_the_bucket_in_its_region(region: str, suffix: str) -> None:
    url = urlsplit(link(region))
    query = parse_qs(url.query)

    assert (url.scheme, url.netloc) == ("https", f"stack-databucket-x1.s3.{region}.{suffix}")
    assert url.path == "/reports/reviews-1/report.html"
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Credential"][0].split("/")[2:] == [region, "s3", "aws4_request"]
    assert query["X-Amz-Expires"] == ["300"]


def test_an_address_without_names_is_signed_with_the_bucket_in_the_path() -> None:
    """As the local emulator's is."""
    url = urlsplit(link("us-east-1", endpoint_url="https://127.0.0.1:4566"))

    assert url.netloc == "127.0.0.1:4566"
    assert url.path == "/stack-databucket-x1/reports/reviews-1/report.html"
