import numpy as np

from services.classify.nearest import Nearest
from services.classify.vectors import Vectors
from shared.contracts.profiles import ProfileDocument
from shared.contracts.records import text_key
from shared.model.examples import BUDGET_TOKENS, LONGEST, Corrected, Examples
from shared.model.label_prompt import build
from shared.model.model_table import AnswerForm
from tests.unit.classify.builders import record, taxonomy

SAME_WORDS = Corrected(1, "Price", "What is the fee here?")
SAME_SENSE = Corrected(2, "Delivery", "Das Paket kam zu spät")
FILLING = [Corrected(number, "Price", f"{number} {'word ' * 200}") for number in range(3, 60)]
ASKED = record("What is the parcel doing?")


def nearest(*candidates: Corrected) -> Nearest:
    names = ("Delivery", "Price")
    return Nearest(taxonomy(*names), Examples(candidates), AnswerForm.TEXT, ProfileDocument())


def towards(*numbers: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    row = np.array(numbers, np.float32)
    return row / np.linalg.norm(row)


def vectors(*pairs: tuple[str, tuple[float, float]]) -> Vectors:
    return {text_key("", text[:LONGEST]): towards(*row) for text, row in pairs}


def test_what_is_near_in_meaning_comes_before_what_shares_words() -> None:
    chosen = nearest(SAME_WORDS, SAME_SENSE)
    chosen.place(vectors((SAME_WORDS.text, (1, 0)), (SAME_SENSE.text, (0, 1))))

    prompt = chosen.prompt([ASKED], vectors((ASKED.feedback.feedback, (0.1, 1))))

    assert prompt.examples == (1, 2)
    assert not chosen.missing()


def test_a_budget_that_holds_few_is_spent_on_the_nearest() -> None:
    chosen = nearest(*FILLING, SAME_SENSE)
    chosen.place(vectors(*((each.text, (1, 0)) for each in FILLING), (SAME_SENSE.text, (0, 1))))

    prompt = chosen.prompt([ASKED], vectors((ASKED.feedback.feedback, (0, 1))))

    assert SAME_SENSE.id in prompt.examples
    assert len(prompt.examples) < len(FILLING)
    assert len(prompt.system) < 3 * BUDGET_TOKENS + 3_000


def test_without_vectors_of_the_pack_or_of_most_candidates_words_decide() -> None:
    chosen = nearest(*FILLING, SAME_WORDS)
    by_words = chosen.prompt([ASKED], {})
    assert SAME_WORDS.id in by_words.examples

    assert chosen.prompt([ASKED], vectors((ASKED.feedback.feedback, (0, 1)))) == by_words
    chosen.place(vectors((SAME_WORDS.text, (0, 1))))
    assert chosen.prompt([ASKED], {}) == by_words


def test_a_candidate_without_a_vector_is_still_missing_and_none_of_the_nearest() -> None:
    chosen = nearest(SAME_WORDS, SAME_SENSE)
    chosen.place(vectors((SAME_SENSE.text, (0, 1))))

    assert list(chosen.missing().values()) == [SAME_WORDS.text]
    assert chosen.prompt([ASKED], vectors((ASKED.feedback.feedback, (1, 1)))).examples == (SAME_SENSE.id,)


def test_vectors_of_another_length_are_compared_with_none() -> None:
    """Under one id another model may have answered before."""
    chosen = nearest(SAME_WORDS, SAME_SENSE)
    chosen.place(vectors((SAME_WORDS.text, (1, 0)), (SAME_SENSE.text, (0, 1))))
    asked = {ASKED.text_key: towards(0, 1, 1)}
    by_words = nearest(SAME_WORDS, SAME_SENSE).prompt([ASKED], {})
    assert chosen.prompt([ASKED], asked) == by_words

    chosen.place({text_key("", SAME_SENSE.text): towards(0, 1, 1)})

    assert chosen.prompt([ASKED], asked).examples == (SAME_SENSE.id,)
    assert list(chosen.missing().values()) == [SAME_WORDS.text]


def test_where_most_vectors_were_forgotten_words_decide_again() -> None:
    chosen = nearest(*FILLING, SAME_WORDS)
    chosen.place(vectors(*((each.text, (1, 0)) for each in FILLING)))

    chosen.place({text_key("", SAME_WORDS.text): towards(0, 1, 1)})

    by_words = nearest(*FILLING, SAME_WORDS).prompt([ASKED], {})
    assert chosen.prompt([ASKED], vectors((ASKED.feedback.feedback, (0, 1)))) == by_words


def test_the_categories_come_again_with_every_pack_and_the_examples_do_not() -> None:
    chosen = nearest(SAME_WORDS, SAME_SENSE)
    chosen.place(vectors((SAME_WORDS.text, (1, 0)), (SAME_SENSE.text, (0, 1))))
    stable = build(taxonomy("Delivery", "Price"), [], AnswerForm.TEXT).system

    prompt = chosen.prompt([ASKED], vectors((ASKED.feedback.feedback, (1, 0))))

    assert prompt.prefixes == (len(stable),)
    assert prompt.system.startswith(f"{stable}\n<examples>")
