"""The Converse request: read, checked as Bedrock checks it, and turned into a prompt."""

import json
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from local.bedrock.engine import EnginePrompt
from local.bedrock.errors import validation
from local.bedrock.models import Traits
from local.bedrock.shapes import ConverseRequest, Document, ToolSpec

SCHEMA_WORDS = "Answer with JSON only, matching this schema:"


def read_request(body: bytes, traits: Traits) -> ConverseRequest:
    """The request, if the model's family takes it.

    Raises:
        BedrockError: ValidationException, with what is wrong.
    """
    if traits.embedding:
        raise validation("This action doesn't support the model that you provided.")
    try:
        request = ConverseRequest.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise validation(_explain(error)) from error
    _check_family(request, traits)
    _check_turns(request)
    _check_tools(request, traits)
    _check_output(request, traits)
    return request


def to_prompt(request: ConverseRequest, traits: Traits) -> EnginePrompt:
    """What the engine needs of the request."""
    system = "\n".join(block.text for block in request.system if block.text)
    user = "\n".join(_texts(request))
    spec = _tool(request)
    schema = spec.input_schema.json_schema if spec else _written_schema(request, f"{system}\n{user}")
    limit = request.inference_config.max_tokens or traits.max_output
    return EnginePrompt(
        system=system,
        user=user,
        schema=schema,
        tool=spec.name if spec else "",
        max_tokens=min(limit, traits.max_output),
        mode=_mode(request),
        temperature=request.inference_config.temperature or 0,
    )


def _mode(request: ConverseRequest) -> str:
    """How the answer is to be kept in form."""
    if request.output_config and request.output_config.text_format:
        return "structured"
    if request.tool_config is None:
        return "text"
    choice = request.tool_config.tool_choice
    return "forced" if choice and choice.kind in {"any", "tool"} else "offered"


def _texts(request: ConverseRequest) -> Iterator[str]:
    return (
        block.text for turn in request.messages if turn.role == "user" for block in turn.content if block.text
    )


def _tool(request: ConverseRequest) -> ToolSpec | None:
    """The tool that the answer will use: the one demanded, else the first."""
    if request.tool_config is None:
        return None
    specs = [tool.tool_spec for tool in request.tool_config.tools if tool.tool_spec]
    choice = request.tool_config.tool_choice
    wanted = choice.tool.name if choice and choice.tool else specs[0].name
    return next(spec for spec in specs if spec.name == wanted)


def _written_schema(request: ConverseRequest, text: str) -> Mapping[str, object] | None:
    """The schema of the output's format, or the first that the prompt quotes."""
    if request.output_config and request.output_config.text_format:
        return _object(request.output_config.text_format.structure.json_schema.schema_text)
    _, found, rest = text.partition(SCHEMA_WORDS)
    if not found:
        return None
    try:
        schema, _ = json.JSONDecoder().raw_decode(rest.lstrip())
    except ValueError:
        return None
    return schema if isinstance(schema, dict) else None


def _object(text: str) -> Document:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise validation("outputConfig.textFormat.structure.jsonSchema.schema is not JSON.") from error
    if not isinstance(value, dict):
        raise validation("outputConfig.textFormat.structure.jsonSchema.schema is not an object.")
    return value


def _check_family(request: ConverseRequest, traits: Traits) -> None:
    if request.system and not traits.system:
        raise validation("This model doesn't support system messages. Try again without system messages.")
    sampling = (request.inference_config.temperature, request.inference_config.top_p)
    if not traits.sampling and sampling != (None, None):
        raise validation("This model doesn't support the temperature and topP fields.")


def _check_turns(request: ConverseRequest) -> None:
    if request.messages[0].role != "user":
        raise validation(
            "A conversation must start with a user message. "
            "Try again with a conversation that starts with a user message."
        )
    for turn in request.messages:
        if not turn.content:
            raise validation(
                "The content field in the Message object is empty. "
                "Add a ContentBlock object to the content field and try again."
            )
        for block in turn.content:
            if len(block.model_fields_set) != 1:
                raise validation("A ContentBlock must hold exactly one member.")
            if block.text is not None and not block.text.strip():
                raise validation(
                    "The text field in the ContentBlock object is blank. "
                    "Add text to the text field, and try again."
                )


def _check_tools(request: ConverseRequest, traits: Traits) -> None:
    if request.tool_config is None:
        return
    if not traits.tools:
        raise validation("This model doesn't support tool use.")
    names = [tool.tool_spec.name for tool in request.tool_config.tools if tool.tool_spec]
    if not names or len(set(names)) != len(names):
        raise validation("toolConfig.tools must hold tools of different names.")
    choice = request.tool_config.tool_choice
    if choice is None:
        return
    if len(choice.model_fields_set) != 1:
        raise validation("toolConfig.toolChoice must hold exactly one of auto, any and tool.")
    if choice.kind not in traits.tool_choices:
        raise validation(
            f"This model doesn't support the toolConfig.toolChoice.{choice.kind} field. "
            f"Remove toolConfig.toolChoice.{choice.kind} and try again."
        )
    if choice.tool and choice.tool.name not in names:
        raise validation("toolConfig.toolChoice.tool.name is none of the tools in toolConfig.tools.")


def _check_output(request: ConverseRequest, traits: Traits) -> None:
    if request.output_config is None or request.output_config.text_format is None:
        return
    if not traits.structured:
        raise validation(
            "This model doesn't support the outputConfig.textFormat field. "
            "Remove outputConfig.textFormat and try again."
        )
    _object(request.output_config.text_format.structure.json_schema.schema_text)


def _explain(error: ValidationError) -> str:
    """In Bedrock's manner: how many errors, and where each is."""
    found = error.errors(include_url=False, include_input=False)
    parts = [
        f"Value at '{'.'.join(map(str, each['loc']))}' failed to satisfy constraint: {each['msg']}"
        for each in found
    ]
    return f"{len(parts)} validation error{'s' * (len(parts) > 1)} detected: {'; '.join(parts)}"
