"""Encodings told from a file's first lines, and files cut by their bytes whatever the encoding."""

import random
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.encodings import encoding_of
from services.ingest.headers import HEAD_BYTES
from services.ingest.layout import inspect
from services.ingest.lines import split_lines
from services.ingest.refusal import FileRefused
from tests.unit.ingest.reading import blocks, layout_of, read, read_with_restarts, values

SAID = {
    "de": (
        "Das Paket kam zu spät und war völlig durchnässt.",
        "Die Größe passt, schöne Farbe.",
        "Viel zu teuer für 5 €.",
        "Der Kundendienst antwortet nicht, das ist ärgerlich.",
    ),
    "fr": (
        "Le colis est arrivé en retard et complètement trempé.",
        "Très bonne qualité, je recommande.",
        "Le service client a répondu très vite, merci à eux.",
        "La couleur n’est pas celle de la photo, déçu.",
    ),
    "es": (
        "El paquete llegó tarde y mojado.",
        "La atención al cliente respondió rápido, muy bien.",
        "No lo recomiendo, pésima calidad.",
        "El color no es como en la foto, ¡qué decepción!",
    ),
    "pt": (
        "A encomenda chegou atrasada e molhada.",
        "Não recomendo, péssima qualidade.",
        "O atendimento foi rápido, muito bom, coração.",
        "A cor não é igual à da fotografia.",
    ),
    "it": (
        "Il pacco è arrivato in ritardo ed era bagnato.",
        "La qualità è ottima, perché no?",
        "Il servizio clienti ha risposto subito, così va bene.",
        "Il colore non è quello della foto.",
    ),
    "nl": (
        "Het pakket kwam één dag te laat.",
        "De kleur is niet zoals op de foto, heel anders dan geïllustreerd.",
        "Prima kwaliteit voor € 20.",
        "Ik ben zó blij met deze jas, hij zit perfect – echt waar.",
    ),
    "sv": (
        "Paketet kom för sent och var alldeles blött.",
        "Kvaliteten är mycket bra för priset.",
        "Kundtjänsten svarade snabbt, tack så mycket.",
        "Färgen är inte som på bilden, lite väl mörk.",
    ),
    "is": (
        "Pakkinn kom of seint og var blautur í gegn.",
        "Gæðin eru mjög góð fyrir verðið.",
        "Þjónustan svaraði fljótt, takk fyrir það.",
        "Liturinn er ekki eins og á myndinni, það er leiðinlegt.",
    ),
    "en": (
        "The parcel came late — it’s soaked.",
        "“Never again”, cost me £5.",
        "Met at a café, bought there.",
        "It’s fine, I don’t mind the colour…",
    ),
    "pl": (
        "Paczka przyszła późno i była zgnieciona.",
        "Żółty kolor inny niż na zdjęciu.",
        "Jakość świetna, polecam każdemu.",
        "Obsługa odpowiedziała szybko, dziękuję.",
    ),
    "cs": (
        "Balík přišel pozdě a byl rozmočený.",
        "Žlutá barva je jiná než na fotografii.",
        "Kvalita je skvělá, doporučuji všem.",
        "Zákaznická podpora odpověděla rychle, děkuji.",
    ),
    "hu": (
        "A csomag későn érkezett és teljesen elázott.",
        "A minőség nagyon jó, ajánlom mindenkinek.",
        "Az ügyfélszolgálat gyorsan válaszolt, köszönöm.",
        "A szín nem olyan, mint a fényképen, rossz, csalódtam.",
    ),
    "ro": (
        "Coletul a ajuns târziu şi era ud.",
        "Calitatea este foarte bună, recomand tuturor.",
        "Serviciul clienţi a răspuns repede, mulţumesc.",
        "Culoarea nu este ca în fotografie, păcat.",
    ),
    "tr": (
        "Kargo geç geldi ve kutu ıslanmıştı.",
        "Müşteri hizmetleri hızlıydı, teşekkürler.",
        "Rengi fotoğraftaki gibi değil.",
        "Kalitesi çok iyi, herkese öneririm.",
    ),
    "ru": (
        "Курьер оставил посылку под дождём, и она промокла.",
        "Поддержка ответила быстро, спасибо.",
        "Цвет не такой, как на фото.",
        "Отличное качество, рекомендую всем.",
    ),
    "el": (
        "Το δέμα ήρθε αργά και ήταν βρεγμένο.",
        "Η εξυπηρέτηση ήταν γρήγορη, ευχαριστώ πολύ.",
        "Το χρώμα δεν είναι όπως στη φωτογραφία.",
        "Πολύ καλή ποιότητα, το συνιστώ.",
    ),
    "he": (
        "החבילה הגיעה מאוחר והייתה רטובה.",
        "השירות היה מהיר, תודה רבה.",
        "הצבע לא כמו בתמונה.",
        "איכות טובה מאוד, ממליץ.",
    ),
    "ar": (
        "وصل الطرد متأخراً وكان مبللاً.",
        "كانت خدمة العملاء سريعة، شكراً جزيلاً.",
        "اللون ليس كما في الصورة.",
        "جودة ممتازة، أنصح به.",
    ),
    "lt": (
        "Siunta atėjo vėlai ir buvo šlapia.",
        "Aptarnavimas greitas, ačiū labai.",
        "Spalva ne tokia kaip nuotraukoje, gaila.",
        "Kokybė labai gera, rekomenduoju visiems.",
    ),
    "th": (
        "พัสดุมาช้าและเปียก",
        "บริการลูกค้าตอบเร็ว ขอบคุณมาก",
        "สีไม่เหมือนในรูป",
        "คุณภาพดีมาก แนะนำ",
    ),
    "ja": (
        "配送が遅れて箱が潰れていました。",
        "サポートの対応は早くて良かったです。",
        "色が写真と違います。",
        "品質には満足しています、おすすめです。",
    ),
    "zh": (
        "快递很慢，包装破了。",
        "客服很快回复，很满意。",
        "颜色和照片不一样。",
        "质量一般，不会再买。",
    ),
    "tw": (
        "快遞很慢，包裝破了。",
        "客服很快回覆，很滿意。",
        "顏色和照片不一樣。",
        "品質一般，不會再買。",
    ),
    "ko": (
        "배송이 늦고 상자가 찌그러졌습니다.",
        "고객 지원은 빨랐습니다.",
        "색상이 사진과 다릅니다.",
        "품질이 아주 좋아요, 추천합니다.",
    ),
}
ENCODINGS = {
    "cp1252": "de fr es pt it nl sv is en",
    "cp1250": "pl cs hu ro",
    "iso8859-2": "pl cs hu",
    "cp1254": "tr",
    "iso8859-9": "tr",
    "cp1257": "lt",
    "cp1251": "ru",
    "koi8-r": "ru",
    "cp866": "ru",
    "iso8859-5": "ru",
    "cp1253": "el",
    "iso8859-7": "el",
    "cp1255": "he",
    "iso8859-8": "he",
    "cp1256": "ar",
    "iso8859-6": "ar",
    "cp874": "th",
    "cp932": "ja",
    "euc_jp": "ja",
    "iso2022_jp": "ja",
    "gb18030": "zh",
    "big5": "tw",
    "cp949": "ko",
}
PAIRS = [(encoding, language) for encoding, languages in ENCODINGS.items() for language in languages.split()]


def table(language: str, encoding: str, rows: int = 20) -> tuple[bytes, list[str]]:
    chance = random.Random(f"{language} {encoding}")
    # What the encoding does not have, people did not write in it.
    known = [text.encode(encoding, "replace").decode(encoding) for text in SAID[language]]
    texts = [chance.choice(known) for _ in range(rows)]
    lines = [f'{number},"{text}",2024-03-05' for number, text in enumerate(texts)]
    return "\r\n".join(["id,feedback,date", *lines, ""]).encode(encoding), texts


@pytest.mark.parametrize("encoding, language", PAIRS)
def test_a_file_is_read_as_what_it_is(encoding: str, language: str) -> None:
    data, texts = table(language, encoding)
    assert [row["feedback"] for row in values(read(data))] == texts


@pytest.mark.parametrize("encoding, language", PAIRS)
def test_a_file_is_never_garbage_however_few_its_rows_and_however_many_of_them_are_plain(
    encoding: str, language: str
) -> None:
    for rows in (1, 2, 4):
        data, texts = table(language, encoding, rows)
        plain = b"8,The parcel came late,2024-03-05\r\n" * 15
        try:
            read_texts = [row["feedback"] for row in values(read(data + plain))]
        except FileRefused as refused:
            assert "save the file as UTF-8" in str(refused)  # noqa: PT017 (one of two right outcomes)
            continue
        assert read_texts[:rows] == texts or language in {"cs", "hu"}


@pytest.mark.parametrize("language", ["de", "en", "fr", "es", "nl", "it", "sv"])
def test_two_special_letters_are_enough_for_a_western_file(language: str) -> None:
    text = next(text for text in SAID[language] if not text.isascii())
    (row,) = values(read(f'id,feedback\n1,"{text}"\n'.encode("cp1252")))
    assert row["feedback"] == text


@pytest.mark.parametrize("encoding", ["cp850", "cp437", "mac_roman"])
def test_the_encodings_of_dos_and_old_macs_are_refused(encoding: str) -> None:
    data, _ = table("de", encoding)
    with pytest.raises(FileRefused, match="save the file as UTF-8"):
        layout_of(data)


@pytest.mark.parametrize(
    "encoding, language", [pair for pair in PAIRS if pair[0] not in {"cp1252", "iso8859-8"}]
)
@pytest.mark.parametrize("block", [1, 7, 64 * 1024])
def test_slices_cut_the_same_rows_and_bytes_keep_their_places(
    encoding: str, language: str, block: int
) -> None:
    data, texts = table(language, encoding, 6)
    try:
        whole = read(data)
    except FileRefused:
        return
    assert read(data, block) == whole
    assert read_with_restarts(data, block) == whole
    assert len(whole) == len(texts)


def test_a_head_that_ends_within_a_character_is_told_by_its_whole_lines() -> None:
    data, _ = table("ja", "cp932", 20)
    for cut in range(len(data) - 40, len(data)):
        assert inspect(data[:cut], complete=False).encoding == "cp932"


def test_a_stray_line_leaves_a_file_what_it_is() -> None:
    data = ("feedback\n" + "schön\n" * 5).encode() + "schön\n".encode("cp1252") * 9
    assert [row["feedback"] for row in values(read(data))] == ["schön"] * 14
    late = b"feedback\n" + b"plain\n" * HEAD_BYTES + "schön\n".encode("cp1252")
    assert values(read(late))[-1]["feedback"] == "schön"


def test_a_character_of_two_bytes_may_hold_what_looks_like_a_mark_of_the_table() -> None:
    text = "ソ表能,予申\\ポ|一"
    data = f'feedback,store\n"{text * 3}",配送が遅れて箱がつぶれていました\n'.encode("cp932")
    assert values(read(data)) == [{"feedback": text * 3, "store": "配送が遅れて箱がつぶれていました"}]


@given(
    st.binary(max_size=300),
    st.integers(1, 40),
    st.sampled_from(["cp932", "gb18030", "big5", "cp949", "euc_jp"]),
)
def test_any_bytes_are_cut_alike_in_an_encoding_of_two_bytes(data: bytes, block: int, encoding: str) -> None:
    whole = list(split_lines([data], encoding, 64))
    assert sum(line.size for line in whole) == len(data)
    if all(line.size <= 64 for line in whole):
        assert list(split_lines(blocks(data, block), encoding, 64)) == whole
    place = 0
    for line in whole:
        assert next(split_lines([data[place:]], encoding, 64)) == line
        place += line.size


def test_a_file_of_quotation_marks_and_one_strange_letter_is_looked_at_once() -> None:
    line = ("“ ”" * 10_000 + "ˆ\n").encode("cp1252")
    started = time.process_time()
    with suppress(FileRefused):
        encoding_of([b"feedback\n", line])
    assert time.process_time() - started < 5
