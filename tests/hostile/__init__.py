"""Hostile inputs, each with its expected outcome. `CANARY` is in all of them, and must never be logged."""

from typing import Any

CANARY = "qzx7marmalade"
IDS: dict[str, Any] = {
    "of-a-file": "reviews-0123456789abcdef:7",
    "with-a-space": f"a {CANARY}",
    "with-a-newline": f"{CANARY}\nforged",
    "with-a-zero-byte": f"{CANARY}\0",
    "empty": "",
    "too-long": CANARY * 20,
    "number": 7,
    "list": [CANARY],
}
"""What no producer's id may be, whichever way it comes."""
