import pytest

from shared.contracts.tabular import NotText, column_key, sniff_delimiter, sniff_encoding

TEXT = "id,feedback\n1,Größe und Qualität — très bien\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp1252"])
def test_text_is_recognised_in_every_encoding_that_people_save_it_in(encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-32-le" else ""
    sample = (mark + TEXT).encode(encoding)

    assert sniff_encoding(sample) == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-be"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    assert sniff_encoding(("\ufeffid\n" + "日本" * 50).encode(encoding)) == encoding


def test_a_sample_that_ends_within_a_character_is_still_utf_8() -> None:
    assert sniff_encoding("Größe".encode()[:3]) == "utf-8"


@pytest.mark.parametrize(
    "sample", [b"\x89PNG\r\n\0\0\0\rIHDR\0\1\2\3\4\5\6\7", b"PK\3\4\0\0\x08abc", b"\0" * 64]
)
def test_a_binary_file_is_no_text(sample: bytes) -> None:
    with pytest.raises(NotText):
        sniff_encoding(sample)


@pytest.mark.parametrize(
    "sample, delimiter",
    [
        ("feedback,'; DROP TABLE x; --\ngood,1\n", ","),
        ("a;b;c|d\n1|2\n3|4\n", "|"),
        ("text,a|b|c\nfine,1\ngood,2\n", ","),
        ("id,feedback\n1,a;b;c;d\n", ","),
        ("id;feedback\n1;a,b,c,d\n", ";"),
        ("id\tfeedback, in full\n", "\t"),
        ('"id; ours; theirs",feedback\n', ","),
        ('\ufeff"a ""quoted"" name;",b\r\n', ","),
        ("\n\nid;feedback\n", ";"),
        ('"id"\t"feedback"\n', "\t"),
        ("id|feedback|date\n1|a, b, c|2024-01-01\n", "|"),
        ("id,yes|no\n", ","),
        ("feedback\n", ","),
        ("", ","),
    ],
)
def test_the_header_says_which_delimiter_it_is(sample: str, delimiter: str) -> None:
    assert sniff_delimiter(sample) == delimiter


@pytest.mark.parametrize("header", ["product_name", "\ufeffProduct Name", " PRODUCT-NAME ", "product  name"])
def test_a_column_is_found_however_its_name_is_written(header: str) -> None:
    assert column_key(header) == "product_name"
