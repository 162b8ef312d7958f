"""The files that results are written to: results.csv, and the same rows as Parquet if that is wanted."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.notify import results, results_parquet
from services.notify.storage import Storage
from shared.contracts import keys
from shared.contracts.execution import Execution
from shared.stores.feedback_store import Place
from shared.stores.results_upload_store import ParquetUpload, ResultsUpload, RowGroup


class Part(NamedTuple):
    """Some rows as they are in results.csv, and the last of them; None: no row follows.

    Attributes:
        parquet: the same rows in the other file; None if there is none.
        group: what the end of that file has to tell of them; None with the end itself.
    """

    body: bytes
    end: Place | None
    parquet: bytes | None = None
    group: RowGroup | None = None


class ResultsFiles:
    """The files in S3, each one object that is replaced at once."""

    def __init__(self, storage: Storage, execution: Execution) -> None:
        self._storage = storage
        self._execution = execution
        self._csv = keys.results(execution.execution_id)
        self._parquet = keys.results_parquet(execution.profile, execution.execution_id)

    def put(self, part: Part) -> None:
        """Writes all rows at once."""
        self._storage.put(self._csv, part.body, results.CONTENT_TYPE)
        if part.parquet is not None:
            self._storage.put(self._parquet, part.parquet, results_parquet.CONTENT_TYPE)

    def begin(self, profile_version: int, begun_anew: int, *, parquet: bool) -> ResultsUpload:
        """Begins an upload in parts."""
        upload = ResultsUpload(
            execution_id=self._execution.execution_id,
            revision=self._execution.revision,
            upload_id=self._storage.begin(self._csv, results.CONTENT_TYPE),
            profile_version=profile_version,
            begun_anew=begun_anew,
        )
        return self._with_parquet(upload) if parquet else upload

    def send(self, upload: ResultsUpload, part: Part) -> ResultsUpload:
        """Sends a part."""
        if part.body:
            tag = self._put_part(self._csv, upload, part.body)
            upload = upload.model_copy(update={"parts": (*upload.parts, tag), "place": part.end})
        if upload.parquet is None or part.parquet is None:
            return upload
        tag = self._put_part(self._parquet, upload.parquet, part.parquet)
        sent: Mapping[str, Any] = {"parts": (*upload.parquet.parts, tag)}
        if part.group is not None:
            sent = {**sent, "groups": (*upload.parquet.groups, part.group)}
        return upload.model_copy(update={"parquet": upload.parquet.model_copy(update=sent)})

    def complete(self, upload: ResultsUpload) -> ResultsUpload:
        """Makes the parts the objects."""
        if upload.parquet is not None:
            self._storage.complete(self._parquet, upload.parquet.upload_id, upload.parquet.parts)
        self._storage.complete(self._csv, upload.upload_id, upload.parts)
        return upload.model_copy(update={"place": None})

    def abort(self, upload: ResultsUpload) -> None:
        """Ends an upload without objects. Idempotent."""
        self._storage.abort(self._csv, upload.upload_id)
        if upload.parquet is not None:
            self._storage.abort(self._parquet, upload.parquet.upload_id)

    def _with_parquet(self, upload: ResultsUpload) -> ResultsUpload:
        try:
            upload_id = self._storage.begin(self._parquet, results_parquet.CONTENT_TYPE)
        except BaseException:  # also an interrupt: nobody knows yet of the upload that has begun
            self.abort(upload)
            raise
        return upload.model_copy(update={"parquet": ParquetUpload(upload_id=upload_id)})

    def _put_part(self, key: str, upload: ResultsUpload | ParquetUpload, body: bytes) -> str:
        return self._storage.put_part(key, upload.upload_id, len(upload.parts) + 1, body)
