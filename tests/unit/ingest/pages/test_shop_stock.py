"""What is sold out, to come, or can be bought."""

import pytest

from tests.unit.ingest.pages.shop_page import facts


@pytest.mark.parametrize(
    "said",
    [
        "Currently out of stock",
        "Availability: Out of stock",
        "Sorry, sold out!",
        "Nicht vorrätig",
        "Leider ausverkauft",
        "Zur Zeit nicht lieferbar",
        "Rupture de stock",
        "Produit épuisé",
        "Disponibilité : non disponible",
        "Agotado temporalmente",
        "Sin existencias",
        "Prodotto esaurito",
        "Non disponibile",
        "Tijdelijk uitverkocht",
        "Niet op voorraad",
        "Produkt niedostępny",
        "Dostupnost: Vyprodáno",
        "Нет на складе",
        "Produto esgotado",
        "Tillfälligt slut",
        "已售罄",
        "在庫切れ",
        "品切れ中",
        "일시품절",
        "Dieser Artikel ist zurzeit nicht verfügbar",
        "Ce produit est en rupture de stock",
        "Este producto está agotado",
        "Questo prodotto è attualmente esaurito",
        "Dit product is niet op voorraad",
        "Produkt chwilowo niedostępny",
        "Zboží není skladem",
        "Denne vare er udsolgt",
        "Tuote on loppunut",
        "Bu ürün tükendi",
        "A termék elfogyott",
        "この商品は売り切れです",
        "该商品已售罄",
        "نفدت الكمية",
        "אזל במלאי",
        "We're sorry, this item is out of stock",
        "Unavailable",
        "<button>Notify me when available</button>",
        "<button>Benachrichtigen, wenn verfügbar</button>",
        "<button>Avísame</button>",
        "<a>Join the waitlist</a>",
        '<i class="stock out-of-stock">Comes back in May</i>',
        '<b class="badge sold-out">Weg</b>',
        '<div class="stock unavailable"><span>×</span>Ne</div>',
    ],
)
def test_what_is_sold_out_is_said_in_words_or_in_a_class(said: str) -> None:
    body = f'<p class="price">10 €</p><div><p>{said}</p></div>'
    assert facts(body)["availability"] == "OutOfStock"


@pytest.mark.parametrize(
    "said",
    [
        "In stock",
        "Only 2 left",
        "Auf Lager",
        "Never sold out of ideas",
        "Size 38 <i class=swatch>x</i>",
        "What happens if this item is sold out?",
        "Pickup in your store is not available",
        "Gift wrap is currently unavailable",
        "売り切れ次第終了",
        "<button>Add to cart</button><p>Notify me of news</p>",
    ],
)
def test_what_is_not_said_to_be_sold_out_can_be_bought(said: str) -> None:
    assert facts(f'<p class="price">10 €</p><p>{said}</p>')["availability"] == "InStock"


@pytest.mark.parametrize(
    "said, availability",
    [
        ("Pre-order now", "PreOrder"),
        ("Coming soon", "PreOrder"),
        ("<button>Vorbestellen</button>", "PreOrder"),
        ("Available on backorder <button>Add to cart</button>", "BackOrder"),
        ("This product has been discontinued", "Discontinued"),
    ],
)
def test_what_is_to_come_is_told_from_what_is_gone(said: str, availability: str) -> None:
    assert facts(f'<p class="price">10 €</p><p>{said}</p>')["availability"] == availability
