"""Parameters that are whole numbers; CloudFormation knows numbers only."""

from collections.abc import Mapping

from shared.contracts.errors import SettingsError


def refuse_fractions(numbers: Mapping[str, str]) -> None:
    """CloudFormation takes 2.5 for a number; a function that is told of it could not start.

    Args:
        numbers: values by the names of their parameters.

    Raises:
        SettingsError: one is no whole number.
    """
    for name, value in numbers.items():
        if not value.isdecimal():
            raise SettingsError(f"{name}={value} is no whole number")
