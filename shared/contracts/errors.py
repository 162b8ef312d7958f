"""The one family of errors: what the queue should retry, and what it should not."""


class InsightsError(Exception):
    """Root of every error that this project raises on purpose."""


class TransientError(InsightsError):
    """The same input may succeed later: leave the message to the queue."""


class PermanentError(InsightsError):
    """The same input will fail again: record the reason and acknowledge the message."""


class UnreadableMessage(InsightsError):
    """Not a message of this queue: it goes to the dead-letter queue, where its body is kept."""


class OutOfTime(TransientError):
    """The function's time, or its share of the quota, is used up; the next attempt goes on."""


class DatabaseUnavailable(TransientError):
    """MySQL could not be reached, or ended the connection."""


class DatabaseConflict(TransientError):
    """A deadlock or a lock wait time-out that one retry did not cure."""


class SettingsError(PermanentError):
    """The function's environment lacks a variable or holds a wrong value."""


class BlockError(PermanentError):
    """A prompt's block does not follow the form that `shared.model.prompt_blocks` writes."""
