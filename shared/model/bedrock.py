"""Bedrock Converse: one request in, one checked answer out, its cost counted, its errors ours.

There is no retry here. A busy model is the queue's affair (services.classify.deferral), and a model
that refuses us is a person's.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from shared.contracts.execution import Usage
from shared.model.answer_reader import payload
from shared.model.bedrock_client import (
    ERRORS,
    INVALID,
    About,
    ConverseClient,
    ModelBusy,
    ModelFailed,
    ModelRefused,
    everybodys,
    make_bedrock_client,
    translate,
)
from shared.model.model_table import AnswerForm, ModelFamily, ServiceTier, family_of

__all__ = [
    "ERRORS",
    "About",
    "ConverseClient",
    "Model",
    "ModelAnswer",
    "ModelBusy",
    "ModelFailed",
    "ModelRefused",
    "ModelRequest",
    "everybodys",
    "make_bedrock_client",
    "token_count",
    "translate",
]

SCHEMA_SENTENCE = "Answer with JSON only, matching this schema:"
"""Stands before the JSON schema in the system text of a model without tools."""

MOST_TOKENS = 10_000_000
"""More than any model reads or writes in one call."""

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


@dataclass(frozen=True)
class ModelAnswer:
    """What came back.

    Attributes:
        value: the answer in whatever form it came, for `shared.model.answer_reader`; None if there is none
            that can be parsed: refused, cut off, malformed.
        stop_reason: Converse's, for example end_turn, tool_use, max_tokens, content_filtered.
        usage: one call, its tokens, its estimated cost.
    """

    value: object
    stop_reason: str
    usage: Usage


class Model:
    """A Bedrock model behind Converse; safe to share between threads, as boto3's clients are.

    Attributes:
        family: at the prices of the default tier.
        tier: in which it is asked: the one wished for, as long as table and Bedrock offer it.
    """

    def __init__(
        self, client: ConverseClient, model_id: str, tier: ServiceTier = ServiceTier.DEFAULT
    ) -> None:
        self._client = client
        self.model_id = model_id
        self.family: ModelFamily = family_of(model_id)
        self._wished = tier
        self.tier = tier if self.family.offers(tier) else ServiceTier.DEFAULT

    @property
    def priced(self) -> ModelFamily:
        """The family at the prices of the tier in which it is asked."""
        return self.family.in_tier(self.tier)

    @property
    def falls_back(self) -> bool:
        """Whether the tier wished for is not offered."""
        return self.tier is not self._wished

    def in_tier(self, tier: ServiceTier) -> "Model":
        """The same model, asked in this tier."""
        return Model(self._client, self.model_id, tier)

    def converse(self, request: ModelRequest) -> ModelAnswer:
        """Asks once.

        Raises:
            ModelBusy: the same request may be answered later.
            ModelFailed: this request cannot be answered.
            ModelRefused: a person must look.
        """
        answer = self._ask(converse_arguments(self.model_id, self.family, request))
        return ModelAnswer(
            value=payload(_content(answer), request.tool_name),
            stop_reason=str(answer.get("stopReason", "")),
            usage=_usage(answer, self.family.in_tier(_served(answer, self.tier))),
        )

    def probe(self) -> None:
        """Asks the shortest question there is; raises as `converse` does if the model does not answer."""
        self._call(
            {
                "modelId": self.model_id,
                "messages": [_user("Answer OK.")],
                "inferenceConfig": {"maxTokens": 16},
            }
        )

    def _ask(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if self.tier is ServiceTier.DEFAULT:
            return self._call(arguments)
        try:
            return self._call({**arguments, "serviceTier": {"type": self.tier.value}})
        except ModelFailed as error:
            if error.code != INVALID:
                raise
        # Bedrock has one code for a tier that it does not offer here and for a request that it does not take.
        answer = self._call(arguments)
        self.tier = ServiceTier.DEFAULT
        return answer

    def _call(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return cast(dict[str, Any], self._client.converse(**arguments))
        except ERRORS as error:
            raise translate(error) from error


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
    arguments["messages"] = [_user(user)]
    return arguments | _form(family.answer_form, request)


def _user(text: str) -> dict[str, Any]:
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


def _content(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = answer.get("output", {}).get("message", {}).get("content") or []
    return [block for block in content if isinstance(block, Mapping)]


def _served(answer: Mapping[str, Any], asked: ServiceTier) -> ServiceTier:
    """The tier that answered, by what Bedrock says; the one that was asked, if it says nothing."""
    said = answer.get("serviceTier")
    name = said.get("type") if isinstance(said, Mapping) else None
    return asked if name is None else ServiceTier.FLEX if name == ServiceTier.FLEX else ServiceTier.DEFAULT


def _usage(answer: Mapping[str, Any], family: ModelFamily) -> Usage:
    usage = Usage(
        calls=1,
        input_tokens=_tokens(answer, "inputTokens"),
        output_tokens=_tokens(answer, "outputTokens"),
        cache_read_tokens=_tokens(answer, "cacheReadInputTokens"),
        cache_write_tokens=_tokens(answer, "cacheWriteInputTokens"),
    )
    return usage.model_copy(update={"estimated_cost": family.cost(usage)})


def _tokens(answer: Mapping[str, Any], name: str) -> int:
    said = answer.get("usage")
    return token_count(said.get(name)) if isinstance(said, Mapping) else 0


def token_count(said: object) -> int:
    """A model's count of tokens, from 0 to more than a call can have; 0 where it is no number."""
    try:
        count = int(said) if isinstance(said, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0
    return min(max(0, count), MOST_TOKENS)


def _compact(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, separators=(",", ":"))
