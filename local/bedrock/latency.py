"""How long an answer takes."""

from pydantic import Field

from shared.contracts.base import Contract


class Latency(Contract):
    """A fixed part and a part for each output token, in seconds; `speed` divides both."""

    fixed_seconds: float = Field(default=0, ge=0)
    seconds_per_output_token: float = Field(default=0, ge=0)
    speed: float = Field(default=1, gt=0)

    def seconds(self, output_tokens: int) -> float:
        """Of one answer, from its request's arrival to its end."""
        return (self.fixed_seconds + output_tokens * self.seconds_per_output_token) / self.speed
