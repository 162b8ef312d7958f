import json
import subprocess
import sys
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.similarities import KNOWN, LONG
from local.bedrock.embedding import EmbeddingCache
from local.bedrock.engine import MiniLMEngine
from local.bedrock.minilm import PACKAGE, Floats, MiniLM, find_model


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM(find_model())


@pytest.mark.parametrize("one, other, cosine", KNOWN)
def test_similarities_are_those_of_the_original_model(
    model: MiniLM, one: str, other: str, cosine: float
) -> None:
    rows = model.embed([one, other])
    assert float(rows[0] @ rows[1]) == pytest.approx(cosine, abs=1e-4)


def test_a_text_gets_the_same_embedding_in_any_company(model: MiniLM) -> None:
    texts = ["short", "a little longer than that", LONG, "", "👍", "  "] + [f"number {n}" for n in range(90)]
    together = model.embed(texts)
    alone = np.vstack([model.embed([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(model: MiniLM) -> None:
    assert model.embed([]).shape == (0, 384)


def test_loading_the_weights_does_not_import_torch() -> None:
    code = "import sys; from local.bedrock.minilm import find_model; find_model(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"torch", PACKAGE} & set(found.stdout.split())


def test_a_text_is_embedded_once_while_it_is_remembered() -> None:
    asked: list[list[str]] = []

    def embed(texts: object) -> Floats:
        asked.append(list(texts))  # type: ignore[call-overload]
        return np.array([[len(text)] for text in asked[-1]], np.float32)

    cache = EmbeddingCache(embed, size=2)
    assert cache(["a", "bb", "a"]).tolist() == [[1], [2], [1]]
    cache(["a", "ccc"])
    cache(["a", "bb"])
    # "bb" was the one longest unused when "ccc" came, so it was forgotten.
    assert asked == [["a", "bb"], ["ccc"], ["bb"]]


def test_the_engine_embeds_each_text_in_its_place(engine: MiniLMEngine) -> None:
    rows = engine.embed(["late parcel", "kind staff", "late parcel"])
    assert np.array_equal(rows[0], rows[2])
    assert not np.array_equal(rows[0], rows[1])
    json.dumps(rows.tolist())


def test_texts_that_several_ask_about_at_once_are_embedded_once() -> None:
    asked: list[list[str]] = []
    together = threading.Barrier(2)

    def embed(texts: Sequence[str]) -> Floats:
        asked.append(list(texts))
        # The other one has found nothing remembered by now, and waits for this answer.
        waiting.wait()
        return np.ones((len(texts), 384), np.float32)

    cache = EmbeddingCache(embed, size=10)
    waiting = threading.Event()
    recall = cache._recall

    def recall_together(texts: Sequence[str]) -> dict[str, Floats]:
        found = recall(texts)
        if not waiting.is_set():
            together.wait()
            waiting.set()
        return found

    cache._recall = recall_together  # type: ignore[method-assign]
    threads = [threading.Thread(target=cache, args=(["a", "b"],)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [texts for texts in asked if texts] == [["a", "b"]]
