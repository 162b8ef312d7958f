import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.bedrock.models import Traits, TraitsTable
from local.bedrock.stats import LOGGED_CALLS, Call, Stats, digest
from tests.unit.bedrock_server.conftest import Admin
from tests.unit.bedrock_server.requests import (
    MERGES,
    NOVA,
    TEXTS,
    VERDICT,
    converse,
    forced,
    labelling,
    offered,
)


def test_calls_are_counted_by_what_they_ask(client: Any, admin: Admin) -> None:
    client.converse(**converse(toolConfig=forced()))
    client.converse(**converse(toolConfig=offered(VERDICT)))
    with pytest.raises(client.exceptions.ModelErrorException):
        client.converse(**converse(toolConfig=forced(MERGES)))
    client.converse(modelId=NOVA, messages=[{"role": "user", "content": [{"text": "Answer OK."}]}])
    client.invoke_model(modelId="cohere.embed-english-v3", body=_cohere("a", "b"))
    stats = admin.get("/stats")
    assert stats["by_kind"] == {"label": 1, "judge": 1, "merge": 1, "probe": 1, "embed": 1}
    assert stats["by_model"] == {NOVA: 4, "cohere.embed-english-v3": 1}
    assert stats["by_mode"] == {"forced": 2, "offered": 1, "text": 1}
    assert stats["by_error"] == {"ModelErrorException": 1}
    assert (stats["calls"], stats["answered"], stats["failed"], stats["throttled"]) == (5, 4, 1, 0)


def test_tokens_and_records_add_up(client: Any, admin: Admin) -> None:
    usages = [client.converse(**converse(toolConfig=forced()))["usage"] for _ in range(3)]
    stats = admin.get("/stats")
    assert stats["input_tokens"] == sum(usage["inputTokens"] for usage in usages)
    assert stats["output_tokens"] == sum(usage["outputTokens"] for usage in usages)
    assert stats["records"] == 3 * len(TEXTS)
    assert stats["quota_tokens"] == stats["input_tokens"] + stats["output_tokens"]


def test_a_reset_begins_again(client: Any, admin: Admin) -> None:
    client.converse(**converse())
    assert admin.status("POST", "/stats/reset") == 200
    stats = admin.get("/stats")
    assert (stats["calls"], stats["by_model"], stats["in_flight"]) == (0, {}, 0)
    assert admin.get("/calls") == {"calls": []}


def test_the_log_tells_calls_and_records_apart_without_their_texts(client: Any, admin: Admin) -> None:
    secret = "The parcel for Mrs Smith never came"
    client.converse(**converse(labelling([secret]), toolConfig=forced(), max_tokens=77))
    client.converse(**converse(labelling([secret, "other"]), toolConfig=forced()))
    first, second = admin.get("/calls")["calls"]
    assert first["records"] == [digest(secret)] == second["records"][:1]
    assert (first["kind"], first["mode"], first["max_tokens"]) == ("label", "forced", 77)
    assert first["request"] != second["request"]
    assert admin.get(f"/calls?since={second['number']}")["calls"] == [second]
    assert "Smith" not in json.dumps([first, second, admin.get("/stats")])


def test_a_fault_is_in_the_log(client: Any, admin: Admin) -> None:
    admin.fault(fault="throttling", next=1)
    with pytest.raises(client.exceptions.ThrottlingException):
        client.converse(**converse())
    (call,) = admin.get("/calls")["calls"]
    assert (call["status"], call["error"], call["fault"]) == (429, "ThrottlingException", "throttling")
    assert admin.get("/stats")["by_fault"] == {"throttling": 1}


def test_the_log_does_not_grow_for_ever() -> None:
    stats = Stats(lambda: 1000.0)
    for _ in range(LOGGED_CALLS + 10):
        with stats.watch(Call(NOVA, "converse", 1000.0)):
            pass
    calls = stats.calls()
    assert (len(calls), calls[0]["number"]) == (LOGGED_CALLS, 11)


def test_an_unknown_path_names_the_ones_there_are(admin: Admin) -> None:
    assert admin.status("GET", "/nothing") == 404
    assert admin.status("PUT", "/stats", {}) == 404
    assert admin.status("PUT", "/latency", {"speed": 0}) == 400
    assert admin.status("PUT", "/quota", {"tokens": 1}) == 400
    assert admin.status("GET", "/calls?since=x") == 400


def test_health_names_the_engine(admin: Admin) -> None:
    assert admin.get("/health") == {"status": "ok", "engine": "all-MiniLM-L6-v2 (embedded)"}


def test_a_family_put_in_at_run_time_comes_before_those_shipped() -> None:
    table = TraitsTable([Traits(pattern="amazon.nova*")])
    table.put([Traits(pattern="amazon.nova-lite*", tools=False)])
    assert (table.find(NOVA).tools, table.find("amazon.nova-pro-v1:0").tools) == (False, True)
    table.put(())
    assert table.find(NOVA).tools


def test_many_calls_at_once_are_all_counted(client: Any, admin: Admin) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.converse(**converse(toolConfig=forced())), range(80)))
    assert admin.get("/stats")["answered"] == 80


def _cohere(*texts: str) -> str:
    return json.dumps({"texts": texts, "input_type": "clustering"})
