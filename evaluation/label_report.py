"""An evaluation of labels as JSON, as tables, and beside an earlier one."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from evaluation import metrics
from evaluation.dataset import LabelledRow
from evaluation.labelling import Run
from evaluation.model import EvaluationError
from evaluation.page import Table

_CONFUSIONS = 20
_QUOTES = 2
_QUOTE_LENGTH = 120
CONVENTIONAL_P = 0.05


def result(rows: Sequence[LabelledRow], runs: Sequence[Run], about: Mapping[str, Any]) -> dict[str, Any]:
    """All figures of a way of labelling, ready for JSON: means over its runs, their ranges, and each run's.

    What is said of single rows and categories is the first run's; `rows` holds each text with what it should
    be and what it is.
    """
    gold, predicted = [row.label for row in rows], list(runs[0].predicted)
    names = sorted({label for label in gold if label is not None})
    draws = [_figures(gold, run.predicted, run) for run in runs]
    return {
        "about": dict(about) | {"rows": len(rows), "prompt_version": runs[0].prompt_version},
        "figures": means(draws),
        "ranges": ranges(draws),
        "draws": draws,
        "categories": {name: vars(metrics.quality(gold, predicted, name)) for name in names},
        "confusions": _confusions(rows, predicted),
        "rows": [
            {"text": row.text, "gold": row.label, "predicted": label}
            for row, label in zip(rows, predicted, strict=True)
        ],
    }


def tables(found: Mapping[str, Any]) -> list[Table]:
    """The result as tables to read."""
    categories = sorted(found["categories"].items(), key=lambda item: item[1]["f1"])
    return [
        spread_table(found),
        (
            "Confusions that matter",
            ("is", "was labelled", "rows", "for example"),
            [(c["gold"], c["predicted"], c["rows"], " / ".join(c["examples"])) for c in found["confusions"]],
        ),
        (
            "Categories, the weakest first",
            ("category", "precision", "recall", "F1", "rows"),
            [(name, q["precision"], q["recall"], q["f1"], q["rows"]) for name, q in categories],
        ),
    ]


def means(draws: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure over the draws."""
    return {name: mean(draw[name] for draw in draws) for name in draws[0]}


def ranges(draws: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """The lowest and the highest of each figure."""
    return {name: [min(draw[name] for draw in draws), max(draw[name] for draw in draws)] for name in draws[0]}


def spread_table(found: Mapping[str, Any]) -> Table:
    """Means with their ranges."""
    heading = f"Means and ranges over {len(found['draws'])} draws"
    lines = [(name, value, *found["ranges"][name]) for name, value in found["figures"].items()]
    return heading, ("figure", "mean", "lowest", "highest"), lines


def comparison(first: Mapping[str, Any], second: Mapping[str, Any]) -> Table:
    """Two results over the same rows: which is better, and whether that is more than noise.

    Raises:
        EvaluationError: the rows are not the same.
    """
    if [row["text"] for row in first["rows"]] != [row["text"] for row in second["rows"]]:
        raise EvaluationError("the two results are not over the same rows, so they cannot be compared")
    right = [
        metrics.right(*zip(*((row["gold"], row["predicted"]) for row in each["rows"]), strict=True))
        for each in (first, second)
    ]
    test = metrics.mcnemar(*right)
    rows: list[tuple[str, object]] = [
        ("accuracy before", first["figures"]["accuracy"]),
        ("accuracy now", second["figures"]["accuracy"]),
        ("rows right only before", test.only_first),
        ("rows right only now", test.only_second),
        ("McNemar's p", test.p),
        ("the difference", words(test.p < CONVENTIONAL_P)),
    ]
    return "Beside the earlier result", ("figure", "value"), rows


def words(more_than_noise: bool) -> str:
    """What a test says of a difference."""
    return "more than noise" if more_than_noise else "may be noise"


def _figures(gold: Sequence[str | None], predicted: Sequence[str | None], run: Run) -> dict[str, Any]:
    unknown, usage = metrics.quality(gold, predicted, None), run.usage
    known = sum(label is not None for label in gold)
    figures: dict[str, Any] = {
        "accuracy": metrics.accuracy(gold, predicted),
        "macro_f1": metrics.macro_f1(gold, predicted),
        "labelled_unknown": sum(label is None for label in predicted),
        "known_called_unknown": sum(
            label is None for g, label in zip(gold, predicted, strict=True) if g is not None
        )
        / max(1, known),
    }
    if unknown.rows:
        figures |= {
            "unknown_precision": unknown.precision,
            "unknown_recall": unknown.recall,
            "unknown_f1": unknown.f1,
        }
    return figures | {
        "failed": run.failed,
        "calls": run.usage.calls,
        "repairs": run.repairs,
        "input_tokens": usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "estimated_dollars": float(usage.estimated_cost),
        "call_seconds": run.call_seconds,
        "seconds": round(run.seconds, 1),
    }


def _confusions(rows: Sequence[LabelledRow], predicted: Sequence[str | None]) -> list[dict[str, Any]]:
    found = metrics.confusions([row.label for row in rows], predicted)[:_CONFUSIONS]
    return [
        {
            "gold": gold or "unknown",
            "predicted": label or "unknown",
            "rows": count,
            "examples": [
                row.text[:_QUOTE_LENGTH]
                for row, given in zip(rows, predicted, strict=True)
                if row.label == gold and given == label
            ][:_QUOTES],
        }
        for gold, label, count in found
    ]
