"""What is known of each family of models: answer form, prices, quota arithmetic, prompt cache."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from shared.contracts.base import Contract
from shared.contracts.execution import Usage

_TABLE = Path(__file__).with_name("models.json")
_PROFILE = re.compile(r"(?:(global|us-gov|us|eu|apac|jp|au|ca|sa|me|af|in)\.)?(.*)")
_REVISION = re.compile(r"(?:-\d{8})?(?:-v\d+|-\d(?=:))?(?::.*)?")
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


class ServiceTier(StrEnum):
    """How soon Bedrock answers, and at which price."""

    DEFAULT = "default"
    FLEX = "flex"
    """Cheaper, and later when the model is busy."""


class ModelFamily(Contract):
    """A line of the table; prices are US dollars per million tokens."""

    ids: tuple[str, ...]
    answer_form: AnswerForm
    input: Decimal
    output: Decimal
    cache_read: Decimal = Decimal(0)
    cache_write: Decimal = Decimal(0)
    regional: Mapping[str, Decimal] = {}
    """Factors of the prices under the prefix of an inference profile, where it is not 1."""
    flex: Decimal | None = None
    """Factor of the prices of the flex tier; None: not offered, or not known."""
    cache_minimum_tokens: int | None = None
    """Shortest prefix that can be cached; None: never ask for it."""
    quota_per_output_token: int = 1
    """Tokens of the quota that one output token burns."""
    system_prompt: bool = True
    """Whether the model takes a system prompt apart from the user's words."""
    sampling: bool = True
    """Whether the model takes a temperature."""
    thinks: bool = False
    """Whether the model thinks before it answers, out of `max_tokens`, unless it is told not to."""

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

    def under(self, profile: str) -> "ModelFamily":
        """The family at the prices of an inference profile with that prefix; empty: of the model itself."""
        return self._at(self.regional.get(profile, Decimal(1)))

    def offers(self, tier: ServiceTier) -> bool:
        """Whether the table has a price for the tier."""
        return tier is ServiceTier.DEFAULT or self.flex is not None

    def in_tier(self, tier: ServiceTier) -> "ModelFamily":
        """The family at the prices of the tier; at its own, if it does not offer it."""
        return self._at(self.flex) if tier is ServiceTier.FLEX and self.flex is not None else self

    def _at(self, factor: Decimal) -> "ModelFamily":
        prices = {
            name: getattr(self, name) * factor for name in ("input", "output", "cache_read", "cache_write")
        }
        return self.model_copy(update=prices)

    def has(self, name: str) -> bool:
        """Whether a model of that name, with or without its date and version, belongs to the family."""
        return any(name.startswith(own) and _REVISION.fullmatch(name, len(own)) for own in self.ids)


class ModelSource(Contract):
    """Where the table's prices come from."""

    package: str
    version: str
    checked_on: str


class ModelTable(Contract):
    """The file models.json."""

    about: str
    source: ModelSource
    families: tuple[ModelFamily, ...]
    others: tuple[ModelFamily, ...]
    """What is supposed of models that no family has; `ids` are prefixes, the empty one is everybody's."""


def profile_and_name(model_id: str) -> tuple[str, str]:
    """The prefix of an inference profile, empty if there is none, and the name of the model behind it."""
    match = _PROFILE.fullmatch(model_id.rpartition("/")[2])
    profile, name = match.groups("") if match else ("", "")
    return profile, name


@cache
def family_of(model_id: str) -> ModelFamily:
    """The family of a model id, of an inference profile, or of the ARN of either, at the profile's prices.

    A model that no family has gets what is supposed of its maker's line, or of everybody: text, dear, burning
    fast.
    """
    profile, name = profile_and_name(model_id)
    family = next((family for family in model_table().families if family.has(name)), None)
    return (family or _supposed(name)).under(profile)


def _supposed(name: str) -> ModelFamily:
    others = [(len(own), row) for row in model_table().others for own in row.ids if name.startswith(own)]
    return max(others, key=lambda other: other[0])[1]


@cache
def model_table() -> ModelTable:
    """The table, read once."""
    return ModelTable.model_validate_json(_TABLE.read_bytes())
