"""Themes nobody had named: unknown rows are embedded, grouped, judged and named."""
