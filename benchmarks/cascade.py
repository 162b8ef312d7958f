"""`make bench-cascade`: banking77 streamed through the cascade, with the gold label as the model's answer.

Ten of a hundred answers are another label. Agreement is told with the gold label, and with what the model
answers when it is asked once, with which it agrees itself in 81 of 100.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cascade_models import Make, Model, drifting, exact, fixed, fresh, hiding
from benchmarks.cascade_stream import TARGET, UNKNOWN, Rows, Stream
from evaluation.dataset import read_dataset
from evaluation.table import TableRow, row, save, show
from local.bedrock.embedding import StoredEmbeddings
from local.bedrock.minilm import MiniLM, find_model
from local.setup import LOCAL
from services.classify.neighbours import Integers

RUNS, FEW = 200, 20
HIDDEN = 10
SAVED, OF_RUNS = 0.5, 0.95
NOTES = (
    "A run takes all rows in an order of its own. Saved are calls; those in which an audit asks again count.",
    "Noise anew: drawn each time that a row is asked. Noise that stays: a row gets one answer, wrong or not:",
    "no neighbour tells what the model says of a tenth of the rows then, so there is nothing to be saved.",
    "Hidden categories: the model says of 85 in 100 of their rows that they are unknown.",
)

Run = tuple[Model, Integers, Stream]


def main() -> int:
    """Streams, prints, saves; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="make bench-cascade", description=__doc__)
    parser.add_argument("--banking", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--vectors", type=Path, default=LOCAL / "bench" / "cascade-vectors")
    parser.add_argument("--json", type=Path, default=LOCAL / "bench" / "cascade.json")
    options = parser.parse_args()
    rows = _read(options.banking, options.vectors)
    few = min(FEW, options.runs)
    table = [*_noisy_rows(rows, options.runs), *_other_rows(rows, few), *_drift_rows(rows, few)]
    table += [*_hidden_rows(rows, few)]
    print(show(table), *NOTES, sep="\n")
    save(table, NOTES, options.json)
    return int(any(each.passed is False for each in table))


def _read(path: Path, vectors: Path) -> Rows:
    dataset = read_dataset(path, "text", "label")
    found = [*dataset.training, *dataset.rows]
    names = {name: number for number, name in enumerate(sorted({str(each.label) for each in found}))}
    gold = np.array([names[str(each.label)] for each in found], np.int64)
    vectors.parent.mkdir(parents=True, exist_ok=True)
    return Rows.of(StoredEmbeddings(MiniLM(find_model()).embed, vectors)([each.text for each in found]), gold)


def _runs(rows: Rows, make: Make, number: int) -> list[Run]:
    found = []
    for seed in range(number):
        chance = np.random.default_rng(seed)
        order = chance.permutation(len(rows.gold))
        model = make(rows, order, chance)
        found.append((model, order, model.stream(rows, order, chance)))
    return found


def _noisy_rows(rows: Rows, number: int) -> Iterator[TableRow]:
    runs = _runs(rows, fresh, number)
    saved = [stream.saved for _, _, stream in runs]
    gold = [stream.agreement(model.truth) for model, _, stream in runs]
    good = [s >= SAVED and g >= TARGET for s, g in zip(saved, gold, strict=True)]
    yield row(
        f"of {number} runs, noise anew: ≥ 50 % of calls saved at ≥ 0.95 agreement with gold, %",
        100 * float(np.mean(good)),
        (">= 95", lambda value: value >= 100 * OF_RUNS),
    )
    yield row("… calls saved, mean, %", 100 * float(np.mean(saved)), ours=_range(saved))
    yield row("… agreement with gold, mean, %", 100 * float(np.mean(gold)), ours=_range(gold))
    once = [stream.agreement(model.answers[0]) for model, _, stream in runs]
    again = [_same_again(model) for model, _, _ in runs]
    yield row(
        "… agreement with one answer of the model (baseline: the model's own with it), %",
        100 * float(np.mean(once)),
        ours=_range(once),
        baseline=_range(again),
    )
    whole = [float((stream.labels == rows.gold).mean()) for _, _, stream in runs]
    asked = [float((model.answers[0] == rows.gold).mean()) for model, _, _ in runs]
    yield row(
        "… all rows right (baseline: each is asked), %",
        100 * float(np.mean(whole)),
        ours=_range(whole),
        baseline=_range(asked),
    )


def _same_again(model: Model) -> float:
    return float((model.answers[0] == model.answers[1]).mean())


def _other_rows(rows: Rows, number: int) -> Iterator[TableRow]:
    runs = _runs(rows, exact, number)
    saved = [stream.saved for _, _, stream in runs]
    agreed = [stream.agreement(model.truth) for model, _, stream in runs]
    yield row(f"of {number} runs, no noise: calls saved, %", 100 * float(np.mean(saved)), ours=_range(saved))
    yield row(
        "… agreement, least of the runs, %",
        100 * min(agreed),
        (">= 95", lambda value: value >= 100 * TARGET),
        ours=_range(agreed),
    )
    stays = _runs(rows, fixed, number)
    yield row(
        "noise that stays: runs in which neighbours answered, %",
        100 * float(np.mean([bool(stream.answered.any()) for _, _, stream in stays])),
        ("<= 5", lambda value: value <= 100 * (1 - OF_RUNS)),
    )
    more = [-stream.saved for _, _, stream in stays]
    yield row("… calls that looking for it costs, %", 100 * float(np.mean(more)), ours=_range(more))


def _drift_rows(rows: Rows, number: int) -> Iterator[TableRow]:
    runs = _runs(rows, drifting, number)
    noticed = [stream.known.generation > 1 for _, _, stream in runs]
    yield row(
        "a third of the labels change their meaning in the middle: runs in which it is noticed, %",
        100 * float(np.mean(noticed)),
        (">= 95", lambda value: value >= 100 * OF_RUNS),
    )
    late = [_answered_until_noticed(order, stream) for _, order, stream in runs]
    yield row("… rows that neighbours answer until then", float(np.mean(late)), ours=f"{np.mean(late):.0f}")


def _answered_until_noticed(order: Integers, stream: Stream) -> int:
    middle = len(order) // 2
    switched = [start for start, known in stream.history if known.generation > 1 and start >= middle]
    return int(stream.answered[order[middle : switched[0] if switched else len(order)]].sum())


def _hidden_rows(rows: Rows, number: int) -> Iterator[TableRow]:
    for late in (False, True):
        without, with_it, saved = [], [], []
        for seed in range(number):
            chance = np.random.default_rng(seed)
            hidden = np.isin(rows.gold, chance.choice(np.unique(rows.gold), HIDDEN, replace=False))
            order = chance.permutation(len(rows.gold))
            model = hiding(rows, hidden, chance)
            stream = model.stream(rows, _behind(order, hidden, chance) if late else order, chance)
            without.append(float((model.answers[0] == UNKNOWN)[hidden].mean()))
            with_it.append(float((stream.labels == UNKNOWN)[hidden].mean()))
            saved.append(stream.saved)
        name = "… that come first in the second half" if late else f"{HIDDEN} categories hidden"
        yield row(
            f"{name}: their rows unknown (baseline: each is asked), %",
            100 * float(np.mean(with_it)),
            ours=_range(with_it),
            baseline=_range(without),
        )
        yield row("… calls saved, %", 100 * float(np.mean(saved)), ours=_range(saved))


def _behind(order: Integers, hidden: NDArray[np.bool_], chance: np.random.Generator) -> Integers:
    """The order, in which the hidden rows are spread over the second half of the others."""
    others, own = order[~hidden[order]], order[hidden[order]]
    half = len(others) // 2
    return np.concatenate([others[:half], chance.permutation(np.concatenate([others[half:], own]))])


def _range(values: list[float]) -> str:
    return f"{100 * np.mean(values):.1f} ({100 * min(values):.1f} to {100 * max(values):.1f})"


if __name__ == "__main__":
    sys.exit(main())
