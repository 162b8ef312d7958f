"""Hostile inputs, each with its expected outcome. `CANARY` is in all of them, and must never be logged."""

CANARY = "qzx7marmalade"
