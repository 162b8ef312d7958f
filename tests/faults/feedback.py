"""Files of feedback in which every row can be told from every other."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

HEADER = ("product_name", "store", "id", "stars", "title", "feedback", "date")
_PRODUCTS = ("Lamp", "Kettle", "Rucksack", "Headphones", "Desk")
_TEXTS = (
    "The parcel came {n} days after the promised date and nobody told me why.",
    "The staff of the support team answered call {n} at once and solved it.",
    "Far too expensive for what it is, I paid {n} more than in the shop next door.",
    "It broke after {n} days of normal use, the material is thin and cheap.",
    "The box of order {n} was wrapped in five layers of plastic foam that nobody can recycle.",
    "The website logged me out {n} times while I was paying, checkout is a mess.",
    "Order {n} works exactly as described, I would buy it again any time.",
)


@dataclass(frozen=True)
class Sent:
    """A file as it was uploaded: what must come out of it.

    Attributes:
        key: the object's key.
        body: its bytes.
        ids: the customer's id of each good row, in order.
        rejected: how many rows cannot be read.
        kind: of what its records are, as the table names it.
    """

    key: str
    body: bytes
    ids: tuple[str, ...]
    rejected: int = 0
    kind: str = "rows"

    @property
    def rows(self) -> int:
        return len(self.ids) + self.rejected


def a_file(
    key: str, rows: int = 1000, bad: int = 0, name: str = "", texts: int = 0, store: str = "Online"
) -> Sent:
    """A CSV of so many good rows, each with an id of its own, and `bad` ones without feedback.

    Args:
        texts: how many texts there are, repeated over and over; 0: each row has its own.
        store: of all rows.
    """
    name = name or key.rpartition("/")[2].rpartition(".")[0]
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(HEADER)
    ids = []
    for number in range(rows + bad):
        ref_id = f"{name}-{number}"
        good = number >= bad
        spoken = number % texts if texts else number
        text = f"{_TEXTS[spoken % len(_TEXTS)].format(n=spoken)} ({name})" if good else ""
        product = _PRODUCTS[number % len(_PRODUCTS)]
        writer.writerow([product, store, ref_id, number % 5 + 1, f"No. {spoken}", text, "2025-03-04"])
        if good:
            ids.append(ref_id)
    return Sent(key, written.getvalue().encode(), tuple(ids), bad)
