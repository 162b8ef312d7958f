"""Which votes of neighbours may stand for the model's answer: what audits have shown so far.

A vote is the share that the leading answer has among a text's nearest labelled texts. Votes are divided into
levels, the clearest first. A level is opened when the lower bound (Clopper-Pearson) of the agreement of all
votes at least as clear is above the target. It is looked at only when so many audits have been made, and the
probability of an error is divided among these looks; at each, a level is tested only if those before it are
open, so that they need not share it.
"""

from collections.abc import Iterable, Sequence
from math import exp, lgamma, log
from typing import NamedTuple

from shared.contracts.base import Tolerant

LEVELS = (0.85, 0.75, 0.7, 0.65, 0.6, 0.55)
"""The least share of the vote in each level; votes below the last one are never an answer."""
ERROR = 0.05
"""Probability that a level is opened whose agreement is not above the target."""
LOOKS = {250: 0.15, 400: 0.2, 650: 0.25, 1000: 0.4}
"""Audits after which it is looked at, each with its part of the stage's probability of an error. After the
last look a new stage begins, with no audits."""
_STAGE_END = max(LOOKS)
_OF_STAGE = 0.8
"""What a stage takes of the probability of an error that the stages before left."""
_DENSE = 2
"""Stages that are dense at most: the second one only if the first opened no level."""
AUDITED = 0.02
"""Share of the votes that are audited always."""
AUDITED_WHEN_OPENED = 0.2
"""Likewise in a dense stage, once a level is open; before, each vote is."""
_HOPELESS = 0.01
"""Probability of so few agreements at which a stage ends before its last look."""
_DRIFT = 8.0
"""Sum of evidence (in nats) at which the agreement has fallen."""
_WORSE, _USUAL = 4.0, 0.6
"""Times the allowed disagreement: what counts as fallen, and what is usual."""
_MOST_ASKED = 3


class Audit(NamedTuple):
    """A row that the model was asked about although its neighbours had voted.

    Attributes:
        agreed: None if the model gave no further answer when it was asked again. That is no agreement: else a
            busy model, which leaves open just what it did not agree with, would seem to agree always. Nor is
            it a sign of a fall.
    """

    level: int
    agreed: bool | None


class Tally(Tolerant):
    """Audits of one level."""

    asked: int = 0
    agreed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(asked=self.asked + other.asked, agreed=self.agreed + other.agreed)


_NONE = (Tally(),) * len(LEVELS)


class Agreement(Tolerant):
    """What is known of the agreement under one taxonomy.

    Attributes:
        generation: raised when the agreement falls; what was learned before counts no more.
        stage: raised after the last look.
        dense: whether many votes are audited in this stage.
        tallies: the stage's audits by level.
        open_levels: votes of the first so many stand for the model's answer.
        fallen: evidence that the agreement has fallen since they were opened.
    """

    generation: int = 1
    stage: int = 1
    dense: bool = True
    tallies: tuple[Tally, ...] = _NONE
    open_levels: int = 0
    fallen: float = 0.0

    @property
    def audits(self) -> int:
        return sum(each.asked for each in self.tallies)

    @property
    def audited(self) -> float:
        """The share of votes that are audited now."""
        if self.open_levels:
            return AUDITED_WHEN_OPENED if self.dense else AUDITED
        return 1.0 if self.dense else AUDITED

    def answers(self, level: int | None) -> bool:
        """Whether a vote of this level stands for the model's answer."""
        return level is not None and level < self.open_levels

    def after(self, audits: Iterable[Audit], target: float) -> "Agreement":
        """What is known after these audits, in their order; none counts after the agreement has fallen."""
        known = self
        for audit in audits:
            if known.generation == self.generation:
                known = known._after(audit, target)
        return known

    def _after(self, audit: Audit, target: float) -> "Agreement":
        fallen = self._fallen(audit, target)
        if fallen >= _DRIFT:
            return self._anew()
        tallies = list(self.tallies)
        tallies[audit.level] += Tally(asked=1, agreed=int(audit.agreed or False))
        known = self.model_copy(update={"tallies": tuple(tallies), "fallen": fallen})
        return known._looked(target) if known.audits in LOOKS else known  # noqa: SLF001

    def _looked(self, target: float) -> "Agreement":
        """What is known after a look; a level that was opened stays so until the agreement falls."""
        error = ERROR * _OF_STAGE * (1 - _OF_STAGE) ** (self.stage - 1) * LOOKS[self.audits]
        opened = self.open_levels
        while opened < len(LEVELS) and _chance(self._so_far(opened), target) <= error:
            opened += 1
        known = self.model_copy(update={"open_levels": opened})
        hopeless = not opened and self._is_hopeless(target)
        if self.audits < _STAGE_END and not hopeless:
            return known
        if self.open_levels and _chance_of_fewer(self._so_far(self.open_levels - 1), target) <= error:
            return self._anew()
        dense = self.stage < _DENSE and not opened and not hopeless
        return known.model_copy(update={"stage": self.stage + 1, "dense": dense, "tallies": _NONE})

    def _is_hopeless(self, target: float) -> bool:
        """Whether the clearest votes agree too rarely, and those next to them beyond doubt."""
        clearest = self.tallies[0]
        too_rare = clearest.agreed <= target * clearest.asked
        return too_rare and _chance_of_fewer(self._so_far(1), target) <= _HOPELESS

    def _anew(self) -> "Agreement":
        return Agreement(generation=self.generation + 1)

    def _so_far(self, level: int) -> Tally:
        return sum(self.tallies[: level + 1], Tally())

    def _fallen(self, audit: Audit, target: float) -> float:
        """A cumulative sum (CUSUM) of log likelihood ratios over the votes that answer, at least 0."""
        if audit.agreed is None or not self.answers(audit.level):
            return self.fallen
        worse, usual = min(0.5, _WORSE * (1 - target)), _USUAL * (1 - target)
        step = log((1 - worse) / (1 - usual)) if audit.agreed else log(worse / usual)
        return max(0.0, self.fallen + step)


def level_of(share: float) -> int | None:
    """The level of a vote with this share."""
    return next((level for level, least in enumerate(LEVELS) if share >= least), None)


def settled(answers: Sequence[object], voted: object) -> bool | None:
    """Whether the model agrees with a vote; None: ask it once more.

    A model answers a text differently now and then. So it disagrees when it gives the same other answer
    twice, or three others, before it gives the one that was voted for.

    Args:
        answers: the model's, in the order in which it was asked.
    """
    if voted in answers:
        return True
    repeated = len(set(answers)) < len(answers)
    return False if repeated or len(answers) == _MOST_ASKED else None


def _chance(tally: Tally, agreement: float) -> float:
    """The probability that so many or more audits agree if each does with this probability."""
    log_of = (log(agreement), log(1 - agreement))
    return sum(
        exp(_log_choose(tally.asked, agreed) + agreed * log_of[0] + (tally.asked - agreed) * log_of[1])
        for agreed in range(tally.agreed, tally.asked + 1)
    )


def _chance_of_fewer(tally: Tally, agreement: float) -> float:
    """The probability that so many or fewer agree."""
    return 1 - _chance(Tally(asked=tally.asked, agreed=tally.agreed + 1), agreement)


def _log_choose(number: int, of_them: int) -> float:
    return lgamma(number + 1) - lgamma(of_them + 1) - lgamma(number - of_them + 1)
