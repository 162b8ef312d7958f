"""The environment of the categorize function."""

from typing import Annotated, Literal

from pydantic import Field

from shared.model.budgets import Budgets
from shared.platform.settings import Settings


class CategorizeSettings(Settings, Budgets):
    """Categorize's environment variables. Beyond a budget no labelled row is asked again."""

    model_id: str
    embedding_model_id: str
    category_approval: Literal["auto", "manual"] = "auto"
    """`manual`: a new category is proposed and its rows stay unknown until someone approves it."""
    activate_from_direct: bool = False
    """Whether rows of direct feedback count for whether a new category is active at once."""
    minimum_rows: Annotated[int, Field(ge=2)] = 8
    """A theme of fewer rows waits for the next execution."""
    minimum_share: Annotated[float, Field(ge=0, le=1)] = 0.0025
    """A theme of a smaller share of the rows waits, too."""
