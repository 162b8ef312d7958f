"""Forms of answer seen in public reports, as Converse carries them: by HTTP and boto3 into the reader."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.bedrock.engine import load_engine
from local.bedrock.faults import FaultSettings
from local.bedrock.server import BedrockServer
from local.bedrock.service import BedrockService
from services.categorize.judge_question import Question
from services.categorize.judging import judge
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Sentiment, Taxonomy
from shared.model.bedrock import Model
from shared.model.label_answers import check
from shared.model.label_lines import Label
from shared.model.label_prompt import build
from shared.stores.discovery_store import VerdictKind
from tests.builders import a_category
from tests.integration.model_server import client, serving

CASES = Path(__file__).parents[1] / "cases" / "model-answers.json"
REPORTED: list[dict[str, Any]] = json.loads(CASES.read_text("utf-8"))
NAMES = ("Delivery", "Price", "Taste", "Size", "Staff")
CATEGORIES = tuple(a_category(number, name) for number, name in enumerate(NAMES, 1))
TAXONOMY = Taxonomy(profile="feedback", taxonomy_version=1, corrections_version=0, categories=CATEGORIES)
LABELS = {1: Label(1, Sentiment.NEGATIVE), 2: Label(5, Sentiment.POSITIVE)}
MODELS = (
    "amazon.nova-lite-v1:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
)
"""One for each way in which an answer is kept in form."""


@pytest.fixture(scope="module")
def server() -> Iterator[BedrockServer]:
    with serving(BedrockService(load_engine())) as server:
        yield server


def content(case: Mapping[str, Any], tool: str) -> list[dict[str, Any]]:
    if "text" in case:
        return [{"text": case["text"]}]
    return [{"toolUse": {"name": case.get("tool_name", tool), "input": case["tool_input"]}}]


def answering(server: BedrockServer, model_id: str, blocks: list[dict[str, Any]]) -> Model:
    """A model that says this to whatever it is asked."""
    rules = [{"fault": "given", "content": blocks}]
    server.service.faults.put(FaultSettings.model_validate({"rules": rules}))
    return Model(client(server.url), model_id)


@pytest.mark.parametrize("model_id", MODELS)
@pytest.mark.parametrize("case", REPORTED, ids=[case["name"] for case in REPORTED])
def test_what_a_model_answers_means_what_it_says(
    server: BedrockServer, case: dict[str, Any], model_id: str
) -> None:
    if case.get("kind") == "judge":
        model = answering(server, model_id, content(case, "judge_theme"))
        verdict, usage = judge(model, Question(["a", "b", "c"], CATEGORIES, {}))
        assert (verdict.kind, verdict.name) == (VerdictKind.NEW, case["tool_input"]["name"])
        assert usage.calls == 1
        return
    model = answering(server, model_id, content(case, "label_feedback"))
    prompt = build(TAXONOMY, [], model.family.answer_form)
    records = {
        n: Record(record_id=f"r{n}", profile="feedback", feedback=Feedback(feedback="x")) for n in (1, 2)
    }
    answer = model.converse(prompt.request(records))
    means = LABELS if isinstance(case["means"], list) else {}
    assert check(answer.value, [1, 2], NAMES) == means
