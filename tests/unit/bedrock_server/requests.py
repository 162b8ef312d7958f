"""Requests as the services send them; a test names only what differs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.model.prompt_blocks import Entry, render_block

NOVA = "amazon.nova-lite-v1:0"
CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"

LABELS = {
    "type": "object",
    "properties": {"labels": {"type": "array", "items": {"type": "string"}}},
    "required": ["labels"],
}
VERDICT = {"type": "object", "properties": {"verdict": {"type": "string"}}, "required": ["verdict"]}
MERGES = {"type": "object", "properties": {"merges": {"type": "array"}}, "required": ["merges"]}

CATEGORIES = (
    ("Product Quality", "how well the product is made, whether it breaks"),
    ("Shipping and Delivery", "when and how the parcel arrived"),
    ("Customer Service", "how the staff answered and helped"),
    ("Price and Value", "whether it is worth the money"),
)
TEXTS = (
    "The parcel came two weeks late.",
    "Flimsy plastic, it broke after three days.",
    "The staff were friendly and helped me at once.",
    "Far too expensive, not worth the money.",
)
"""One for each category, in another order: 2, 1, 3, 4."""


def numbered(rows: Sequence[Sequence[str]]) -> list[Entry]:
    return [(number, tuple(row)) for number, row in enumerate(rows, 1)]


def labelling(
    texts: Sequence[str] = TEXTS,
    categories: Sequence[Sequence[str]] = CATEGORIES,
    examples: Sequence[tuple[int, str]] = (),
) -> tuple[str, str]:
    """The system and the user text of a labelling prompt."""
    system = "Label each feedback.\n" + render_block("categories", numbered(categories))
    if examples:
        system += "\n" + render_block("examples", [(number, (text,)) for number, text in examples])
    return system, render_block("feedback", numbered([[text] for text in texts]))


def converse(
    prompt: tuple[str, str] = labelling(),
    model: str = NOVA,
    max_tokens: int = 500,
    **more: Any,
) -> dict[str, Any]:
    """The arguments of a Converse call."""
    system, user = prompt
    return {
        "modelId": model,
        "system": [{"text": system}],
        "messages": [{"role": "user", "content": [{"text": user}]}],
        "inferenceConfig": {"maxTokens": max_tokens, "temperature": 0},
        **more,
    }


def forced(schema: Mapping[str, Any] = LABELS, name: str = "answer") -> dict[str, Any]:
    return {**offered(schema, name), "toolChoice": {"tool": {"name": name}}}


def offered(schema: Mapping[str, Any] = LABELS, name: str = "answer") -> dict[str, Any]:
    return {"tools": [{"toolSpec": {"name": name, "inputSchema": {"json": schema}}}]}


def structured(schema: Mapping[str, Any] = LABELS) -> dict[str, Any]:
    definition = {"name": "answer", "schema": json.dumps(schema)}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}


def tool_input(answer: Mapping[str, Any]) -> Any:
    """What the one tool call of an answer says."""
    (block,) = answer["output"]["message"]["content"]
    return block["toolUse"]["input"]


def text(answer: Mapping[str, Any]) -> str:
    """The one text of an answer."""
    (block,) = answer["output"]["message"]["content"]
    return str(block["text"])


def categories_of(lines: Sequence[str]) -> list[int]:
    """The category numbers of label lines, which must name the records 1, 2, 3…"""
    parts = [line.split(" ") for line in lines]
    assert [int(part[0]) for part in parts] == list(range(1, len(parts) + 1))
    return [int(part[1]) for part in parts]


TITAN = "amazon.titan-embed-text-v2:0"


def refused(client: Any, **request: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        client.converse(**request)
    return caught.value


def invoke(client: Any, model: str, **body: Any) -> Any:
    return json.loads(client.invoke_model(modelId=model, body=json.dumps(body))["body"].read())
