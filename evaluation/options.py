"""The command line of the evaluation."""

import argparse
from pathlib import Path

from evaluation import commands, labelling


def parser(description: str | None) -> argparse.ArgumentParser:
    """Reads what is to be evaluated and how; `command` is the function that does it."""
    found = argparse.ArgumentParser(prog="python -m evaluation", description=description)
    kinds = found.add_subparsers(required=True)
    labels = kinds.add_parser("labels", help=commands.evaluate_labels.__doc__)
    labels.set_defaults(command=commands.evaluate_labels)
    labels.add_argument("--limit", type=_positive, default=None, help="only the first rows")
    labels.add_argument("--compare", type=Path, help="an earlier result's JSON, over the same rows")
    labels.add_argument("--rounds", type=_counts, default=(), help="examples per category, such as 0,1,3,5")
    labels.add_argument("--packs", type=_sizes, default=(), help="records in a call, such as 10,40,100")
    labels.add_argument("--models", type=_names, default=(), help="model ids, with commas between them")
    labels.add_argument("--prompts", type=_paths, default=(), help="files with other instructions")
    discovery = kinds.add_parser("discovery", help=commands.evaluate_discovery.__doc__)
    discovery.set_defaults(command=commands.evaluate_discovery)
    discovery.add_argument("--hide", type=_positive, default=20, help="categories to hide at a time")
    discovery.add_argument("--end-to-end", action="store_true", help="unknowns by the model's own labels")
    discovery.add_argument("--bertopic", type=Path, help="an interpreter that has BERTopic, to run beside")
    stays = kinds.add_parser("months", help=commands.evaluate_months.__doc__)
    stays.set_defaults(command=commands.evaluate_months)
    stays.add_argument("--hide", type=_positive, default=20, help="categories to hide at a time")
    stays.add_argument("--end-to-end", action="store_true", help="labels by the model itself")
    stays.add_argument("--before", action="store_true", help="the second half labelled without the new ones")
    for command in (labels, discovery, stays):
        _add_common(command)
    moods = kinds.add_parser("sentiment", help=commands.evaluate_sentiment.__doc__)
    moods.set_defaults(command=commands.evaluate_sentiment)
    moods.add_argument("--file", type=Path, default=Path("samples/feedback.csv"), help="CSV with a header")
    moods.add_argument("--text", default="feedback", help="its column with the texts")
    moods.add_argument("--title", default="title", help="its column with the titles; may be empty")
    moods.add_argument("--stars", default="stars", help="its column with the stars; may be empty")
    moods.add_argument(
        "--sentiment", default="", help="its column with gold sentiments; without it, by stars"
    )
    moods.add_argument("--profile", default="feedback", help="a name or file: its prompt is sent")
    _add_asked(moods)
    return found


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
