"""The REST API: takes direct feedback, shows the state of executions, and redirects to reports."""
