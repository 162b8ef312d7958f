"""Ways of labelling beside each other: models, prompts, sizes of packs, numbers of corrected rows."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from evaluation import label_report, metrics
from evaluation.dataset import LabelledRow
from evaluation.labelling import Run
from evaluation.page import Table


def result(
    rows: Sequence[LabelledRow],
    runs: Mapping[str, Sequence[Run]],
    about: Mapping[str, Any],
    *,
    beside_the_first: bool = True,
) -> dict[str, Any]:
    """All figures of every way, ready for JSON.

    Args:
        rows: the same for each way.
        runs: of each way, by its name, one a draw; the same draws for each.
        beside_the_first: the test compares each way with the first; else with the one before.
    """
    found = [{"way": name, **label_report.result(rows, own, {})} for name, own in runs.items()]
    right = [metrics.right([row.label for row in rows], own[0].predicted) for own in runs.values()]
    pairs = [(right[0], each) for each in right[1:]] if beside_the_first else list(pairwise(right))
    tests: list[dict[str, Any]] = [{}]
    for before, after in pairs:
        test = metrics.mcnemar(before, after)
        tests.append(vars(test) | {"more_than_noise": test.p < label_report.CONVENTIONAL_P})
    ways = [each | {"beside": test} for each, test in zip(found, tests, strict=True)]
    return {"about": dict(about) | {"rows": len(rows)}, "beside_the_first": beside_the_first, "ways": ways}


def tables(found: Mapping[str, Any]) -> list[Table]:
    """A line a way: how good, how dear, how slow, and whether it differs by more than noise."""
    first = found["beside_the_first"]
    other = "the first" if first else "the one before"
    columns = ["", "accuracy", "lowest", "highest", "macro F1", "labelled unknown", "failed"]
    columns += ["input/row", "output/row", "$/1,000 rows", "s/call"]
    columns += [f"right only with {other}", "right only here", "McNemar's p", "the difference"]
    lines = [_line(each, found["about"]["rows"]) for each in found["ways"]]
    return [(f"Each beside {other}, on the same rows", columns, lines)]


def _line(each: Mapping[str, Any], rows: int) -> list[object]:
    figures, spread, test = each["figures"], each["ranges"]["accuracy"], each["beside"]
    line = [each["way"], figures["accuracy"], *spread]
    line += [figures[name] for name in ("macro_f1", "labelled_unknown", "failed")]
    line += [figures[name] / rows for name in ("input_tokens", "output_tokens")]
    line += [1000 * figures["estimated_dollars"] / rows, figures["call_seconds"]]
    line += [test.get(name, "") for name in ("only_first", "only_second", "p")]
    return [*line, label_report.words(test["more_than_noise"]) if test else ""]
