"""Labelled rows and categories, from files as people have them."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evaluation.model import EvaluationError
from shared.taxonomy import Category, CategoryOrigin, CategoryStatus, NewCategory

_CATEGORIES = TypeAdapter(list[NewCategory])
_MOST_NAMED = 5


@dataclass(frozen=True)
class Row:
    """A text and its gold label, None where it is of no category."""

    text: str
    label: str | None


@dataclass(frozen=True)
class Dataset:
    """What a file holds.

    Attributes:
        rows: to be labelled.
        training: from which examples are taken; empty if the file has no split.
        skipped: rows without a text or without a label.
    """

    rows: tuple[Row, ...]
    training: tuple[Row, ...]
    skipped: int


def read_dataset(
    path: Path, text: str, label: str, *, unknown: str = "", where: Mapping[str, str] | None = None
) -> Dataset:
    """Reads a CSV with a header. A column `split` (train, test), if there is one, parts training rows off.

    Args:
        unknown: the label that stands for "no category".
        where: columns and the values that rows must have there.

    Raises:
        EvaluationError: no such file or column, or no row.
    """
    found = _read_csv(path, [text, label, *(where or {})])
    chosen = [row for row in found if all(row[name] == value for name, value in (where or {}).items())]
    parts: dict[bool, list[Row]] = {True: [], False: []}
    skipped = 0
    for row in chosen:
        said, gold = (row[text] or "").strip(), (row[label] or "").strip()
        if said and gold:
            parts[row.get("split") == "train"].append(Row(said, None if gold == unknown else gold))
        else:
            skipped += 1
    if not parts[False]:
        raise EvaluationError(f"{path.name} has no row to label (rows of split 'train' are for examples)")
    return Dataset(tuple(parts[False]), tuple(parts[True]), skipped)


def read_categories(path: Path | None, dataset: Dataset) -> list[Category]:
    """The taxonomy: from a JSON file of names and descriptions, else the labels themselves as names.

    Raises:
        EvaluationError: the file is no such list, names a category twice, or lacks a label of the rows.
    """
    labels = sorted({row.label for row in (*dataset.rows, *dataset.training) if row.label is not None})
    new = [NewCategory(name=label) for label in labels] if path is None else _read_json(path)
    names = [category.name for category in new]
    if len({name.casefold() for name in names}) < len(names):
        raise EvaluationError(f"{path} names a category twice")
    if missing := [label for label in labels if label not in set(names)]:
        raise EvaluationError(
            f"no category for {len(missing)} labels of the rows: {', '.join(missing[:_MOST_NAMED])}"
            " (a label that means 'none of them' is named by UNKNOWN=)"
        )
    return [as_category(number, category) for number, category in enumerate(new, 1)]


def as_category(number: int, category: NewCategory) -> Category:
    """The category as the database would hold it."""
    return Category(
        id=number,
        profile="evaluation",
        name=category.name,
        description=category.description,
        status=CategoryStatus.ACTIVE,
        origin=CategoryOrigin.DEFAULT,
    )


def _read_csv(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            found = list(reader.fieldnames or [])
            if missing := [name for name in columns if name not in found]:
                raise EvaluationError(
                    f"{path.name} has no column {', '.join(missing)}; it has {', '.join(found) or 'none'}"
                )
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error


def _read_json(path: Path) -> list[NewCategory]:
    try:
        return _CATEGORIES.validate_python(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise EvaluationError(
            f"{path} is no list of categories with name and description: {error}"
        ) from error
