"""The circuit breaker: disables the feedback queue's mapping while the model is unavailable."""
