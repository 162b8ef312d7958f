"""What the report shows, as numbers, before a template has words for it."""

from datetime import date, timedelta
from decimal import Decimal

from services.notify import report_categories, report_charts, report_view
from services.notify.report_charts import Trends
from services.notify.report_figures import LISTED, ReportFigures
from services.notify.time_scale import Span
from shared.stores.category_store import FoundCategory
from shared.stores.feedback_store.report import ProductCount, StarsCount
from shared.stores.feedback_store.report_times import Period, TimeCount
from tests.unit.notify.figures_case import ID, NOW, a_category, a_quote, an_execution, at, some_figures


def table(figures: ReportFigures) -> report_categories.CategoryTable:
    found = report_categories.category_table(figures, Trends(figures))
    assert found is not None
    return found


def test_the_widest_bar_of_the_table_fills_it() -> None:
    shown = table(some_figures(categories=(a_category("A", positive=8), a_category("B", negative=2))))

    assert [sum(rect.width for rect in line.bar.rects) for line in shown.lines] == [100, 25]
    assert shown.unknown is not None
    assert shown.unknown.bar.rects[0].width == 12.5


def test_more_categories_than_the_table_lists_are_one_line() -> None:
    many = [a_category(f"Theme {number}", positive=1) for number in range(LISTED + 2)]
    shown = table(some_figures(categories=tuple(many)))

    assert (len(shown.lines), list(shown.more)) == (LISTED, many[LISTED:])


def test_a_category_that_discovery_found_is_new_whatever_its_capitals() -> None:
    found = FoundCategory.model_validate(
        {
            "id": 1,
            "name": "DELIVERY",
            "description": "",
            "status": "active",
            "examples": f'["{ID}:1", "{ID}:9"]',
        }
    )
    figures = some_figures(found=(found,), found_quotes=(a_quote(),))

    assert [line.is_new for line in table(figures).lines] == [True]
    [new] = report_categories.new_categories(figures)
    assert (new.rows, new.quotes) == (7, [a_quote()])


def test_waiting_rows_are_told_only_if_there_are_any() -> None:
    names = [tile.name for tile in report_view.tiles(an_execution())]

    assert names == ["labelled", "unknown", "failed", "rejected"]
    assert report_view.tiles(an_execution(parked=3))[-1] == ("waiting", 3)


def test_a_stage_that_did_not_end_is_not_told() -> None:
    execution = an_execution(ingested_at=NOW + timedelta(seconds=4))

    assert report_view.stages(execution) == {"read": timedelta(seconds=4)}


def test_the_cost_per_thousand_rows_is_of_those_that_have_a_label() -> None:
    free = an_execution(estimated_cost=Decimal(0))

    assert report_view.cost_per_thousand(some_figures()) == Decimal("0.0123") / 8 * 1000
    assert report_view.cost_per_thousand(some_figures(execution=free)) is None


def test_a_trend_has_a_step_for_each_week_and_knows_a_label_by_any_capitals() -> None:
    trends = Trends(some_figures(trends=(TimeCount(start=date(2026, 1, 12), key="delivery", rows=7),)))

    assert trends.of("Delivery") == [0, 7, *[0] * 9]
    assert trends.of("Price") == [0] * 11
    assert trends.small_chart("Price") is None


def test_one_step_is_no_chart_over_time() -> None:
    figures = some_figures(span=Span(first=at(2026, 1, 5), last=at(2026, 1, 6), undated=0))

    assert report_charts.over_time(figures, Trends(figures)) is None


def test_the_small_charts_over_time_share_one_scale() -> None:
    start = date(2026, 1, 5)
    figures = some_figures(
        categories=(a_category("A", positive=9), a_category("B", positive=3)),
        trends=(TimeCount(start=start, key="A", rows=8), TimeCount(start=start, key="B", rows=2)),
    )
    over_time = report_charts.over_time(figures, Trends(figures))

    assert over_time is not None
    assert [chart.columns.rects[0].height for chart in over_time.small_charts] == [40, 10]
    assert (over_time.first, over_time.last) == ("5 Jan 2026", "16 Mar 2026")


def test_a_year_stands_below_the_axis_only_where_it_begins() -> None:
    starts = [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]

    assert report_charts.tick_names(starts, Period.MONTH) == ["Nov 2025", "Dec", "Jan 2026", "Feb"]
    assert report_charts.full_name(date(2026, 1, 5), Period.WEEK) == "week of 5 January 2026"


def stars_of(*counts: tuple[str | None, int]) -> report_charts.StarsChart | None:
    by_stars = tuple(
        StarsCount(stars=Decimal(stars) if stars else None, sentiment="mixed", rows=rows)
        for stars, rows in counts
    )
    return report_charts.stars(some_figures(by_stars=by_stars))


def test_fractions_of_stars_go_to_the_nearest_and_count_as_they_are() -> None:
    stars = stars_of(("4.5", 1), ("4.4", 3), ("1", 2), (None, 5))

    assert stars is not None
    assert {line.star: line.rows for line in stars.lines} == {5: 1, 4: 3, 3: 0, 2: 0, 1: 2}
    assert (stars.starred, stars.without, stars.rounded) == (6, 5, True)
    assert stars.average == Decimal("19.7") / 6
    assert [line.bar.rects[0].width for line in stars.lines if line.rows] == [33.333, 100, 66.667]


def test_no_stars_has_a_line_only_where_some_row_has_none_of_five() -> None:
    with_zero, without = stars_of(("0", 1), ("5", 1)), stars_of(("5", 1))

    assert with_zero is not None
    assert without is not None
    assert with_zero.lines[-1].star == 0
    assert (without.lines[-1].star, without.rounded) == (1, False)
    assert stars_of((None, 3)) is None


def test_a_product_is_split_into_negative_and_other_rows() -> None:
    product = ProductCount(product_name="Lamp", rows=8, negative=2, starred=4, stars_sum=Decimal(10))
    [line] = report_charts.products(some_figures(products=(product,)))

    assert [(rect.style, rect.width) for rect in line.bar.rects] == [("s-negative", 25), ("s-neutral", 75)]
    assert line.stars == Decimal("2.5")


def test_categories_are_rolled_up_to_their_parents() -> None:
    late = a_category("Late parcel", negative=3).model_copy(update={"parent": "Delivery"})
    delivery, price = a_category("Delivery", positive=1), a_category("Price", positive=5)

    lines = report_categories.groups(some_figures(categories=(price, late, delivery)))

    assert [(line.name, line.rows, line.negative, line.children) for line in lines] == [
        ("Price", 5, 0, []),
        ("Delivery", 4, 3, ["Late parcel"]),
    ]
    assert report_categories.groups(some_figures(categories=(price, delivery))) == []
