"""What each family of models can do, as far as it changes the server's answers."""

import fnmatch
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter

from local.bedrock.errors import BedrockError, validation
from shared.contracts.base import Contract
from shared.model.model_table import profile_and_name


class Traits(Contract):
    """One family: every model whose id matches `pattern` (as file names are matched)."""

    pattern: str = Field(min_length=1)
    embedding: Literal["titan", "cohere"] | None = None
    """The request shape of an embedding model; None for a model that converses."""
    tools: bool = True
    tool_choices: frozenset[Literal["auto", "any", "tool"]] = frozenset()
    """The kinds of toolChoice that the family takes; any other is refused."""
    system: bool = True
    """Takes a system prompt."""
    sampling: bool = True
    """Takes temperature and topP."""
    structured: bool = False
    """Takes outputConfig.textFormat."""
    flex: bool = False
    """Takes serviceTier flex."""
    burndown: float = Field(default=1, ge=0)
    """Quota tokens that one output token costs."""
    max_output: int = Field(default=8192, ge=1)
    """What a call without maxTokens reserves, and may produce at most."""
    cache_minimum: int | None = Field(default=None, ge=1)
    """Tokens from which a prefix is cached; None: the family has no prompt cache."""


TRAITS = TypeAdapter(tuple[Traits, ...])


class TraitsTable:
    """The families, in the order in which they are tried. Rows put in at run time come first."""

    def __init__(self, shipped: Sequence[Traits]) -> None:
        self._shipped = self.rows = tuple(shipped)

    def put(self, rows: Sequence[Traits]) -> None:
        """Replace the rows that were put in at run time, at once for all threads."""
        self.rows = (*rows, *self._shipped)

    def find(self, model_id: str) -> Traits:
        """The traits of a model, by its id, inference profile or ARN.

        Raises:
            BedrockError: no family matches.
        """
        _, name = profile_and_name(model_id)
        for row in self.rows:
            if fnmatch.fnmatchcase(name, row.pattern):
                return row
        raise unknown_model()


def shipped_models() -> tuple[Traits, ...]:
    """The rows of models.json."""
    return TRAITS.validate_json(Path(__file__).with_name("models.json").read_bytes())


def unknown_model() -> BedrockError:
    """What Bedrock says of a model id that it does not know."""
    return validation("The provided model identifier is invalid.")
