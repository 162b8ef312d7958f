"""What the benchmarks label: the sample file, and labelled data that the user names."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from evaluation.dataset import as_category
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import NewCategory, Taxonomy

SAMPLES = Path(__file__).parent.parent / "samples"


def sample_records() -> list[Record]:
    """The readable rows of the sample file, each text once."""
    with (SAMPLES / "feedback.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row.get("feedback") or "").strip()]
    found = [_record(number, row["feedback"], row["title"] or "") for number, row in enumerate(rows, 1)]
    return list({record.text_key: record for record in found}.values())


def labelled_records(path: Path, limit: int) -> list[Record]:
    """The first `limit` texts of a CSV with a column `text`, every nth so that labels mix."""
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    step = max(1, len(texts) // limit)
    return [_record(number, text, "") for number, text in enumerate(texts[::step][:limit], 1)]


def taxonomy_of(path: Path, limit: int | None = None) -> Taxonomy:
    """The categories of a JSON file, the first `limit` of them."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return taxonomy_with([NewCategory.model_validate(each) for each in found][:limit])


def taxonomy_with(found: Iterable[NewCategory]) -> Taxonomy:
    """A taxonomy of these categories."""
    categories = tuple(as_category(number, each, "feedback") for number, each in enumerate(found, 1))
    return Taxonomy(profile="feedback", taxonomy_version=1, corrections_version=0, categories=categories)


def own_text(record: Record) -> str:
    """What the customer wrote."""
    said = record.feedback
    return f"{said.title} {said.feedback}" if said.title else said.feedback


def _record(number: int, text: str, title: str) -> Record:
    feedback = Feedback(feedback=text.strip(), title=title.strip())
    return Record(record_id=f"bench:{number}", profile="feedback", feedback=feedback)
