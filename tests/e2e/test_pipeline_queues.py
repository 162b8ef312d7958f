"""Messages that were lost are sent again, and in the end nothing is left in any queue."""

from __future__ import annotations

from time import sleep

from tests.e2e.afternoon import SMALL
from tests.e2e.world import World


def test_messages_that_sqs_lost_are_sent_again_from_the_file(world: World) -> None:
    # GIVEN a file whose messages were all lost before anybody received them
    with world.nobody_classifies():
        world.upload("incoming/lost.csv", SMALL)
        sql = "SELECT execution_id FROM execution WHERE source_key = %s AND status = 'classifying'"
        [row] = world.wait(lambda: world.query(sql, "incoming/lost.csv"), "the file to be sent", 120)
        world.sqs.purge_queue(QueueUrl=world.output("FeedbackQueueUrl"))
        world.wait(lambda: world.depth("FeedbackQueueUrl") == 0, "the queue to be empty")

    # WHEN the sweeper finds, a quarter of an hour later, that it stands still
    world.execute(
        "UPDATE execution SET last_progress_at = last_progress_at - INTERVAL 1 HOUR WHERE execution_id = %s",
        row["execution_id"],
    )
    world.sweep("sweep")

    # THEN its rows are sent once more, and it ends as if nothing had been
    (figures,) = world.ended("incoming/lost.csv", seconds=240)
    assert (figures.status, figures.rows_read, figures.settled, figures.failed) == ("completed", 30, 30, 0)


def test_nothing_is_left_in_any_queue_or_dead_letter_queue(afternoon: World) -> None:
    afternoon.ended("incoming/feedback.csv", seconds=240)
    urls = [key for key in afternoon.stack.deployment.outputs if key.endswith("QueueUrl")]
    assert len(urls) >= 15
    afternoon.wait(lambda: not any(afternoon.depth(key) for key in urls), "all queues to run empty", 120)
    # What a function could not publish on a busy machine is the sweeper's after half a minute.
    unpublished = "SELECT id FROM outbox WHERE published_at IS NULL"
    if afternoon.query(unpublished):
        sleep(30)
        afternoon.sweep("sweep")
    afternoon.wait(lambda: not afternoon.query(unpublished), "the outbox to run empty")
