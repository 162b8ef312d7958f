"""Matches the lines of a corrections file with rows: which rows change, and which lines match none."""

from collections.abc import Iterable

from services.curate.corrections import Correction, ids_of, label_for, row_of
from services.curate.uploads import UploadRefused
from shared.contracts.names import name_key
from shared.contracts.notices import UnmatchedLine
from shared.contracts.records import Profile
from shared.platform.database import Database
from shared.stores import category_store, feedback_store
from shared.stores.feedback_store.correct import CorrectableRow
from shared.stores.reading import chunks

MAX_CORRECTIONS = 100_000
"""In one file, and so in one transaction; lines without a label for a row without one do not count."""
SHOWN = 20
_NAME_LENGTH = 200
_BLOCK = 500


class Matches:
    """What a corrections file asks for.

    Attributes:
        wanted: by row id, the new correction of each row that changes; None removes it.
        unchanged: number of rows that already have the correction of the file.
        unmatched: number of lines that match no row, or whose label is no category.
        shown: the first of those lines, at most `SHOWN`.
    """

    def __init__(self) -> None:
        self.wanted: dict[int, str | None] = {}
        self.unchanged = 0
        self.unmatched = 0
        self.shown: list[UnmatchedLine] = []
        self._said: dict[int, str | None] = {}

    def miss(self, correction: Correction, reason: str) -> None:
        """Records a line that cannot be applied, with the reason."""
        self.unmatched += 1
        if len(self.shown) < SHOWN:
            name = correction.name[:_NAME_LENGTH]
            self.shown.append(UnmatchedLine(line=correction.line, name=name, reason=reason))

    def want(self, correction: Correction, row: CorrectableRow, label: str | None) -> None:
        """Records the label of a line for a row.

        Raises:
            UploadRefused: the file has too many corrections.
        """
        if row.id in self._said:
            if self._said[row.id] != label:
                self.wanted.pop(row.id, None)
                self.miss(correction, "the file has this row twice, with different labels")
            return
        if label is None and row.label_correction is None:
            return
        self._said[row.id] = label
        if len(self._said) > MAX_CORRECTIONS:
            raise UploadRefused(f"The file has more than {MAX_CORRECTIONS:,} corrections: split it.")
        if label == row.label_correction:
            self.unchanged += 1
        else:
            self.wanted[row.id] = label


def match(database: Database, corrections: Iterable[Correction]) -> Matches:
    """Matches the corrections with rows, `_BLOCK` of them at a time. Changes nothing.

    Raises:
        UploadRefused: the file has too many corrections, or is no corrections file.
    """
    found = Matches()
    names = _Names(database)
    for block in chunks(corrections, _BLOCK):
        record_ids, ids = ids_of(block)
        by_record_id = database.transact(feedback_store.correct.find_by_record_ids, ids=record_ids)
        by_id = database.transact(feedback_store.correct.find_by_ids, ids=ids)
        for correction in block:
            row = row_of(correction, by_record_id, by_id)
            if isinstance(row, str):
                found.miss(correction, row)
            else:
                _match_label(found, correction, row, names)
    return found


def _match_label(found: Matches, correction: Correction, row: CorrectableRow, names: "_Names") -> None:
    try:
        label = label_for(correction.label, names.of(row.profile))
    except KeyError:
        found.miss(correction, f"{correction.label[:100]!r} is no active category of profile {row.profile}")
    else:
        found.want(correction, row, label)


class _Names:
    """Names of the active categories of each profile, by `name_key`; a profile is read once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[Profile, dict[str, str]] = {}

    def of(self, profile: Profile) -> dict[str, str]:
        if profile not in self._known:
            taxonomy = self._database.transact(category_store.taxonomy, profile=profile)
            self._known[profile] = {name_key(c.name): c.name for c in taxonomy.categories}
        return self._known[profile]
