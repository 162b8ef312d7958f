"""Creates executions, once for each id."""

from shared.contracts.execution import Duplicates, Source
from shared.contracts.records import ExecutionId, Profile
from shared.platform.database import Transaction

_CREATE_FILE = """
    INSERT INTO execution (execution_id, kind, profile, status, execution_key, source_bucket, source_key,
        source_version, source_etag, source_bytes, duplicates, started_at, last_progress_at)
    VALUES (%(execution_id)s, 'file', %(profile)s, 'receiving', %(execution_key)s, %(bucket)s, %(key)s,
        %(version)s, %(etag)s, %(bytes)s, %(duplicates)s, NOW(3), NOW(3))
    ON DUPLICATE KEY UPDATE execution_id = execution.execution_id
"""
_CREATE_DIRECT = """
    INSERT INTO execution (execution_id, kind, profile, status, execution_key, open_profile,
        started_at, last_progress_at)
    VALUES (%(execution_id)s, 'direct', %(profile)s, 'receiving', %(execution_key)s, %(profile)s,
        NOW(3), NOW(3))
    ON DUPLICATE KEY UPDATE execution_id = execution.execution_id
"""


def create_file(
    tx: Transaction,
    execution_id: ExecutionId,
    profile: Profile,
    execution_key: str,
    source: Source,
    duplicates: Duplicates,
) -> bool:
    """Creates the execution of a file; False if the same S3 event created it before."""
    row = {"execution_id": execution_id, "profile": profile, "execution_key": execution_key}
    return tx.execute(_CREATE_FILE, row | {"duplicates": duplicates} | source.model_dump()) > 0


def create_direct(tx: Transaction, execution_id: ExecutionId, profile: Profile, execution_key: str) -> bool:
    """Opens a day of direct feedback; False if one of this id, or another open one, exists."""
    row = {"execution_id": execution_id, "profile": profile, "execution_key": execution_key}
    return tx.execute(_CREATE_DIRECT, row) > 0
