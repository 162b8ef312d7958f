"""A request's body becomes records, or every fault in it by its path."""

import base64
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.feedback import (
    MAX_BODY_BYTES,
    BadBody,
    BodyTooLarge,
    Invalid,
    caller,
    read_body,
    read_records,
)


def faults(value: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as invalid:
        read_records(value)
    return {fault.path: fault.message for fault in invalid.value.faults}


@pytest.mark.parametrize(
    "value",
    [{"feedback": "good"}, [{"feedback": "good"}], {"feedback": [{"feedback": "good"}]}],
)
def test_one_record_may_come_alone_in_a_list_or_under_its_name(value: Any) -> None:
    [record] = read_records(value)
    assert record.feedback == "good"
    uuid.UUID(record.id)


def test_an_id_of_the_producer_s_own_is_kept_and_null_is_none() -> None:
    records = read_records([{"id": "shop-1", "feedback": "a"}, {"id": None, "feedback": "b"}], lambda: "new")
    assert [record.id for record in records] == ["shop-1", "new"]


@pytest.mark.parametrize(
    "value,paths",
    [
        ({}, {"feedback"}),
        ({"feedback": "", "stars": 9, "colour": "red"}, {"feedback", "stars", "colour"}),
        ({"feedback": 5}, {"feedback"}),
        ({"feedback": "a", "id": "a b"}, {"id"}),
        ({"feedback": "a", "id": "reviews-0123456789abcdef:7"}, {"id"}),
        ({"feedback": "a", "execution_id": "x"}, {"execution_id"}),
        ({"feedback": "a", "date": "yesterday"}, {"date"}),
        ([{"feedback": "a"}, 7, {"stars": -1}], {"[1]", "[2].feedback", "[2].stars"}),
        ({"feedback": [{"feedback": "a"}, {"title": "x"}]}, {"feedback[1].feedback"}),
        ({"feedback": [{"feedback": "a"}], "profile": "x"}, {"profile"}),
        ({"feedback": []}, {"feedback"}),
        ([], {"body"}),
        ("text", {"body"}),
        (None, {"body"}),
        ([{"feedback": "a"}] * 101, {"body"}),
        ([{"id": "1", "feedback": "a"}, {"id": "1", "feedback": "b"}], {"[1].id"}),
    ],
)
def test_each_fault_is_named_by_its_path(value: Any, paths: set[str]) -> None:
    assert set(faults(value)) == paths


def test_no_fault_repeats_what_the_customer_wrote() -> None:
    found = faults([{"feedback": "  ", "stars": "marmalade", "date": "marmalade", "id": "marmalade jar"}])
    assert len(found) == 4
    assert "marmalade" not in json.dumps(found)


def test_a_name_without_end_is_cut_in_the_answer() -> None:
    [path] = faults({"feedback": "a", "x" * 10_000: 1})
    assert path == "x" * 100


@pytest.mark.parametrize("body", [None, "", " ", "{", "NaN", '{"a": Infinity}', "[" * 100_000, "1" * 5000])
def test_a_body_that_is_no_json_is_bad(body: str | None) -> None:
    with pytest.raises(BadBody):
        read_body(body, is_base64=False)


def test_a_body_in_base64_is_read() -> None:
    body = base64.b64encode('{"feedback": "schön"}'.encode()).decode()
    assert read_body(body, is_base64=True) == {"feedback": "schön"}


@pytest.mark.parametrize("body", ["!", base64.b64encode("schön".encode("latin-1")).decode()])
def test_a_body_in_base64_that_holds_no_text_is_bad(body: str) -> None:
    with pytest.raises(BadBody):
        read_body(body, is_base64=True)


@pytest.mark.parametrize("body", ["x" * (MAX_BODY_BYTES + 1), "é" * (MAX_BODY_BYTES // 2 + 1)])
def test_a_body_too_large_is_not_parsed(body: str) -> None:
    with pytest.raises(BodyTooLarge):
        read_body(body, is_base64=False)
    with pytest.raises(BodyTooLarge):
        read_body(base64.b64encode(body.encode()).decode(), is_base64=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["feedback", "id", "stars", "date", "title", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_records_or_faults(value: Any) -> None:
    try:
        records = read_records(json.loads(json.dumps(value)))
    except Invalid as invalid:
        assert invalid.faults  # noqa: PT017 (either end is right)
    else:
        assert records


ROLE = "arn:aws:sts::123456789012:assumed-role/shop/session-1"


@pytest.mark.parametrize(
    "identity, known_as",
    [
        ({}, "api:"),
        ({"userArn": None, "apiKeyId": None}, "api:"),
        ({"userArn": ROLE}, "api:arn:aws:sts::123456789012:assumed-role/shop"),
        ({"userArn": "arn:aws:iam::123456789012:user/b"}, "api:arn:aws:iam::123456789012:user/b"),
        ({"userArn": "arn:aws:iam::123456789012:user/a/b"}, "api:arn:aws:iam::123456789012:user/b"),
        ({"userArn": "arn:aws:iam::1:user/:assumed-role/x/b"}, "api:arn:aws:iam::1:user/b"),
        ({"userArn": "arn:aws:sts::1:federated-user/b"}, "api:arn:aws:sts::1:federated-user/b"),
        ({"userArn": "arn:aws:iam::1:root"}, "api:arn:aws:iam::1:root"),
        ({"userArn": ROLE, "apiKeyId": "k1"}, "api:k1"),
    ],
)
def test_a_caller_is_its_key_or_its_principal_without_the_session(
    identity: dict[str, Any], known_as: str
) -> None:
    assert caller(identity) == known_as


def test_a_callers_records_are_its_own_whatever_source_they_name() -> None:
    def source(sender: str, named: str) -> str:
        (record,) = read_records({"id": "1", "source": named, "feedback": "a"}, sender=sender)
        return record.source

    assert source("api:k1", "") == "api:k1"
    assert source("api:k1", "app") == "api:k1/app"
    assert source("api:k1", "api:k2") != source("api:k2", "")
    bob, in_bobs_path = ("arn:aws:iam::1:user/bob", "arn:aws:iam::1:user/bob/app")
    assert source(caller({"userArn": bob}), "app") != source(caller({"userArn": in_bobs_path}), "")
    long = "s" * 200
    assert len(source("api:k1", long)) <= 200
    assert source("api:k1", long) != source("api:k2", long)
    # However long it is, nobody else may name it.
    assert source("api:k1", long).startswith("api:")
