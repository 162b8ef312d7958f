"""An evaluation of labels as JSON, as tables, and beside another one."""

from collections.abc import Mapping, Sequence
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


def result(rows: Sequence[LabelledRow], run: Run, about: Mapping[str, Any]) -> dict[str, Any]:
    """All figures of a run, ready for JSON; `rows` holds each text with what it should be and what it is."""
    gold, predicted = [row.label for row in rows], list(run.predicted)
    names = sorted({label for label in gold if label is not None})
    return {
        "about": dict(about) | {"rows": len(rows), "prompt_version": run.prompt_version},
        "figures": _figures(gold, predicted, run),
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
        ("Figures", ("figure", "value"), list(found["figures"].items())),
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


def comparison(first: Mapping[str, Any], second: Mapping[str, Any]) -> Table:
    """Two results over the same rows: which is better, and whether that is more than noise.

    Raises:
        EvaluationError: the rows are not the same.
    """
    if [row["text"] for row in first["rows"]] != [row["text"] for row in second["rows"]]:
        raise EvaluationError("the two results are not over the same rows, so they cannot be compared")
    right = [[row["gold"] == row["predicted"] for row in each["rows"]] for each in (first, second)]
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
    unknown = metrics.quality(gold, predicted, None)
    figures: dict[str, Any] = {
        "accuracy": metrics.accuracy(gold, predicted),
        "macro_f1": metrics.macro_f1(gold, predicted),
        "labelled_unknown": sum(label is None for label in predicted),
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
        "input_tokens": run.usage.input_tokens,
        "output_tokens": run.usage.output_tokens,
        "estimated_dollars": float(run.usage.estimated_cost),
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
