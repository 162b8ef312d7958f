"""Says in sentences which rows of a file are known from earlier ones, for the mail and the report."""

from collections.abc import Iterator

from services.notify import words
from services.notify.mail.printable import one_line
from shared.contracts.execution import Duplicates, Execution
from shared.stores.feedback_store.known import EarlierFile, Known

_NAMED = 3
"""Files that a sentence names; the others are a number."""
_REPLACED = "They take the place of the earlier ones where rows of several files are looked at."
_SAME = {
    Duplicates.KEEP: "They are labelled and counted as all others (parameter Duplicates: keep).",
    Duplicates.SKIP: "What had a label already was skipped: not asked about, and counted as skipped.",
    Duplicates.REPLACE: _REPLACED,
}
_CHANGED = {
    Duplicates.KEEP: "Both are kept, and the view feedback_latest has the newer one.",
    Duplicates.SKIP: "A changed text is not skipped; the view feedback_latest has the newer one.",
    Duplicates.REPLACE: _REPLACED,
}
_UNRELATED = (
    "If these files number their rows each for itself, put them into profiles of their own: by its id"
    " the newer row counts as a version of the earlier one."
)


def repeats(execution: Execution, known: Known) -> list[str]:
    """The sentences; none if no row is known."""
    return list(_sentences(execution, known))


def _sentences(execution: Execution, known: Known) -> Iterator[str]:
    same = sum(file.same for file in known.by_id)
    changed = sum(file.rows for file in known.by_id) - same
    accepted = words.plural(execution.accepted, "row")
    if same:
        files = _listed([(file, file.same) for file in known.by_id])
        verb = "is" if same == 1 else "are"
        yield f"{words.number(same)} of {accepted} {verb} known{files}. {_SAME[execution.duplicates]}"
    if changed:
        files = _listed([(file, file.rows - file.same) for file in known.by_id])
        verb = "carries an id that is" if changed == 1 else "carry ids that are"
        yield (
            f"{words.number(changed)} of {accepted} {verb} known{files} with another text."
            f" {_CHANGED[execution.duplicates]}{'' if same else ' ' + _UNRELATED}"
        )
    twin = known.by_text
    if twin is not None and 2 * twin.rows >= known.without_id:
        verb, without_id = "says" if twin.rows == 1 else "say", words.plural(known.without_id, "row")
        yield (
            f"{words.number(twin.rows)} of {without_id} without an id {verb} word for word what rows of"
            f" {_name(twin)} say. Rows without an id are always labelled and counted."
        )
    if known.ids_again:
        verb = "repeats an id" if known.ids_again == 1 else "repeat ids"
        yield f"{words.plural(known.ids_again, 'row')} {verb} of this file. All are counted here."


def _listed(parts: list[tuple[EarlierFile, int]]) -> str:
    """` from reviews.csv of 12 March 2026`, or several with their rows."""
    named = [(file, rows) for file, rows in parts if rows]
    if len(named) == 1:
        return f" from {_name(named[0][0])}"
    shown = [f"{words.number(rows)} from {_name(file)}" for file, rows in named[:_NAMED]]
    rest = sum(rows for _, rows in named[_NAMED:])
    more = [f"{words.number(rest)} from {words.plural(len(named) - _NAMED, 'other file')}"] if rest else []
    return f" ({', '.join(shown + more)})"


def _name(file: EarlierFile) -> str:
    return f"{one_line(words.file_name(file.source_key or ''))} of {words.day(file.started_at)}"
