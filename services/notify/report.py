"""The report's page."""

from services.notify.figures import Figures


def draw(figures: Figures) -> bytes:
    """The page as one file (thin for now)."""
    return f"<!doctype html><meta charset=utf-8><title>{figures.execution.execution_id}</title>".encode()
