"""Bedrock's own calls about models: what a profile stands for, and until when a model is served."""

import fnmatch
from typing import Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from local.bedrock.errors import BedrockError
from shared.contracts.base import Contract
from shared.model.model_table import profile_and_name

_FOUNDATION = "arn:aws:bedrock:us-east-1::foundation-model/"


class LifecycleRow(Contract):
    """What is said of every model whose name matches `pattern` (as file names are matched)."""

    pattern: str = Field(min_length=1)
    status: Literal["ACTIVE", "LEGACY"] = "LEGACY"
    end_of_life: AwareDatetime | None = None


ROWS = TypeAdapter(tuple[LifecycleRow, ...])


class Lifecycles:
    """The rows that were put in at run time; a model of none is active, without an end."""

    def __init__(self) -> None:
        self.rows: tuple[LifecycleRow, ...] = ()

    def model(self, name: str) -> dict[str, object]:
        """The answer of GetFoundationModel."""
        own = name.rpartition("/")[2]
        if profile_and_name(own)[0] or "." not in own:
            raise BedrockError(404, "ResourceNotFoundException", "The provided model is not found.")
        row = next((each for each in self.rows if fnmatch.fnmatchcase(own, each.pattern)), None)
        lifecycle = {"status": row.status if row else "ACTIVE", **_end(row)}
        details = {"modelArn": f"{_FOUNDATION}{own}", "modelId": own, "modelLifecycle": lifecycle}
        return {"modelDetails": details}

    def profile(self, model_id: str) -> dict[str, object]:
        """The answer of GetInferenceProfile, of one that stands for its model in two regions."""
        profile, name = profile_and_name(model_id)
        if not profile:
            raise BedrockError(404, "ResourceNotFoundException", "The provided profile is not found.")
        models = [{"modelArn": f"arn:aws:bedrock:{region}::foundation-model/{name}"} for region in _REGIONS]
        return {
            "inferenceProfileName": model_id,
            "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:000000000000:inference-profile/{model_id}",
            "inferenceProfileId": model_id,
            "models": models,
            "status": "ACTIVE",
            "type": "SYSTEM_DEFINED",
        }


_REGIONS = ("us-east-1", "us-west-2")


def _end(row: LifecycleRow | None) -> dict[str, str]:
    return {"endOfLifeTime": row.end_of_life.isoformat()} if row and row.end_of_life else {}
