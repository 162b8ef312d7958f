"""A template that is read resource by resource is what cfn-lint makes of it as a whole."""

import re
from pathlib import Path

import pytest

from tests.template import FILE, break_it, read, transformed
from tests.unit.template import networks

TABLE = "Type: AWS::EC2::RouteTable"
ADDED = f"{TABLE}\n  Other:\n    Type: AWS::SQS::Queue\n  Table:\n    {TABLE}"


def same(path: Path) -> bool:
    found, whole = read(path), transformed(path)
    graphs = [sorted(map(str, each.graph.graph.edges(data=True))) for each in (found, whole)]
    # As text: the order counts, too.
    return bool(str(found.template) == str(whole.template) and graphs[0] == graphs[1])


@pytest.mark.parametrize(
    "resource, old, new",
    [
        ("Schema", "!Ref EgressRoute", "x"),
        ("RouteTable", TABLE, ADDED),
        ("Fn::ForEach::Functions", "Notify, ", ""),
    ],
)
def test_a_broken_template_is_read_as_a_whole_one_is(
    tmp_path: Path, resource: str, old: str, new: str
) -> None:
    assert same(break_it(tmp_path, resource, old, new))


def test_so_is_one_without_a_resource(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(re.sub(r"\n  SweepSilentAlarm:\n(    .*\n)+", "\n", FILE.read_text()))

    assert "SweepSilentAlarm" not in read(path).template["Resources"]
    assert same(path)


def test_two_resources_of_one_name_are_refused(tmp_path: Path) -> None:
    path = break_it(tmp_path, "RouteTable", "Type: ", "Type: AWS::SQS::Queue\n  NotifyQueue:\n    Type: ")

    for reading in (read, transformed):
        with pytest.raises(AssertionError, match=r"two resources of one name|Duplicate NotifyQueue"):
            reading(path)


@pytest.mark.parametrize("mode", ["egress", "private"])
def test_of_a_modes_template_nothing_is_left_to_transform(tmp_path: Path, mode: str) -> None:
    assert transformed(networks.written(tmp_path, mode)).template == networks.as_template(mode).template
