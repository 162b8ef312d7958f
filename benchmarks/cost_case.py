"""What a month has to do: rows, their tokens, and the time that they take classify."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from benchmarks.inputs import taxonomy_with
from benchmarks.pacing import KNOWN_QUOTA, SAMPLE
from benchmarks.pacing_simulation import Simulation
from benchmarks.pacing_workload import Fleet
from shared.contracts.execution import Usage
from shared.contracts.profile_yaml import read_profile
from shared.contracts.taxonomy import NewCategory
from shared.model.cost_estimate import SCHEMA_TOKENS, estimate_tokens, feedback_tokens
from shared.model.label_prompt import Prompt, build
from shared.model.model_table import AnswerForm, ModelFamily, ServiceTier, family_of
from tests.template import ROOT
from tests.unit.template import resolving

ANSWER_TOKENS = 10
"""Output tokens of a record: 9 by `make bench`, and a second topic, of two tokens, in every second."""

CASCADE_SAVES = Decimal("0.60")
"""Of the calls, with `Cascade=on`: the mean of `make bench-cascade` on banking77."""


@dataclass(frozen=True)
class Case:
    """What a month has: so many rows of so many characters, and the stack's parameters."""

    rows: int
    text: int = 300
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, str]:
        """The stack's parameters, with the defaults."""
        return resolving.stack(**self.parameters)

    @property
    def model_id(self) -> str:
        """The model that the stack asks."""
        variables = resolving.properties("ClassifyFunction")["Environment"]["Variables"]
        return str(resolving.resolve(variables["MODEL_ID"], self.given))

    @property
    def cascades(self) -> bool:
        """Whether rows are answered by their neighbours."""
        return self.given["Cascade"] == "on"

    @property
    def asked(self) -> int:
        """Rows that the model is asked about."""
        return round(self.rows * (1 - CASCADE_SAVES)) if self.cascades else self.rows

    @property
    def family(self) -> ModelFamily:
        """The model at the prices of the tier in which files are asked about."""
        return family_of(self.model_id).in_tier(ServiceTier(self.given["ServiceTier"]))


def tokens(case: Case) -> Usage:
    """What the rows are asked and answered, as ingest expects it of a file; answers as measured."""
    prompt = shipped_prompt(case.family.answer_form)
    system = estimate_tokens(prompt.system)
    packs = math.ceil(case.asked / int(case.given["PackSize"]))
    record = feedback_tokens("", "x" * case.text, named=["5"] * len(prompt.input.show))
    return Usage(
        calls=packs,
        input_tokens=packs * (system + SCHEMA_TOKENS) + case.asked * record,
        output_tokens=case.asked * ANSWER_TOKENS,
    )


@cache
def classify_seconds(quota: int = KNOWN_QUOTA) -> Decimal:
    """Of Lambda for 1,000 rows at so many tokens a minute, as `make bench-pacing` simulates them."""
    simulation = Simulation(quota, SAMPLE, Fleet())
    simulation.run(1_800)
    return Decimal(round(simulation.seconds_per_thousand_rows()))


@cache
def shipped_prompt(form: AnswerForm) -> Prompt:
    """The prompt of the profile that comes with the stack."""
    document = read_profile((ROOT / "profiles" / "feedback.yaml").read_bytes(), "feedback.yaml", "feedback")
    found = [NewCategory(name=each.name, description=each.description) for each in document.categories]
    return build(taxonomy_with(found), [], form, document)
