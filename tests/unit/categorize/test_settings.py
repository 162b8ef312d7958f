"""A profile's thresholds take the place of the stack's, by their names and within the same limits."""

from services.categorize.settings import CategorizeSettings
from shared.contracts.profiles import Thresholds


def test_each_threshold_of_a_profile_is_a_setting() -> None:
    assert Thresholds.model_fields.keys() <= CategorizeSettings.model_fields.keys()


def test_a_profile_may_say_what_the_stack_may_say() -> None:
    profile, stack = (model.model_json_schema()["properties"] for model in (Thresholds, CategorizeSettings))
    for name, said in profile.items():
        number = next(each for each in said["anyOf"] if each["type"] != "null")
        assert number.items() <= stack[name].items(), name
