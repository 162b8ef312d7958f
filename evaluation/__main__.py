"""`python -m evaluation labels …`, `… discovery …` and `… months …`: see `make help`."""

import argparse
import json
import sys
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
from shared.contracts.errors import InsightsError
from shared.contracts.profiles import ProfileDocument


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 1 and one sentence if it cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        _make_folder(options.out)
        options.command(options)
    except (EvaluationError, InsightsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _make_folder(path: Path) -> None:
    """Before anything is asked and paid: a result that cannot be written would be lost."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be the folder of the results: {error}") from error


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    commands = parser.add_subparsers(required=True)
    labels = commands.add_parser("labels", help=evaluate_labels.__doc__)
    labels.set_defaults(command=evaluate_labels)
    labels.add_argument("--limit", type=_positive, default=None, help="only the first rows")
    labels.add_argument("--compare", type=Path, help="an earlier result's JSON, over the same rows")
    labels.add_argument("--rounds", type=_counts, default=(), help="examples per category, such as 0,1,3,5")
    labels.add_argument("--packs", type=_sizes, default=(), help="records in a call, such as 10,40,100")
    labels.add_argument("--models", type=_names, default=(), help="model ids, with commas between them")
    labels.add_argument("--prompts", type=_paths, default=(), help="files with other instructions")
    discovery = commands.add_parser("discovery", help=evaluate_discovery.__doc__)
    discovery.set_defaults(command=evaluate_discovery)
    discovery.add_argument("--hide", type=_positive, default=20, help="categories to hide at a time")
    discovery.add_argument("--end-to-end", action="store_true", help="unknowns by the model's own labels")
    discovery.add_argument("--bertopic", type=Path, help="an interpreter that has BERTopic, to run beside")
    stays = commands.add_parser("months", help=evaluate_months.__doc__)
    stays.set_defaults(command=evaluate_months)
    stays.add_argument("--hide", type=_positive, default=20, help="categories to hide at a time")
    stays.add_argument("--end-to-end", action="store_true", help="labels by the model itself")
    stays.add_argument("--before", action="store_true", help="the second half labelled without the new ones")
    for command in (labels, discovery, stays):
        _add_common(command)
    moods = commands.add_parser("sentiment", help=evaluate_sentiment.__doc__)
    moods.set_defaults(command=evaluate_sentiment)
    moods.add_argument("--file", type=Path, default=Path("samples/feedback.csv"), help="CSV with a header")
    moods.add_argument("--text", default="feedback", help="its column with the texts")
    moods.add_argument("--title", default="title", help="its column with the titles; may be empty")
    moods.add_argument("--stars", default="stars", help="its column with the stars; may be empty")
    moods.add_argument(
        "--sentiment", default="", help="its column with gold sentiments; without it, by stars"
    )
    moods.add_argument("--profile", default="feedback", help="a name or file: its prompt is sent")
    _add_asked(moods)
    return parser


def _count(value: str) -> int:
    number = int(value)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{value} is less than nothing")
    return number


def _counts(value: str) -> tuple[int, ...]:
    """Numbers with commas between them, each once, ascending."""
    return tuple(sorted({_count(number) for number in value.split(",")}))


def _sizes(value: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_positive(number) for number in value.split(",")))


def _names(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in value.split(",")))


def _paths(value: str) -> tuple[Path, ...]:
    return tuple(map(Path, _names(value)))


def _positive(value: str) -> int:
    number = _count(value)
    if not number:
        raise argparse.ArgumentTypeError("at least 1 is needed")
    return number


def _condition(value: str) -> tuple[str, str]:
    column, equals, wanted = value.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{value!r} is not of the form COLUMN=VALUE")
    return column, wanted


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--file", type=Path, required=True, help="CSV with a header")
    command.add_argument("--text", default="text", help="its column with the texts")
    command.add_argument("--label", default="label", help="its column with the gold labels")
    command.add_argument("--categories", type=Path, help="JSON list of name and description")
    command.add_argument("--profile", help="a profile's name or file: its instructions, entry and categories")
    command.add_argument("--unknown", default="", help="the label that means: none of them")
    command.add_argument("--where", type=_condition, action="append", default=[], metavar="COLUMN=VALUE")
    command.add_argument("--examples", type=_count, default=0, help="per category, from rows of split train")
    command.add_argument("--pack", type=_positive, default=labelling.PACK_SIZE, help="records in a call")
    command.add_argument("--seeds", type=_positive, default=labelling.DRAWS, help="draws")
    _add_asked(command)


def _add_asked(command: argparse.ArgumentParser) -> None:
    """Whom to ask, and where the results go."""
    command.add_argument("--model-id", default="us.anthropic.claude-haiku-5-5")
    command.add_argument("--embedding-model-id", default="amazon.titan-embed-text-v2:0")
    command.add_argument("--aws", action="store_true", help="ask Bedrock itself, at its price")
    command.add_argument("--out", type=Path, default=Path(".local/eval"), help="folder of the results")
    command.add_argument("--name", default="", help="added to the results' file names")


if __name__ == "__main__":
    sys.exit(main())
