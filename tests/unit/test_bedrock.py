"""What a model answered: its value, its tokens, its cost."""

from decimal import Decimal
from typing import Any

import botocore.session
import pytest
from typing_extensions import override

from shared.contracts.execution import Usage
from shared.model.bedrock import MOST_TOKENS, Model, ModelAnswer, token_count
from tests.unit.shared.asking_bedrock import LLAMA, NOVA, UNKNOWN, Client, question
from tests.watchdog import processor_seconds


@pytest.mark.parametrize(
    "content",
    [
        [{"text": "Sure."}, {"toolUse": {"name": "label_feedback", "input": {"labels": []}}}],
        [{"text": '{"labels": []}'}],
        [{"text": '```json\n{"labels": []}\n```'}],
        [{"text": 'Here you are: {"labels": []}'}],
        [{"toolUse": {"name": "another_tool", "input": {"labels": []}}}],
    ],
    ids=["tool", "text", "fenced", "behind prose", "the only tool's name altered"],
)
def test_an_answer_is_read_from_a_tool_call_or_from_json_text(content: list[dict[str, Any]]) -> None:
    assert Model(Client(content), LLAMA).converse(question()).value == {"labels": []}


@pytest.mark.parametrize(
    "content",
    [
        [],
        [{"text": "I cannot help with that."}],
        [{"text": 'Either {"labels": ["1 2 positive"]} or {"labels": []}.'}],
        [{"text": "[" * 100_000}],
        [{"text": "As the guide says [1], and [sic]."}],
        [{"toolUse": {"name": name, "input": {"labels": [name]}}} for name in ("another", "a_third")],
    ],
)
def test_what_is_no_answer_has_no_value(content: list[dict[str, Any]]) -> None:
    assert Model(Client(content), NOVA).converse(question()).value is None


@pytest.mark.parametrize(
    "said",
    [
        *("[", "[1,", '{"a":', "[ ", "```", "<think>", "</think>", '["', "```\n "),
        *("\n", "#", "- ", "1", "1\n", "<a>", "<a", "; ", "{'a':", "[-", "[(", "“[", ",]", "\\n"),
    ],
)
def test_no_answer_takes_long_to_read(said: str) -> None:
    with processor_seconds(3):
        Model(Client([{"text": said * 20_000}]), NOVA).converse(question())


def test_what_a_call_cost_is_counted_by_the_table() -> None:
    usage = Model(Client(), NOVA).converse(question()).usage

    assert usage == Usage(
        calls=1,
        input_tokens=1000,
        output_tokens=100,
        cache_read_tokens=10,
        estimated_cost=Decimal("0.00008415"),
    )


@pytest.mark.parametrize(
    "said, counted",
    [
        (17, 17),
        ("17", 17),
        (-5, 0),
        (None, 0),
        ("many", 0),
        ([], 0),
        (float("nan"), 0),
        (float("inf"), 0),
        (10**30, MOST_TOKENS),
        ("9" * 10_000, 0),
    ],
)
def test_a_count_of_tokens_that_cannot_be_is_none_or_the_most(said: object, counted: int) -> None:
    assert token_count(said) == counted

    class Odd(Client):
        @override
        def converse(self, **arguments: Any) -> Any:
            return {**super().converse(**arguments)} | {"usage": {"inputTokens": said, "outputTokens": said}}

    usage = Model(Odd(), NOVA).converse(question()).usage
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (1, counted, counted)
    assert usage.estimated_cost >= 0


def test_every_reason_to_stop_is_known_to_be_early_or_not() -> None:
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    shape: Any = model.shape_for("StopReason")
    answers = {reason: ModelAnswer(None, reason, Usage()).cut_off for reason in shape.enum}
    whole = {reason for reason, early in answers.items() if not early}
    # What is malformed did end, and says nothing of which end it has.
    assert whole == {"end_turn", "tool_use", "stop_sequence", "malformed_model_output", "malformed_tool_use"}


@pytest.mark.parametrize("usage", [None, [], "none", 3])
def test_an_answer_without_counts_is_an_answer(usage: object) -> None:
    class Odd(Client):
        @override
        def converse(self, **arguments: Any) -> Any:
            return {**super().converse(**arguments)} | {"usage": usage}

    assert Model(Odd(), NOVA).converse(question()).usage == Usage(calls=1)


@pytest.mark.parametrize("reason, read", [("end_turn", ["3 1", "7 2"]), ("max_tokens", ["3 1"])])
def test_what_was_cut_off_is_read_up_to_its_last_line(reason: str, read: list[str]) -> None:
    client = Client([{"text": "3 1\n7 2"}])
    client.stop_reason = reason
    assert Model(client, UNKNOWN).converse(question()).value == read
