"""`python -m evaluation labels …`, `… discovery …` and `… months …`: see `make help`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from evaluation.model import EvaluationError
from evaluation.options import parser
from shared.contracts.errors import InsightsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 1 and one sentence if it cannot be done."""
    options = parser(__doc__).parse_args(arguments)
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


if __name__ == "__main__":
    sys.exit(main())
