"""What a run of mutmut comes to: the mutants of each module, and the survivors beside those with a reason."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LEAST_KILLED = 0.9
"""Part of each module's mutants that its tests must notice."""
_KILLED, _TIMED_OUT, _NOT_TRIED = "killed", "timeout", "not checked"


@dataclass(frozen=True)
class Mutant:
    """A function with one change, and what came of it in mutmut's words."""

    name: str
    status: str

    @property
    def module(self) -> str:
        """The file it is in; a name is `services.classify.packing.x_halves__mutmut_6`."""
        return self.name.rpartition(".")[0].replace(".", "/") + ".py"

    @property
    def survives(self) -> bool:
        """Whether no test noticed. A change that makes a test run for ever was noticed."""
        return self.status not in {_KILLED, _TIMED_OUT, _NOT_TRIED}


@dataclass(frozen=True)
class Change:
    """What a mutant changes, by the text of its lines: so it is still the same when lines move."""

    module: str
    was: str
    becomes: str

    def diff(self) -> str:
        """For people."""
        return f"{self.module}\n  - {self.was}\n  + {self.becomes}"


def mutants(results: str, modules: Sequence[str] = ()) -> list[Mutant]:
    """What `mutmut results --all true` prints, of these modules or of all."""
    found = [Mutant(*pair) for pair in re.findall(r"^ *(\S+): (.+)$", results, re.MULTILINE)]
    return [mutant for mutant in found if not modules or mutant.module in modules]


def change(module: str, diff: str) -> Change:
    """What `mutmut show` prints of a mutant."""
    lines = diff.partition("@@")[2].splitlines()[1:]
    was, becomes = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Change(module, was, becomes)


def reasons(path: Path) -> dict[Change, str]:
    """The list of survivors that may live."""
    return {
        Change(entry["module"], entry["was"], becomes): entry["reason"]
        for entry in tomllib.loads(path.read_text("utf-8")).get("survivor", [])
        for becomes in entry["becomes"]
    }


def table(found: Iterable[Mutant]) -> Iterator[str]:
    """A line for each module and one for all."""
    by_module: dict[str, Counter[str]] = {}
    for mutant in found:
        status = mutant.status if not mutant.survives else "survived"
        by_module.setdefault(mutant.module, Counter())[status] += 1
    row = "{:<36} {:>7} {:>7} {:>9} {:>9} {:>9} {:>6}".format
    yield row("module", "mutants", "killed", "timed out", "survived", "not tried", "%")
    for module, counts in [*sorted(by_module.items()), ("in all", sum(by_module.values(), Counter()))]:
        columns = (counts[status] for status in (_KILLED, _TIMED_OUT, "survived", _NOT_TRIED))
        yield row(module, counts.total(), *columns, f"{100 * killed_part(counts):.1f}")


def killed_part(counts: Mapping[str, int]) -> float:
    """The part of them that was noticed."""
    return (counts.get(_KILLED, 0) + counts.get(_TIMED_OUT, 0)) / max(sum(counts.values()), 1)


def complaints(found: Sequence[Mutant], survivors: Iterable[Change], listed: Iterable[Change]) -> list[str]:
    """Everything that makes a run fail.

    Args:
        found: every mutant of the run.
        survivors: the changes of those that survive.
        listed: the survivors that have a reason.
    """
    if not found:
        return ["There is no mutant."]
    modules = {mutant.module for mutant in found}
    said = [f"No test notices:\n{each.diff()}" for each in survivors if each not in set(listed)]
    if any(mutant.status == _NOT_TRIED for mutant in found):
        # What was not tried may be listed.
        return [*said, "The time was over before every mutant was tried (MUTATE_SECONDS)."]
    gone = [each for each in listed if each.module in modules and each not in set(survivors)]
    said += [f"Survives no more, and is still on the list of survivors:\n{each.diff()}" for each in gone]
    for module in sorted(modules):
        counts = Counter(mutant.status for mutant in found if mutant.module == module)
        if killed_part(counts) < LEAST_KILLED:
            said.append(f"Fewer than {LEAST_KILLED:.0%} of the mutants of {module} are killed.")
    return said
