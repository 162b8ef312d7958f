"""`make cost`: a month's bill, line by line, from the template and the prices of cost_prices.json."""

import argparse
import sys

from benchmarks.cost_cascade import told
from benchmarks.cost_case import Case
from benchmarks.cost_month import month
from benchmarks.cost_page import PAGE, written
from benchmarks.cost_table import table

MILLION = 1_000_000


def main() -> int:
    """Prints the bill of one case; with --page, writes docs/cost.md instead."""
    options = _options()
    if options.page:
        PAGE.write_text(written(), encoding="utf-8")
        print(PAGE)
        return 0
    case = Case(options.rows, options.text, dict(_parameters(options)))
    print(f"{case.rows:,} rows of {case.text:,} characters, {case.model_id}, {_said(case)}\n")
    print(table(month(case)))
    print(told(case))
    print("Prices: benchmarks/cost_prices.json and shared/model/models.json, with their dates.")
    return 0


def _said(case: Case) -> str:
    return ", ".join(f"{name}={value}" for name, value in case.parameters.items()) or "all else by default"


def _parameters(options: argparse.Namespace) -> list[tuple[str, str]]:
    named = {
        "ModelId": options.model,
        "Network": options.network,
        "ServiceTier": options.tier,
        "DatabaseInstanceClass": options.database,
        "DatabaseMultiAZ": "true" if options.multi_az else "",
    }
    return [(name, value) for name, value in named.items() if value]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make cost", description=__doc__)
    parser.add_argument("--rows", type=int, default=MILLION)
    parser.add_argument("--text", type=int, default=300, help="characters of a feedback")
    parser.add_argument(
        "--model", default="", help="a model or an inference profile; else the stack's default"
    )
    parser.add_argument("--network", default="", choices=["", "egress", "private"])
    parser.add_argument("--tier", default="", choices=["", "default", "flex"])
    parser.add_argument("--database", default="", help="DatabaseInstanceClass")
    parser.add_argument("--multi-az", action="store_true")
    parser.add_argument("--page", action="store_true", help="write docs/cost.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
