"""What the embedded engine calls unknown under described taxonomies of three trades."""

import pytest

from local.bedrock.engine import MiniLMEngine
from tests.unit.bedrock_server.prompting import labels
from tests.unit.bedrock_server.requests import categories_of, labelling

SHOP = {
    ("Delivery", "Whether the courier came on time and the parcel arrived intact."): [
        "The parcel came a week late.",
        "It arrived the next morning, well wrapped.",
        "The courier left the box in the rain.",
        "Waited ten days for the delivery.",
        "The package was open when it got here.",
    ],
    ("Price and value", "Whether it is worth the money: a bargain, a fair price or overpriced."): [
        "Too expensive for what it is.",
        "Good value, I paid half of what others ask.",
        "Not worth thirty euros.",
        "A bargain in the sale.",
        "Cheaper elsewhere.",
    ],
    ("Customer service", "The staff and the support team listened and helped, or ignored the customer."): [
        "Nobody answers the phone.",
        "The lady at support was very kind.",
        "They ignored three of my mails.",
        "Staff could not help me.",
        "Support solved it in a minute.",
    ],
    ("Durability", "It stopped working or wore out within months, or it is solid and lasts."): [
        "Broke after two weeks.",
        "The handle came off in the first month.",
        "Still works like new after five years.",
        "The zip tore at once.",
        "Solid, will last for ages.",
    ],
    ("Ease of use", "The settings, buttons and features are simple to use or confusing."): [
        "The menu is confusing.",
        "My grandmother uses it without help.",
        "I never find the right button.",
        "Set up in a minute, very simple.",
        "The manual explains nothing.",
    ],
}
HOTEL = {
    ("Rooms", "The room, its bed and bathroom: size, comfort and cleanliness."): [
        "The bed was too soft.",
        "Our bathroom was spotless.",
        "A tiny room with a broken shower.",
        "The sheets had stains.",
        "Large room with a comfortable bed.",
    ],
    ("Food", "Breakfast, the restaurant and the bar."): [
        "Breakfast was cold.",
        "The restaurant serves great fish.",
        "No choice at the buffet.",
        "The bar closes too early.",
        "Wonderful dinner on the terrace.",
    ],
    ("Noise", "How quiet it is: street, neighbours and thin walls."): [
        "We could hear the neighbours all night.",
        "The street is loud until two.",
        "Very quiet at night.",
        "Thin walls, no sleep.",
        "Music from next door kept us awake.",
    ],
    ("Reception", "Checking in and out, and how the people at the desk treat guests."): [
        "Check-in took an hour.",
        "The man at the desk was rude.",
        "Nobody was at the reception at midnight.",
        "Quick check-out and a friendly goodbye.",
        "They had lost our booking when we came to check in.",
    ],
}
IT_DESK = {
    ("Access", "Accounts, passwords, logging in and permissions."): [
        "I forgot my password.",
        "My account is locked.",
        "Please give me access to the project folder.",
        "I cannot log in to the portal.",
        "The new colleague needs a user account.",
    ],
    ("Hardware", "Computers, monitors, printers, phones and cables that fail or are needed."): [
        "My monitor stays black.",
        "The printer on floor two jams.",
        "I need a new laptop.",
        "The docking station does not charge.",
        "My headset is broken.",
    ],
    ("Purchase", "Orders, quotes, suppliers, invoices and licences."): [
        "Please order ten licences.",
        "The supplier's invoice is missing.",
        "We need a quote for the servers.",
        "Purchase order 4711 was not sent.",
        "When will the ordered goods be delivered?",
    ],
    ("HR", "Leave, payroll, contracts, new employees and training."): [
        "How many days of leave do I have left?",
        "My payslip of May is wrong.",
        "A new employee starts on Monday.",
        "Please send me my contract.",
        "Which training can I attend?",
    ],
}
Taxonomy = dict[tuple[str, str], list[str]]
TRADES = {"shop": SHOP, "hotel": HOTEL, "help desk": IT_DESK}
OTHERS = [
    "The chess club meets on Tuesdays.",
    "My dog prefers the other park.",
    "Who won the match last night?",
    "The volcano erupted in 1911.",
    "She plays the violin in an orchestra.",
    "Tomatoes need a lot of sun.",
    "The moon landing was in 1969.",
    "He painted the fence green.",
]


def known(engine: MiniLMEngine, taxonomy: Taxonomy, texts: list[str], *, taught: bool = False) -> list[bool]:
    """Of each text whether it is of some category."""
    examples = [
        (number, text)
        for number, own in enumerate(taxonomy.values(), 1)
        for text in own
        if taught and text not in texts
    ]
    found = categories_of(labels(engine, labelling(texts, list(taxonomy), examples)))
    return [category > 0 for category in found]


@pytest.mark.parametrize("taught", [False, True])
def test_of_rows_that_have_a_category_at_most_six_in_a_hundred_are_unknown(
    engine: MiniLMEngine, taught: bool
) -> None:
    """Each text is asked alone, by the descriptions or with all others as examples besides."""
    found = [
        known(engine, taxonomy, [text], taught=taught)[0]
        for taxonomy in TRADES.values()
        for own in taxonomy.values()
        for text in own
    ]

    assert found.count(False) <= 0.06 * len(found)


@pytest.mark.parametrize("taught", [False, True])
@pytest.mark.parametrize("trade", TRADES)
def test_sentences_about_something_else_are_unknown(engine: MiniLMEngine, trade: str, taught: bool) -> None:
    assert known(engine, TRADES[trade], OTHERS, taught=taught).count(True) <= 2


def test_three_more_categories_make_no_known_row_unknown(engine: MiniLMEngine) -> None:
    """As after a discovery: the next file's rows stand beside eight categories where there were five."""
    found: Taxonomy = {
        ("Invoice for Order", "Feedback like “Still no invoice, I only got an order confirmation.”"): [],
        ("Plastic Box", "Feedback like “Overpackaged. Could do without the plastic blister.”"): [],
        ("Recording Permission", "Feedback like “Why does the app need my location all the time?”"): [],
    }
    texts = [text for own in SHOP.values() for text in own]

    before, after = known(engine, SHOP, texts), known(engine, SHOP | found, texts)

    assert after.count(False) <= before.count(False) + 1
