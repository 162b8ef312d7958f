from pathlib import Path

import pytest

from tests.mutation import report
from tests.mutation.report import Change, Mutant

RESULTS = """
    services.classify.pacing.x_first__mutmut_1: killed
    services.classify.pacing.xǁBucketǁtake__mutmut_2: timeout
    services.classify.pacing.xǁBucketǁtake__mutmut_3: survived
    services.sweep.budgets.x__still_holds__mutmut_1: no tests
"""
DIFF = """# services.classify.pacing.xǁBucketǁtake__mutmut_3: survived
--- services/classify/pacing.py
+++ services/classify/pacing.py
@@ -4,5 +4,5 @@
     def take(self, amount: float) -> None:
-        self._level -= amount
+        self._level = amount
"""
PACING = "services/classify/pacing.py"
TAKEN = Change(PACING, "self._level -= amount", "self._level = amount")


def killed(number: int, module: str = "services.classify.pacing") -> list[Mutant]:
    return [Mutant(f"{module}.x_wait__mutmut_{each}", "killed") for each in range(number)]


def survivor(status: str = "survived") -> Mutant:
    return Mutant("services.classify.pacing.x_take__mutmut_1", status)


def test_a_mutant_is_known_by_its_module_and_its_status() -> None:
    found = report.mutants(RESULTS)

    assert [(each.module, each.survives) for each in found] == [
        (PACING, False),
        (PACING, False),
        (PACING, True),
        ("services/sweep/budgets.py", True),
    ]
    assert report.mutants(RESULTS, ["services/sweep/budgets.py"]) == found[3:]


def test_a_change_is_the_text_of_its_lines_wherever_they_stand() -> None:
    assert report.change(PACING, DIFF) == TAKEN
    assert report.change(PACING, DIFF.replace("-4,5 +4,5", "-8,5 +8,5")) == TAKEN


def test_a_survivor_without_a_reason_fails_the_run_and_is_shown() -> None:
    [said] = report.complaints([*killed(99), survivor()], [TAKEN], [])

    assert "- self._level -= amount\n  + self._level = amount" in said


def test_a_survivor_with_a_reason_is_no_complaint(tmp_path: Path) -> None:
    listed = tmp_path / "survivors.toml"
    listed.write_text(
        f"[[survivor]]\nmodule = '{PACING}'\nwas = '{TAKEN.was}'\nbecomes = ['{TAKEN.becomes}', 'more']\n"
        "reason = 'It is the same.'\n"
    )

    reasons = report.reasons(listed)

    assert reasons[TAKEN] == "It is the same."
    assert len(reasons) == 2
    assert report.complaints([*killed(99), survivor()], [TAKEN], [TAKEN]) == []


def test_a_reason_for_what_is_killed_by_now_is_taken_off_the_list() -> None:
    elsewhere = Change("services/sweep/budgets.py", "a", "b")

    [said] = report.complaints(killed(99), [], [TAKEN, elsewhere])

    assert TAKEN.diff() in said


@pytest.mark.parametrize("survivors, fails", [(1, False), (2, True)])
def test_nine_of_ten_mutants_of_each_module_must_be_killed(survivors: int, fails: bool) -> None:
    found = [*killed(8 + 2 - survivors), *[survivor()] * survivors, *killed(90, "services.sweep.budgets")]

    assert bool(report.complaints(found, [TAKEN], [TAKEN])) is fails


def test_a_change_that_makes_a_test_run_for_ever_is_noticed() -> None:
    assert report.complaints([survivor("timeout")], [], []) == []


@pytest.mark.parametrize("status", ["no tests", "suspicious", "segfault", "check was interrupted by user"])
def test_whatever_else_becomes_of_a_mutant_is_not_killed(status: str) -> None:
    assert len(report.complaints([survivor(status)], [TAKEN], [])) == 2


def test_a_run_that_did_not_end_in_time_is_no_success_and_no_list_is_outdated_by_it() -> None:
    [said] = report.complaints([*killed(99), survivor("not checked")], [], [TAKEN])

    assert "MUTATE_SECONDS" in said


def test_a_run_without_a_mutant_is_no_success() -> None:
    assert report.complaints([], [], []) != []


def test_the_table_has_a_line_for_each_module_and_one_for_all() -> None:
    head, *lines = [line.split() for line in report.table(report.mutants(RESULTS))]

    assert head[-1] == "%"
    assert lines == [
        [PACING, "3", "1", "1", "1", "0", "66.7"],
        ["services/sweep/budgets.py", "1", "0", "0", "1", "0", "0.0"],
        ["in", "all", "4", "1", "1", "2", "0", "50.0"],
    ]
