"""How the text is got out of an uploaded file: unpacked, its sheet or its objects written as lines."""

from typing import Literal

Step = Literal["gzip", "zip", "xlsx", "json"]
Steps = tuple[Step, ...]
"""Taken one after the other; none for a file that is text as it is."""
