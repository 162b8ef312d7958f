"""The body of a Converse call, checked against the service model of Bedrock that botocore ships."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator

Body = dict[str, Any]
_READ = {"text", "toolUse", "toolResult", "cachePoint"}


@cache
def _converse() -> OperationModel:
    model = Loader().load_service_model("bedrock-runtime", "service-2")
    return ServiceModel(model, "bedrock-runtime").operation_model("Converse")


def violations(body: Body) -> list[str]:
    """Why Bedrock would not take the body, or this server cannot read it; each in a sentence."""
    shape: Any = _converse().input_shape
    report = ParamValidator().validate({"modelId": "any", **body}, shape)
    if report.has_errors():
        return str(report.generate_report()).split("\n")
    if not body.get("messages"):
        return ["Value at 'messages' must hold a message."]
    limits = [each for name in body for each in _exceeded(body[name], shape.members[name], name)]
    return limits or [f"This server reads no {kind}." for kind in _unreadable(body)]


def schema_text(body: Body) -> str | None:
    """The JSON Schema that the answer's text must follow, if there is one."""
    text_format = body.get("outputConfig", {}).get("textFormat")
    return text_format["structure"]["jsonSchema"]["schema"] if text_format else None


def _exceeded(value: Any, shape: Any, where: str) -> Iterator[str]:
    """The limits of the service model that botocore leaves to the service: maxima, patterns and words."""
    if shape.type_name == "structure" and not shape.is_document_type:
        for name in value:
            yield from _exceeded(value[name], shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        for position, member in enumerate(value):
            yield from _exceeded(member, shape.member, f"{where}[{position}]")
    else:
        limits = shape.metadata
        size = len(value) if isinstance(value, str) else value
        if "max" in limits and isinstance(size, int | float) and size > limits["max"]:
            yield f"Value at '{where}' must be at most {limits['max']}."
        if "enum" in limits and value not in limits["enum"]:
            yield f"Value at '{where}' must be one of {', '.join(limits['enum'])}."
        if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
            yield f"Value at '{where}' must match {limits['pattern']}."


def _unreadable(body: Body) -> Iterator[str]:
    """What carries no text, such as images: the engines behind this server would not see it."""
    for turn in body["messages"]:
        yield from ("system turn" for _ in [turn] if turn["role"] == "system")
        yield from (kind for block in turn["content"] for kind in block.keys() - _READ)
    tools = body.get("toolConfig", {}).get("tools", [])
    yield from (kind for tool in tools for kind in tool.keys() - {"toolSpec", "cachePoint"})
