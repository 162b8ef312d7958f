"""Dates in the forms that exports use, and texts that hold one or look like one."""

import re
from datetime import datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.date_words import months, weekdays, word_key
from services.ingest.dates import DateOrder, decides, parse_date
from services.ingest.refusal import ValueUnread

at = partial(datetime, tzinfo=None)
MONTH, DAY = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST
THE_FIFTH = at(2024, 3, 5)

# Written down here, not taken from the table that they put to the test.
LANGUAGES = {
    "en": "January February March April May June July August September October November December",
    "en, short": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "de, short": "Jan. Feb. Mär. Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "fr, short": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "es, short": "ene feb mar abr may jun jul ago sept oct nov dic",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "pt, short": "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "it, short": "gen feb mar apr mag giu lug ago set ott nov dic",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca "
    "sierpnia września października listopada grudnia",
    "pl, alone": "styczeń luty marzec kwiecień maj czerwiec lipiec "
    "sierpień wrzesień październik listopad grudzień",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
NAMES = {language: names.split() for language, names in LANGUAGES.items()}


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize(
    "form", ["{day} {month} {year}", "{month} {day}, {year}", "{day}-{month}-{year}", "{year} {month} {day}"]
)
def test_months_are_known_by_name(language: str, form: str) -> None:
    for number, name in enumerate(NAMES[language], start=1):
        for written in (name, name.upper(), name.lower()):
            assert parse_date(form.format(day=17, month=written, year=2024), None) == at(2024, number, 17)


@pytest.mark.parametrize(
    "text",
    [
        "Mar 5, 2024",
        "March 5th, 2024",
        "the 5th of March, 2024",
        "Tue, March 5 2024",
        "Tuesday, 5 March 2024",
        "Mar 5 '24",
        "05-Mar-24",
        "05-MAR-2024",
        "2024-Mar-05",
        "Dienstag, den 5. März 2024",
        "5.März 2024",
        "5. Maerz 2024",
        "mardi 5 mars 2024",
        "le 5 mars 2024",
        "martes, 5 de marzo de 2024",
        "5 de marzo del 2024",
        "terça-feira, 5 de março de 2024",
        "mar 5 mar 2024",
        "dinsdag 5 maart 2024",
        "5 marca 2024 r.",
        "5 Mart 2024 Salı",
        "5 MART 2024",
        "2024. március 5.",
        "2024年3月5日",
        "2024年03月05日(火)",
        "2024年3月5日 星期二",
        "２０２４年３月５日",
        "2024년 3월 5일",
        "5. 3. 2024",
        "2024. 03. 05.",
        "Tuesday 2024-03-05",
        "20240305",
        "45356",
        "05. Mrz 24",
        "Di 5. Mrz. 2024",
        "5 מרץ 2024",
        "5 במרץ 2024",
        "5 مارس 2024",
        "5 март 2024 г.",
        "5. marca 2024",
        "5. märts 2024",
        "5 de març de 2024",
        "5 Mac 2024",
        "5 tháng 3, 2024",
        "Ngày 5 tháng 3 năm 2024",
        "2024‑03‑05",
        "5–3–2024",
        "\u200e5\u200e/\u200e3\u200e/\u200e2024",
        "\ufeff2024-03-05",
        "'2024-03-05",
        '="2024-03-05"',
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert parse_date(text, DAY) == THE_FIFTH


@pytest.mark.parametrize(
    "text",
    [
        "Reviewed in the United States on March 5, 2024",
        "Reviewed in the United Kingdom 🇬🇧 on 5 March 2024",
        "Rezension aus Deutschland vom 5. März 2024",
        "Bewertet in Deutschland am 5. März 2024",
        "Commenté en France le 5 mars 2024",
        "Avis laissé en Belgique le 5 mars 2024",
        "Reseñado en España el 5 de marzo de 2024",
        "Revisado en México el 5 de marzo de 2024",
        "Recensito in Italia il 5 marzo 2024",
        "Avaliado no Brasil em 5 de março de 2024",
        "Beoordeeld in Nederland op 5 maart 2024",
        "Zrecenzowano w Polsce dnia 5 marca 2024",
        "5 Mart 2024 tarihinde Türkiye'de değerlendirildi",
        "2024年3月5日に日本でレビュー済み",
        "2024年3月5日在美国审核",
        "Posted: March 5, 2024",
        "Review date: 5/3/2024",
        "Date of experience: March 05, 2024",
        "Datum der Erfahrung: 05. März 2024",
        "Date de l'expérience: 05 mars 2024",
        "Fecha de la experiencia: 05 de marzo de 2024",
        "Data dell'esperienza: 05 marzo 2024",
        "Dined on March 5, 2024",
        "Date: 2024-03-05",
        "Updated Mar 5, 2024",
    ],
)
def test_the_date_of_a_review_is_read_from_its_sentence(text: str) -> None:
    assert parse_date(text, DAY) == THE_FIFTH


@pytest.mark.parametrize(
    "text",
    [
        "1709629200",
        "1709629200000",
        "1709629200000.0",
        "1709629200000000",
        "1.7096292E12",
        "/Date(1709629200000)/",
        "45356.375",
        "45356,375",
        "20240305090000",
        "202403050900",
        "Tue, 05 Mar 2024 10:00:00 +0100",
        "Tue, 5 Mar 2024 09:00 GMT",
        "Tue Mar 05 2024 10:00:00 GMT+0100 (CET)",
        "Tue Mar 05 2024 10:00:00 GMT+0100 (Central European Standard Time)",
        "Tue Mar  5 10:00:00 CET 2024",
        "2024-03-05 09:00:00 UTC",
        "2024-03-05 09:00:00.123456 UTC",
        "2024-03-05 10:00 GMT+1",
        "2024-03-05 10:00 GMT+01:00",
        "2024-03-05 04:00:00 -0500",
        "2024-03-05 10:00:00+01",
        "2024-03-05T09:00:00.1234567Z",
        "2024-03-05T10:00:00+01:00[Europe/Berlin]",
        "5/3/2024 4:00 AM EST",
        "5.3.2024, 10:00 MEZ",
        "5. März 2024, 9:00 Uhr",
        "5 mars 2024 à 9h00",
        "mardi 5 mars 2024 à 09:00:00",
        "9:00, 5 March 2024",
        "March 5th, 2024 at 9:00am",
        "March 5, 2024 9 a.m.",
        "05-MAR-24 09.00.00.000000 AM",
        "2024年3月5日 9時00分",
        "2024年3月5日 上午9:00",
        "2024/03/05 下午17:00".replace("下午17", "上午09"),
        "2024/03/05 10:00:00 vorm. MEZ",
        "2024/03/05 11:00:00 vorm. OEZ",
        "2024/03/05 6:00:00 午後 JST",
        "2024/03/05 10:00:00 AM GMT+1",
        "05/03/2024 09:00:00 π.μ.",
        "5. 3. 2024 오전 9:00:00",
        "2024-03-05 10:00:00 +0100 CET",
        "2024-03-05 09:00:00 +0000 UTC",
        "2024-03-05T09:00:00z",
        "5.3.2024 klo 9.00",
        "5.3.2024 9.00.00",
        "05-03-2024 09.00",
        "05/03/24 09.00",
        "5. maaliskuuta 2024 klo 9.00",
        "Mar 5, 2024, 9:00:00\u202fAM",
        "5/3/2024 9:00:00 a.\u00a0m.",
    ],
)
def test_a_moment_is_read_in_its_zone(text: str) -> None:
    assert parse_date(text, DAY) == at(2024, 3, 5, 9)


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 05 Mar 2024 23:42:17 +0100",
        "5 March 2024 10:42:17 PM",
        "5 March 2024 10.42.17 p.m.",
        "2024年3月5日 下午10:42:17",
        "2024年3月5日 午後10時42分17秒",
        "2024-03-06 04:12:17 GMT+05:30",
        "2024-03-06 04:12:17 UTC",
        "2024-03-06 04:12:17 +0530",
        "2024-03-05 17:42:17 UTC−5",
    ],
)
def test_hours_minutes_and_seconds_are_read_in_words_too(text: str) -> None:
    moment = at(2024, 3, 6, 4, 12, 17) if text.endswith("12:17 UTC") else at(2024, 3, 5, 22, 42, 17)
    assert parse_date(text, DAY) == moment


def test_half_past_midnight_is_in_the_morning() -> None:
    assert parse_date("2024年3月5日 上午12:30", DAY) == at(2024, 3, 5, 0, 30)


def test_no_sentence_is_so_long_that_it_must_be_read_for_a_date() -> None:
    sentence = "Reviewed in Spain {} on March 5, 2024"
    fits, too_long = (sentence.format("x" * (length - len(sentence) + 2)) for length in (120, 121))
    assert parse_date(fits, DAY) == THE_FIFTH
    with pytest.raises(ValueUnread):
        parse_date(too_long, DAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May",
        "may be",
        "Mar",
        "5",
        "March 5",
        "March 2024",
        "2024",
        "12:30",
        "yesterday",
        "2 days ago",
        "last March 5",
        "I bought it on March 5, 2024",
        "between March 5, 2024 and March 7, 2024",
        "Reviewed on March 5, 2024, bought on March 1, 2024",
        "Reviewed in May on March 5",
        "5 6 March 2024",
        "5 March 2024 6",
        "2024 March 2024",
        "March March 2024",
        "March 5, 202",
        "005 March 2024",
        "March 2024 005",
        "31 April 2024",
        "29 février 2023",
        "0 March 2024",
        "March 5, 2024 25:00",
        "March 5, 2024 13:00 pm",
        "2024年13月5日",
        "2024-03-05 10:00 IST",
        "2024-03-05 10:00 somewhere",
        "Rated 4 out of 5 in March",
        "123",
        "12345",
        "99999",
        "123456789",
        "5551234567890123456789",
        "12345678",
        "20241305",
        "4.0.1",
        "+49 30 1234567",
        "1e99",
        "1E99",
        "0E99",
        "2024年3月",
        "Date of stay: March 2024",
        "2567-03-05",
        "05.03.2024 25.00",
        "5 tháng 13, 2024",
    ],
)
def test_what_is_no_date_becomes_none(text: str) -> None:
    with pytest.raises(ValueUnread, match="2024-03-05"):
        parse_date(text, DAY)


@pytest.mark.parametrize(
    "text,order",
    [
        ("25/3/2024 10:00 UTC", DAY),
        ("Reviewed in Spain on 3/25/2024", MONTH),
        ("Friday, 25. 3. 2024", DAY),
        ("5/3/2024 10:00 UTC", None),
        ("25 March 2024", None),
        ("2024年3月25日", None),
        ("see 25/3/2024 and 3/25/2024", None),
    ],
)
def test_a_date_among_words_decides_as_one_alone_does(text: str, order: DateOrder | None) -> None:
    assert decides(text) is order


def test_a_date_among_words_keeps_to_the_file_s_order() -> None:
    assert parse_date("5/3/2024 10:00 UTC", MONTH) == at(2024, 5, 3, 10)
    with pytest.raises(ValueUnread, match="in this file the month comes first"):
        parse_date("25/3/2024 10:00 UTC", MONTH)


def test_no_name_of_a_month_is_two_months_and_all_are_keyed() -> None:
    assert set(months().values()) == set(range(1, 13))
    assert {word_key(name) for name in months()} == set(months())
    assert {word_key(name) for name in weekdays()} == set(weekdays())


DAYS = st.dates(at(1970, 1, 1).date(), at(2069, 12, 31).date())
LAYOUTS = st.sampled_from(
    [
        "{day} {month} {year}",
        "{day}. {month} {year}",
        "{month} {day}, {year}",
        "{year} {month} {day}",
        "{day}-{month}-{year}",
    ]
)


@given(
    DAYS,
    st.sampled_from(sorted(NAMES)),
    LAYOUTS,
    st.times(),
    st.integers(-12, 14),
    st.sampled_from([None, MONTH, DAY]),
)
def test_what_is_written_in_words_is_read_back(
    day: datetime, language: str, layout: str, time: datetime, offset: int, order: DateOrder | None
) -> None:
    text = layout.format(day=day.day, month=NAMES[language][day.month - 1], year=day.year)
    assert parse_date(text, order) == at(day.year, day.month, day.day)
    zoned = f"{text} {time:%H:%M:%S} GMT{offset:+d}"
    shift = parse_date(f"{text} {time:%H:%M:%S}", order) - parse_date(zoned, order)
    assert shift.total_seconds() == offset * 3600


@given(
    st.text(st.characters(exclude_categories=["Nd", "No", "Nl"]), max_size=60),
    st.sampled_from([None, MONTH, DAY]),
)
def test_a_text_without_a_digit_is_no_date(text: str, order: DateOrder | None) -> None:
    with pytest.raises(ValueUnread):
        parse_date(text, order)


WORDS = st.sampled_from(
    [
        "5",
        "12",
        "2024",
        "24",
        "March",
        "mars",
        "Sun",
        "10:00",
        "UTC",
        "Reviewed",
        "in",
        "on",
        "the",
        "and",
        ",",
        "3/5/2024",
        "x",
    ]
)


@given(st.lists(WORDS, max_size=8))
def test_words_are_a_date_only_with_one_day_one_month_and_one_year(words: list[str]) -> None:
    text = " ".join(words)
    try:
        parse_date(text, None)
    except ValueUnread:
        return
    whole = text.count("3/5/2024")
    named = len(re.findall("March|mars", text))
    numbers = len(re.findall(r"(?<![\d/:])(?:5|12|2024|24)(?![\d/:])", text))
    assert (whole, named, numbers) in {(1, 0, 0), (0, 1, 2)}
    assert "x" not in words or "Reviewed" in words


@given(
    st.integers(at(2002, 1, 1).toordinal(), at(2098, 1, 1).toordinal()),
    st.integers(0, 86_399),
    st.sampled_from([1, 1000, 10**6, 10**9]),
)
def test_seconds_since_1970_are_read_in_any_unit(day: int, second: int, unit: int) -> None:
    seconds = (day - at(1970, 1, 1).toordinal()) * 86_400 + second
    read = parse_date(str(seconds * unit), None)
    assert (read - at(1970, 1, 1)).total_seconds() == seconds


@given(st.datetimes(at(1981, 1, 1), at(2048, 12, 31)).map(lambda moment: moment.replace(microsecond=0)))
def test_a_cell_of_excel_is_read_to_the_second(moment: datetime) -> None:
    days = (moment - at(1899, 12, 30)).total_seconds() / 86_400
    assert parse_date(f"{days:.9f}", None) == moment
