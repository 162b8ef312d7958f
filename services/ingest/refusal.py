"""Why a file, or a row, cannot be taken; the text is for the person who uploaded it."""

from shared.contracts.errors import PermanentError


class FileRefused(PermanentError):
    """The file as a whole cannot be read; says what to do."""


class RowRejected(PermanentError):
    """One row cannot be taken; says what to do."""


class ValueUnread(PermanentError):
    """One value of a row cannot be read; says how it should be written. The row is taken without it."""


class FileBroken(PermanentError):
    """The file cannot be read on from here, though what came before was good."""
