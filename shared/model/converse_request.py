"""What a model is asked, in the form that Converse takes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.model.model_table import AnswerForm, ModelFamily

SCHEMA_SENTENCE = "Answer with JSON only, matching this schema:"
"""Stands before the JSON schema in the system text of a model without tools."""
# More than a token holds in any tokenizer's usual text: a cache point is set only where the prefix is
# surely long enough.
_CHARACTERS_PER_TOKEN = 5


@dataclass(frozen=True)
class ModelRequest:
    """One question.

    Attributes:
        system: what the model is told before the data.
        user: the data asked about.
        tool_name: the answer's name, where the model answers by a tool.
        tool_description: one line, sent with the tool; empty: none.
        schema: the JSON schema of the answer, an object.
        max_tokens: where the answer is cut off; Bedrock reserves this much of the quota.
        temperature: 0 unless variety is wanted; not sent to models that take none.
        prefixes: lengths of the beginnings of `system`, each up to the end of a line, that come again in
            other calls, shortest first: what a model's prompt cache is for. None: all of it comes again.
    """

    system: str
    user: str
    tool_name: str
    tool_description: str
    schema: Mapping[str, Any]
    max_tokens: int
    temperature: float = 0.0
    prefixes: tuple[int, ...] | None = None

    def system_parts(self) -> list[tuple[str, bool]]:
        """The lines of `system` cut into parts, and whether all up to a part's end comes again."""
        parts, start = [], 0
        for end in (len(self.system),) if self.prefixes is None else self.prefixes:
            parts.append((self.system[start:end], True))
            start = end + 1
        if start < len(self.system):
            parts.append((self.system[start:], False))
        return parts


def converse_arguments(model_id: str, family: ModelFamily, request: ModelRequest) -> dict[str, Any]:
    """The arguments of boto3's `converse` that put this question to a model of this family."""
    parts, user = request.system_parts(), request.user
    if family.answer_form is AnswerForm.TEXT:
        (first, again), *others = parts
        parts = [(f"{first}\n{SCHEMA_SENTENCE} {_compact(request.schema)}", again), *others]
    inference: dict[str, Any] = {"maxTokens": request.max_tokens}
    if family.sampling:
        inference["temperature"] = request.temperature
    arguments: dict[str, Any] = {"modelId": model_id, "inferenceConfig": inference}
    if family.system_prompt:
        arguments["system"] = list(_system(family, parts))
    else:
        system = "\n".join(text for text, _ in parts)
        user = f"{system}\n\n{user}"
    if family.thinks:
        arguments["additionalModelRequestFields"] = {"thinking": {"type": "disabled"}}
    arguments["messages"] = [user_message(user)]
    return arguments | _form(family.answer_form, request)


def user_message(text: str) -> dict[str, Any]:
    """What the user says."""
    return {"role": "user", "content": [{"text": text}]}


def _form(form: AnswerForm, request: ModelRequest) -> dict[str, Any]:
    if form is AnswerForm.TEXT:
        return {}
    if form is AnswerForm.STRUCTURED:
        # Bedrock takes only closed objects here; in a tool the same words would be paid for in vain.
        closed = {**request.schema, "additionalProperties": False}
        schema = {"name": request.tool_name, "schema": _compact(closed)}
        return {"outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}}
    tool: dict[str, Any] = {"name": request.tool_name, "inputSchema": {"json": dict(request.schema)}}
    if request.tool_description:
        tool["description"] = request.tool_description
    config: dict[str, Any] = {"tools": [{"toolSpec": tool}]}
    if form is AnswerForm.FORCED_TOOL:
        config["toolChoice"] = {"tool": {"name": request.tool_name}}
    return {"toolConfig": config}


def _system(family: ModelFamily, parts: Sequence[tuple[str, bool]]) -> Iterator[dict[str, Any]]:
    """The parts, a cache point behind each prefix that comes again and is surely long enough."""
    minimum, length = family.cache_minimum_tokens, 0
    for text, again in parts:
        length += len(text)
        yield {"text": text}
        # What changes from call to call would be written to the cache, paid for, and never read.
        if again and minimum is not None and length >= minimum * _CHARACTERS_PER_TOKEN:
            yield {"cachePoint": {"type": "default"}}


def _compact(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, separators=(",", ":"))
