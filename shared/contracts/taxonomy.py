"""Categories and the taxonomy they make up."""

import re
import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from shared.contracts.base import Contract
from shared.contracts.names import clean_name, name_key
from shared.contracts.records import Profile

UNKNOWN = "unknown"
"""The label of a record that no category covers."""
MOST_ACTIVE = 500
"""Active categories of a profile: all of them stand in every labelling prompt."""


class CategoryStatus(StrEnum):
    """Whether a category may be given: only an active one. A retired one is kept, never deleted."""

    ACTIVE = "active"
    PROPOSED = "proposed"
    RETIRED = "retired"


class CategoryOrigin(StrEnum):
    """Where a category comes from: the shipped file, an execution, or people."""

    DEFAULT = "default"
    DISCOVERED = "discovered"
    MANUAL = "manual"


class Sentiment(StrEnum):
    """How the customer felt."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    MIXED = "mixed"


_LOOKALIKES = str.maketrans("υսцᴜοоօᴏηոռпɴκкᴋωѡԝшᴡ", "uuuuoooonnnnnkkkwwwww")
"""Letters of other scripts that look like those of `unknown`."""
MOST_NAME = 200
"""Characters of a category's name."""


def _clean(value: str) -> str:
    value = clean_name(value)
    if all(unicodedata.category(character)[0] in "CZ" for character in value):
        raise ValueError("a name needs a character that can be seen")
    if len(value) > MOST_NAME:
        raise ValueError(f"a name has at most {MOST_NAME} characters")
    return _other_than_unknown(value, name_key(value))


def unlike_unknown(value: str) -> str:
    """The name, if nobody can take it for the answer `unknown`."""
    return _other_than_unknown(value, re.sub(r"[\W_]", "", name_key(value).translate(_LOOKALIKES)))


def _other_than_unknown(value: str, key: str) -> str:
    if key == UNKNOWN:
        raise ValueError(
            f"{UNKNOWN!r} is the answer for a record that no category covers, and cannot name one"
        )
    return value


CategoryName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_NAME),
    AfterValidator(_clean),
]
"""Of one that there may be: it was named by the rules of its day."""
NewName = Annotated[CategoryName, AfterValidator(unlike_unknown)]
CategoryDescription = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


class NewCategory(Contract):
    """A category as people write it: a name and a line that says what belongs to it."""

    name: NewName
    description: CategoryDescription = ""


class Category(Contract):
    """One allowed label, as the database holds it."""

    id: int
    profile: Profile
    name: str
    description: str
    status: CategoryStatus
    origin: CategoryOrigin
    merged_into: int | None = None
    """The category that took its rows."""
    parent: str | None = None
    """The category with which its rows are counted together."""


class Taxonomy(Contract):
    """The active categories of a profile, in a stable order, with the versions a label is made under."""

    profile: Profile
    taxonomy_version: int
    corrections_version: int
    profile_version: int = 0
    """Of the profile's document; 0 if it has none."""
    categories: tuple[Category, ...]

    def id_of(self, number: int) -> int | None:
        """The id of the category that an answer's number stands for; None for unknown."""
        return self.categories[number - 1].id if number else None

    def label_of(self, number: int) -> str | None:
        """The label that an answer's number stands for: 0 is unknown; None if it is out of range."""
        if number == 0:
            return UNKNOWN
        return self.categories[number - 1].name if 1 <= number <= len(self.categories) else None
