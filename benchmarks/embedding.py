"""`make bench-embedding`: the embedded model against known similarities, its speed and its memory.

The baseline is the same model given one text at a time, as a server without batches would.
"""

import argparse
import resource
import sys
import time
from collections.abc import Sequence

from benchmarks.similarities import KNOWN
from evaluation.table import row, save, show
from local.bedrock.minilm import MiniLM, find_model, token_counter
from local.setup import LOCAL

TOKENS = 16
"""Of each text, with the two that the model puts around it."""
TEXTS = 2000
_ROUNDS = 3


def main() -> int:
    """Prints the table; returns 0 if each figure meets its limit."""
    argparse.ArgumentParser(prog="benchmarks.embedding", description=__doc__).parse_args()
    model = MiniLM(find_model())
    texts = _texts()
    model.embed(texts[:100])  # the first call reads the weights
    together = max(_speed(model, [texts]) for _ in range(_ROUNDS))
    alone = max(_speed(model, [[text] for text in texts[:200]]) for _ in range(_ROUNDS))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    worst = _worst(model)
    rows = [
        row(
            "largest difference from a known similarity",
            worst,
            ("≤ 1e-4", lambda value: value <= 1e-4),
            ours=f"{worst:.1e}",
        ),
        row(
            f"texts per second, {TOKENS} tokens each",
            together,
            ("≥ 250", lambda value: value >= 250),
            ours=f"{together:.0f} ({together / alone:.1f} ×)",
            baseline=f"{alone:.0f}",
        ),
        row("peak memory, MB", megabytes, ("≤ 300", lambda value: value <= 300), ours=f"{megabytes:.0f}"),
    ]
    print(show(rows))
    save(rows, ["Baseline: one text at a time."], LOCAL / "bench-embedding.json")
    return int(any(each.passed is False for each in rows))


def _worst(model: MiniLM) -> float:
    pairs = ((model.embed([one, other]), cosine) for one, other, cosine in KNOWN)
    return max(abs(float(rows[0] @ rows[1]) - cosine) for rows, cosine in pairs)


def _texts() -> list[str]:
    """Texts of so many tokens exactly, each another one."""
    counter = token_counter()
    words = [
        "the",
        "parcel",
        "came",
        "late",
        "and",
        "the",
        "box",
        "was",
        "torn",
        "so",
        "I",
        "sent",
        "it",
        "back",
    ]
    texts = []
    for number in range(TEXTS):
        start = number % len(words)
        text = " ".join([*words[start:], *words[:start]])
        ids = counter.encode(text).ids[1 : TOKENS - 1]
        texts.append(counter.decode(ids))
    return texts


def _speed(model: MiniLM, calls: Sequence[Sequence[str]]) -> float:
    """Texts per second."""
    begun = time.perf_counter()
    for texts in calls:
        model.embed(texts)
    return sum(map(len, calls)) / (time.perf_counter() - begun)


if __name__ == "__main__":
    sys.exit(main())
