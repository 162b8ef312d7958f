"""Profiles: what is done with a kind of input, as data. A person writes one as `profiles/<name>.yaml`."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.contracts.attributes import Attribute
from shared.contracts.base import Contract
from shared.contracts.names import clean_name, name_key
from shared.contracts.records import DEFAULT_PROFILE, MAX_FEEDBACK_LENGTH, Feedback, Profile
from shared.contracts.taxonomy import MOST_ACTIVE, CategoryName, NewCategory, unlike_unknown

MOST_ASPECTS = 5
MOST_ATTRIBUTES = 20
WRITTEN = "written"
"""The context of a document that people write: one that is stored was checked by the rules of its day."""
INSTRUCTIONS = "Label each feedback entry."
"""What a profile that says nothing else has the model do."""
_LINES = re.compile(r"[^\S\n]+")
_FIELDS = tuple(Feedback.model_fields)


class Reader(StrEnum):
    """How a file is read: as a table (CSV, workbook, JSON), as e-mails, or as web pages."""

    TABLE = "table"
    EMAIL = "email"
    PAGE = "page"


def _plain(text: str) -> str:
    """Prose for a prompt: no line in it can pose as one of a block."""
    return re.sub(r"\s*\n\s*", "\n", _LINES.sub(" ", text)).strip()


def _misplaced(field: str, place: int, words: str) -> PydanticCustomError:
    """A fault of one entry of a list, by what the others are."""
    return PydanticCustomError("misplaced", "{words}", {"words": words, "at": (field, place)})


def _not_a_block(text: str) -> str:
    if re.search(r"[<>]", text):
        raise ValueError("must not hold < or >, which begin and end the blocks of a prompt")
    return text


Suffix = Annotated[str, StringConstraints(pattern=r"^(\.[a-z0-9]{1,10}){1,2}$|^$")]
"""How a file's name ends, in small letters; empty for a name without one."""
ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Instructions = Annotated[
    str,
    AfterValidator(_plain),
    StringConstraints(min_length=1, max_length=4000),
    AfterValidator(_not_a_block),
]
Example = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Route = Annotated[
    str, StringConstraints(max_length=100), AfterValidator(clean_name), StringConstraints(min_length=1)
]


class Input(Contract):
    """What is read of a file, and what of a record the model is shown.

    Attributes:
        columns: by field, other names that columns have besides those that are known everywhere.
        readers: by a file's suffix, how it is read; of a suffix that is not named, as a table.
        most_text: characters of a text that the model sees; the database keeps all of it.
        show: what the model sees besides title and text: fields, or columns of the customer's own.
    """

    columns: dict[str, tuple[ColumnName, ...]] = Field(default_factory=dict)
    readers: dict[Suffix, Reader] = Field(default_factory=dict)
    most_text: Annotated[int, Field(ge=100, le=MAX_FEEDBACK_LENGTH)] = 2_000
    show: Annotated[tuple[ColumnName, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _fields_exist(self) -> Self:
        if unknown := [name for name in self.columns if name not in _FIELDS]:
            raise ValueError(f"columns names {unknown[0]!r}, which is none of {', '.join(_FIELDS)}")
        return self

    @model_validator(mode="after")
    def _columns_have_one_field(self, info: ValidationInfo) -> Self:
        field_of: dict[str, str] = {}
        for field, name in ((field, each) for field, names in self.columns.items() for each in names):
            if field_of.setdefault(name_key(name), field) != field and info.context == WRITTEN:
                words = f"columns names {name!r} for {field_of[name_key(name)]} and for {field}: keep one"
                raise ValueError(words)
        return self


class ProfileCategory(NewCategory):
    """A category as a profile declares it.

    Attributes:
        examples: texts that belong to it, shown to the model.
        parent: the category that its rows are counted with, one of the same list.
        route: the team that its records go to.
    """

    name: CategoryName
    examples: Annotated[tuple[Example, ...], Field(max_length=5)] = ()
    parent: str | None = None
    route: Route | None = None

    @field_validator("name")
    @classmethod
    def _unlike_unknown(cls, value: str, info: ValidationInfo) -> str:
        return unlike_unknown(value) if info.context == WRITTEN else value


class Aspects(Contract):
    """How many topics of a record are told, each with its own sentiment; the first is the main one.

    Attributes:
        evidence: whether each comes with the customer's own words.
    """

    most: Annotated[int, Field(ge=1, le=MOST_ASPECTS)] = 3
    evidence: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return {"most": value}
        if isinstance(value, dict | cls):
            return value
        raise ValueError(f"must be a number from 1 to {MOST_ASPECTS}, or `{{most: 3, evidence: true}}`")


class Thresholds(Contract):
    """How large a theme must be to become a category; what is not said is as the stack's parameters say.

    Attributes:
        minimum_rows: rows.
        minimum_share: of all rows that are searched.
    """

    minimum_rows: Annotated[int, Field(ge=2)] | None = None
    minimum_share: Annotated[float, Field(ge=0, le=1)] | None = None


class ProfileDocument(Contract):
    """What is done with a kind of input."""

    name: Profile = DEFAULT_PROFILE
    input: Input = Field(default_factory=Input)
    instructions: Instructions = INSTRUCTIONS
    categories: Annotated[tuple[ProfileCategory, ...], Field(max_length=MOST_ACTIVE)] = ()
    retire_others: bool = False
    """Whether active categories that are not listed are retired when this document is uploaded."""
    attributes: Annotated[tuple[Attribute, ...], Field(max_length=MOST_ATTRIBUTES)] = ()
    aspects: Aspects = Field(default_factory=Aspects)
    thresholds: Thresholds = Field(default_factory=Thresholds)
    report: tuple[str, ...] = ()
    """Names of attributes that the report shows."""

    @model_validator(mode="after")
    def _categories_hold_together(self) -> Self:
        named = {name_key(each.name): each for each in reversed(self.categories)}
        for place, each in enumerate(self.categories):
            same = named[name_key(each.name)]
            parent = named.get(name_key(each.parent)) if each.parent else None
            if same is not each:
                raise _misplaced("categories", place, f"two have the same name, {same.name!r}: rename one")
            if each.parent and (parent is None or parent is each or parent.parent):
                words = f"the parent of {each.name!r} must be another of the list that has no parent"
                raise _misplaced("categories", place, words)
        return self

    @model_validator(mode="after")
    def _attributes_hold_together(self, info: ValidationInfo) -> Self:
        names = [each.name for each in self.attributes]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise _misplaced("attributes", place, f"two have the same name, {name!r}: rename one")
        for place, name in enumerate(self.report):
            if name not in names:
                raise _misplaced("report", place, f"{name!r} is not one of the attributes")
            if name in self.report[:place] and info.context == WRITTEN:
                raise _misplaced("report", place, f"{name!r} stands here twice: keep one")
        return self

    def reader_of(self, key: str) -> Reader:
        """How the object of this key is read: by the longest suffix that is named, else as a table."""
        name = key.rpartition("/")[2].lower()
        fitting = [suffix for suffix in self.input.readers if suffix and name.endswith(suffix)]
        if fitting:
            return self.input.readers[max(fitting, key=len)]
        return self.input.readers.get("", Reader.TABLE) if "." not in name else Reader.TABLE

    @property
    def main_reader(self) -> Reader:
        """What its files hold: pages or e-mails, if any of them is read so, else tables."""
        readers = set(self.input.readers.values())
        return next((each for each in (Reader.PAGE, Reader.EMAIL) if each in readers), Reader.TABLE)

    def own_examples(self) -> list[tuple[str, str]]:
        """The examples that categories declare, each with its category's name."""
        return [(each.name, example) for each in self.categories for example in each.examples]

    @property
    def has_routes(self) -> bool:
        """Whether any of its categories goes to a team."""
        return any(each.route for each in self.categories)
