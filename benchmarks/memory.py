"""Memory of processes, as Linux counts it."""

from pathlib import Path


def resident(process: int) -> int:
    """Bytes that the process has in memory."""
    return _bytes(str(process), "VmRSS")


def peak() -> int:
    """The most bytes that this process has had in memory since it was started.

    `getrusage` would count what the process had that started this one.
    """
    return _bytes("self", "VmHWM")


def _bytes(process: str, name: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
