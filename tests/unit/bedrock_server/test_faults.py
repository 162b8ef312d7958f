"""Faults by plan and by chance, and what each makes of an answer."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock.faults import FAULTS, Faults, FaultSettings, Rule
from tests.unit.bedrock_server.conftest import Admin
from tests.unit.bedrock_server.requests import (
    CLAUDE,
    NOVA,
    VERDICT,
    converse,
    forced,
    labelling,
    offered,
    structured,
    text,
    tool_input,
)


def struck(*rules: Rule, calls: int = 6, kind: str = "label", words: str = "", seed: int = 0) -> list[str]:
    faults = Faults()
    faults.put(FaultSettings(rules=rules, seed=seed))
    return [faults.draw(NOVA, kind, words).fault for _ in range(calls)]


def lines(client: Any) -> list[str]:
    return list(tool_input(client.converse(**converse(toolConfig=forced())))["labels"])


def test_without_rules_nothing_goes_wrong() -> None:
    assert struck() == ["ok"] * 6


def test_the_next_calls_are_struck_and_no_more() -> None:
    assert struck(Rule(fault="throttling", next=2)) == ["throttling"] * 2 + ["ok"] * 4


def test_a_rule_can_begin_later() -> None:
    assert struck(Rule(fault="dropped", after=4)) == ["ok"] * 4 + ["dropped"] * 2


def test_a_plan_is_followed_call_by_call() -> None:
    plan = Rule(plan=("throttling", "ok", "server_error"))
    assert struck(plan) == ["throttling", "ok", "server_error", "ok", "ok", "ok"]


def test_chance_can_be_repeated() -> None:
    rule = Rule(fault="server_error", probability=0.3)
    first = struck(rule, calls=1000)
    assert first == struck(rule, calls=1000)
    assert first != struck(rule, calls=1000, seed=1)
    assert 250 < first.count("server_error") < 350


def test_a_rule_may_concern_one_kind_of_call_one_model_or_one_text() -> None:
    assert struck(Rule(fault="empty", kinds=frozenset({"judge"})), calls=1) == ["ok"]
    assert struck(Rule(fault="empty", kinds=frozenset({"judge"})), calls=1, kind="judge") == ["empty"]
    assert struck(Rule(fault="empty", model="anthropic.*"), calls=1) == ["ok"]
    assert struck(Rule(fault="empty", containing="poison"), calls=1) == ["ok"]
    assert struck(Rule(fault="empty", containing="poison"), calls=1, words="a poisoned well") == ["empty"]


def test_a_rule_may_spare_calls_about_few_records() -> None:
    faults = Faults()
    faults.put(FaultSettings(rules=(Rule(fault="malformed", records=2),)))

    assert [faults.draw(NOVA, "label", "", records).fault for records in (0, 1, 2, 20)] == [
        "ok",
        "ok",
        "malformed",
        "malformed",
    ]


def test_the_first_rule_that_strikes_is_taken() -> None:
    assert struck(Rule(fault="empty", next=1), Rule(fault="refusal"), calls=2) == ["empty", "refusal"]


def test_a_rule_without_a_fault_or_with_two_is_refused(admin: Admin) -> None:
    for rule in ({}, {"fault": "empty", "plan": ["ok"]}, {"fault": "flood"}, {"fault": "ok", "often": 1}):
        assert admin.status("PUT", "/faults", {"rules": [rule]}) == 400


def test_a_dead_model_stays_dead_until_told_otherwise(client: Any, admin: Admin) -> None:
    admin.fault(fault="service_unavailable")
    for _ in range(3):
        with pytest.raises(client.exceptions.ServiceUnavailableException):
            client.converse(**converse())
    assert admin.get("/faults")["struck"] == [3]
    assert admin.status("DELETE", "/faults") == 200
    assert client.converse(**converse())["stopReason"] == "end_turn"


def test_embeddings_fail_like_any_call(client: Any, admin: Admin) -> None:
    admin.fault(fault="throttling", kinds=["embed"])
    with pytest.raises(client.exceptions.ThrottlingException):
        client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body='{"inputText": "x"}')
    client.converse(**converse())


@pytest.mark.parametrize(
    "fault, numbers",
    [
        ("missing_ids", ["2", "4"]),
        ("duplicate_ids", ["1", "2", "3", "4", "1"]),
        ("invented_ids", ["1", "2", "3", "4", "9999"]),
        ("wrong_labels", ["1", "2", "3", "4"]),
        ("truncated", ["1"]),
    ],
)
def test_an_answer_can_be_wrong_about_its_records(
    client: Any, admin: Admin, fault: str, numbers: list[str]
) -> None:
    right = lines(client)
    admin.fault(fault=fault)
    wrong = lines(client)
    assert [line.split(" ")[0] for line in wrong] == numbers
    if fault == "wrong_labels":
        assert [line.split(" ")[1] == "9999" for line in wrong] == [True, False, True, False]
    else:
        assert set(wrong[:4]) <= set(right) | {wrong[-1]}


def test_a_given_answer_is_what_was_given(client: Any, admin: Admin) -> None:
    call = {"toolUse": {"name": "another", "input": "[1, 2]"}}
    admin.fault(fault="given", content=[{"text": "I call it."}, call])
    answer = client.converse(**converse(toolConfig=forced()))
    first, second = answer["output"]["message"]["content"]
    assert first == {"text": "I call it."}
    assert second["toolUse"].pop("toolUseId")
    assert second == call
    assert answer["stopReason"] == "tool_use"


def test_a_truncated_answer_says_so(client: Any, admin: Admin) -> None:
    admin.fault(fault="truncated")
    answer = client.converse(**converse(model=CLAUDE, outputConfig=structured()))
    assert answer["stopReason"] == "max_tokens"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(text(answer))


def test_a_malformed_tool_input_does_not_follow_its_schema(client: Any, admin: Admin) -> None:
    admin.fault(fault="malformed")
    answer = client.converse(**converse(toolConfig=forced()))
    assert isinstance(tool_input(answer)["labels"], str)
    answer = client.converse(**converse(model=CLAUDE, outputConfig=structured()))
    with pytest.raises(ValueError, match=r"Expecting|delimiter"):
        json.loads(text(answer))


@pytest.mark.parametrize(
    "fault, stop_reason",
    [
        ("refusal", "end_turn"),
        ("content_filtered", "content_filtered"),
        ("guardrail", "guardrail_intervened"),
    ],
)
def test_a_refusal_is_text_without_a_tool_call(
    client: Any, admin: Admin, fault: str, stop_reason: str
) -> None:
    admin.fault(fault=fault)
    answer = client.converse(**converse(toolConfig=forced()))
    assert answer["stopReason"] == stop_reason
    assert text(answer)


def test_an_empty_answer_has_no_content(client: Any, admin: Admin) -> None:
    admin.fault(fault="empty")
    assert client.converse(**converse(toolConfig=forced()))["output"]["message"]["content"] == []


def test_a_chatty_model_talks_instead_of_calling_its_tool(client: Any, admin: Admin) -> None:
    admin.fault(fault="chatty")
    answer = client.converse(**converse(toolConfig=offered()))
    assert text(answer).count("```") == 2


def test_one_record_can_spoil_whichever_pack_it_is_in(client: Any, admin: Admin) -> None:
    admin.fault(fault="content_filtered", containing="POISON")
    poisoned = client.converse(**converse(labelling(["fine", "POISON"]), toolConfig=forced()))
    healthy = client.converse(**converse(labelling(["fine", "also fine"]), toolConfig=forced()))
    assert (poisoned["stopReason"], healthy["stopReason"]) == ("content_filtered", "tool_use")


def test_a_verdict_can_name_a_category_that_does_not_exist(client: Any, admin: Admin) -> None:
    admin.fault(fault="wrong_labels", kinds=["judge"])
    answer = client.converse(**converse(toolConfig=forced(VERDICT)))
    assert tool_input(answer)["category"] == 9999


def test_every_fault_can_be_struck_without_breaking_the_server(client: Any, admin: Admin) -> None:
    assert admin.get("/faults")["known"] == list(FAULTS)
    for fault in set(FAULTS) - {"hang", "dropped"}:
        for schema in (forced(), forced(VERDICT)):
            admin.fault(fault=fault)
            try:
                client.converse(**converse(toolConfig=schema))
            except ClientError as error:
                assert error.response["Error"]["Code"] != "Unknown"  # noqa: PT017
    assert admin.get("/health")["status"] == "ok"
