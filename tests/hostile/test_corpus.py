"""The corpus as a whole."""

from collections import Counter

from tests.hostile import CANARY, files, keys, large, messages, requests, uploads

INPUTS = {
    "files": [each.name for each in files.FILES],
    "keys": [*(each.name for each in keys.KEYS), *keys.CURATE_KEYS],
    "large": [each.name for each in large.LARGE],
    "messages": [each.name for each in messages.BODIES],
    "requests": [each.name for each in requests.REQUESTS],
    "uploads": [each.name for each in uploads.UPLOADS],
}


def test_there_are_more_than_200_inputs_of_every_kind() -> None:
    assert sum(map(len, INPUTS.values())) >= 200
    assert all(len(names) >= 20 for names in INPUTS.values())


def test_each_has_a_name_of_its_own() -> None:
    twice = {kind: [name for name, n in Counter(names).items() if n > 1] for kind, names in INPUTS.items()}
    assert not any(twice.values()), twice


def test_most_carry_the_canary() -> None:
    """What holds no text of anybody's, an empty file or a number, cannot carry it."""
    contents = [each.content.lower() for each in files.FILES] + [each.content for each in uploads.UPLOADS]
    said = [each.text for each in messages.BODIES] + [each.body or each.path for each in requests.REQUESTS]
    carrying = sum(CANARY.encode() in content.replace(b"\0", b"") for content in contents)
    carrying += sum(CANARY in text for text in said)
    assert carrying > 0.7 * (len(contents) + len(said))
