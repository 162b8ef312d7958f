"""The prompts by profile: its categories, with corrected rows as examples."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.classify.nearest import Nearest
from services.classify.vectors import Vectors
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import Profile, Record
from shared.contracts.taxonomy import Taxonomy
from shared.model.examples import Corrected, Examples
from shared.model.label_prompt import Prompt, build
from shared.model.model_table import AnswerForm
from shared.platform.database import Transaction
from shared.stores import category_store, feedback_store, profile_store

_PLAIN = ProfileDocument()


@dataclass(frozen=True)
class Prompts:
    """A profile's taxonomy and its prompts.

    Attributes:
        prompt: for a pack that has no examples of its own; None without categories.
        document: the profile's.
        nearest: makes a prompt with the examples nearest to a pack; None if one prompt can show all.
    """

    taxonomy: Taxonomy
    prompt: Prompt | None
    document: ProfileDocument = _PLAIN
    nearest: Nearest | None = None

    @property
    def wants_vectors(self) -> bool:
        """Whether the vectors of records are of use: their examples are chosen pack by pack."""
        return self.nearest is not None

    def prompt_for(self, records: Sequence[Record], vectors: Vectors) -> Prompt:
        """The prompt for a pack, whose records have these vectors."""
        assert self.prompt is not None, "asked only where there are categories"
        return self.nearest.prompt(records, vectors) if self.nearest else self.prompt

    def versions(self, model_id: str) -> dict[str, str | int | None]:
        """The versions that a label depends on besides the text; no model and prompt without a prompt."""
        return {
            "model_id": model_id if self.prompt else None,
            "prompt_version": self.prompt.version if self.prompt else None,
            "taxonomy_version": self.taxonomy.taxonomy_version,
            "corrections_version": self.taxonomy.corrections_version,
            "profile_version": self.taxonomy.profile_version,
        }


class Library:
    """The prompts by profile, kept while the function is warm and rebuilt when the taxonomy has changed.

    Args:
        form: the form in which the model gives its answers.
    """

    def __init__(self, form: AnswerForm) -> None:
        self._form = form
        self._known: dict[Profile, Prompts] = {}

    def prompts(self, tx: Transaction, profile: Profile) -> Prompts:
        """The profile's prompts under its current taxonomy and corrections."""
        taxonomy = category_store.taxonomy(tx, profile)
        known = self._known.get(profile)
        if known is None or known.taxonomy != taxonomy:
            document = profile_store.find(tx, profile, taxonomy.profile_version).document
            corrected = _candidates(tx, taxonomy)
            known = self._known[profile] = prompts_of(taxonomy, corrected, self._form, document)
        return known


def prompts_of(
    taxonomy: Taxonomy,
    corrected: Sequence[Corrected],
    form: AnswerForm,
    document: ProfileDocument = _PLAIN,
) -> Prompts:
    """A taxonomy with its prompts.

    Args:
        corrected: rows of its categories that people corrected, the newest first.
        document: the profile's.
    """
    if not taxonomy.categories:
        return Prompts(taxonomy, None, document)
    examples = Examples(corrected)
    chosen = examples.choose()
    # As long as all are shown, every pack has the same prompt, which Bedrock can cache.
    nearest = Nearest(taxonomy, examples, form, document) if len(chosen) < len(examples) else None
    return Prompts(taxonomy, build(taxonomy, chosen, form, document), document, nearest)


def _candidates(tx: Transaction, taxonomy: Taxonomy) -> list[Corrected]:
    if not taxonomy.corrections_version:
        return []
    names = {category.name for category in taxonomy.categories}
    return [each for each in feedback_store.corrected_rows(tx, taxonomy.profile) if each.category in names]
