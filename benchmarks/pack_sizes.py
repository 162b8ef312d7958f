"""`make pack-sizes`: what the size of a pack does to accuracy and to tokens, on labelled data.

The embedded engine judges each record by itself, so with it only the tokens differ. With a language model
(MODEL_URL=… MODEL=…, see README) the accuracy is the point: long packs cost some models their attention.
"""

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.inputs import taxonomy_of
from benchmarks.server import running
from evaluation.labelling import ask
from services.classify.labelling import Labelled, label
from services.classify.packing import pack
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Taxonomy
from shared.model.bedrock import Model
from shared.model.label_prompt import build

MODEL = "us.anthropic.claude-haiku-5-5"
SIZES = (1, 5, 10, 20, 40)
_NO_LIMIT = 10**9


@dataclass(frozen=True)
class PackSizeResult:
    """Of one size."""

    size: int
    accuracy: float
    unknown: float
    failed: float
    calls: int
    input_tokens: float
    output_tokens: float
    seconds: float


def main() -> int:
    """Measures each size and prints the table."""
    parser = argparse.ArgumentParser(prog="make pack-sizes", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="CSV with the columns text and label")
    parser.add_argument("--categories", type=Path, required=True, help="JSON list of name and description")
    parser.add_argument("--records", type=int, default=400)
    options = parser.parse_args()
    rows = _rows(options.data, options.records)
    taxonomy = taxonomy_of(options.categories)
    print(f"{len(rows)} records, {len(taxonomy.categories)} categories, model {MODEL}")
    print("size  accuracy  unknown  failed  calls  input/record  output/record  seconds")
    with running() as server:
        model = Model(server.client(), MODEL)
        for size in SIZES:
            found = measure(model, taxonomy, rows, size)
            print(
                f"{found.size:4}  {found.accuracy:8.3f}  {found.unknown:7.3f}  {found.failed:6.3f}"
                f"  {found.calls:5}  {found.input_tokens:12.1f}  {found.output_tokens:13.2f}"
                f"  {found.seconds:7.1f}"
            )
    return 0


def measure(
    model: Model, taxonomy: Taxonomy, rows: Sequence[tuple[Record, str]], size: int
) -> PackSizeResult:
    """Labels all records in packs of this size, one after another."""
    prompt = build(taxonomy, [], model.family.answer_form)
    names = [category.name for category in taxonomy.categories]
    gold = {record.record_id: name for record, name in rows}
    began = time.monotonic()
    results = [
        label(part, partial(ask, model, prompt, names))
        for part in pack([record for record, _ in rows], size, _NO_LIMIT)
    ]
    answers = {key: each.category for result in results for key, each in result.labels.items()}
    number = len(rows)
    return PackSizeResult(
        size=size,
        accuracy=sum(taxonomy.label_of(each) == gold[key] for key, each in answers.items()) / number,
        unknown=sum(each == 0 for each in answers.values()) / number,
        failed=sum(len(result.failures) for result in results) / number,
        calls=sum(result.usage.calls for result in results),
        input_tokens=sum(map(_read, results)) / number,
        output_tokens=sum(result.usage.output_tokens for result in results) / number,
        seconds=time.monotonic() - began,
    )


def _read(result: Labelled) -> int:
    """All that the model read, from its cache or not."""
    usage = result.usage
    return usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens


def _rows(path: Path, limit: int) -> list[tuple[Record, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        found = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    step = max(1, len(found) // limit)
    return [
        (Record(record_id=f"row:{number}", profile="feedback", feedback=Feedback(feedback=text)), name)
        for number, (text, name) in enumerate(found[::step][:limit], 1)
    ]


if __name__ == "__main__":
    sys.exit(main())
