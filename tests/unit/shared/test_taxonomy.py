"""Category names: one normalisation, so that what looks the same is the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.contracts.names import clean_name, name_key
from shared.contracts.taxonomy import UNKNOWN, NewCategory

POSING_AS_UNKNOWN = [
    "unknown",
    "UNKNOWN ",
    "unknöwn",
    "unkno\u0308wn",
    "ųñķñóŵñ",
    "unk\u200bnown",
    "\ufeffunknown",
    "unknown\u2060",
    "un\u00adknown",
    "unknow\U000e0061n",
    "u\ufe0fnknown",
    "\uff55\uff4e\uff4b\uff4e\uff4f\uff57\uff4e",
    "\U0001d42e\U0001d427\U0001d424\U0001d427\U0001d428\U0001d430\U0001d427",
    "unknown\u202e",
    "unk\u0007nown",
    "unk\u034fnown",
    "\u3164unknown",
    "u\u200dnknown",
    "ⓤⓝⓚⓝⓞⓦⓝ",
    "unknown\u180e",
    "\u2063unknown",
    "unknown\u2800",
]


@pytest.mark.parametrize(
    "name",
    [
        "unknown.",
        "(Unknown)",
        "un known",
        "unkn\u043ewn",
        "υηκηοωη",
        "ᴜɴᴋɴᴏᴡɴ",
        "սոkոօwո",
        "«UNKN\u041eWN»",
        "un_known",
    ],
)
def test_no_category_looks_like_unknown(name: str) -> None:
    with pytest.raises(ValidationError):
        NewCategory(name=name)


@pytest.mark.parametrize("name", ["Unknown caller", "Известно", "οκ", "Unknowns"])
def test_a_name_that_only_begins_like_it_is_taken(name: str) -> None:
    assert NewCategory(name=name).name == name


@pytest.mark.parametrize("name", POSING_AS_UNKNOWN)
def test_no_category_poses_as_unknown(name: str) -> None:
    assert name_key(name) == UNKNOWN
    with pytest.raises(ValidationError):
        NewCategory(name=name)


@pytest.mark.parametrize(
    "name",
    [
        "Late  delivery",
        "late\u00a0DELIVERY",
        "L\u200date delivery\u200b",
        "\uff2c\uff41\uff54\uff45 delivery",
        "Laté delivery",
        "\u202eLate delivery\u202c",
        "Late\ndelivery\x00",
    ],
)
def test_names_that_look_the_same_have_one_key(name: str) -> None:
    assert name_key(name) == name_key("Late delivery")


def test_names_that_differ_keep_their_keys() -> None:
    names = ["Late delivery", "Later delivery", "配送遅延", "配送", "Доставка", "توصیل", "Größe", "🚚", "📦"]
    assert len({name_key(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["\u200b\u2060", "\u3164", "\ufe0f", "\u00ad", " \u115f ", "\x00"])
def test_a_name_needs_what_can_be_seen(name: str) -> None:
    with pytest.raises(ValidationError, match="can be seen"):
        NewCategory(name=name)


def test_a_name_that_grows_beyond_the_column_is_refused() -> None:
    with pytest.raises(ValidationError, match="at most 200"):
        NewCategory(name="\ufdfa" * 200)


def test_a_name_is_kept_as_it_is_seen() -> None:
    assert NewCategory(name=" Gr\u00f6\u00dfe\u200b \uff06  Passform ").name == "Größe & Passform"


@given(st.text())
def test_a_name_is_normalised_once_and_for_all(name: str) -> None:
    cleaned = clean_name(name)

    assert clean_name(cleaned) == cleaned
    assert unicodedata.is_normalized("NFKC", cleaned)
    assert name_key(cleaned) == name_key(name) == name_key(name_key(name))
