"""Labelled rows and categories, from files as people have them."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evaluation.model import EvaluationError
from shared.contracts.names import name_key
from shared.contracts.tabular import NotText, sniff_delimiter, sniff_encoding
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, NewCategory

_CATEGORIES = TypeAdapter(list[NewCategory])
_MOST_NAMED = 5
_SAMPLE = 20_000


@dataclass(frozen=True)
class LabelledRow:
    """A text and its gold label, None where it is of no category."""

    text: str
    label: str | None
    product: str = ""


@dataclass(frozen=True)
class Dataset:
    """What a file holds.

    Attributes:
        rows: to be labelled.
        training: from which examples are taken; empty if the file has no split.
        skipped: rows without a text or without a label.
    """

    rows: tuple[LabelledRow, ...]
    training: tuple[LabelledRow, ...]
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
    parts: dict[bool, list[LabelledRow]] = {True: [], False: []}
    skipped = 0
    for row in chosen:
        said, gold = (row[text] or "").strip(), (row[label] or "").strip()
        if said and gold:
            parts[row.get("split") == "train"].append(LabelledRow(said, None if gold == unknown else gold))
        else:
            skipped += 1
    if not parts[False]:
        raise EvaluationError(
            f"{path.name} has no row to label: {skipped} of {len(chosen)} have no text or no label"
            " (and rows of split 'train' are for examples)"
        )
    return Dataset(tuple(parts[False]), tuple(parts[True]), skipped)


def read_categories(path: Path | None, dataset: Dataset) -> list[Category]:
    """The taxonomy: from a JSON file of names and descriptions, else the labels themselves as names.

    Raises:
        EvaluationError: the file is no such list, names a category twice, or lacks a label of the rows.
    """
    labels = sorted({row.label for row in (*dataset.rows, *dataset.training) if row.label is not None})
    new = _named_by(labels) if path is None else _read_json(path)
    if not new:
        raise EvaluationError("there is no category to label with: neither in a file nor among the labels")
    names = [category.name for category in new]
    if len({name_key(name) for name in names}) < len(names):
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
    """The file's rows, however it was saved."""
    try:
        data = path.read_bytes()
        text = data.decode(sniff_encoding(data)).removeprefix("\ufeff")
        lines = io.StringIO(text, newline="")
        # Strict: a quotation mark that is never closed would swallow the rest of the file in silence.
        reader = csv.DictReader(lines, delimiter=sniff_delimiter(text[:_SAMPLE]), strict=True)
        found = list(reader.fieldnames or [])
        if missing := [name for name in columns if name not in found]:
            raise EvaluationError(
                f"{path.name} has no column {', '.join(missing)}; it has {', '.join(found) or 'none'}"
            )
        return list(reader)
    except (UnicodeDecodeError, NotText) as error:
        raise EvaluationError(f"{path} cannot be read: it is no text, let alone a CSV file") from error
    except (OSError, csv.Error) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error


def _named_by(labels: Sequence[str]) -> list[NewCategory]:
    """A category for each label, called after it."""
    try:
        return [NewCategory(name=label) for label in labels]
    except ValidationError as error:
        fault = error.errors()[0]
        raise EvaluationError(
            f"the label {str(fault['input'])[:100]!r} cannot name a category: {fault['msg']}"
            " (a label that means 'none of them' is named by UNKNOWN=)"
        ) from error


def _read_json(path: Path) -> list[NewCategory]:
    try:
        return _CATEGORIES.validate_python(json.loads(path.read_text("utf-8")))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise EvaluationError(
            f"{path} is no list of categories with name and description: {'; '.join(faults[:_MOST_NAMED])}"
        ) from error
    except (OSError, ValueError) as error:
        raise EvaluationError(
            f"{path} is no list of categories with name and description: {error}"
        ) from error
