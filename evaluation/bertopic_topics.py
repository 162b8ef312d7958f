"""Run by the interpreter that has BERTopic: vectors in, the topic of each text out."""

import json
import sys
from pathlib import Path

import numpy as np


def main(given: str, answer: str, seed: str) -> None:
    """Fits BERTopic at its defaults; only the chance in UMAP is fixed."""
    # Only this script's own interpreter has them.
    from bertopic import BERTopic  # type: ignore[import-not-found]  # noqa: PLC0415
    from umap import UMAP  # type: ignore[import-not-found]  # noqa: PLC0415

    data = np.load(Path(given))
    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=int(seed))
    topics, _ = BERTopic(umap_model=umap).fit_transform(data["texts"].tolist(), data["vectors"])
    Path(answer).write_text(json.dumps([int(topic) for topic in topics]), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
