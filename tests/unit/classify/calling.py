"""A model whose answers and errors a test says, and what asks it."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from services.classify.health import Health
from services.classify.labelling import Reply
from services.classify.model_calls import Asker
from services.classify.pacing import Gauge, Pace
from services.classify.rate import Clock, Rate
from shared.model.bedrock import Model
from shared.model.label_prompt import TOOL, build, numbered
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import parse_block
from tests.unit.classify.builders import NAMES, FakeTime, record, taxonomy

PROMPT = build(taxonomy(), [], AnswerForm.FORCED_TOOL)
USAGE = {"inputTokens": 400, "outputTokens": 30}
CACHED = {
    "inputTokens": 100,
    "outputTokens": 30,
    "cacheReadInputTokens": 240,
    "cacheWriteInputTokens": 60,
}


def error(code: str, status: int = 400, message: str = "") -> ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Converse")  # type: ignore[arg-type]


class World:
    """A worker's parts around a model that answers as told: an error, a tool's input, or None: rightly."""

    def __init__(self, answer: Callable[[str], Any], model_id: str = "amazon.nova-lite-v1:0") -> None:
        self.time = FakeTime()
        self.asked: list[str] = []
        self.instructed: list[str] = []
        self.answer = answer
        self.usage = USAGE
        self.stop_reason = "tool_use"
        self.in_content = False
        self.health = Health()
        self.gauge = Gauge()
        self.pace = Pace(Rate(6_000, known=True), 0, Clock(self.time.now, self.time.sleep))
        model = Model(self, model_id)
        self.asker = Asker(model, self.pace, self.gauge, self.health, self.time.now, deadline=10_000)

    def converse(self, **request: Any) -> Any:
        text = request["messages"][0]["content"][0]["text"]
        self.asked.append(text)
        self.instructed.append(request["system"][0]["text"])
        answer = self.answer(text)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            answer = {"labels": [f"{number} 1 neutral" for number, _ in parse_block(text, "feedback")]}
        content = answer if self.in_content else [{"toolUse": {"name": TOOL, "input": answer}}]
        return {
            "output": {"message": {"content": content}},
            "stopReason": self.stop_reason,
            "usage": self.usage,
        }

    def ask(self, *texts: str) -> Reply:
        return self.asker.ask(PROMPT, NAMES, numbered([record(text) for text in texts or ("fine",)]))

    def canaries(self) -> int:
        return sum("All is well." in text for text in self.asked)

    def free(self) -> float:
        """Tokens that could be spent now."""
        bucket = self.pace._tokens
        bucket.missing(0)
        return bucket._level
