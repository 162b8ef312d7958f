"""Records, taxonomies and replies for classify's tests: name what matters, the rest is filled in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.contracts.execution import Usage
from shared.contracts.records import Feedback, Record
from shared.contracts.taxonomy import Category, CategoryOrigin, CategoryStatus, Taxonomy
from shared.model.bedrock import ModelAnswer


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
class Reply(ModelAnswer):
    stop_reason: str = "tool_use"
    usage: Usage = field(default_factory=lambda: Usage(calls=1))


def right(asked: Sequence[Record]) -> list[str]:
    return [f"{number} 1 positive" for number in range(1, len(asked) + 1)]


@dataclass
class Scripted:
    """A model that answers as a function of the records says; remembers what it was asked."""

    answer: Callable[[Sequence[Record]], Reply | Exception]
    asked: list[list[Record]] = field(default_factory=list)

    def __call__(self, pack: Sequence[Record]) -> Reply:
        self.asked.append(list(pack))
        reply = self.answer(pack)
        if isinstance(reply, Exception):
            raise reply
        return reply

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
