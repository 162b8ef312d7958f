"""What is evaluated: labels, discovery, months and sentiments, each written as JSON and as a page."""

import argparse
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluation import (
    discovery_report,
    hiding,
    label_report,
    labelling,
    month_report,
    months,
    sentiment,
    ways,
)
from evaluation.dataset import (
    Dataset,
    read_categories,
    read_dataset,
    read_profile_document,
    with_training,
)
from evaluation.labelling import Way
from evaluation.model import EvaluationError, Models, models
from evaluation.page import Table, render_page, render_text
from shared.contracts.profiles import ProfileDocument


def evaluate_labels(options: argparse.Namespace) -> None:
    """Labels a file's rows with classify's code and says how well; several ways beside each other."""
    document = read_profile_document(options.profile)
    chosen = _ways(options, document)
    if len(chosen) > 1 and options.compare:
        raise EvaluationError("several ways are compared with each other: leave the earlier result out")
    dataset = _dataset(options)
    categories = read_categories(options.categories, dataset, document.categories)
    if any(way.examples for way in chosen):
        dataset = with_training(dataset)
    rows = dataset.rows[: options.limit]
    before = _read(options.compare) if options.compare else None
    corrected = {
        way.name: [labelling.corrected_rows(dataset, way.examples, seed) for seed in range(options.seeds)]
        for way in chosen
    }
    with _models(options) as asked:
        runs = {
            way.name: [
                labelling.run(
                    asked.labeller(way.model_id), rows, categories, examples, way, seed, asked.embed
                )
                for seed, examples in enumerate(corrected[way.name])
            ]
            for way in chosen
        }
        about = _about(options, dataset, asked.engine) | {"categories": len(categories), "pack": options.pack}
    if len(chosen) > 1:
        found = ways.result(rows, runs, about, beside_the_first=not options.rounds)
        _write(options, "ways", found, ways.tables(found), shown=1)
        return
    about["examples"] = options.examples
    found = label_report.result(rows, runs[chosen[0].name], about)
    tables = label_report.tables(found)
    if before:
        tables.insert(1, label_report.comparison(before, found))
    _write(options, "labels", found, tables, shown=2 + bool(before))


def _ways(options: argparse.Namespace, document: ProfileDocument) -> list[Way]:
    """What is compared; one way if nothing is.

    Raises:
        EvaluationError: two things are varied at once, so that nobody could tell which made the difference.
    """
    usual = Way("production's", options.model_id, options.pack, options.examples, document=document)
    varied = {
        "models": [replace(usual, name=each, model_id=each) for each in options.models],
        "packs": [replace(usual, name=f"packs of {each}", pack=each) for each in options.packs],
        "rounds": [replace(usual, name=f"{each} examples each", examples=each) for each in options.rounds],
        "prompts": [replace(usual, name=each.name, instructions=_prompt(each)) for each in options.prompts],
    }
    if options.rounds and options.examples:
        raise EvaluationError("rounds say how many examples: leave the number of examples out")
    named = [name for name, each in varied.items() if each]
    if len(named) > 1:
        raise EvaluationError(f"one thing at a time can be compared, not {' and '.join(named)}")
    if options.prompts:
        return [usual, *varied["prompts"]]
    return varied[named[0]] if named else [usual]


def _prompt(path: Path) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error
    if not text:
        raise EvaluationError(f"{path} is empty: it should tell the model what to do")
    return text


def evaluate_discovery(options: argparse.Namespace) -> None:
    """Hides categories, lets categorize find them, and says how well."""
    dataset = _dataset(options)
    document = read_profile_document(options.profile)
    categories = read_categories(options.categories, dataset, document.categories)
    if options.examples:
        dataset = with_training(dataset)
    hiding.draw(dataset.rows, categories, options.hide, seed=0)  # says so if it cannot be done
    setting = discovery_report.Setting(
        options.hide,
        range(options.seeds),
        options.end_to_end,
        Way("production's", options.model_id, options.pack, options.examples, document=document),
        options.bertopic,
    )
    with _models(options) as asked:
        found = discovery_report.evaluate(asked, dataset, categories, setting)
        found["about"] = _about(options, dataset, asked.engine) | {"categories": len(categories)}
    kind = "discovery-end-to-end" if options.end_to_end else "discovery"
    _write(options, kind, found, discovery_report.tables(found), shown=3)


def evaluate_sentiment(options: argparse.Namespace) -> None:
    """Asks for sentiments with classify's code, with the stars and without, and says how right they are."""
    columns = options.title, options.text, options.stars, options.sentiment
    rows, skipped = sentiment.read(options.file, *columns)
    ways = [sentiment.WITHOUT, *([sentiment.WITH] if options.stars else [])]
    with _models(options) as asked:
        answers = {
            way: sentiment.ask(
                asked.label, rows, sentiment.profile(options.profile, stars=way == sentiment.WITH)
            )
            for way in ways
        }
        about = {"file": options.file.name, "rows": len(rows), "left out": skipped}
        about |= {"engine": asked.engine, "model": options.model_id, "profile": options.profile}
    found = sentiment.result(rows, answers, about)
    _write(options, "sentiment", found, sentiment.tables(found), shown=1 + len(ways))


def evaluate_months(options: argparse.Namespace) -> None:
    """Finds hidden categories in half of the rows, and says whether the other half's go to the same ones."""
    dataset = _dataset(options)
    categories = read_categories(options.categories, dataset)
    hiding.draw(dataset.rows, categories, options.hide, seed=0)  # says so if it cannot be done
    way = Way("production's", options.model_id, options.pack)
    setting = months.Setting(options.hide, range(options.seeds), options.end_to_end, options.before, way)
    with _models(options) as asked:
        found = month_report.evaluate(asked, dataset, categories, setting)
        found["about"] = _about(options, dataset, asked.engine) | {"categories": len(categories)}
    ways_of = ["end-to-end"] * options.end_to_end + ["labelled-before"] * options.before
    _write(options, "-".join(["months", *ways_of]), found, month_report.tables(found), shown=3)


def _models(options: argparse.Namespace) -> AbstractContextManager[Models]:
    ids = options.model_id, options.embedding_model_id
    return models(*ids, aws=options.aws, vectors=options.out.resolve() / "vectors")


def _dataset(options: argparse.Namespace) -> Dataset:
    where = dict(options.where)
    return read_dataset(options.file, options.text, options.label, unknown=options.unknown, where=where)


def _about(options: argparse.Namespace, dataset: Dataset, engine: str) -> dict[str, Any]:
    return {
        "file": options.file.name,
        "where": " ".join("=".join(condition) for condition in options.where),
        "profile": options.profile or "",
        "engine": engine,
        "model": options.model_id,
        "skipped": dataset.skipped,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        # What a comparison reads: another program's JSON has not all of it.
        for row in found["rows"]:
            _ = row["text"], row["gold"], row["predicted"]
        _ = found["figures"]["accuracy"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvaluationError(f"{path} is no earlier result of `labels`: {error!r}") from error
    return found


def _write(
    options: argparse.Namespace, kind: str, found: dict[str, Any], tables: Sequence[Table], shown: int
) -> None:
    """Writes all of it as JSON and HTML, and prints the first tables."""
    about = ", ".join(f"{key}: {value}" for key, value in found["about"].items() if value != "")
    stem = options.out / f"{kind}-{options.file.stem}{options.name and '-' + options.name}"
    data, page = stem.with_suffix(".json"), stem.with_suffix(".html")
    data.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
    page.write_text(render_page(f"Evaluation: {kind}", [about], tables), "utf-8")
    print(about, render_text(tables[:shown]), f"{data}\n{page}", sep="\n\n")
