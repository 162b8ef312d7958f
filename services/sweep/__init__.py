"""What was left behind, what stands still and what was parked; the end of a day of direct feedback."""
