from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from services.notify.storage import PART_BYTES, Storage


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="data")
        yield client


def stored(s3: Any) -> tuple[bytes, str]:
    answer = s3.get_object(Bucket="data", Key="k")
    return answer["Body"].read(), answer["ContentType"]


@pytest.mark.parametrize("pieces", [[], [b"a", b"", b"b"]])
def test_a_small_file_is_one_object(s3: Any, pieces: list[bytes]) -> None:
    Storage(s3, "data").write("k", pieces, "text/csv")

    assert stored(s3) == (b"".join(pieces), "text/csv")


def test_a_large_file_is_the_sum_of_its_pieces(s3: Any) -> None:
    pieces = [bytes([n]) * (PART_BYTES // 2 + 1) for n in range(5)]

    Storage(s3, "data").write("k", iter(pieces), "text/csv")

    assert stored(s3) == (b"".join(pieces), "text/csv")


def test_never_more_than_one_part_is_held(s3: Any) -> None:
    held: list[int] = []
    drawn = 0

    class Watching:
        def __getattr__(self, name: str) -> Any:
            def call(**arguments: Any) -> Any:
                held.append(drawn - sum(held))
                return getattr(s3, name)(**arguments)

            return call if name == "upload_part" else getattr(s3, name)

    def pieces() -> Iterator[bytes]:
        nonlocal drawn
        for _ in range(40):
            drawn += PART_BYTES // 4
            yield b"x" * (PART_BYTES // 4)

    Storage(Watching(), "data").write("k", pieces(), "text/csv")  # type: ignore[arg-type]

    assert max(held) <= 2 * PART_BYTES


def test_a_file_that_cannot_be_finished_leaves_no_parts(s3: Any) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x" * PART_BYTES
        yield b"y" * PART_BYTES
        yield b"z" * PART_BYTES
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError):
        Storage(s3, "data").write("k", pieces(), "text/csv")

    assert s3.list_multipart_uploads(Bucket="data").get("Uploads", []) == []
    assert "Contents" not in s3.list_objects_v2(Bucket="data")
