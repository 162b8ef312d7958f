"""Transitions of state, each with what it announces, in the caller's transaction."""
