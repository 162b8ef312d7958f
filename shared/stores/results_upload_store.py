"""Table `results_upload`: how far the results of a large execution are written, between two invocations."""

import json

from shared.contracts.base import FromJson, Tolerant
from shared.contracts.records import ExecutionId
from shared.platform.database import Transaction
from shared.stores.feedback_store import Place
from shared.stores.inserting import insert
from shared.stores.reading import one

_FIND = "SELECT * FROM results_upload WHERE execution_id = %(execution_id)s"
_SAVE = """
    UPDATE results_upload SET slice = slice + 1, parts = %(parts)s, place = %(place)s, parquet = %(parquet)s
    WHERE execution_id = %(execution_id)s AND upload_id = %(upload_id)s AND slice = %(slice)s
"""
_FORGET = "DELETE FROM results_upload WHERE execution_id = %(execution_id)s"
_GIVE_UP = f"{_FORGET} AND upload_id = %(upload_id)s AND slice = %(slice)s"


class Chunk(Tolerant):
    """A column of a row group: how many places it has, and its bytes as they are and unpacked."""

    values: int
    size: int
    raw: int


class RowGroup(Tolerant):
    """Rows that stand together in a Parquet file, and their bytes with what fills them up."""

    rows: int
    size: int
    chunks: tuple[Chunk, ...]


class ParquetUpload(Tolerant):
    """The upload of the same rows as Parquet: a row group is a part."""

    upload_id: str
    parts: tuple[str, ...] = ()
    groups: tuple[RowGroup, ...] = ()


class ResultsUpload(Tolerant):
    """An upload in parts, and how far it is.

    Attributes:
        profile_version: of the document that the columns are of; None: it was begun before this was kept.
        begun_anew: how often the results were, because rows had changed.
        slice: the next one; 0: none is saved yet.
        place: of the last row in the parts; None: all rows are in them, and the object is there.
        parquet: None if the results are not written so.
    """

    execution_id: ExecutionId
    revision: int
    upload_id: str
    profile_version: int | None = None
    begun_anew: int = 0
    slice: int = 0
    parts: FromJson[tuple[str, ...]] = ()
    place: FromJson[Place | None] = None
    parquet: FromJson[ParquetUpload | None] = None


def find(tx: Transaction, execution_id: ExecutionId) -> ResultsUpload | None:
    """The execution's upload, of whatever revision; None if none is under way."""
    return one(tx, ResultsUpload, _FIND, {"execution_id": execution_id})


def save(tx: Transaction, upload: ResultsUpload) -> bool:
    """Saves a slice, once: False if another run has saved it, or begun another upload."""
    row = upload.model_dump(mode="json", exclude={"parts", "place", "parquet"})
    row |= {
        "parts": json.dumps(upload.parts),
        "place": upload.place and upload.place.model_dump_json(),
        "parquet": upload.parquet and upload.parquet.model_dump_json(),
    }
    if not upload.slice:
        return insert(tx, "results_upload", [row | {"slice": 1}], once=True) == 1
    return tx.execute(_SAVE, row) == 1


def give_up(tx: Transaction, upload: ResultsUpload) -> bool:
    """Deletes an upload that cannot go on, unless another run has saved a slice of it."""
    return tx.execute(_GIVE_UP, upload.model_dump(include={"execution_id", "upload_id", "slice"})) == 1


def forget(tx: Transaction, execution_id: ExecutionId) -> None:
    """Deletes the execution's upload, which is done with."""
    tx.execute(_FORGET, {"execution_id": execution_id})
