"""The house's own rules of cfn-lint, by their ids."""

from cfnlint.rules import CloudFormationLintRule, Rules  # type: ignore[import-untyped]

from tests.template import ROOT

RULES: dict[str, CloudFormationLintRule] = {
    rule.id: rule
    for rule in Rules.create_from_directory(str(ROOT / "tests" / "cfn_rules")).values()
    if rule.id.startswith("E9")
}
