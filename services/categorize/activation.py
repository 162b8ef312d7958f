"""Decides which new categories become active at once: not those that one sender may have invented."""

from collections.abc import Sequence

from shared.stores.feedback_store.discover import Origin

FILE_SHARE = 0.01
"""Of a file's accepted rows, from which a theme of that file alone is a category: a file may be collected
from many writers, and a few of them shall not name one."""


def may_activate(origins: Sequence[Origin], at_least: int, *, from_direct: bool) -> bool:
    """Whether rows that can be trusted are enough for a category, and not all of a few writers.

    Whoever may send direct feedback may invent it, and its source too; files need rights to the bucket. So
    direct feedback counts only if it is said to, and all of it as one source.

    Args:
        origins: where the theme's rows come from, an entry for each execution.
        at_least: rows from which there is a new category.
    """
    trusted = [each for each in origins if each.kind == "file" or from_direct]
    if sum(each.rows for each in trusted) < at_least:
        return False
    several = len({each.source for each in trusted}) > 1
    return several or any(each.rows >= FILE_SHARE * each.accepted for each in trusted)
