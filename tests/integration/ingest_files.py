"""Files for the tests of ingest, and the counts of what became of them."""

from typing import Any

from shared.contracts.execution import Execution

HEADER = "id,product_name,store,stars,title,feedback,date\n"


def rows(count: int, **changes: Any) -> str:
    row = {"stars": "4", "feedback": "Text number {n}", "date": "2024-03-05"} | changes
    line = f"r{{n}},Lamp,Berlin,{row['stars']},Title {{n}},{row['feedback']},{row['date']}\n"
    return HEADER + "".join(line.format(n=n) for n in range(1, count + 1))


def counts(execution: Execution) -> tuple[int, int, int]:
    return execution.rows_read, execution.accepted, execution.rejected
