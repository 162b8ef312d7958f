"""The environment of the circuit breaker."""

from shared.platform.settings import Settings


class BreakerSettings(Settings):
    """The circuit breaker's environment variables."""

    bus_name: str
    model_id: str
    embedding_model_id: str
    breaker_parameter: str
    """Name of the SSM parameter that holds its state."""
    lifecycle_parameter: str
    """Name of the SSM parameter that holds what people were told of models that end."""
    mapping_ids: str
    """UUIDs of the event source mappings to disable, separated by commas."""

    @property
    def mappings(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.mapping_ids.split(",") if part.strip())
