"""How the text is got out of an uploaded file: unpacked; its sheet, objects, mails, pages made lines."""

from typing import Literal

Framed = Literal["mail", "mbox", "mails", "page", "pages", "warc"]
Step = Literal["gzip", "zip", "xlsx", "json"] | Framed
Steps = tuple[Step, ...]
"""Taken one after the other; none for a file that is text as it is."""
FRAMED: frozenset[Step] = frozenset({"mail", "mbox", "mails", "page", "pages", "warc"})
"""Those that write a mail or a page as one line: a raw mail, a decoded page."""


def is_framed(steps: Steps) -> bool:
    """Whether these steps end in lines of mails or pages."""
    return bool(steps) and steps[-1] in FRAMED
