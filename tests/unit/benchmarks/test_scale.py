"""What `make bench-scale` works out without measuring: that the defaults hold, by arithmetic."""

from benchmarks.scale_server import ServerMemory
from benchmarks.scale_sizing import Sizing, sizing
from services.notify.results_slices import part_bytes
from tests import template

MIB = 1024**2
TEN_MILLION = 10_000_000


def test_the_default_database_has_a_connection_for_each_function_at_work() -> None:
    size = sizing()

    assert size.instance == "db.t4g.small"
    assert {"IngestFunction", "ClassifyFunction", "NotifyFunction", "SweepFunction"} <= size.workers.keys()
    assert "BreakerFunction" not in size.workers  # it has no database
    assert size.connections <= size.max_connections


def test_the_formulas_of_rds_come_near_what_people_have_counted() -> None:
    counted = {"db.t4g.small": 150, "db.t4g.medium": 312, "db.t4g.large": 609}

    for instance, connections in counted.items():
        assert abs(Sizing(instance, {}, 0).max_connections / connections - 1) < 0.05


def test_people_are_told_before_the_default_database_takes_no_more_connections() -> None:
    wants = template.ours().template["Mappings"]["DatabaseWants"]

    assert wants["Connections"]["Threshold"] < sizing().max_connections


def test_memory_is_left_beside_a_full_buffer_pool_and_all_connections() -> None:
    assert sizing().left(ServerMemory(at_first=120 * MIB, per_connection=2 * MIB)) > 0


def test_ten_million_rows_of_any_usual_length_fit_into_one_object() -> None:
    sizes = [part_bytes(number) for number in range(10_000)]

    assert min(sizes) >= 5 * MIB
    assert sum(sizes) >= TEN_MILLION * 46_000
    # A part, a copy of it on its way, and the page that it was made of.
    notify = template.properties("AWS::Serverless::Function")["NotifyFunction"]
    assert 3 * max(sizes) < notify["MemorySize"] * MIB / 2
