import json
from typing import Any

import pytest
from pydantic import ValidationError

from services.curate.uploads import (
    CategoryList,
    Corrections,
    Upload,
    UploadRefused,
    kind_of,
    parse,
)
from tests.builders import object_created


def upload(key: str = "corrections/a.csv", **changes: Any) -> Upload:
    return parse(json.dumps(object_created(key, **changes)))


@pytest.mark.parametrize(
    "key, kind",
    [
        ("corrections/a.csv", Corrections()),
        ("corrections/2026/may ü+%20.CSV", Corrections()),
        ("categories/list.json", CategoryList("feedback")),
        ("categories/it-tickets/list.JSON", CategoryList("it-tickets")),
    ],
)
def test_a_key_says_what_is_uploaded(key: str, kind: object) -> None:
    assert kind_of(key) == kind


@pytest.mark.parametrize(
    "key",
    [
        "corrections/a.csv.gz",
        "corrections/a",
        "categories/a.csv",
        "categories/a/b/c.json",
        "categories/A/x.json",
    ],
)
def test_a_key_that_nobody_expects_is_refused(key: str) -> None:
    with pytest.raises(UploadRefused):
        kind_of(key)


def test_only_an_empty_object_is_a_folder() -> None:
    assert upload("corrections/", size=0).is_folder
    assert not upload("corrections/", size=5).is_folder
    assert not upload("corrections/a.csv", size=0).is_folder


def test_the_same_upload_has_the_same_hash_and_the_next_one_of_the_key_another() -> None:
    first = upload(sequencer="1")

    assert first.digest == upload(sequencer="1", etag="other").digest
    assert first.digest != upload(sequencer="2").digest
    assert first.digest != upload("corrections/b.csv", sequencer="1").digest
    assert upload(**{"version-id": "v1"}).digest != upload(**{"version-id": "v2"}).digest


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"detail-type": "Object Deleted"}', '{"detail-type": "Object Created"}']
)
def test_anything_else_is_kept_for_the_dead_letter_queue(body: str) -> None:
    with pytest.raises(ValidationError):
        parse(body)
