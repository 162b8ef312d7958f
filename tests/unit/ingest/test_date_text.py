"""Days in the forms that exports use, and among words."""

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
