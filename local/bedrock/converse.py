"""The Converse request: read, checked as Bedrock checks it, and turned into a prompt."""

import json
from collections.abc import Iterator, Mapping

from local.bedrock.engine import EnginePrompt
from local.bedrock.errors import validation
from local.bedrock.models import Traits
from local.bedrock.shapes import Body, schema_text, violations
from shared.model.converse_request import SCHEMA_SENTENCE

_SCHEMA = "outputConfig.textFormat.structure.jsonSchema.schema"


def read_request(body: bytes, traits: Traits) -> Body:
    """The request, if the model's family takes it.

    Raises:
        BedrockError: ValidationException, with what is wrong.
    """
    if traits.embedding:
        raise validation("This action doesn't support the model that you provided.")
    request = _object(body.decode("utf-8", "replace") or "{}", "The body")
    if wrong := violations(request):
        count = f"{len(wrong)} validation error{'s' * (len(wrong) > 1)}"
        raise validation(f"{count} detected: {' '.join(wrong)}")
    _check_family(request, traits)
    _check_turns(request)
    _check_tools(request, traits)
    if (schema := schema_text(request)) is not None:
        _check_output(schema, traits)
    return request


def to_prompt(request: Body, traits: Traits) -> EnginePrompt:
    """What the engine needs of the request."""
    system = "\n".join(block["text"] for block in request.get("system", []) if "text" in block)
    user = "\n".join(_texts(request))
    spec = _tool(request)
    schema = spec["inputSchema"]["json"] if spec else _written_schema(request, f"{system}\n{user}")
    sampling = request.get("inferenceConfig", {})
    return EnginePrompt(
        system=system,
        user=user,
        schema=schema,
        tool=spec["name"] if spec else "",
        max_tokens=min(sampling.get("maxTokens", traits.max_output), traits.max_output),
        mode=_mode(request),
        temperature=sampling.get("temperature", 0),
    )


def tier_of(request: Body) -> str:
    """The service tier that the request names; empty if it names none."""
    return str(request.get("serviceTier", {}).get("type", ""))


def _mode(request: Body) -> str:
    """How the answer is to be kept in form."""
    if schema_text(request) is not None:
        return "structured"
    if "toolConfig" not in request:
        return "text"
    return "forced" if request["toolConfig"].get("toolChoice", {}).keys() & {"any", "tool"} else "offered"


def _texts(request: Body) -> Iterator[str]:
    turns = (turn["content"] for turn in request["messages"] if turn["role"] == "user")
    return (block["text"] for content in turns for block in content if "text" in block)


def _specs(request: Body) -> list[Body]:
    return [tool["toolSpec"] for tool in request["toolConfig"]["tools"] if "toolSpec" in tool]


def _tool(request: Body) -> Body | None:
    """The tool that the answer will use: the one demanded, else the first."""
    if "toolConfig" not in request:
        return None
    specs = _specs(request)
    named = request["toolConfig"].get("toolChoice", {}).get("tool", specs[0])
    return next(spec for spec in specs if spec["name"] == named["name"])


def _written_schema(request: Body, text: str) -> Mapping[str, object] | None:
    """The schema of the output's format, or the first that the prompt quotes."""
    if (schema := schema_text(request)) is not None:
        return _object(schema, _SCHEMA)
    _, found, rest = text.partition(SCHEMA_SENTENCE)
    if not found:
        return None
    try:
        quoted, _ = json.JSONDecoder().raw_decode(rest.lstrip())
    except ValueError:
        return None
    return quoted if isinstance(quoted, dict) else None


def _object(text: str, name: str) -> Body:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise validation(f"{name} is not JSON.") from error
    if not isinstance(value, dict):
        raise validation(f"{name} is not an object.")
    return value


def _check_family(request: Body, traits: Traits) -> None:
    if request.get("system") and not traits.system:
        raise validation("This model doesn't support system messages. Try again without system messages.")
    if not traits.sampling and request.get("inferenceConfig", {}).keys() & {"temperature", "topP"}:
        raise validation("This model doesn't support the temperature and topP fields.")
    if (tier := tier_of(request)) not in {"", "default"} | ({"flex"} if traits.flex else set()):
        raise validation(f"The provided service tier {tier} is not supported for this model.")


def _check_turns(request: Body) -> None:
    if request["messages"][0]["role"] != "user":
        raise validation(
            "A conversation must start with a user message. "
            "Try again with a conversation that starts with a user message."
        )
    for turn in request["messages"]:
        if not turn["content"]:
            raise validation(
                "The content field in the Message object is empty. "
                "Add a ContentBlock object to the content field and try again."
            )
        if any(not block.get("text", "text").strip() for block in turn["content"]):
            raise validation(
                "The text field in the ContentBlock object is blank. "
                "Add text to the text field, and try again."
            )


def _check_tools(request: Body, traits: Traits) -> None:
    if "toolConfig" not in request:
        return
    if not traits.tools:
        raise validation("This model doesn't support tool use.")
    names = [spec["name"] for spec in _specs(request)]
    if not names or len(set(names)) != len(names):
        raise validation("toolConfig.tools must hold tools of different names.")
    for kind, choice in request["toolConfig"].get("toolChoice", {}).items():
        if kind not in traits.tool_choices:
            raise validation(
                f"This model doesn't support the toolConfig.toolChoice.{kind} field. "
                f"Remove toolConfig.toolChoice.{kind} and try again."
            )
        if kind == "tool" and choice["name"] not in names:
            raise validation("toolConfig.toolChoice.tool.name is none of the tools in toolConfig.tools.")


def _check_output(schema: str, traits: Traits) -> None:
    if not traits.structured:
        raise validation(
            "This model doesn't support the outputConfig.textFormat field. "
            "Remove outputConfig.textFormat and try again."
        )
    _object(schema, _SCHEMA)
