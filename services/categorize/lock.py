"""One discovery at a time per profile."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared import named_lock
from shared.database import Database, Transaction
from shared.errors import TransientError
from shared.named_lock import LockBusy
from shared.records import Profile


class DiscoveryBusy(TransientError):
    """Another discovery of this profile is running, or our hold on the lock ended with its connection."""


@contextmanager
def alone(database: Database, profile: Profile) -> Iterator[None]:
    """Holds the profile's lock while the block runs.

    Raises:
        DiscoveryBusy: someone else holds it.
    """
    try:
        with named_lock.named_lock(database, _name(profile)):
            yield
    except LockBusy as error:
        raise DiscoveryBusy(f"another discovery of profile {profile} is running") from error


def assert_alone(tx: Transaction, profile: Profile) -> None:
    """Raises DiscoveryBusy if this transaction's connection is not the one that took the lock."""
    if not named_lock.held_by(tx, _name(profile)):
        raise DiscoveryBusy("the connection that held the lock is gone")


def _name(profile: Profile) -> str:
    return f"discovery {profile}"
