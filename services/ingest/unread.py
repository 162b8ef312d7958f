"""Values of a column that could not be read, counted, with a few of them to show people."""

from collections.abc import Mapping

from shared.contracts.base import Contract
from shared.contracts.records import Feedback

_EXAMPLES = 3
_EXAMPLE_LENGTH = 60


class Unread(Contract):
    """Of one column. The examples are customers' text: for the report and the mail, never for a log."""

    rows: int = 0
    examples: tuple[str, ...] = ()

    def plus(self, text: str) -> "Unread":
        """With one more value, in one line and cut."""
        line = " ".join(text.split())
        if len(line) > _EXAMPLE_LENGTH:
            line = line[:_EXAMPLE_LENGTH] + "…"
        new = len(self.examples) < _EXAMPLES and line not in self.examples
        return Unread(rows=self.rows + 1, examples=(*self.examples, line) if new else self.examples)


def unread_fields(feedback: Feedback, raw_values: Mapping[str, str]) -> dict[str, str]:
    """Those of the raw values that are empty in the feedback because nobody could read them."""
    return {name: text for name, text in raw_values.items() if getattr(feedback, name) in (None, "")}
