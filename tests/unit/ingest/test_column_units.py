"""What names of columns say of their values: the scale of ratings, the order of dates."""

import pytest

from services.ingest.column_units import order_named, scale_named
from services.ingest.dates import DateOrder
from services.ingest.layout import inspect
from services.ingest.ratings import StarsScale

MONTH, DAY = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST


@pytest.mark.parametrize(
    "name,scale",
    [
        ("Rating (out of 10)", 10),
        ("RATING (OUT OF 10)", 10),
        ("Rating (1-5)", 5),
        ("Rating [1..7]", 7),
        ("rating (1 to 10)*", 10),
        ("Rating (1 = worst, 10 = best)", 10),
        ("Rating/10", 10),
        ("Score (0–100)", 100),
        ("Score (max. 20)", 20),
        ("Note /20", 20),
        ("Note sur 20", 20),
        ("Bewertung (1 bis 6)", 6),
        ("Puntuación (sobre 10)", 10),
        ("評価（5段階）", 5),
        ("評価（10点満点）", 10),
        ("Satisfaction %", 100),
        ("CSAT (percent)", 100),
        ("NPS", 10),
        ("nps_score", 10),
        ("Net Promoter Score", 10),
        ("Rating", None),
        ("Rating (2)", None),
        ("rating_5", None),
        ("Rating (100/0)", None),
        ("Rating out of 1000", None),
        ("snps", None),
    ],
)
def test_the_best_rating_may_stand_in_the_name(name: str, scale: StarsScale | None) -> None:
    assert scale_named(name) == scale


@pytest.mark.parametrize(
    "name,order",
    [
        ("Date (DD/MM/YYYY)", DAY),
        ("date (dd-mm-yy hh:mm)", DAY),
        ("Datum (TT.MM.JJJJ)", DAY),
        ("Date (JJ/MM/AAAA)", DAY),
        ("Date (mm/dd/yyyy)", MONTH),
        ("Date (YYYY-MM-DD)", None),
        ("Date", None),
        ("Adm/mdate", None),
    ],
)
def test_so_may_the_order_of_a_date(name: str, order: DateOrder | None) -> None:
    assert order_named(name) is order


def test_what_a_name_says_is_part_of_the_layout_however_long_it_is() -> None:
    question = "How likely are you to recommend us to a friend or a colleague? " * 9 + "(0-10)"
    data = f"{question},feedback,Date (DD/MM/YYYY)\n3,late,05/03/2024\n".encode()
    layout = inspect(data, complete=True, wishes="stars=1")
    assert (layout.stars_scale, layout.date_order) == (10, DAY)
    assert inspect(b"stars,feedback\n3,late\n", complete=True).stars_scale is None
