"""Rounds of corrections: the same rows labelled again and again, with ever more examples to learn from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from evaluation import label_report, metrics
from evaluation.dataset import LabelledRow
from evaluation.labelling import Run
from evaluation.page import Table
from shared.model.examples import Corrected


def first_of_each(examples: Sequence[Corrected], per_category: int) -> list[Corrected]:
    """So many of each category, the first chosen first: a round keeps the examples of the one before."""
    seen: Counter[str] = Counter()
    kept = []
    for example in examples:
        seen[example.category] += 1
        if seen[example.category] <= per_category:
            kept.append(example)
    return kept


def result(rows: Sequence[LabelledRow], runs: Mapping[int, Run], about: Mapping[str, Any]) -> dict[str, Any]:
    """All figures of every round, ready for JSON.

    Args:
        rows: the same in each round.
        runs: by examples per category, ascending.
    """
    found = [{"examples": count, **label_report.result(rows, run, {})} for count, run in runs.items()]
    tests: list[dict[str, Any]] = [{}]
    for before, after in pairwise(_right(rows, run) for run in runs.values()):
        test = metrics.mcnemar(before, after)
        tests.append(vars(test) | {"more_than_noise": test.p < label_report.CONVENTIONAL_P})
    rounds = [each | {"beside_the_round_before": test} for each, test in zip(found, tests, strict=True)]
    return {"about": dict(about) | {"rows": len(rows)}, "rounds": rounds}


def tables(found: Mapping[str, Any]) -> list[Table]:
    """One line a round, beside the round before."""
    columns = ["examples each", "accuracy", "lift", "macro F1", "labelled unknown"]
    columns += ["right only before", "right only now", "McNemar's p", "the difference"]
    lines: list[list[object]] = []
    before: float | None = None
    for each in found["rounds"]:
        figures, test = each["figures"], each["beside_the_round_before"]
        line = [each["examples"], figures["accuracy"], "" if before is None else figures["accuracy"] - before]
        line += [figures["macro_f1"], figures["labelled_unknown"]]
        line += [test.get(name, "") for name in ("only_first", "only_second", "p")]
        lines.append([*line, label_report.words(test["more_than_noise"]) if test else ""])
        before = figures["accuracy"]
    return [("Rounds of corrections, each beside the one before", columns, lines)]


def _right(rows: Sequence[LabelledRow], run: Run) -> list[bool]:
    return [row.label == label for row, label in zip(rows, run.predicted, strict=True)]
