"""Publishes what the outbox still holds, resumes stalled executions, releases parked rows, closes the day."""
