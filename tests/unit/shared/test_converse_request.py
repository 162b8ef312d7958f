"""What a model is sent, by what its family can do."""

import json
from dataclasses import replace
from typing import Any

from shared.model.converse_request import SCHEMA_SENTENCE, converse_arguments
from shared.model.model_table import family_of
from tests.unit.shared.asking_bedrock import CLAUDE, LLAMA, NOVA, SCHEMA, UNKNOWN, question, sent


def test_a_model_with_tool_choice_is_forced_to_call_the_tool() -> None:
    arguments = sent(NOVA)

    assert arguments["toolConfig"]["toolChoice"] == {"tool": {"name": "label_feedback"}}
    assert arguments["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"] == {"json": SCHEMA}
    assert arguments["inferenceConfig"] == {"maxTokens": 50, "temperature": 0.0}


def test_a_model_that_refuses_tool_choice_is_offered_the_tool() -> None:
    assert "toolChoice" not in sent(LLAMA)["toolConfig"]


def test_a_model_with_structured_output_gets_the_schema_and_no_tool() -> None:
    arguments = sent(CLAUDE)

    schema = arguments["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert json.loads(schema["schema"]) == {**SCHEMA, "additionalProperties": False}
    assert "toolConfig" not in arguments


def test_a_model_nobody_knows_is_asked_for_text_and_the_schema_is_quoted() -> None:
    arguments = sent(UNKNOWN)

    assert f"\n{SCHEMA_SENTENCE} " in arguments["system"][0]["text"]
    assert "toolConfig" not in arguments
    assert "outputConfig" not in arguments


def test_a_model_without_a_system_prompt_reads_it_in_the_users_words() -> None:
    arguments = sent("mistral.mistral-7b-instruct-v0:2")

    assert "system" not in arguments
    assert arguments["messages"][0]["content"][0]["text"].startswith("Sort.")


def test_a_model_that_takes_no_temperature_gets_none() -> None:
    assert sent("us.anthropic.claude-opus-9-v1:0")["inferenceConfig"] == {"maxTokens": 50}


def test_a_model_that_would_think_out_of_its_answers_tokens_is_told_not_to() -> None:
    thinking = {"thinking": {"type": "disabled"}}

    assert sent("us.anthropic.claude-haiku-5-5")["additionalModelRequestFields"] == thinking
    assert "additionalModelRequestFields" not in sent(CLAUDE)
    assert "additionalModelRequestFields" not in sent(NOVA)


def test_a_cache_point_stands_only_behind_a_prefix_that_is_surely_long_enough() -> None:
    assert {"cachePoint": {"type": "default"}} in sent(NOVA, "word " * 2000)["system"]
    assert sent(NOVA, "word " * 500)["system"] == [{"text": "word " * 500}]
    assert sent(LLAMA, "word " * 2000)["system"] == [{"text": "word " * 2000}]


CACHE_POINT = {"cachePoint": {"type": "default"}}
CATEGORIES, EXAMPLES = "word " * 2000, "late " * 100


def system_of(model_id: str, *prefixes: int) -> list[dict[str, Any]]:
    request = replace(question(f"{CATEGORIES}\n{EXAMPLES}"), prefixes=prefixes)
    system: list[dict[str, Any]] = converse_arguments(model_id, family_of(model_id), request)["system"]
    return system


def test_a_cache_point_stands_before_what_changes_from_call_to_call() -> None:
    assert system_of(NOVA, len(CATEGORIES)) == [{"text": CATEGORIES}, CACHE_POINT, {"text": EXAMPLES}]


def test_what_comes_again_for_now_has_a_cache_point_of_its_own() -> None:
    whole = len(CATEGORIES) + 1 + len(EXAMPLES)
    system = system_of(NOVA, len(CATEGORIES), whole)

    assert system == [{"text": CATEGORIES}, CACHE_POINT, {"text": EXAMPLES}, CACHE_POINT]


def test_a_prefix_too_short_to_be_cached_counts_towards_a_longer_one() -> None:
    request = replace(question(f"Sort.\n{CATEGORIES}"), prefixes=(5, 6 + len(CATEGORIES)))
    system = converse_arguments(NOVA, family_of(NOVA), request)["system"]

    assert system == [{"text": "Sort."}, {"text": CATEGORIES}, CACHE_POINT]


def test_a_model_without_a_prompt_cache_reads_the_same_words_without_points() -> None:
    assert system_of(LLAMA, len(CATEGORIES)) == [{"text": CATEGORIES}, {"text": EXAMPLES}]


def test_the_schema_in_words_stands_before_what_changes() -> None:
    first, second = system_of(UNKNOWN, len(CATEGORIES))

    assert SCHEMA_SENTENCE in first["text"]
    assert second == {"text": EXAMPLES}
