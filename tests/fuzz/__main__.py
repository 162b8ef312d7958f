"""Looks for counter-examples with atheris: `python -m tests.fuzz reader --seconds 60` (see `make fuzz`)."""

import argparse
import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(__file__).parent / "cases"
"""Seeds and findings, by target; `make test` replays them all."""
FOUND = ROOT / ".local" / "fuzz"
"""What the fuzzer learned, by target, so that the next run goes on from there."""
MEMORY_MB = 512
LONGEST = 8192


def main() -> None:
    """Runs one target; ends with an error if there is a finding, which is left among the cases."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(each.name for each in CASES.iterdir()))
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    # Only in the environment that `make fuzz` makes; nothing else needs it.
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["services", "shared"]):
        target = importlib.import_module(f"tests.fuzz.{arguments.target}")
    learned, cases = FOUND / arguments.target, CASES / arguments.target
    learned.mkdir(parents=True, exist_ok=True)
    options = {
        "max_total_time": arguments.seconds,
        "max_len": LONGEST,
        "timeout": 20,
        "rss_limit_mb": MEMORY_MB,
        "artifact_prefix": f"{cases}/",
        "print_final_stats": 1,
    }
    flags = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup([sys.argv[0], *flags, str(learned), str(cases)], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
