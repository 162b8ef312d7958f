"""Table `customer_feedback`: what became of each record.

The execution's row is locked (`execution_store.lock`) before rows are written, so that what is counted is
what was really written.
"""

from shared.stores.feedback_store import (
    aspects,
    category_samples,
    correct,
    curate,
    discover,
    discovered,
    find,
    known,
    missing,
    park,
    quotes,
    replay,
    report,
    report_times,
    tallies,
    topics,
)
from shared.stores.feedback_store.answers import (
    COMPARED,
    ShownText,
    answered,
    corrected_labels,
    corrected_rows,
)
from shared.stores.feedback_store.find import (
    Whereabouts,
    lock_executions_of,
    page,
    texts,
    whereabouts,
)
from shared.stores.feedback_store.rows import (
    NEIGHBOURS,
    Answer,
    FeedbackRow,
    Outcome,
    ParkedCause,
    Place,
    RowAspect,
    RowStatus,
)
from shared.stores.feedback_store.write import write_outcomes
