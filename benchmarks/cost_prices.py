"""The prices of cost_prices.json."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Price:
    """A line of cost_prices.json."""

    dollars: Decimal
    unit: str
    page: str
    seen: str
    free: Decimal = Decimal(0)


@cache
def prices() -> dict[str, Price]:
    """The table, by name."""
    found = json.loads(Path(__file__).with_name("cost_prices.json").read_text("utf-8"))["prices"]
    return {
        name: Price(
            Decimal(its["dollars"]), its["unit"], its["page"], its["seen"], Decimal(its.get("free", "0"))
        )
        for name, its in found.items()
    }


def of_model(per_million: Decimal) -> Price:
    """The price of a token."""
    return Price(per_million / 10**6, "token", "aws.amazon.com/bedrock/pricing", "shared/model/models.json")
