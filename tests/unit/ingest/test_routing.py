"""What an object's key says."""

import re
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.refusal import FileRefused
from services.ingest.routing import ObjectCreated, is_ignored, profile_of
from tests.builders import object_created

PROFILES = ["complaints", "feedback"]


def no_readers(profile: str) -> Collection[str]:
    """Profiles of tables alone."""
    return ()


def event(key: str, **changes: Any) -> ObjectCreated:
    return ObjectCreated.model_validate(object_created(key, **changes))


@pytest.mark.parametrize(
    "key,profile",
    [
        ("reviews.csv", "feedback"),
        ("incoming/reviews.csv", "feedback"),
        ("incoming/feedback/reviews.CSV", "feedback"),
        ("incoming/complaints/2024/march/reviews.csv.gz", "complaints"),
        ("incoming/complaints/reviews.TSV", "complaints"),
        ("incoming/complaints/reviews.ndjson.gz", "complaints"),
        ("incoming/complaints/reviews.txt", "complaints"),
        ("incoming/complaints/reviews.json", "complaints"),
        ("incoming/my file 😀 100%.jsonl", "feedback"),
        ("incoming/reviews.JSONL.GZ", "feedback"),
    ],
)
def test_a_feedback_file_is_for_its_folder_s_profile(key: str, profile: str) -> None:
    assert profile_of(key, PROFILES, no_readers) == profile


@pytest.mark.parametrize(
    "key,reason",
    [
        (
            "incoming/reviews.docx",
            "ends in none of .csv, .tsv, .txt, .jsonl, .ndjson, .json, .xlsx, .zip (or these with .gz)",
        ),
        ("reviews", "ends in none of"),
        ("incoming/", "ends in none of"),
        ("incoming/praise/reviews.csv", "'praise' is not a profile with categories"),
        ("incoming/praise/reviews.csv", "known profiles: complaints, feedback"),
        ("incoming/../reviews.csv", "'..' is not a profile"),
        ("incoming//reviews.csv", "'' is not a profile"),
        ("uploads/reviews.csv", "nobody reads uploads/reviews.csv: put feedback in incoming/"),
        ("/reviews.csv", "nobody reads /reviews.csv"),
    ],
)
def test_a_key_that_nobody_expects_is_refused_with_what_to_do(key: str, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        profile_of(key, PROFILES, no_readers)
    assert reason in str(refused.value)


def test_a_profile_without_any_category_says_how_to_give_it_some() -> None:
    with pytest.raises(FileRefused, match=r"known profiles: none \(upload categories/feedback\.json first\)"):
        profile_of("reviews.csv", [], no_readers)


def test_what_others_read_or_wrote_and_empty_folders_are_ignored() -> None:
    assert is_ignored(event("reports/x/report.html"))
    assert is_ignored(event("results/profile=feedback/x.parquet"))
    assert is_ignored(event("rejected/x.csv"))
    assert is_ignored(event("corrections/x.csv"))
    assert is_ignored(event("categories/x.json"))
    assert is_ignored(event("incoming/complaints/", size=0))
    assert not is_ignored(event("incoming/complaints/", size=5))
    assert not is_ignored(event("incoming/reports/x.csv"))


def test_the_same_upload_is_the_same_execution_and_another_one_is_not() -> None:
    first = event("a.csv").execution_id
    assert event("a.csv", etag="ff").execution_id == first
    assert event("a.csv", sequencer="0063").execution_id != first
    assert event("b/a.csv").execution_id != first
    versioned = event("a.csv", **{"version-id": "v1"}).execution_id
    assert versioned not in (first, event("a.csv", **{"version-id": "v2"}).execution_id)


def test_an_execution_is_named_after_its_file() -> None:
    assert event("incoming/Märzumfrage 2024 (final).CSV.gz").execution_id.startswith(
        "marzumfrage-2024-final-"
    )
    assert event("incoming/评论.csv").execution_id.startswith("file-")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_key_makes_a_valid_execution_id(key: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}-[0-9a-f]{16}", event(key).execution_id)


@given(st.text(max_size=200))
def test_any_key_is_for_a_profile_or_refused(key: str) -> None:
    try:
        answer = profile_of(key, PROFILES, no_readers)
    except FileRefused as refused:
        answer = str(refused)
    assert answer in PROFILES or 20 < len(answer) < 1000
