from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from local.bedrock.embedding import StoredEmbeddings
from local.bedrock.minilm import DIMENSIONS, Floats


class Counted:
    """Embeds a text as its length, and notes what it was asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        return np.stack([np.full(DIMENSIONS, len(text), np.float32) for text in texts])


TEXTS = ["late", "loud", "late", "a torn \ud83d half", "ü"]


def test_a_text_is_embedded_once_also_after_a_new_start(tmp_path: Path) -> None:
    first, second = Counted(), Counted()
    before = StoredEmbeddings(first, tmp_path / "vectors")(TEXTS)
    after = StoredEmbeddings(second, tmp_path / "vectors")([*TEXTS, "new"])
    assert np.array_equal(before, after[:-1])
    assert (len(first.asked), second.asked) == (4, ["new"])


@pytest.mark.parametrize("lost", [1, 400, 1551])
def test_an_entry_that_was_not_written_whole_is_embedded_again(tmp_path: Path, lost: int) -> None:
    file, again = tmp_path / "vectors", Counted()
    StoredEmbeddings(Counted(), file)(["one", "other"])
    file.write_bytes(file.read_bytes()[:-lost])
    assert StoredEmbeddings(again, file)(["one", "other"])[1, 0] == 5
    assert again.asked == ["other"]
    assert StoredEmbeddings(Counted(), file)(["one", "other"])[1, 0] == 5


def test_no_texts_have_no_vectors(tmp_path: Path) -> None:
    assert StoredEmbeddings(Counted(), tmp_path / "vectors")([]).shape == (0, DIMENSIONS)
