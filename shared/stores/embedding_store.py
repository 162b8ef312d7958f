"""Table `feedback_embedding`: each text's vector by model, so that no text is embedded twice.

A vector is its little-endian float32 bytes here: what needs numpy is not shared.
"""

from collections.abc import Collection, Mapping, Sequence

from shared.platform.database import Transaction
from shared.stores.inserting import insert
from shared.stores.reading import chunks

_KNOWN = """
    SELECT text_key FROM feedback_embedding WHERE model_id = %(model_id)s AND text_key IN %(text_keys)s
"""
_LOAD = """
    SELECT text_key, vector FROM feedback_embedding
    WHERE model_id = %(model_id)s AND text_key IN %(text_keys)s
"""
# By the keys, in whose order others lock them, too; where few are old, the server would go by the time.
_USE = """
    UPDATE feedback_embedding FORCE INDEX (PRIMARY) SET used_time = NOW(3)
    WHERE model_id = %(model_id)s AND text_key IN %(text_keys)s AND used_time < NOW(3) - INTERVAL 7 DAY
"""


def missing(tx: Transaction, text_keys: Collection[bytes], model_id: str) -> list[bytes]:
    """Those of these texts that this model has not embedded yet, in their order, each once."""
    keys = list(dict.fromkeys(text_keys))
    known: set[bytes] = set()
    for chunk in chunks(keys):
        tx.execute(_KNOWN, {"model_id": model_id, "text_keys": chunk})
        known.update(bytes(row["text_key"]) for row in tx.fetchall())
    return [key for key in keys if key not in known]


def load(tx: Transaction, text_keys: Sequence[bytes], model_id: str) -> dict[bytes, bytes]:
    """The vectors of these texts, as far as they are known; notes that they are used."""
    vectors: dict[bytes, bytes] = {}
    for chunk in chunks(text_keys):
        tx.execute(_USE, {"model_id": model_id, "text_keys": chunk})
        tx.execute(_LOAD, {"model_id": model_id, "text_keys": chunk})
        vectors.update((bytes(row["text_key"]), row["vector"]) for row in tx.fetchall())
    return vectors


def save(tx: Transaction, vectors: Mapping[bytes, bytes], model_id: str) -> None:
    """Keeps these vectors; one that is known stays as it is."""
    rows = [{"text_key": key, "model_id": model_id, "vector": vector} for key, vector in vectors.items()]
    insert(tx, "feedback_embedding", rows, once=True)
