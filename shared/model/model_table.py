"""What is known of each family of models: answer form, prices, quota arithmetic, prompt cache."""

import json
import re
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from shared.contracts.base import Contract
from shared.contracts.execution import Usage

_TABLE = Path(__file__).with_name("models.json")
_PROFILE_PREFIX = re.compile(r"^(?:global|us|us-gov|eu|apac|jp|au|ca|sa|me|af)\.")
_MILLION = Decimal(1_000_000)


class AnswerForm(StrEnum):
    """How a model's answer is kept in form."""

    STRUCTURED = "structured"
    """The model is held to a JSON schema."""
    FORCED_TOOL = "forced_tool"
    """The model must call our tool."""
    OFFERED_TOOL = "offered_tool"
    """The model knows tools but refuses `toolChoice`: the prompt asks it to call ours."""
    TEXT = "text"
    """Plain text, parsed strictly: works with every model."""


class ModelFamily(Contract):
    """A line of the table; prices are US dollars per million tokens."""

    ids: tuple[str, ...]
    answer_form: AnswerForm
    input: Decimal
    output: Decimal
    cache_read: Decimal = Decimal(0)
    cache_write: Decimal = Decimal(0)
    cache_minimum_tokens: int | None = None
    """Shortest prefix that can be cached; None: never ask for it."""
    quota_per_output_token: int = 1
    """Tokens of the quota that one output token burns."""
    system_prompt: bool = True
    """Whether the model takes a system prompt apart from the user's words."""
    sampling: bool = True
    """Whether the model takes a temperature."""

    def cost(self, usage: Usage) -> Decimal:
        """US dollars that these tokens cost, by the table."""
        dollars = (
            usage.input_tokens * self.input
            + usage.output_tokens * self.output
            + usage.cache_read_tokens * self.cache_read
            + usage.cache_write_tokens * self.cache_write
        )
        return dollars / _MILLION

    def quota_tokens(self, input_tokens: int, output_tokens: int) -> int:
        """What a call takes from the tokens-per-minute quota; Bedrock reserves it with `max_tokens`."""
        return input_tokens + output_tokens * self.quota_per_output_token


@cache
def family_of(model_id: str) -> ModelFamily:
    """The family of a model id, of an inference profile, or of the ARN of either.

    An id that the table does not know gets the line with the empty prefix: text, dear, burning fast.
    """
    name = _PROFILE_PREFIX.sub("", model_id.rpartition("/")[2])
    matches = [
        (len(prefix), family) for family in _table() for prefix in family.ids if name.startswith(prefix)
    ]
    return max(matches, key=lambda match: match[0])[1]


@cache
def _table() -> tuple[ModelFamily, ...]:
    table = json.loads(_TABLE.read_text(encoding="utf-8"))
    return tuple(ModelFamily.model_validate(family) for family in table["families"])
