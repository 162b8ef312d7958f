"""What is sent to the deployed template in one afternoon."""

from __future__ import annotations

from local.setup import ROOT
from tests.e2e.world import HEADER

SAMPLE = ROOT / "samples" / "feedback.csv"
SMALL = HEADER + "".join(
    f'Lamp,Online,{n},4,Fine,"Lamp {n} came quickly, and the courier was friendly.",2025-03-{n:02d}\n'
    for n in range(1, 31)
)
GERMAN = "Date;Feedback;Stars\r\n" + "".join(
    f"{n}.3.2025 9:15;Die Lieferung kam spät und das Gehäuse war beschädigt, Größe {n}.;2\r\n"
    for n in range(13, 23)
)
REFUSED = {
    "incoming/empty.csv": (b"", "empty"),
    "incoming/header-alone.csv": (HEADER.encode(), "rows"),
    "incoming/picture.csv": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200), "CSV"),
    "incoming/notes.docx": (b"PK\x03\x04 something", ".csv"),
    "incoming/columns.csv": (b"name,colour\na,b\n", "feedback"),
    "incoming/nobody/known.csv": (SMALL.encode(), "nobody"),
    "elsewhere/lost.csv": (SMALL.encode(), "incoming/"),
}


def direct(number: int, prefix: str) -> dict[str, object]:
    text = f"The staff of the support team ignored me, call {number}, and nobody listened or helped."
    return {"id": f"{prefix}-{number}", "product_name": "Lamp", "stars": 2, "feedback": text}
