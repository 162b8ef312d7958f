"""Phrases of a text that could be a heading."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

LONGEST_PHRASE = 5
# Of a word's uses so many have its capitals, or whoever wrote it only shouted.
CODE_SHARE = 1 / 3
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_PHRASE_END = re.compile(r"[.!?;:,()\"\n]+(?=\s|$)|\s[-–—]\s")


def _listed(text: str) -> frozenset[str]:
    """The words, also without their apostrophes, as people often write them."""
    return frozenset(text.split()) | frozenset(text.replace("'", "").split())


# What a heading does without: articles, pronouns that only point, and words of emphasis or of time.
_LEFT_OUT = _listed("""
    a actually again already also always an any anymore currently even ever here her his its just my now
    our please quite really so some still that the their there these this those today tomorrow too very
    yesterday yet your
""")
# Of these, what a thing begins with.
_ARTICLES = _listed("a an any her his its my our some that the their these this those your")
_PRONOUNS = _listed("he i i'd i'll i'm i've it it's me she them they us we we're we've you you're")
# What ties the words of a heading together.
_TIES = _listed("at by for from in inside into of on outside to with within without")
_GRAMMAR = _TIES | _listed("""
    about after all am and anyone are as be because been before being but can could did do does doing done
    get gets getting got had has have having hers him how if is may might more most much must nor off once
    one only or other ours out over same should such than then up was were what when where whether which
    while who why will would yours
""")
# Verbs and nouns that only lead to what is meant: I want to know the way to …
_LEADING = _listed("""
    able anything ask asking come explain give given go goes going gone happen happened
    happening happens hello help hi keep keeps kept know let like look looking made make makes making need
    needed needs okay pls plz possible said say saying says see seem seems show sir something sure tell
    thank thanks thing things think tried tries try trying understand want wanted wants way went wonder
    wondering
""")
# What a verb takes along: `sign up` is one word for a heading.
_PARTICLES = _listed("away back down off out up")
# What else title case leaves small.
_SMALL = _listed("a an and as at but by for from in into of off on or out than the to up with")
# What may begin a heading beside words that say something: what is not there, what does not go.
_DENIALS = _listed("can't cannot couldn't no")
# Every auxiliary verb denies with `n't`, and hurried people write `didnt` and `didnot`.
_AUXILIARIES = """
    ai are ca can could dare did do does had has have is may might must need ought sha should was were wo
    would
"""
_NEGATION = re.compile(rf"no|not|(?:{'|'.join(_AUXILIARIES.split())})(?:n['’]?t|not)")
_NOT_A_HEADING = re.compile(r"\bnot (?!\w+(?:ed|ing|en|n|able|ible)\b)")
_ENDINGS = ("ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "e")
_SHORTEST_STEM = 3


@dataclass(frozen=True, order=True)
class Phrase:
    """A few words of a text.

    Attributes:
        length: its words; one with its particle counts as one.
        clutter: how many of them make it a sentence rather than a heading.
    """

    text: str
    length: int
    clutter: int


def phrases(text: str) -> set[Phrase]:
    """The phrases of at most five words that begin and end with a word that says something."""
    return {phrase for part in _PHRASE_END.split(text) for run in _runs(part) for phrase in _spans(run)}


def content(phrase: Phrase) -> list[str]:
    """The stems of its words that say something, or that something is not."""
    return [stem(word) for word in phrase.text.split() if _says_something(word) or denies(word)]


def form(phrase: Phrase) -> tuple[str, ...]:
    """What `point not updated` and `points not updated` have in common: the stems of all its words."""
    return tuple(map(stem, phrase.text.split()))


def stem(word: str) -> str:
    """The word without the commonest endings, to count its forms as one; `not` for each that denies."""
    if denies(word):
        return "not"
    plain = re.split(r"['’]", word.lower())[0]
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= _SHORTEST_STEM:
            return plain.removesuffix(ending)
    return plain


def denies(word: str) -> bool:
    """Whether it says that something is not so, however hurriedly it is written."""
    return _NEGATION.fullmatch(word.lower()) is not None


def small_words(text: str) -> int:
    """How many of its words are English ones that say nothing by themselves."""
    return sum(not _says_something(word) for word in WORD.findall(text))


def spellings(texts: Iterable[str]) -> dict[str, str]:
    """How abbreviations and product names are written, by how a hurried customer writes them."""
    parts = (part for text in texts for part in _PHRASE_END.split(text) if not part.isupper())
    used = Counter(word for part in parts for word in WORD.findall(part))
    uses: Counter[str] = Counter()
    for word, count in used.items():
        uses[word.lower()] += count
    codes = [word for word, _ in used.most_common() if _is_code(word)]
    often = [word for word in codes if used[word] >= CODE_SHARE * uses[word.lower()]]
    return {word.lower(): word for word in reversed(often)}


def title(phrase: str, spelled: Mapping[str, str] = MappingProxyType({})) -> str:
    """The phrase as a heading: `card not working` is `Card Not Working`."""
    words = [spelled.get(word, word) for word in phrase.split()]
    return " ".join(word if place and word in _SMALL else _capital(word) for place, word in enumerate(words))


def is_heading(phrase: Phrase) -> bool:
    """Whether it is no sentence, says nothing twice, and says `not added` rather than `not add`."""
    words = content(phrase)
    return phrase.clutter == 0 and len(set(words)) == len(words) and not _NOT_A_HEADING.search(phrase.text)


def _spans(words: list[str]) -> Iterator[Phrase]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_PHRASE, len(words)) + 1):
            if _may_begin(words[start]) and _says_something(words[end - 1]):
                span = words[start:end]
                yield Phrase(" ".join(span), len(span), sum(map(_is_clutter, span)))


def _runs(part: str) -> list[list[str]]:
    """Its words as they are to stand in headings, a particle with the word before it.

    Of `the app reverted my payment` app and payment are no heading: what an article begins, the next ends.
    """
    shouted = part.isupper()
    runs: list[list[str]] = [[]]
    is_named = False
    for found in WORD.findall(part):
        words = runs[-1]
        word = found if _is_code(found) and not shouted else found.lower()
        if word in _PARTICLES and words and _says_something(words[-1]):
            words[-1] += f" {word}"
        elif word in _ARTICLES:
            if is_named and words and _says_something(words[-1]):
                runs.append([])
            is_named = True
        elif word.lower() not in _LEFT_OUT and not _is_asked(words, word):
            words.append(word)
            is_named = is_named and _says_something(word)
    return runs


def _is_asked(words: list[str], word: str) -> bool:
    """Whether it is the subject of a question, as in `why can't I pay`."""
    return word.lower() in _PRONOUNS and bool(words) and denies(words[-1])


def _may_begin(word: str) -> bool:
    return _says_something(word) or word.lower().replace("’", "'") in _DENIALS


def _says_something(word: str) -> bool:
    first = word.lower().split(" ")[0].replace("’", "'")
    return not _is_grammar(first) and not denies(first) and first not in _LEADING


def _is_clutter(word: str) -> bool:
    """Neither a word that says something, nor one that ties such words together or denies them."""
    return word not in _TIES and not denies(word) and not _says_something(word)


def _is_grammar(word: str) -> bool:
    """Listed, or short for something listed: there's."""
    return any(
        form in listed
        for form in {word, word.partition("'")[0]}
        for listed in (_GRAMMAR, _PRONOUNS, _LEFT_OUT)
    )


def _is_code(word: str) -> bool:
    """With capitals past its first letter, as abbreviations and product names have."""
    return any(map(str.isupper, word[1:]))


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
