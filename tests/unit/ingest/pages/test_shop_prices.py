"""Prices as shops write them: told from ranges, list prices and other amounts."""

import pytest

from tests.unit.ingest.pages.shop_page import facts


@pytest.mark.parametrize(
    "shown, price, currency",
    [
        ("€ 1.234,56", "1234.56", "EUR"),
        ("€1,234.56", "1234.56", "EUR"),
        ("1.234,56 €", "1234.56", "EUR"),
        ("1 234,56\u202f€", "1234.56", "EUR"),
        ("EUR 12,–", "12", "EUR"),
        ("12,- €", "12", "EUR"),
        ("CHF 1'234.50", "1234.50", "CHF"),
        ("¥12,800", "12800", "JPY"),
        ("12,800円", "12800", "JPY"),
        ("£1,050", "1050", "GBP"),
        ("£12.50 each", "12.50", "GBP"),
        ("₹1,29,999", "129999", "INR"),
        ("₩12,000", "12000", "KRW"),
        ("5 990 Ft", "5990", "HUF"),
        ("kr 1 299,00", "1299", "SEK"),
        ("3 490,- Kč", "3490", "CZK"),
        ("2 499 ₽", "2499", "RUB"),
        ("1.499 TL", "1499", "TRY"),
        ("1.499,00 ₺", "1499", "TRY"),
        ("249 грн", "249", "UAH"),
        ("₱1,250.00", "1250", "PHP"),
        ("129,90 lei", "129.90", "RON"),
        ("39,00 лв.", "39", "BGN"),
        ("Fr. 45.90", "45.90", "CHF"),
        ("ab 49,90 €", "49.90", "EUR"),
        ("Ab: 49,90 € *", "49.90", "EUR"),
        ("À partir de 19,90 €", "19.90", "EUR"),
        ("Desde 25 €", "25", "EUR"),
        ("From $ 19", "19", "USD"),
        ("vanaf € 7,95", "7.95", "EUR"),
        ("Our price: $1,299.00", "1299", "USD"),
        ("1’299.95 CHF", "1299.95", "CHF"),
        ("Rs.499/-", "499", "INR"),
        ("￥3,980（税込）", "3980", "JPY"),
        ("1299元", "1299", "CNY"),
        ("RMB 1,299", "1299", "CNY"),
        ("1,290 บาท", "1290", "THB"),
        ("1 299 руб.", "1299", "RUB"),
        ("1299€99", "1299.99", "EUR"),
        ("1 299€00", "1299", "EUR"),
        ("MXN$1,299", "1299", "MXN"),
        ("US$1,299.00", "1299", "USD"),
        ("R 1 299.00", "1299", "ZAR"),
        ("R1,299.00", "1299", "ZAR"),
        ("Gs. 129.900", "129900", "PYG"),
        ("١٬٢٩٩ ر.س", "1299", "SAR"),
        ("１，２９９円", "1299", "JPY"),
        ("99p", "0.99", "GBP"),
        ("Starting at $10.00", "10", "USD"),
        ("$24<sup>99</sup>", "24.99", "USD"),
        ("<i>$</i><i>24</i><sup>99</sup>", "24.99", "USD"),
        ("1299<sup>€99</sup>", "1299.99", "EUR"),
        ('<i>€</i><b>24</b><i class="price__cents">95</i>', "24.95", "EUR"),
        ("24,95 €<sup>1</sup>", "24.95", "EUR"),
        ("149,00 €<sup>*1)</sup>", "149", "EUR"),
    ],
)
def test_a_price_is_read_as_it_is_written(shown: str, price: str, currency: str) -> None:
    said = facts(f'<div class="price">{shown}</div>')
    assert (said["price"], said["currency"], said.get("price_to")) == (price, currency, None)


@pytest.mark.parametrize(
    "shown, price, price_to",
    [
        ("£6.50 – £22.00", "6.50", "22"),
        ("€ 6,50 - € 22,00", "6.50", "22"),
        ("1.299,00 € – 1.599,00 €", "1299", "1599"),
        ("$10 to $15", "10", "15"),
        ("10,00 bis 15,00 €", "10", "15"),
        ("de 10,00 € à 15,00 €", "10", "15"),
        ("¥1,200～¥3,400", "1200", "3400"),
        ("<b>10 €</b> - <b>15 €</b>", "10", "15"),
    ],
)
def test_a_range_has_a_lowest_and_a_highest_price(shown: str, price: str, price_to: str) -> None:
    said = facts(f'<div class="price">{shown}</div>')
    assert (said["price"], said["price_to"]) == (price, price_to)


@pytest.mark.parametrize(
    "body",
    [
        '<p class="price"><s>99,00 €</s> <b>79,00 €</b></p>',
        '<p class="price"><span class="was"><i>99,00 €</i></span> <span class="now">79,00 €</span></p>',
        '<div class="price-box"><p class="old-price">99,00 €</p><div class="b"><i>79,00 €</i></div></div>',
        '<p class="price"><span>79,00 €</span> <span class="x"><del>99,00 €</del></span></p>',
    ],
)
def test_what_was_asked_before_is_crossed_out_or_called_so(body: str) -> None:
    said = facts(body)
    assert (said["price"], said["list_price"]) == ("79", "99")


def test_a_list_price_of_another_price_than_the_datas_is_left_out() -> None:
    data = '{"@type": "Product", "name": "Thing of ours", "offers": {"price": 50, "priceCurrency": "EUR"}}'
    said = facts(
        f'<script type="application/ld+json">{data}</script>'
        '<p class="price"><del>99,00 €</del> <b>79,00 €</b></p>'
    )
    assert (said["price"], said.get("list_price")) == ("50", None)


@pytest.mark.parametrize(
    "body, price, list_price",
    [
        ('<div class="preis">statt 59,95 € <b>nur 39,95 €</b></div>', "39.95", "59.95"),
        ("<p>Was £80.00</p><p>Now £60.00</p><p>Save £20.00</p>", "60", "80"),
        ("<p>Grundpreis: 13,98 € / kg</p><p>6,99 €</p>", "6.99", None),
        ("<p>£0.35/each</p><p>£2.10</p>", "2.10", None),
        ("<p>$49.99/mo</p><p>$999.99</p>", "999.99", None),
        ("<span>Shipping:</span> <b>$4.00</b><p>$19.00</p>", "19", None),
        (
            "<table><tr><td>bez DPH</td><td>165 Kč</td></tr><tr><td>s DPH</td><td>200 Kč</td></tr></table>",
            "200",
            None,
        ),
    ],
)
def test_the_price_is_told_from_other_amounts_by_what_they_are_called(
    body: str, price: str, list_price: str | None
) -> None:
    said = facts(body)
    assert (said["price"], said.get("list_price")) == (price, list_price)


@pytest.mark.parametrize(
    "shown, language, currency",
    [
        ("$ 20", "en-AU", "AUD"),
        ("$ 20", "fr-CA", "CAD"),
        ("$ 20", "en", "USD"),
        ("¥ 20", "zh-CN", "CNY"),
        ("¥ 20", "zh", "CNY"),
        ("¥ 20", "ja", "JPY"),
        ("¥ 20", "en", "JPY"),
        ("20 kr", "da-DK", "DKK"),
        ("20 kr", "nb_NO", "NOK"),
        ("20 kr", "da", "DKK"),
        ("20 kr", "sv", "SEK"),
    ],
)
def test_the_language_of_a_page_tells_whose_money_a_sign_is(shown: str, language: str, currency: str) -> None:
    assert facts(f'<p class="price">{shown}</p>', language)["currency"] == currency
