"""The prompt of a pack with the corrected rows that are nearest to it, where one prompt cannot show all."""

from collections.abc import Sequence

import numpy as np

from services.classify.vectors import Floats, Vectors
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Record, text_key
from shared.contracts.taxonomy import Taxonomy
from shared.model.examples import LONGEST, Examples
from shared.model.label_prompt import Prompt, build, shown
from shared.model.model_table import AnswerForm

_RANKED = 200
"""Candidates that are ranked for each record: more than a prompt has room for."""


class Nearest:
    """Makes such prompts; kept with its taxonomy, and safe to share between threads once it has vectors.

    By vectors where most candidates and some of the pack have one; else by the words that they share.
    """

    def __init__(
        self, taxonomy: Taxonomy, examples: Examples, form: AnswerForm, document: ProfileDocument
    ) -> None:
        self._taxonomy, self._examples, self._form, self._document = taxonomy, examples, form, document
        self._keys = [text_key("", each.text[:LONGEST]) for each in examples.candidates]
        self._known: dict[bytes, Floats] = {}
        self._places: list[int] = []
        self._matrix: Floats | None = None

    def missing(self) -> dict[bytes, str]:
        """What is shown of the candidates that have no vector yet, by its key."""
        texts = zip(self._keys, self._examples.candidates, strict=True)
        return {key: each.text[:LONGEST] for key, each in texts if key not in self._known}

    def place(self, vectors: Vectors) -> None:
        """Takes vectors of candidates, all of one length; those of another length are forgotten."""
        if not vectors:
            return
        length = len(next(iter(vectors.values())))
        self._known = {key: each for key, each in {**self._known, **vectors}.items() if len(each) == length}
        self._places = [place for place, key in enumerate(self._keys) if key in self._known]
        most = self._places and 2 * len(self._places) >= len(self._keys)
        self._matrix = np.stack([self._known[self._keys[at]] for at in self._places]) if most else None

    def prompt(self, records: Sequence[Record], vectors: Vectors) -> Prompt:
        """The prompt for a pack.

        Args:
            vectors: of the records, by text key, as far as there are some.
        """
        rows = [vectors[each.text_key] for each in records if each.text_key in vectors]
        if self._matrix is None or not rows or len(rows[0]) != self._matrix.shape[1]:
            chosen = self._examples.choose(near=[shown(record.text) for record in records])
        else:
            chosen = self._examples.nearest(self._rank(np.stack(rows), self._matrix))
        return build(self._taxonomy, chosen, self._form, self._document, of_a_pack=True)

    def _rank(self, rows: Floats, matrix: Floats) -> list[list[int]]:
        order = np.argsort(-(rows @ matrix.T), axis=1, kind="stable")[:, :_RANKED]
        return [[self._places[place] for place in line] for line in order]
