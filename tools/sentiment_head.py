"""Trains local/bedrock/sentiment_head.npy, which tells a sentence's sentiment by its embedding: `make head`.

The sentences come with VADER (Hutto and Gilbert, 2014; MIT licence): of product reviews, tweets and
editorials, each rated from -4 to 4 by twenty people. They are in the source package of vaderSentiment, which
requirements/head.txt pins, and are neither installed nor shipped: the repository has the weights alone.
Beside them stand sentences of our own without any feeling (neutral_sentences.txt): among the rated ones a
free ticket or a new shop is hardly ever named without praise.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.bedrock.minilm import MiniLM, find_model
from local.bedrock.sentiment import HEAD
from local.environments import INSTALLERS, make_installers
from local.setup import LOCAL, find_python

Doubles = NDArray[np.float64]

LOCK = Path(__file__).parent.parent / "requirements" / "head.txt"
SETS = {"amazonReviewSnippets": 3.0, "nytEditorialSnippets": 1.0, "tweets": 1.0}
"""How much a sentence of each set counts: product reviews are what is mostly asked about."""
NEUTRAL = Path(__file__).with_name("neutral_sentences.txt")
NEUTRAL_COUNT = 3.0
"""How much each of those counts."""
RIDGE = 3e-4
OFFSETS = (0.35, 0.0, -0.28)
"""Added to the scores: the raters were quicker to praise than customers are; see docs/decisions.md."""
_STEPS = 20
_SMALL = 1e-9


def main() -> int:
    """Makes the head anew."""
    texts, shares, counts = [], [], []
    for name, text, ratings in sentences(source_package()):
        texts.append(text)
        shares.append([np.mean(np.sign(ratings) == sign) for sign in (-1, 0, 1)])
        counts.append(SETS[name])
    for text in NEUTRAL.read_text("utf-8").splitlines():
        texts.append(text)
        shares.append([0, 1, 0])
        counts.append(NEUTRAL_COUNT)
    vectors = MiniLM(find_model()).embed(texts).astype(np.float64)
    head = fit(np.hstack([vectors, np.ones((len(vectors), 1))]), np.array(shares), np.array(counts))
    head[-1] += OFFSETS
    np.save(HEAD, head.astype(np.float16))
    print(f"{HEAD.name}: {head.shape[0]} x {head.shape[1]} weights from {len(texts):,} sentences")
    return 0


def source_package() -> Path:
    """The pinned source package, as pip downloads it when its hash is right."""
    folder = LOCAL / "head"
    pip = [str(INSTALLERS.python), "-m", "pip", "--disable-pip-version-check"]
    make_installers(find_python(), [*pip, "install"])
    which = ["--no-deps", "--no-binary", ":all:", "--require-hashes", "-r", str(LOCK), "-d", str(folder)]
    subprocess.run([*pip, "download", "--quiet", *which], check=True)
    return next(folder.glob("*.tar.gz"))


def sentences(package: Path) -> Iterator[tuple[str, str, list[float]]]:
    """The name of its set, the text and the ratings of each sentence."""
    with tarfile.open(package) as outer:
        name = next(each for each in outer.getnames() if each.endswith("hutto_ICWSM_2014.tar.gz"))
        with tarfile.open(fileobj=outer.extractfile(name)) as inner:
            for each in SETS:
                texts = dict(_columns(inner, f"{each}_GroundTruth.txt", 2))
                ratings = dict(_columns(inner, f"{each}_anonDataRatings.txt", 3))
                yield from ((each, text, json.loads(ratings[key])) for key, text in texts.items())


def _columns(archive: tarfile.TarFile, name: str, place: int) -> Iterator[tuple[str, str]]:
    """The first column of a file and another one."""
    file = archive.extractfile(f"hutto_ICWSM_2014/{name}")
    assert file is not None, "the package is pinned, and has it"
    for line in file.read().decode("utf-8-sig", errors="replace").splitlines():
        columns = line.split("\t")
        yield columns[0], columns[place].strip('" ')


def fit(rows: Doubles, shares: Doubles, counts: Doubles) -> Doubles:
    """The weights of a multinomial logistic regression on shares of answers, by Newton's method.

    Its optimum is the only one, so that the weights do not depend on where the steps begin.
    """
    counts = counts / counts.sum()
    width, kinds = rows.shape[1], shares.shape[1]
    weights = np.zeros((width, kinds))
    for _ in range(_STEPS):
        scores = rows @ weights
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        slope = rows.T @ ((chances - shares) * counts[:, None]) + RIDGE * weights
        step = np.linalg.solve(_curvature(rows, chances, counts), slope.T.ravel()).reshape(kinds, width).T
        weights -= step
        if np.abs(step).max() < _SMALL:
            break
    return weights


def _curvature(rows: Doubles, chances: Doubles, counts: Doubles) -> Doubles:
    """The second derivatives of the loss, kind by kind."""
    width, kinds = rows.shape[1], chances.shape[1]
    blocks = np.empty((kinds, width, kinds, width))
    for one in range(kinds):
        for other in range(kinds):
            share = counts * chances[:, one] * ((one == other) - chances[:, other])
            blocks[one, :, other, :] = rows.T @ (rows * share[:, None])
    curvature: Doubles = blocks.reshape(kinds * width, kinds * width) + RIDGE * np.eye(kinds * width)
    return curvature


if __name__ == "__main__":
    sys.exit(main())
