"""Table `execution`: one uploaded file, or one day of direct feedback, from arrival to report.

`shared.changes.lifecycle` uses it for the transitions and announces them.
"""

from shared.stores.execution_store import watch
from shared.stores.execution_store.count import add_counts, add_usage, save_slice, set_expected_cost
from shared.stores.execution_store.create import create_direct, create_file
from shared.stores.execution_store.read import (
    begun,
    find,
    find_open_direct,
    list_open_direct,
    lock,
    lock_open_direct,
    month_cost,
)
from shared.stores.execution_store.update import (
    forget_task_token,
    note_progress,
    revise,
    set_discovery,
    set_notified,
    set_status,
    set_task_token,
    set_unreported,
)
