"""How long an answer takes."""

from pydantic import BaseModel, ConfigDict, Field


class Latency(BaseModel):
    """A fixed part and a part for each output token, in seconds; `speed` divides both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fixed_seconds: float = Field(default=0, ge=0)
    seconds_per_output_token: float = Field(default=0, ge=0)
    speed: float = Field(default=1, gt=0)

    def seconds(self, output_tokens: int) -> float:
        """Of one answer, from its request's arrival to its end."""
        return (self.fixed_seconds + output_tokens * self.seconds_per_output_token) / self.speed
