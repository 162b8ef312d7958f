"""The API: direct feedback in, the state of executions and links to reports out."""
