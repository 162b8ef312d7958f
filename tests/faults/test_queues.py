"""A large file before a small one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.faulty import Faulty
from tests.faults.scenario import Scenario

SMALL = "incoming/small-one.csv"
ROWS = 6000
"""A hundred times the small file's."""


@contextmanager
def concurrency(faulty: Faulty, workers: int) -> Iterator[None]:
    """So many workers, for as long as this lasts."""
    client = faulty.stack.client("lambda")
    mapping = faulty.stack.deployment.resources["ClassifyFunctionFeedback"]
    before = client.get_event_source_mapping(UUID=mapping)["ScalingConfig"]
    client.update_event_source_mapping(UUID=mapping, ScalingConfig={"MaximumConcurrency": workers})
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping, ScalingConfig=before)


def test_a_small_file_is_done_while_a_large_one_before_it_has_most_of_its_rows_to_go(
    begin: Callable[[str], Scenario],
) -> None:
    scenario = begin("7 a small file behind a large one")
    faulty = scenario.faulty
    # A profile of its own, because discovery for a small file reads all unknown rows of its profile.
    large = faulty.new_profile("large") + "large.csv"
    # Two slow workers, so that the large file's rows stay in the queue for a while.
    with faulty.slow_model(2), concurrency(faulty, 2):
        scenario.upload(large, rows=ROWS, texts=1000)
        faulty.wait(lambda: faulty.depth("FeedbackQueueUrl") > ROWS * 0.8, "most rows in the queue", 600)
        scenario.upload(SMALL, rows=ROWS // 100)
        (small,) = faulty.ended(SMALL, seconds=600)
        done = scenario.rows(large)
    assert small.status == "completed"
    assert done < ROWS / 2

    scenario.mended()
    scenario.finish()
