"""What people are told of their uploads: what changed, and what could not be matched."""

from collections.abc import Iterable, Mapping, Sequence

from services.curate.categories import Plan
from services.curate.deciding import Done
from services.curate.matching import Found
from shared.changes.row_batches import Curated
from shared.contracts.messages import Notice
from shared.contracts.records import Profile

_NAMES = 50


def corrected(source: str, found: Found, labels: Mapping[str | None, int], executions: int) -> Notice:
    """A corrections file was applied.

    Args:
        labels: how many rows got each label; None is a correction taken back.
        executions: how many these rows are of.
    """
    changed = sum(labels.values())
    missed = f", {_number(found.unmatched)} could not be matched" if found.unmatched else ""
    parts = [
        f"{source} was applied: {_plural(changed, 'row')} changed in {_plural(executions, 'execution')}."
        if changed
        else f"{source} changed nothing.",
        "\n".join(f"{_number(rows):>7}  {_label(label)}" for label, rows in labels.items()),
        f"{_plural(found.unchanged, 'row')} had that label already." if found.unchanged else "",
        _unmatched(found),
        "Reports of executions that were finished are drawn anew." if changed else "",
    ]
    subject = f"Corrections: {_plural(changed, 'row')} changed{missed}"
    return Notice(subject=subject, message=_join(parts))


def decided(source: str, profile: Profile, done: Sequence[Done]) -> Notice:
    """Decisions about categories were carried out."""
    numbers = [each.curated.curation_id for each in done if each.curated.curation_id is not None]
    parts = [
        f"{source} was carried out for profile {profile}."
        if numbers
        else f"{source} changed nothing: all of it was carried out before.",
        "\n".join(f"  {each.words}: {_effect(each.curated)}" for each in done),
        _how_to_undo(numbers),
        "Reports whose rows change are drawn anew." if numbers else "",
    ]
    subject = f"Categories: {_plural(len(numbers), 'decision')} in profile {profile}"
    return Notice(subject=subject, message=_join(parts))


def listed(
    source: str, profile: Profile, plan: Plan, asked_again: int, numbers: Sequence[int] = ()
) -> Notice:
    """A category list was taken over.

    Args:
        asked_again: rows of retired categories.
        numbers: of the decisions to approve and to retire, by which they are undone.
    """
    parts = [
        f"{source} was taken over for profile {profile}."
        if plan.changes
        else f"{source} changed nothing: profile {profile} has these categories already.",
        _names("Added", [category.name for category in plan.added]),
        _names("Active again", [category.name for category in plan.activated]),
        _names("Approved", [category.name for category in plan.approved]),
        _names("Described anew", [category.name for category in plan.described]),
        _names("Retired (kept, but given no more)", [category.name for category in plan.retired]),
        f"{_plural(plan.kept, 'category', 'categories')} unchanged." if plan.kept else "",
        _names("Proposed and still waiting for a decision", [category.name for category in plan.waiting]),
        f"{_plural(asked_again, 'row')} of retired categories will be labelled anew." if asked_again else "",
        "All other labelled rows keep their labels. Reports whose rows change are drawn anew."
        if plan.changes
        else "",
        _how_to_undo(numbers),
    ]
    subject = f"Categories: {_plural(plan.changes, 'change')} in profile {profile}"
    return Notice(subject=subject, message=_join(parts))


def _effect(curated: Curated) -> str:
    if curated.curation_id is None:
        return "it was so already"
    rows = _plural(curated.rows + curated.left, "row")
    return f"{rows}, {_number(curated.left)} of them within the next minutes" if curated.left else rows


def _how_to_undo(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    undo = ", ".join(f'{{"undo": {number}}}' for number in reversed(numbers[-_NAMES:]))
    return f'To take it back, upload {{"decisions": [{undo}]}} in the same folder.'


def _label(label: str | None) -> str:
    return "correction taken back" if label is None else label


def _unmatched(found: Found) -> str:
    if not found.unmatched:
        return ""
    lines = [f"  line {miss.line}, {miss.name[:200] or 'no name'}: {miss.reason}" for miss in found.shown]
    more = found.unmatched - len(found.shown)
    tail = [f"  and {_number(more)} more"] if more else []
    return "\n".join([f"{_plural(found.unmatched, 'line')} could not be matched:", *lines, *tail])


def _names(title: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = [f"  and {_number(len(names) - _NAMES)} more"] if len(names) > _NAMES else []
    return "\n".join([f"{title}:", *(f"  {name}" for name in names[:_NAMES]), *more])


def _number(value: int) -> str:
    return f"{value:,}"


def _plural(value: int, word: str, words: str | None = None) -> str:
    return f"{_number(value)} {word if value == 1 else words or word + 's'}"


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
