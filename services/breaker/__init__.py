"""The circuit breaker: no feedback is taken from the queue while the model does not answer."""
