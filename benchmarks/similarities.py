"""Pairs of texts and how near they are to each other, as the embedding model's own makers compute it."""

LONG = (
    "The firmware update failed, the app no longer pairs with the speaker, and support answered with a link "
    "to the manual that I had already read twice before I wrote to them. "
) * 8
# Cosines computed with sentence-transformers 5 and torch 2.13 from the same weights.
KNOWN = [
    ("The parcel came two weeks late.", "My order was delivered long after the promised day.", 0.576207),
    ("The parcel came two weeks late.", "The headphones sound wonderful.", 0.015837),
    ("How do I activate my new card?", "Where can I turn on the card I just received?", 0.698883),
    ("It broke after three days", "Great value for the money!", 0.102619),
    ("Der Akku hält nur eine Stunde.", "The battery lasts only one hour.", -0.044827),
    ("ok", LONG, 0.111909),
]
