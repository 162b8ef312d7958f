"""The circuit breaker: disables the feedback queues' mappings while the model is unavailable."""
