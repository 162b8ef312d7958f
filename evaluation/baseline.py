"""BERTopic over the same vectors, in an interpreter of its own: it brings numba and scikit-learn."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluation.model import EvaluationError
from services.categorize.grouping import Floats

_SCRIPT = Path(__file__).with_name("bertopic_topics.py")
OUTLIER = -1


def bertopic(python: Path, texts: Sequence[str], vectors: Floats, seed: int) -> list[int]:
    """BERTopic's topic of each text at its defaults, -1 for an outlier.

    Args:
        python: an interpreter that can import bertopic (requirements/eval.txt, requirements/bertopic.txt).
    """
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "given.npz", Path(folder) / "topics.json"
        np.savez(given, texts=np.array(list(texts)), vectors=vectors)
        command = [str(python), str(_SCRIPT), str(given), str(answer), str(seed)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise EvaluationError(f"{python} is no Python that has BERTopic: {error}") from error
        if done.returncode != 0:
            # The last line of a traceback says what it was, of few rows for example that they are too few.
            said = done.stderr.strip().splitlines() or ["it did not say why"]
            raise EvaluationError(f"BERTopic failed on {len(texts)} texts: {said[-1][:500]}")
        topics: list[int] = json.loads(answer.read_text("utf-8"))
    return topics


def proposals(topics: Sequence[int], positions: Sequence[int]) -> list[tuple[str, list[int]]]:
    """Its topics as proposals; outliers are none."""
    members: dict[int, list[int]] = {}
    for topic, position in zip(topics, positions, strict=True):
        if topic != OUTLIER:
            members.setdefault(topic, []).append(position)
    return [(f"topic {topic}", found) for topic, found in sorted(members.items())]
