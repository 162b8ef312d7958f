"""What the database server itself takes: memory for each connection, and what it writes to its disk."""

import time
from dataclasses import dataclass
from typing import Any

from benchmarks import memory
from local import mysql
from local.state import Login

CONNECTIONS = 50
_PATIENCE_SECONDS = 120
_WRITTEN = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_data_written', 'Innodb_os_log_written')",
    "SET GLOBAL innodb_max_dirty_pages_pct = 0",
    "SET GLOBAL innodb_max_dirty_pages_pct = 90",
    "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'",
)


@dataclass(frozen=True)
class ServerMemory:
    """Bytes of a server that has just started, and for each connection that has asked and sorted."""

    at_first: int
    per_connection: float


def server_memory(login: Login, server: int) -> ServerMemory:
    """Connects fifty times to a server that nobody has used yet.

    Args:
        server: its process.
    """
    at_first = memory.resident(server)
    connections = [mysql.connect(login) for _ in range(CONNECTIONS)]
    for connection in connections:
        with connection.cursor() as cursor:
            cursor.execute("SELECT table_name AS t, COUNT(*) AS n FROM information_schema.columns GROUP BY 1")
            cursor.fetchall()
    connected = memory.resident(server)
    for connection in connections:
        connection.close()
    return ServerMemory(at_first, (connected - at_first) / CONNECTIONS)


def written(login: Login) -> int:
    """Bytes that the server has written to data files and logs, when all is written that was changed."""
    counted, write_all, as_before, dirty = _WRITTEN
    with mysql.connect(login) as connection, connection.cursor() as cursor:
        cursor.execute(write_all)
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            cursor.execute(dirty)
            row: Any = cursor.fetchone()
            if int(row["Value"]) == 0:
                break
            time.sleep(1)
        cursor.execute(as_before)
        cursor.execute(counted)
        rows: Any = cursor.fetchall()
        return sum(int(row["Value"]) for row in rows)
