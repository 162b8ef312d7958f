"""Reads an upload from S3, and finishes it: changes, notice and idempotency key in one transaction."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from botocore.exceptions import ClientError

from services.curate.dependencies import Dependencies
from services.curate.uploads import Upload, UploadRefused
from shared.contracts.notices import Notice, UploadNotTaken
from shared.contracts.tabular import NotText, sniff_encoding
from shared.platform.database import Transaction
from shared.stores import upload_store

_CHUNK = 64 * 1024
_MAX_LINE = 1_000_000
"""Characters; the longest field of results.csv has a tenth of it."""
_LINE_END = re.compile(r"\r\n|\n|\r(?!$|\n)")
_GONE = ("NoSuchKey", "NoSuchVersion", "404")
Work = Callable[[Transaction], Notice]


def finish(deps: Dependencies, upload: Upload, work: Work) -> None:
    """Does the work and announces its notice in one transaction, once for each upload.

    Args:
        work: changes the database and returns the notice; not called if the upload was finished before.
    """

    def once(tx: Transaction) -> None:
        if upload_store.claim(tx, upload.digest):
            tx.announce(work(tx))

    deps.database.transact(once)


def refuse(deps: Dependencies, upload: Upload, reason: str) -> None:
    """Announces that the upload was refused.

    Args:
        reason: for people; its lines become the reasons of the notice.
    """
    notice = UploadNotTaken(source=upload.key, reasons=tuple(reason.split("\n")))
    finish(deps, upload, lambda _: notice)


def read_bytes(deps: Dependencies, upload: Upload, most: int) -> bytes:
    """The object's bytes, `most + 1` at most: that many if it is larger than `most`.

    Raises:
        UploadRefused: the object is gone.
    """
    return b"".join(_chunks(deps, upload, most + 1))[: most + 1]


def read_lines(deps: Dependencies, upload: Upload) -> Iterator[str]:
    """Yields the object's text line by line, with line ends, holding one line in memory.

    Raises:
        UploadRefused: the object is gone, is no text, or has a line of more than `_MAX_LINE` characters.
    """
    return _lines(_text(_chunks(deps, upload)))


def _chunks(deps: Dependencies, upload: Upload, most: int | None = None) -> Iterator[bytes]:
    item, bucket = upload.detail.object, upload.detail.bucket.name
    try:
        if item.version_id:
            answer = deps.s3.get_object(Bucket=bucket, Key=item.key, VersionId=item.version_id)
        else:
            answer = deps.s3.get_object(Bucket=bucket, Key=item.key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            raise UploadRefused("The file was gone before it could be read: upload it again.") from error
        raise
    taken = 0
    for chunk in answer["Body"].iter_chunks(_CHUNK):
        yield chunk
        taken += len(chunk)
        if most is not None and taken >= most:
            return


def _text(chunks: Iterable[bytes]) -> Iterator[str]:
    decoder = None
    try:
        for chunk in chunks:
            if decoder is None:
                decoder = codecs.getincrementaldecoder(sniff_encoding(chunk))()
            yield decoder.decode(chunk)
        if decoder is not None:
            yield decoder.decode(b"", final=True)
    except NotText as error:
        raise UploadRefused("The file is no text: save it as CSV.") from error
    except UnicodeDecodeError as error:
        raise UploadRefused(
            f"The file's text cannot be read as {error.encoding}: save it as CSV in UTF-8."
        ) from error


def _lines(texts: Iterable[str]) -> Iterator[str]:
    kept = ""
    for text in texts:
        *whole, kept = _cut(kept + text)
        yield from whole
        if len(kept) > _MAX_LINE:
            raise UploadRefused("The file has a line that is too long for a table.")
    yield kept


def _cut(text: str) -> list[str]:
    """Splits into whole lines with their ends, and the rest; a final CR stays there, for LF may follow."""
    ends = [match.end() for match in _LINE_END.finditer(text)]
    return [text[start:end] for start, end in pairwise([0, *ends, len(text)])]
