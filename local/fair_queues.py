"""In which order SQS hands out a standard queue's messages: those of quiet message groups first.

The emulator hands out the oldest first, whatever their group. The rule here is that of the SQS developer
guide, "How Amazon SQS fair queues work". A group is noisy while it has more than a tenth of the messages in
flight and at least 30 of them, or had more than a tenth of the consumers' recent time. It is quiet again
when none of its messages wait, or none was in flight for five minutes. Of noisy groups, the one with the
fewest messages in flight comes first. A message without a group is a group of its own.

What this cannot show: SQS decides on many hosts by approximate figures, so a group may pass for quiet
longer than here. The guide does not say how long "recent" is; here a second counts half after a minute.
There are no metrics of noisy groups, and a restart forgets who was noisy.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NOISY_SHARE = 0.1
NOISY_IN_FLIGHT = 30
QUIET_AFTER_SECONDS = 300
_HALF_LIFE_SECONDS = 60
_FORGOTTEN_SECONDS = 0.01

Message = Mapping[str, Any]
"""As the emulator keeps it: `group_id`, `visible_at`, and `receive_count`, 0 for one that is only delayed."""


class FairQueue:
    """Who is noisy in one queue, by what is in flight each time that somebody receives."""

    def __init__(self) -> None:
        self._noisy: dict[str, float] = {}
        """By group, when it last had messages in flight."""
        self._spent: dict[str | None, float] = {}
        """By group, seconds that its messages were in flight; of all without a group under None."""
        self._in_flight: Counter[str | None] = Counter()
        self._looked_at = 0.0

    def choose(self, messages: Sequence[Message], now: float, most: int) -> list[Message]:
        """The messages to hand out now, at most so many, all of them visible."""
        in_flight: Counter[str | None] = Counter()
        held: set[str | None] = set()
        for each in messages:
            if each.get("visible_at", 0) > now and each.get("receive_count"):
                in_flight[each.get("group_id")] += 1
            else:
                held.add(each.get("group_id"))
        self._count_time(now)
        self._noisy = self._judge(in_flight, held, now)
        chosen = self._in_turn(
            (each for each in messages if each.get("visible_at", 0) <= now), in_flight, most
        )
        self._in_flight = in_flight + Counter(each.get("group_id") for each in chosen)
        return chosen

    @property
    def noisy(self) -> set[str]:
        """The noisy groups."""
        return set(self._noisy)

    def _count_time(self, now: float) -> None:
        """Adds the time since the last look for what was in flight then."""
        passed = max(0.0, now - self._looked_at) if self._looked_at else 0.0
        kept = 0.5 ** (passed / _HALF_LIFE_SECONDS)
        groups = self._spent.keys() | self._in_flight.keys()
        spent = {each: self._spent.get(each, 0.0) * kept + self._in_flight[each] * passed for each in groups}
        self._spent = {group: seconds for group, seconds in spent.items() if seconds > _FORGOTTEN_SECONDS}
        self._looked_at = now

    def _judge(self, in_flight: Counter[str | None], held: set[str | None], now: float) -> dict[str, float]:
        """The noisy groups, each with when it last had messages in flight."""
        noisy, all_spent = dict(self._noisy), sum(self._spent.values())
        for group in filter(None, held):
            many = in_flight[group] >= NOISY_IN_FLIGHT and in_flight[group] > NOISY_SHARE * in_flight.total()
            long = self._spent.get(group, 0.0) > NOISY_SHARE * all_spent
            if (in_flight[group] or self._in_flight[group]) and (many or long or group in noisy):
                noisy[group] = now
        return {
            group: last for group, last in noisy.items() if group in held and now - last < QUIET_AFTER_SECONDS
        }

    def _in_turn(
        self, visible: Iterable[Message], in_flight: Counter[str | None], most: int
    ) -> list[Message]:
        quiet: list[Message] = []
        noisy: dict[str, list[Message]] = {group: [] for group in self._noisy}
        for each in visible:
            mine = noisy.get(each.get("group_id") or "", quiet)
            if len(mine) < most:
                mine.append(each)
            if len(quiet) == most:
                break
        by_turn = sorted(noisy.items(), key=lambda item: in_flight[item[0]])
        return [*quiet, *(each for _, those in by_turn for each in those)][:most]
