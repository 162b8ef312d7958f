"""The body of a Converse call, as Bedrock's service model describes it.

Only what carries text is known: images, documents and the like are refused as unknown members.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

ToolName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
Document = dict[str, object]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)  # type: ignore[pydantic-alias] # read from JSON only


class CachePoint(_Shape):
    """Marks the end of a prefix worth caching."""

    type: Literal["default"]
    ttl: Literal["5m", "1h"] | None = None


class ToolUse(_Shape):
    """A tool call of an earlier turn."""

    tool_use_id: str
    name: ToolName
    input: Document


class ToolResult(_Shape):
    """What a tool answered in an earlier turn."""

    tool_use_id: str
    content: list[Document]
    status: Literal["success", "error"] | None = None


class Content(_Shape):
    """One block of a message. Only the kinds that carry text are known here."""

    text: str | None = None
    tool_use: ToolUse | None = None
    tool_result: ToolResult | None = None
    cache_point: CachePoint | None = None


class SystemContent(_Shape):
    """One block of the system prompt."""

    text: Annotated[str, StringConstraints(min_length=1)] | None = None
    cache_point: CachePoint | None = None


class Message(_Shape):
    """One turn."""

    role: Literal["user", "assistant"]
    content: list[Content]


class InferenceConfig(_Shape):
    """How the answer is to be sampled."""

    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=1)
    top_p: float | None = Field(default=None, ge=0, le=1)
    stop_sequences: list[str] | None = None


class InputSchema(_Shape):
    """A tool's input as JSON Schema."""

    json_schema: Document = Field(alias="json")


class ToolSpec(_Shape):
    """One tool."""

    name: ToolName
    description: Annotated[str, StringConstraints(min_length=1)] | None = None
    input_schema: InputSchema
    strict: bool | None = None


class Tool(_Shape):
    """A tool, or the end of a prefix of them."""

    tool_spec: ToolSpec | None = None
    cache_point: CachePoint | None = None


class NamedTool(_Shape):
    """The one tool that must be used."""

    name: ToolName


class ToolChoice(_Shape):
    """Which tool must be used, if any."""

    auto: Document | None = None
    any: Document | None = None
    tool: NamedTool | None = None

    @property
    def kind(self) -> str:
        """The member that is set."""
        return next(iter(self.model_fields_set), "")


class ToolConfig(_Shape):
    """The tools that the model may use."""

    tools: list[Tool] = Field(min_length=1)
    tool_choice: ToolChoice | None = None


class JsonSchema(_Shape):
    """A JSON Schema as text."""

    schema_text: str = Field(alias="schema")
    name: str | None = None
    description: str | None = None


class FormatStructure(_Shape):
    """What the text must follow."""

    json_schema: JsonSchema


class TextFormat(_Shape):
    """The form of the answer's text."""

    type: Literal["json_schema"]
    structure: FormatStructure


class OutputConfig(_Shape):
    """The form of the answer."""

    text_format: TextFormat | None = None


class ConverseRequest(_Shape):
    """The body of a Converse call."""

    messages: list[Message] = Field(min_length=1)
    system: list[SystemContent] = []
    inference_config: InferenceConfig = InferenceConfig()
    tool_config: ToolConfig | None = None
    output_config: OutputConfig | None = None
    guardrail_config: Document | None = None
    additional_model_request_fields: Document | None = None
    additional_model_response_field_paths: list[str] | None = None
    prompt_variables: Document | None = None
    request_metadata: dict[str, str] | None = None
    performance_config: Document | None = None
    service_tier: Document | None = None
