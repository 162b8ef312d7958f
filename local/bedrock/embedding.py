"""Embeddings by text: those asked for last in memory, and all in a file if there is one."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from local.bedrock.minilm import DIMENSIONS, Floats

_ENTRY = np.dtype([("key", "V16"), ("vector", "<f4", (DIMENSIONS,))])

Embed = Callable[[Sequence[str]], Floats]
"""Texts in, one row of length 1 for each out."""


class EmbeddingCache:
    """An `Embed` that remembers the texts it saw last. Safe to share between threads."""

    def __init__(self, embed: Embed, size: int) -> None:
        self._embed = embed
        self._size = size
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()
        # One call at a time: each uses every core by itself.
        self._model_lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Floats:
        """One row of length 1 for each of `texts`, in their order."""
        found = self._recall(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            with self._model_lock:
                # Whoever had the lock before may have been asked about the same texts.
                found |= self._recall(missing)
                missing = [text for text in missing if text not in found]
                rows = self._embed(missing)
                self._remember(missing, rows)
            found.update(zip(missing, rows, strict=True))
        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        return np.stack([found[text] for text in texts])

    def _recall(self, texts: Sequence[str]) -> dict[str, Floats]:
        found = {}
        with self._lock:
            for text in texts:
                if text in self._known:
                    self._known.move_to_end(text)
                    found[text] = self._known[text]
        return found

    def _remember(self, texts: Sequence[str], rows: Floats) -> None:
        with self._lock:
            for text, row in zip(texts, rows, strict=True):
                self._known[text] = row.copy()
            while len(self._known) > self._size:
                self._known.popitem(last=False)


class StoredEmbeddings:
    """An `Embed` that keeps what it embedded in a file, which grows with each text.

    Whoever dies while writing leaves the beginning of an entry at the file's end; it is cut off.
    """

    def __init__(self, embed: Embed, path: Path) -> None:
        self._embed, self._path = embed, path
        path.touch()
        whole = path.stat().st_size // _ENTRY.itemsize
        with path.open("r+b") as file:
            file.truncate(whole * _ENTRY.itemsize)
        entries = np.fromfile(path, _ENTRY)
        self._known = dict(zip(map(bytes, entries["key"]), entries["vector"], strict=True))

    def __call__(self, texts: Sequence[str]) -> Floats:
        """One row of length 1 for each of `texts`, in their order."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16] for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if missing:
            rows = self._embed(list(missing.values()))
            entries = np.array(list(zip(missing, rows, strict=True)), _ENTRY)
            with self._path.open("ab") as file:
                file.write(entries.tobytes())
            self._known.update(zip(missing, rows, strict=True))
        return np.stack([self._known[key] for key in keys]) if keys else np.empty((0, DIMENSIONS), np.float32)
