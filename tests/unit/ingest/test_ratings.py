from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.ratings import RatingCounts, StarsScale, stars_of
from services.ingest.refusal import ValueUnread


@pytest.mark.parametrize(
    "text,stars",
    [
        ("4", "4"),
        ("4.0", "4"),
        ("4,5", "4.5"),
        ("+4", "4"),
        ("4.25", "4.3"),
        ("4/5", "4"),
        ("4 / 5", "4"),
        ("4,5/5", "4.5"),
        ("4.0 out of 5 stars", "4"),
        ("4.0 out of 5", "4"),
        ("Rated 4 out of 5", "4"),
        ("Rating: 4", "4"),
        ("4 of 5", "4"),
        ("4,0 von 5 Sternen", "4"),
        ("4,0 sur 5 étoiles", "4"),
        ("4,0 de 5 estrellas", "4"),
        ("4,0 de 5 estrelas", "4"),
        ("4,0 su 5 stelle", "4"),
        ("4,0 van 5 sterren", "4"),
        ("4 stars", "4"),
        ("1 star", "1"),
        ("4 Sterne", "4"),
        ("8/10", "4"),
        ("8 out of 10", "4"),
        ("80/100", "4"),
        ("3/4", "3.8"),
        ("80%", "4"),
        ("72.5 %", "3.6"),
        ("★★★★☆", "4"),
        ("★★★★★", "5"),
        ("★ ★ ★", "3"),
        ("⭐⭐⭐⭐", "4"),
        ("⭐️⭐️⭐️", "3"),
        ("★★★½", "3.5"),
        ("☆☆☆☆☆", "0"),
        ("****", "4"),
        ("four", "4"),
        ("Five stars", "5"),
        ("٣", "3"),
        ("5つ星のうち4.0", "4"),
        ("星5つ中の4", "4"),
        ("4.0颗星，最多5颗星", "4"),
        ("5점 만점에 4점", "4"),
        ("5 yıldız üzerinden 4,0", "4"),
        ("4.0 من 5 نجوم", "4"),
        ("4 из 5 звёзд", "4"),
        ("Bewertet mit 4,50 von 5 Sternen", "4.5"),
        ("Noté 4 sur 5", "4"),
        ("Note : 4/5", "4"),
        ("Valutazione 4 su 5", "4"),
        ("Valorado con 4 de 5", "4"),
        ("Betyg 4 av 5", "4"),
        ("4 out of 5 bubbles", "4"),
        ("4.0 out of 5 stars.", "4"),
        ("4/5.0", "4"),
        ("FOUR", "4"),
        ("STAR_RATING_FOUR", "4"),
        ("FIVE_STAR", "5"),
        ("four out of five", "4"),
        ("vier Sterne", "4"),
        ("cinco estrellas", "5"),
        ("5-star", "5"),
        ("4 - Good", "4"),
        ("5 (Excellent)", "5"),
        ("4: satisfied", "4"),
        ("3 – weder noch", "3"),
        ("Very satisfied - 5", "5"),
        ("Excellent (5)", "5"),
        ("Sehr gut: 4,5", "4.5"),
        ("Good | 4/5", "4"),
        ("4/5 (Good)", "4"),
        ("4½", "4.5"),
        ("4 1/2", "4.5"),
        ("4٫5", "4.5"),
        ("４．５", "4.5"),
        ("4★", "4"),
        ("★ 4", "4"),
        ("☆4", "4"),
        ("4 星", "4"),
        ("4점", "4"),
        ("★★★★✩", "4"),
        ("●●●●○", "4"),
        ("★★★☆☆☆☆☆☆☆", "1.5"),
        ("★★★★★ 5/5", "5"),
        ("4.5 ★★★★½", "4.5"),
        ("5/5 ★", "5"),
        ("\u200e4\u200b", "4"),
        ("'4", "4"),
        ('="4"', "4"),
        ("(4/5)", "4"),
        ("80％", "4"),
        ("٤ من ٥", "4"),
        ("४", "4"),
        ("۴٫۵", "4.5"),
        ("“4”", "4"),
        ("4*", "4"),
        ("5分", "5"),
        ("4 bintang", "4"),
        ("4 stjerner", "4"),
        ("4 csillag", "4"),
        ("4 hvězdičky", "4"),
        ("4 αστέρια", "4"),
        ("4 stele", "4"),
        ("4 ดาว", "4"),
        ("9 sobre 10", "4.5"),
        ("4 di 5", "4"),
        ("4 dari 5", "4"),
    ],
)
def test_a_rating_is_read_however_it_is_written(text: str, stars: str) -> None:
    assert stars_of(text) == Decimal(stars)


@pytest.mark.parametrize(
    "text",
    [
        "6",
        "-1",
        "9",
        "11/10",
        "120%",
        "4/0",
        "4/1",
        "4/5/6",
        "NaN",
        "Infinity",
        "1e400",
        "great",
        "4 bananas",
        "👍",
        "🤩",
        "4 saos",
        "5* of them",
        "5-4",
        "******",
        "★★★★★★",
        "4 out of",
        "out of 5",
        "stars",
        "4 5",
        "ten",
        "",
        "/5",
        "4.5.5",
        "0x4",
        "1_0",
        "☆☆☆☆",
        "★★★ 5/5",
        "★★★ great ★★★",
        "4 (of 3)",
        "12:30",
        "4-5",
        "STAR_RATING_UNSPECIFIED",
        "Very satisfied",
        "null",
        "4 stars, 12 ratings",
        "COVID-19",
        "Good (4) (5)",
        "Room 4 - 5",
        "4" + " " * 200 + "stars",
    ],
)
def test_what_is_no_rating_is_rejected_with_what_it_must_be(text: str) -> None:
    with pytest.raises(ValueUnread, match="stars: must be a number from 0 to 5"):
        stars_of(text)


@pytest.mark.parametrize(
    "column,scale,stars",
    [
        (["9 - Extremely likely", "10 - Extremely likely", "0 - Not at all likely"], 10, ["4.5", "5", "0"]),
        (["Extremely likely - 10", "8", "Not at all likely - 0"], 10, ["5", "4", "0"]),
        (["8", "9", "7", "10"], 10, ["4", "4.5", "3.5", "5"]),
        (["0,85", "0,9", "1"], 1, ["4.3", "4.5", "5"]),
        (["0.5", "1", "4.5"], 5, ["0.5", "1", "4.5"]),
        (["0.5", "1"], 5, ["0.5", "1"]),
        (["85", "90", "40"], 100, ["4.3", "4.5", "2"]),
        (["8点", "9点"], 10, ["4", "4.5"]),
    ],
)
def test_a_column_shows_its_scale(column: list[str], scale: StarsScale, stars: list[str]) -> None:
    counts = RatingCounts()
    for text in column:
        counts = counts.plus(text)
    assert counts.scale == scale
    assert [stars_of(text, counts.scale) for text in column] == [Decimal(each) for each in stars]


@pytest.mark.parametrize(
    "column", [["0.8", "-0.35", "0.1"], ["1", "-1"], ["100", "-100", "0", "-100"], ["3", "−2", "-1", "5"]]
)
def test_numbers_of_which_some_are_below_zero_are_no_stars(column: list[str]) -> None:
    counts = RatingCounts()
    for text in column:
        counts = counts.plus(text)
    assert counts.scale == 0
    for text in column:
        with pytest.raises(ValueUnread):
            stars_of(text, counts.scale)
    assert stars_of("4/5", counts.scale) == 4


def test_a_lone_number_below_zero_is_an_error() -> None:
    counts = RatingCounts()
    for text in ("4", "-1", "5"):
        counts = counts.plus(text)
    assert counts.scale == 5


@given(
    st.integers(0, 100),
    st.sampled_from([5, 10, 20, 100]),
    st.sampled_from(["{}/{}", "{} out of {}", "{} von {}", "{}  /  {} stars"]),
)
def test_a_rating_of_any_scale_is_its_share_of_five(value: int, scale: int, form: str) -> None:
    if value > scale:
        with pytest.raises(ValueUnread):
            stars_of(form.format(value, scale))
    else:
        assert abs(stars_of(form.format(value, scale)) - Decimal(5 * value) / scale) <= Decimal("0.05")


@given(st.text(max_size=30))
def test_whatever_is_written_is_a_rating_or_a_reason(text: str) -> None:
    try:
        stars = stars_of(text)
    except ValueUnread:
        return
    assert 0 <= stars <= 5
    assert stars == stars.quantize(Decimal("0.1"))
