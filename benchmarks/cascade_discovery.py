"""Hidden categories that discovery finds again, where each row is asked and where neighbours answer some.

`python -m benchmarks.cascade_discovery --banking banking77.csv --categories banking77_categories.json`
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.cascade_models import hiding
from benchmarks.cascade_stream import UNKNOWN, Rows
from evaluation.dataset import LabelledRow, read_categories, read_dataset
from evaluation.discovering import Discoverer, embed
from evaluation.discovery_figures import measure
from evaluation.hiding import Hiding, draw
from evaluation.labelling import Way
from evaluation.model import models
from evaluation.table import TableRow, row, save, show
from local.setup import LOCAL
from services.classify.neighbours import Integers
from shared.contracts.taxonomy import Category

HIDDEN = 10
DRAWS = 3
MODEL, EMBEDDING_MODEL = "amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0"


def main() -> int:
    """Streams, discovers, prints; 1 if fewer are found with the cascade."""
    parser = argparse.ArgumentParser(prog="benchmarks.cascade_discovery", description=__doc__)
    parser.add_argument("--banking", type=Path, required=True)
    parser.add_argument("--categories", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--vectors", type=Path, default=LOCAL / "bench" / "cascade-vectors")
    options = parser.parse_args()
    dataset = read_dataset(options.banking, "text", "label")
    rows = [*dataset.training, *dataset.rows]
    categories = read_categories(options.categories, dataset)
    options.vectors.parent.mkdir(parents=True, exist_ok=True)
    with models(MODEL, EMBEDDING_MODEL, vectors=options.vectors.resolve()) as asked:
        vectors = embed(asked, [each.text for each in rows])
        discoverer = Discoverer(asked, rows, vectors, Way("production's", MODEL))
        table = list(_rows(discoverer, rows, Rows.of(vectors, _gold(rows)), categories, options.draws))
    print(show(table))
    save(table, [], LOCAL / "bench" / "cascade-discovery.json")
    return int(any(each.passed is False for each in table))


def _rows(
    discoverer: Discoverer, rows: list[LabelledRow], stream: Rows, categories: list[Category], draws: int
) -> Iterator[TableRow]:
    names = sorted({str(each.label) for each in rows})
    found: dict[str, list[float]] = {"asked": [], "cascade": []}
    for seed in range(draws):
        hidden, visible = draw(rows, categories, HIDDEN, seed)
        chance = np.random.default_rng(seed)
        order = chance.permutation(len(rows))
        model = hiding(stream, np.isin(stream.gold, [names.index(name) for name in hidden]), chance)
        labels = {"asked": model.answers[0], "cascade": model.stream(stream, order, chance).labels}
        for way, given in labels.items():
            hides = Hiding(hidden, visible, _named(given, names))
            found[way].append(measure(rows, hides, discoverer.run(hides)).found)
    without, with_it = (float(np.mean(found[way])) for way in ("asked", "cascade"))
    yield row(
        f"hidden categories found, {draws} draws",
        with_it,
        (">= as often", lambda value: value >= without - 1e-9),
        ours=f"{with_it:.2f} ({min(found['cascade']):.2f} to {max(found['cascade']):.2f})",
        baseline=f"{without:.2f} ({min(found['asked']):.2f} to {max(found['asked']):.2f})",
    )


def _gold(rows: list[LabelledRow]) -> Integers:
    names = sorted({str(each.label) for each in rows})
    return np.array([names.index(str(each.label)) for each in rows], np.int64)


def _named(labels: Integers, names: list[str]) -> tuple[str | None, ...]:
    return tuple(None if label == UNKNOWN else names[label] for label in labels.tolist())


if __name__ == "__main__":
    sys.exit(main())
