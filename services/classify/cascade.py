"""The cascade: rows whose nearest labelled texts agree are answered without the model.

A vote is for a whole answer: label, sentiment, topics and attributes. Which votes may answer is learned from
audits (`agreement`). Only what the model or people said of a text votes, never what neighbours did.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from services.classify.agreement import Agreement, Audit, level_of, settled
from services.classify.answers import essence, said
from services.classify.cascade_learning import has_vector, is_models
from services.classify.cascade_plan import Plan, Voted
from services.classify.groups import Group
from services.classify.labelled_texts import Basis, LabelledTexts
from services.classify.neighbours import Vote
from shared.contracts.profiles import ProfileDocument, Reader
from shared.contracts.records import Profile, Record, RecordId
from shared.contracts.taxonomy import UNKNOWN
from shared.model.label_lines import Label
from shared.platform.database import Database, Transaction
from shared.stores import cascade_store
from shared.stores.cascade_store import TextScope
from shared.stores.feedback_store import Answer

_MOST_PROFILES = 4
"""Whose texts are kept in memory."""

AskAgain = Callable[[Group, Sequence[Record]], Mapping[RecordId, Label]]
"""Asks the model once more about records that have its answer."""


class Cascade:
    """Kept while the function is warm, with the labelled texts of each profile.

    Args:
        target: the agreement with the model that the lower bound must be above.
        chance: draws what is audited, so that nobody can tell beforehand.
    """

    def __init__(
        self, database: Database, embedding_model_id: str, target: float, chance: Callable[[], float]
    ) -> None:
        self._database = database
        self._embedding_model_id = embedding_model_id
        self._target = target
        self._chance = chance
        self._texts: dict[Profile, LabelledTexts] = {}

    def answer(self, group: Group) -> None:
        """Answers the records whose neighbours may, and plans what is to be learned from the others.

        Args:
            group: with the vectors of its records.
        """
        records = group.unique_records()
        if not records:
            return
        known, texts = self._database.transact(self._look, group)
        plan = Plan(texts.basis.scope, self._target, self._embedding_model_id, texts.highest, known, known)
        answers: dict[RecordId, Answer] = {}
        for record_id, vote in _votes(group, texts, records).items():
            answer = texts.answer(vote)
            level = level_of(vote.share) if answer.label != UNKNOWN else None
            if level is not None and self._chance() < known.audited:
                plan.audited[record_id] = Voted(essence(answer), level)
            elif known.answers(level):
                answers[record_id] = answer
        group.answer_by_neighbours(answers)
        group.plan = plan

    def _look(self, tx: Transaction, group: Group) -> tuple[Agreement, LabelledTexts]:
        versions, new = self._versions(group), Agreement().model_dump_json()
        found = cascade_store.find_or_open(tx, group.profile, versions, new)
        known = Agreement.model_validate_json(found.agreement)
        scope, corrections = TextScope(found.id, known.generation), group.prompts.taxonomy.corrections_version
        basis = Basis(group.profile, scope, corrections, self._embedding_model_id)
        texts = self._texts.pop(group.profile, None)
        if texts is None or texts.basis != basis:
            texts = LabelledTexts(basis)
        texts.refresh(tx, group.as_neighbour)
        self._texts = dict([*list(self._texts.items())[1 - _MOST_PROFILES :], (group.profile, texts)])
        return known, texts

    def _versions(self, group: Group) -> bytes:
        """People's corrections are not among them: they change what a text's own vote says, and no other."""
        versions = group.prompts.versions(group.model_id)
        del versions["corrections_version"]
        whole = [sorted(versions.items()), self._embedding_model_id, self._target]
        return hashlib.sha256(json.dumps(whole).encode()).digest()


def may_vote(group: Group) -> bool:
    """Whether neighbours may answer; not where each topic comes with words of the record, which they lack."""
    return group.prompts.prompt is not None and not group.prompts.document.aspects.evidence


def settle(group: Group, plan: Plan, ask_again: AskAgain) -> None:
    """Holds the model's answers against the votes, and asks again where it has not said the same."""
    answers = {
        record_id: [essence(said(outcome))]
        for record_id in plan.audited
        if (outcome := group.outcomes.get(record_id)) and is_models(outcome, group)
    }
    doubtful = list(answers)
    while doubtful := [key for key in doubtful if settled(answers[key], plan.audited[key].answer) is None]:
        labels = ask_again(group, [group.deliveries[key].record for key in doubtful])
        group.relabel(labels)
        doubtful = [key for key in doubtful if key in labels]
        for key in doubtful:
            answers[key].append(essence(said(group.outcomes[key])))
    for key, given in answers.items():
        voted = plan.audited[key]
        plan.audits[key] = Audit(voted.level, settled(given, voted.answer))


def _lacks(record: Record, document: ProfileDocument) -> bool:
    """Whether something of a page is still to be found, which pages that have it say nothing of."""
    missing = {each.name for each in document.attributes} - record.found.keys()
    return bool(missing) and document.main_reader is Reader.PAGE


def _votes(group: Group, texts: LabelledTexts, records: Sequence[Record]) -> dict[RecordId, Vote]:
    """The votes about these records, as far as there are some."""
    known = [each for each in records if has_vector(each, group) and not _lacks(each, group.prompts.document)]
    if not known:
        return {}
    votes = texts.votes(np.stack([group.vectors[each.text_key] for each in known]))
    return {each.record_id: vote for each, vote in zip(known, votes, strict=True) if vote}
