"""Parses decisions about single categories (JSON). No I/O."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import Field, ValidationError

from services.curate.uploads import UploadRefused
from shared.contracts.base import Contract
from shared.contracts.taxonomy import CategoryDescription, CategoryName, NewName

MAX_DECISIONS = 100
FORM = (
    'Write {"decisions": […]} with any of {"approve": name}, {"reject": name}, {"rename": name, "to": name},'
    ' {"merge": name, "into": name}, {"retire": name}, {"undo": number}.'
)


class Approve(Contract):
    """A proposed category becomes active."""

    approve: CategoryName


class Reject(Contract):
    """A proposed category is rejected."""

    reject: CategoryName


class Rename(Contract):
    """A category gets another name, and another description if one is given."""

    rename: CategoryName
    to: NewName
    description: CategoryDescription | None = None


class Merge(Contract):
    """A category's rows move to another one."""

    merge: CategoryName
    into: CategoryName


class Retire(Contract):
    """A category is no longer given to rows."""

    retire: CategoryName
    ask_again: bool = True
    """Whether its rows are labelled again; else they become `unknown`."""


class Undo(Contract):
    """An earlier decision is undone, named by the number in its mail."""

    undo: Annotated[int, Field(ge=1)]


Decision = Approve | Reject | Rename | Merge | Retire | Undo
_KINDS: Mapping[str, type[Decision]] = {
    "approve": Approve,
    "reject": Reject,
    "rename": Rename,
    "merge": Merge,
    "retire": Retire,
    "undo": Undo,
}


class Decisions(NamedTuple):
    """The decisions of an upload, to be carried out in this order."""

    all: tuple[Decision, ...]


def read_decisions(document: Any) -> Decisions | None:
    """The decisions in a parsed JSON document; None if it is no document of decisions.

    Raises:
        UploadRefused: a decision is not valid; names every fault.
    """
    if not isinstance(document, dict) or set(document) != {"decisions"}:
        return None
    entries = document["decisions"]
    if not isinstance(entries, list) or not entries:
        raise UploadRefused(f"There is no decision in it. {FORM}")
    if len(entries) > MAX_DECISIONS:
        raise UploadRefused(f"It has {len(entries):,} decisions, more than {MAX_DECISIONS}.")
    decisions: list[Decision] = []
    wrong: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            decisions.append(_kind(entry).model_validate(entry))
        except ValidationError as error:
            told = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            wrong += [f"- decision {number}: {each}" for each in told]
        except ValueError as error:
            wrong.append(f"- decision {number}: {error}")
    if wrong:
        raise UploadRefused.for_faults(wrong, FORM)
    return Decisions(tuple(decisions))


def _kind(entry: Any) -> type[Decision]:
    verbs = [verb for verb in _KINDS if isinstance(entry, dict) and verb in entry]
    if len(verbs) != 1:
        raise ValueError(f"it is not one of {', '.join(_KINDS)}")
    return _KINDS[verbs[0]]
