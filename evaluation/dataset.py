"""Labelled rows and categories, from files as people have them."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evaluation.model import EvaluationError
from shared.contracts.names import name_key
from shared.contracts.profile_yaml import read_profile
from shared.contracts.profiles import ProfileDocument
from shared.contracts.tabular import NotText, sniff_delimiter, sniff_encoding
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, NewCategory

_CATEGORIES = TypeAdapter(list[NewCategory])
_MOST_NAMED = 5
_SAMPLE = 20_000
_PART = 5
PROFILES = Path(__file__).parent.parent / "profiles"


@dataclass(frozen=True)
class LabelledRow:
    """A text and its gold label, None where it is of no category."""

    text: str
    label: str | None
    product: str = ""
    columns: Mapping[str, str] = field(default_factory=dict, compare=False)
    """All of the row, by column."""


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
    found = read_csv(path, [text, label, *(where or {})])
    chosen = [row for row in found if all(row[name] == value for name, value in (where or {}).items())]
    parts: dict[bool, list[LabelledRow]] = {True: [], False: []}
    skipped = 0
    for row in chosen:
        said, gold = (row[text] or "").strip(), (row[label] or "").strip()
        if said and gold:
            named = None if gold == unknown else gold
            parts[row.get("split") == "train"].append(LabelledRow(said, named, columns=row))
        else:
            skipped += 1
    if not parts[False]:
        raise EvaluationError(
            f"{path.name} has no row to label: {skipped} of {len(chosen)} have no text or no label"
            " (and rows of split 'train' are for examples)"
        )
    return Dataset(tuple(parts[False]), tuple(parts[True]), skipped)


def with_training(dataset: Dataset) -> Dataset:
    """The dataset with training rows: its own, else every fifth row, which its text decides."""
    if dataset.training:
        return dataset
    drawn = [row for row in dataset.rows if hashlib.sha256(row.text.encode()).digest()[0] % _PART == 0]
    chosen = set(map(id, drawn))
    left = tuple(row for row in dataset.rows if id(row) not in chosen)
    if not drawn or not left:
        raise EvaluationError("there are too few rows to take examples from some and to label the others")
    return Dataset(left, tuple(drawn), dataset.skipped)


def read_profile_document(profile: str | None) -> ProfileDocument:
    """The profile of this name in `profiles/`, or in a file; the plain one if there is no name.

    Raises:
        EvaluationError: there is no such file. Its faults are raised as they are.
    """
    if profile is None:
        return ProfileDocument()
    path = Path(profile) if profile.endswith((".yaml", ".yml")) else PROFILES / f"{profile}.yaml"
    try:
        return read_profile(path.read_bytes(), path.name)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}") from error


def read_categories(
    path: Path | None, dataset: Dataset, declared: Sequence[NewCategory] = ()
) -> list[Category]:
    """The taxonomy: from a JSON file of names and descriptions, else as declared, else by the labels.

    Raises:
        EvaluationError: the file is no such list, names a category twice, or lacks a label of the rows.
    """
    labels = sorted({row.label for row in (*dataset.rows, *dataset.training) if row.label is not None})
    new = _read_json(path) if path else list(declared) or _named_by(labels)
    if not new:
        raise EvaluationError("there is no category to label with: neither in a file nor among the labels")
    names = [category.name for category in new]
    if len({name_key(name) for name in names}) < len(names):
        raise EvaluationError(f"{path or 'the profile'} names a category twice")
    if missing := [label for label in labels if label not in set(names)]:
        raise EvaluationError(
            f"no category for {len(missing)} labels of the rows: {', '.join(missing[:_MOST_NAMED])}"
            " (a label that means 'none of them' is named by UNKNOWN=)"
        )
    return [as_category(number, category) for number, category in enumerate(new, 1)]


def as_category(number: int, category: NewCategory, profile: str = "evaluation") -> Category:
    """The category as the database would hold it."""
    return Category(
        id=number,
        profile=profile,
        name=category.name,
        description=category.description,
        status=CategoryStatus.ACTIVE,
        origin=CategoryOrigin.DEFAULT,
    )


def read_csv(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The file's rows, however it was saved.

    Raises:
        EvaluationError: no such file or column, or it is no CSV.
    """
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
