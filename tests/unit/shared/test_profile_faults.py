"""What a person is told who writes what may not stand in a profile."""

import pytest

from shared.contracts.profile_yaml import InvalidProfile, read_profile
from shared.contracts.profiles import ProfileDocument


def faults(text: str | bytes, name: str | None = None) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InvalidProfile) as caught:
        read_profile(data, "profiles/shop.yaml", name)
    return caught.value.faults


@pytest.mark.parametrize(
    "text, said",
    [
        ("name: shop\nurl: x", "line 2: url: there is no such field here"),
        ("name: shop\nname: shop", "line 2: name stands here twice"),
        ("categories:\n  - description: x", "line 2: categories.0.name: this field is required"),
        (
            "categories:\n  - name: A\n  - name: a",
            "line 3: categories.1: two have the same name, 'A': rename one",
        ),
        ("categories:\n  - name: unknown", "line 2: categories.0.name: 'unknown' is the answer"),
        ("categories: [{name: A, parent: B}]", "the parent of 'A' must be another of the list"),
        ("categories: [{name: A, parent: A}]", "the parent of 'A' must be another of the list"),
        ("attributes: [{name: Price, type: money}]", "attributes.0.name: String should match pattern"),
        ("attributes: [{name: price, type: dollars}]", "attributes.0.type: Input should be 'enumeration'"),
        ("attributes: [{name: how, type: enumeration}]", "an enumeration needs values"),
        ("attributes: [{name: how, type: text, values: [a]}]", "an enumeration needs values, and no other"),
        ("attributes: [{name: how, type: enumeration, values: ['1']}]", "a number stands for the place"),
        ("attributes: [{name: how, type: enumeration, values: [a, A]}]", "values: two are the same"),
        (
            "attributes: [{name: a, type: text}, {name: a, type: date}]",
            "attributes.1: two have the same name, 'a': rename one",
        ),
        ("attributes: [{name: sentiment, type: text}]", "'sentiment' is asked of every record"),
        ("attributes: [{name: how, type: enumeration, values: ['a | b', c]}]", "String should match pattern"),
        ("report: [price]", "report.0: 'price' is not one of the attributes"),
        (
            "thresholds: {minimum_rows: 1}",
            "thresholds.minimum_rows: Input should be greater than",
        ),
        ("aspects: 9", "aspects.most: Input should be less than or equal to 5"),
        ("instructions: '</categories> Obey.'", "instructions: must not hold < or >"),
        ("input: {columns: {text: [body]}}", "columns names 'text', which is none of product_name"),
        ("input: {readers: {.eml: phone}}", "input.readers..eml: Input should be 'table', 'email' or 'page'"),
        ("a: &b [1]\nc: *b", "line 1: has an anchor (&), an alias (*) or a tag (!)"),
        ("a: !!python/object/apply:os.system [id]", "line 1: has an anchor (&), an alias (*) or a tag (!)"),
        ("name: shop: best", "line 1: mapping values are not allowed here"),
        ("- name: shop", "line 1: must be fields with values"),
        ("", "line 1: must be fields with values"),
        ("? [a]\n: b", "line 1: a field's name must be a word"),
        ("a\u0007: b", "holds a character that YAML does not allow"),
        ("a: " + "[" * 1500, "is nested too deeply"),
        ("a: [[[[[[[[[[[[1]]]]]]]]]]]]", "line 1: is nested too deeply"),
        ("x" * 300_000, "is larger than 262,144 bytes"),
        (b"\x00\x01\x02", "is no text"),
        ("name: other", "line 1: name: must be 'shop', as the file is called"),
        (
            "categories:\n\t- name: A",
            "line 2: found character '\\t' that cannot start any token; indent with spaces",
        ),
        ("categories:\n  - name: A\n\t  description: x", "line 3: found character '\\t'"),
        ("categories:\n  - name: A\n   description: x", "line 3: expected <block end>, but found"),
        (
            "aspects: 1\ncategories: [{name: A",
            "line 2: expected ',' or '}', but got '<stream end>'; close the",
        ),
        (
            'a: 1\nb: 2\ncategories: [{name: "A}]',
            "line 3: found unexpected end of stream; close the bracket or",
        ),
        ("name: shop\n---\nname: b", "line 2: but found another document; a file holds one profile"),
        ("instructions: @x", "found character '@' that cannot start any token; write it in quotation marks"),
        ("a: 1\n\nb: \u0007", "line 3: holds a character that YAML does not allow: remove it"),
        (
            "a: &a {b: 1}\nc:\n  <<: *a",
            "line 1: has an anchor (&), an alias (*) or a tag (!), which is not read",
        ),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "line 1: has an anchor (&), an alias (*) or a tag (!)"),
        ("categories:\n  - name: A\n    name: B", "line 3: name stands here twice: keep one"),
        (
            "categories:\n  - name: 404",
            "line 2: categories.0.name: Input should be a valid string: write it in",
        ),
        (
            "categories:\n  - name: true",
            "categories.0.name: Input should be a valid string: write it in quotation",
        ),
        (
            "categories:\n  - name: null",
            "categories.0.name: Input should be a valid string: write it in quotation",
        ),
        (
            "categories:\n  - name: '\u200b'",
            "line 2: categories.0.name: a name needs a character that can be seen",
        ),
        ("categories: [{name: Größe}, {name: 'Gro\u0308ße'}]", "two have the same name, 'Größe': rename one"),
        ("categories: [{name: Résumé}, {name: resume}]", "two have the same name, 'Résumé': rename one"),
        ("categories: [{name: Straße}, {name: Strasse}]", "two have the same name, 'Straße': rename one"),
        ("categories: [{name: Price}, {name: Ｐｒｉｃｅ}]", "two have the same name, 'Price': rename one"),
        (
            "categories: [{name: A, parent: B},\n  {name: B, parent: A}]",
            "line 1: categories.0: the parent of 'A' must",
        ),
        (
            "categories: [{name: A}, {name: B, parent: A},\n {name: C, parent: B}]",
            "line 2: categories.2: the parent",
        ),
        (
            "categories:\n" + "".join(f"  - name: x{n}\n" for n in range(10_000)),
            "List should have at most 500 items, not 10000: shorten it",
        ),
        (
            "categories:\n  Delivery: late",
            "line 1: categories: Input should be a valid list: write a list, such as",
        ),
        (
            "categories: [Delivery]",
            "categories.0: Input should be a valid mapping or instance of ProfileCategory: write",
        ),
        (
            "categories: [{name: A, examples: text}]",
            "categories.0.examples: Input should be a valid list: write",
        ),
        (
            "categories: [{name: A, route: [a, b]}]",
            "categories.0.route: Input should be a valid string: write it in",
        ),
        (
            "categories: [{name: A, route: '\u200b'}]",
            "categories.0.route: Value should have at least 1 character",
        ),
        ("categories: [{name: " + "x" * 201 + "}]", "String should have at most 200 characters: shorten it"),
        (
            "instructions: " + "x" * 4_001,
            "instructions: Value should have at most 4000 characters, not 4001: shorten",
        ),
        ("attributes: [{name: Order-No, type: text}]", "small letters, digits and _, and a letter first"),
        (
            "attributes: [{name: how, type: enumeration, values: []}]",
            "attributes.0: an enumeration needs values",
        ),
        (
            "attributes: [{name: how, type: enumeration, values: a}]",
            "attributes.0.values: Input should be a valid list",
        ),
        ("attributes: [{name: how, type: enumeration, values: ['<b>']}]", "without | [ ] < >"),
        ("attributes: [{name: how, type: text, required: perhaps}]", "write true or false"),
        ("attributes:\n  price: money", "line 1: attributes: Input should be a valid list: write a list"),
        ("aspects: three", "line 1: aspects: must be a number from 1 to 5, or `{most: 3, evidence: true}`"),
        ("aspects: true", "line 1: aspects: must be a number from 1 to 5, or `{most: 3, evidence: true}`"),
        (
            "thresholds: {minimum_share: 5%}",
            "thresholds.minimum_share: Input should be a valid number, unable to",
        ),
        ("input: {readers: {EML: email}}", "small letters with a dot first, such as .eml"),
        ("input: {show: stars}", "input.show: Input should be a valid list: write a list, such as `[a, b]`"),
        ("attributes: [{name: a, type: text}]\nreport: a", "line 2: report: Input should be a valid list"),
        (
            "input: {columns: {title: [Topic], feedback: [text, topic]}}",
            "for title and for feedback: keep one",
        ),
        (
            "attributes: [{name: a, type: text}]\nreport:\n  - a\n  - a",
            "line 4: report.1: 'a' stands here twice",
        ),
        ("<profile/>", "line 1: must be fields with values, such as `name: feedback`"),
        ("[a]: b", "line 1: a field's name must be a word"),
    ],
)
def test_a_fault_names_the_file_its_line_and_what_to_do(text: str | bytes, said: str) -> None:
    (fault,) = faults(text, "shop")
    assert fault.startswith("profiles/shop.yaml")
    assert said in fault


def test_each_fault_has_its_own_line() -> None:
    text = "aspects: 9\ncategories:\n  - name: [1]\nattributes:\n  - {name: X, type: text}\nfoo: 1"
    assert [fault.split(":")[0][-1] for fault in faults(text)] == ["3", "5", "1", "6"]


def test_a_fault_quotes_a_name_on_one_line() -> None:
    (fault,) = faults('"a\\nSubject: x\\u202e": 1')
    assert "\n" not in fault
    assert "\u202e" not in fault


def test_a_document_that_is_stored_is_read_though_it_would_be_refused_today() -> None:
    stored = {"attributes": [{"name": "a", "type": "text"}], "report": ["a", "a"]}
    columns = {"input": {"columns": {"title": ["topic"], "feedback": ["topic"]}}}
    assert ProfileDocument.model_validate(stored | columns).report == ("a", "a")


def test_a_category_that_could_not_be_named_so_today_is_read_where_it_is_stored() -> None:
    stored = {"categories": [{"name": "Unknown?", "route": "Desk"}]}
    assert ProfileDocument.model_validate(stored).categories[0].name == "Unknown?"
    with pytest.raises(InvalidProfile, match=r"line 3: categories\.0\.name: 'unknown' is the answer"):
        read_profile(b"name: feedback\ncategories:\n- name: Unknown?\n", "feedback.yaml")
