"""A worker whose model praises everything."""

from typing import Any

from services.classify.groups import Group
from services.classify.incoming import Delivery
from services.classify.prompt_library import Prompts
from services.classify.rate import Clock
from services.classify.settings import ClassifySettings
from services.classify.worker import Worker
from shared.contracts.records import Record
from shared.model.bedrock import Model
from shared.model.label_prompt import build
from shared.model.model_table import AnswerForm
from shared.model.prompt_blocks import parse_block
from shared.platform.received import Received
from tests.unit.classify.builders import FakeTime, taxonomy

MODEL = "amazon.nova-lite-v1:0"


class Praise:
    """A model that likes everything; `hears` how much it was asked at a time."""

    def __init__(self) -> None:
        self.packs: list[int] = []
        self.systems: list[str] = []
        self.tiers: list[object] = []

    def converse(self, **request: Any) -> Any:
        entries = parse_block(request["messages"][0]["content"][0]["text"], "feedback")
        self.packs.append(len(entries))
        self.tiers.append(request.get("serviceTier"))
        self.systems.append("\n".join(part["text"] for part in request["system"] if "text" in part))
        labels = [f"{number} 1 positive" for number, _ in entries]
        content = [{"toolUse": {"name": "label_feedback", "input": {"labels": labels}}}]
        usage = {"inputTokens": 300, "outputTokens": 10}
        return {"output": {"message": {"content": content}}, "stopReason": "tool_use", "usage": usage}


def worker(model: Praise, time: FakeTime, model_id: str = MODEL, **settings: Any) -> Worker:
    given = {
        "feedback_queue_url": "f",
        "notify_queue_url": "n",
        "model_id": model_id,
        "embedding_model_id": "e",
        "parallel_calls": 1,
        "categorize_share": 0,
        "feedback_concurrency": 1,
    }
    read = ClassifySettings.model_validate(given | settings)
    return Worker(Model(model, model_id), read, Clock(time.now, time.sleep))


def group(*records: Record) -> Group:
    prompts = Prompts(taxonomy(), build(taxonomy(), [], AnswerForm.FORCED_TOOL))
    made = Group("feedback", None, prompts, MODEL)
    for each in records:
        made.deliveries[each.record_id] = Delivery(Received(each.record_id, ""), each, None)
    return made
