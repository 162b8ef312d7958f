"""A question, and a client that keeps what it is sent and answers as it is told."""

from typing import Any

from botocore.exceptions import (
    ClientError,
)

from shared.model.bedrock import Model
from shared.model.converse_request import ModelRequest

SCHEMA = {"type": "object", "properties": {"labels": {"type": "array"}}, "required": ["labels"]}
NOVA, LLAMA = "amazon.nova-lite-v1:0", "us.meta.llama3-3-70b-instruct-v1:0"
CLAUDE, UNKNOWN = "global.anthropic.claude-haiku-4-5-20251001-v1:0", "someone.new-model-v9"


class Client:
    def __init__(self, content: list[dict[str, Any]] | None = None, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.content, self.error, self.stop_reason = content or [], error, "end_turn"

    def converse(self, **request: Any) -> Any:
        self.asked.append(request)
        if self.error:
            raise self.error
        usage = {"inputTokens": 1000, "outputTokens": 100, "cacheReadInputTokens": 10}
        output = {"message": {"content": self.content}}
        return {"output": output, "stopReason": self.stop_reason, "usage": usage}


def question(system: str = "Sort.") -> ModelRequest:
    return ModelRequest(system, "1", "label_feedback", "The labels.", SCHEMA, max_tokens=50)


def sent(model_id: str, system: str = "Sort.") -> dict[str, Any]:
    client = Client()
    Model(client, model_id).converse(question(system))
    return client.asked[0]


def client_error(code: str, status: int = 400) -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Converse")  # type: ignore[arg-type]
