"""Discovers new categories: rows are embedded and grouped, and the groups judged and named by the model."""
