"""What a profile's records are labelled with: its categories, and what people corrected as examples."""

from dataclasses import dataclass

from services.classify.prompt import Example, Prompt, build
from shared import category_store, feedback_store
from shared.database import Transaction
from shared.model_table import AnswerForm
from shared.records import Profile
from shared.taxonomy import Taxonomy

_CORRECTIONS_READ = 200
_EXAMPLES_PER_CATEGORY = 2
_EXAMPLES = 20
_EXAMPLE_LENGTH = 160


@dataclass(frozen=True)
class Topic:
    """A taxonomy and its prompt; no prompt where there is no category."""

    taxonomy: Taxonomy
    prompt: Prompt | None

    def versions(self, model_id: str) -> dict[str, str | int | None]:
        """What a label depends on, besides the text; no model and no prompt where none is asked."""
        return {
            "model_id": model_id if self.prompt else None,
            "prompt_version": self.prompt.version if self.prompt else None,
            "taxonomy_version": self.taxonomy.taxonomy_version,
            "corrections_version": self.taxonomy.corrections_version,
        }


class Library:
    """The topics that a warm worker knows; one is made anew when its taxonomy has changed.

    Args:
        form: how the model is asked.
    """

    def __init__(self, form: AnswerForm) -> None:
        self._form = form
        self._topics: dict[Profile, Topic] = {}

    def topic(self, tx: Transaction, profile: Profile) -> Topic:
        """The profile's topic as of now."""
        taxonomy = category_store.taxonomy(tx, profile)
        known = self._topics.get(profile)
        if known is None or known.taxonomy != taxonomy:
            known = self._topics[profile] = _topic(tx, taxonomy, self._form)
        return known


def _topic(tx: Transaction, taxonomy: Taxonomy, form: AnswerForm) -> Topic:
    if not taxonomy.categories:
        return Topic(taxonomy, None)
    examples = _examples(tx, taxonomy) if taxonomy.corrections_version else []
    return Topic(taxonomy, build(taxonomy, examples, form))


def _examples(tx: Transaction, taxonomy: Taxonomy) -> list[Example]:
    """What people corrected last, a few of each category, shortened: the seed of the next prompt."""
    chosen: dict[str, list[Example]] = {category.name: [] for category in taxonomy.categories}
    for title, text, label in feedback_store.corrected(tx, taxonomy.profile, _CORRECTIONS_READ):
        if label in chosen and len(chosen[label]) < _EXAMPLES_PER_CATEGORY:
            shortened = f"{title}. {text}"[:_EXAMPLE_LENGTH] if title else text[:_EXAMPLE_LENGTH]
            chosen[label].append(Example(label, shortened))
    return [example for examples in chosen.values() for example in examples][:_EXAMPLES]
