"""Records, taxonomies and replies for classify's tests: name what matters, the rest is filled in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.classify.labelling import Reply, Unanswered
from shared.contracts.execution import Usage
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, Taxonomy
from shared.model.label_answers import check

NAMES = ("Delivery", "Price")


def record(text: str = "It is fine.", record_id: str = "", title: str = "") -> Record:
    feedback = Feedback(feedback=text, title=title)
    return Record(record_id=record_id or f"id of {text}"[:200], profile="feedback", feedback=feedback)


def records(number: int) -> list[Record]:
    return [record(f"text {place}") for place in range(number)]


def taxonomy(*names: str, **versions: int) -> Taxonomy:
    categories = tuple(
        Category(
            id=number,
            profile="feedback",
            name=name,
            description=f"All about {name}.",
            status=CategoryStatus.ACTIVE,
            origin=CategoryOrigin.DEFAULT,
        )
        for number, name in enumerate(names or ("Delivery", "Price"), 1)
    )
    return Taxonomy.model_validate(
        {"profile": "feedback", "taxonomy_version": 1, "corrections_version": 0, **versions}
        | {"categories": categories}
    )


@dataclass(frozen=True)
class Said:
    """What the model says, and why it stopped."""

    value: object
    stop_reason: str = "tool_use"


class Asked(list[Record]):
    """The records of one question in their order, and the numbers that they were asked under."""

    def __init__(self, numbered: Mapping[int, Record]) -> None:
        super().__init__(numbered.values())
        self.numbers = list(numbered)


def right(asked: Asked) -> list[str]:
    return [f"{number} 1 positive" for number in asked.numbers]


@dataclass
class Scripted:
    """A model that answers as a function of the records says; remembers what it was asked.

    Attributes:
        usable: how many labels of each answer could be used.
    """

    answer: Callable[[Asked], Said | Reply | Unanswered]
    asked: list[list[Record]] = field(default_factory=list)
    usable: list[int] = field(default_factory=list)

    def __call__(self, records: Mapping[int, Record]) -> Reply:
        asked = Asked(records)
        self.asked.append(list(asked))
        said = self.answer(asked)
        if isinstance(said, Reply):
            return said
        if not isinstance(said, Said):
            return Reply({}, Usage(), error=said)
        labels = check(said.value, asked.numbers, NAMES, cut_off=said.stop_reason == "max_tokens")
        self.usable.append(len(labels))
        return Reply(labels, Usage(calls=1), f"stopped: {said.stop_reason}")

    def calls_with(self, one: Record) -> int:
        return sum(one in pack for pack in self.asked)


class FakeTime:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
