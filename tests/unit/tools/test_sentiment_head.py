"""Training the head that tells sentiments: what is read of the package, and what is fitted."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tools.sentiment_head import NEUTRAL, SETS, fit, sentences


def added(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A source package with two sentences of each set, and a set that is not used."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        for name in (*SETS, "movieReviewSnippets"):
            texts = f'1_1\t-0.5\t{name} broke\n1_2\t1.5\t"{name} shines"\n'
            ratings = "1_1\t-0.5\t0.5\t[-1, 0]\n1_2\t1.5\t0.5\t[1, 2]\n"
            added(archive, f"hutto_ICWSM_2014/{name}_GroundTruth.txt", texts.encode())
            added(archive, f"hutto_ICWSM_2014/{name}_anonDataRatings.txt", b"\xef\xbb\xbf" + ratings.encode())
    path = tmp_path / "package.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        added(archive, "v-1/README", b"")
        added(archive, "v-1/additional_resources/hutto_ICWSM_2014.tar.gz", inner.getvalue())
    return path


def test_each_sentence_comes_with_its_set_and_its_ratings(package: Path) -> None:
    found = list(sentences(package))

    assert found[:2] == [
        ("amazonReviewSnippets", "amazonReviewSnippets broke", [-1, 0]),
        ("amazonReviewSnippets", "amazonReviewSnippets shines", [1, 2]),
    ]
    assert [name for name, _, _ in found] == [name for name in SETS for _ in range(2)]


def test_the_fit_gives_back_the_shares_that_rows_were_rated_with() -> None:
    rows = np.array([[1.0, 0, 1], [0, 1, 1], [0, 0, 1]] * 10) * 30
    shares = np.array([[0.8, 0.1, 0.1], [0.2, 0.2, 0.6], [0.3, 0.4, 0.3]] * 10)

    weights = fit(rows, shares, np.ones(len(rows)))

    powers = np.exp(rows @ weights)
    assert powers / powers.sum(axis=1, keepdims=True) == pytest.approx(shares, abs=0.01)


def test_a_row_that_counts_more_pulls_more() -> None:
    rows = np.ones((2, 1)) * 30
    shares = np.array([[1.0, 0, 0], [0, 0, 1]])

    weights = fit(rows, shares, np.array([3.0, 1]))

    powers = np.exp(rows[0] @ weights)
    assert powers[0] / powers[2] == pytest.approx(3, rel=0.05)


def test_the_neutral_sentences_are_each_a_line_and_there_once() -> None:
    lines = NEUTRAL.read_text("utf-8").splitlines()

    assert all(line == line.strip() != "" for line in lines)
    assert len(set(lines)) == len(lines) > 100
