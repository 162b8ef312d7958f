"""Columns by the names that people and programs give them, in many languages."""

import pytest

from services.ingest.column_names import names_of
from services.ingest.columns import COLUMNS, field_of, find_columns
from services.ingest.layout import Layout
from services.ingest.refusal import FileRefused
from tests.unit.ingest.reading import layout_of

TEXT = "The courier was late"
SURVEY = ["ref_id", "stars", "feedback", "date"]


def read_as(header: str, row: str = "") -> dict[str, str]:
    """By column, the field it is read as."""
    names = header.split("|")
    cells = row.split("|") if row else [TEXT, "4", "2024-03-05"] + ["x"] * len(names)
    columns = find_columns(names, [[cell] for cell in cells[: len(names)]])
    return {name: field for name, field in zip(names, columns.fields, strict=True) if field}


@pytest.mark.parametrize(
    "header",
    [
        "Review Text|Rating|Submission date",
        "content|score|at",
        "reviewBody|reviewRating.ratingValue|datePublished",
        "review.text|review.rating|review.date",
        "REVIEW-TEXT|STAR_RATING|CREATED_AT",
        "Comment|CSAT score|Date submitted",
        "Comment (optional)|Rating (1-5)|Created (UTC)",
        "Ｃｏｍｍｅｎｔ|Ｒａｔｉｎｇ|Ｄａｔｅ",
        "\ufeffBody|Overall|timestamp",
        "Bewertungstext|Sterne|Datum der Bewertung",
        "Kommentar|Bewertung|Erstellt am",
        "RÜCKMELDUNG|Gesamtnote|Zeitstempel",
        "Avis|Note|Date de publication",
        "Commentaire|Nombre d’étoiles|Horodateur",
        "Texte de l'avis|Évaluation|Publié le",
        "Reseña|Calificación|Fecha de creación",
        "Opinion|Puntuacion|Marca temporal",
        "Comentário|Classificação|Carimbo de data/hora",
        "AVALIAÇÃO|Nota|Criado em",
        "レビュー本文|評価|投稿日",
        "口コミ|総合評価|日時",
        "ｺﾒﾝﾄ|星の数|回答日時",
        "ご意見・ご感想|満足度|タイムスタンプ",
        "Recensione|Voto|Data della recensione",
        "Opmerking|Beoordeling|Datum",
        "Opinia|Ocena|Data dodania",
        "Omdöme|Betyg|Skapad",
        "Yorum|Puan|Tarih",
        "Отзыв|Оценка|Дата",
        "评论内容|评分|评论时间",
        "評論內容|評分|評論時間",
        "리뷰 내용|별점|작성일",
        "Satisfaction Comment|Satisfaction Score|Created at",
        "remark|rating|created_at",
        "comment|starRating|createTime",
        "REVIEW TEXT|RATING (OUT OF 10)|DATE (DD/MM/YYYY)",
        "Commentaire|Note /20|Date (JJ/MM/AAAA)",
        "Kommentar|Bewertung (1 bis 6)|Datum (TT.MM.JJJJ)",
        "Comment (Q3)|Satisfaction %|Created at (local time)",
        "コメント|評価（5段階）|回答日時",
        "Comment|Net Promoter Score|Submit Date (UTC)",
        "Komentář|Hodnocení|Datum",
        "Vélemény|Értékelés|Dátum",
        "Comentariu|Stele|Data",
        "Anmeldelse|Bedømmelse|Dato",
        "Palaute|Arvosana|Päivämäärä",
        "Σχόλιο|Βαθμολογία|Ημερομηνία",
        "Відгук|Оцінка|Дата",
        "التعليق|التقييم|التاريخ",
        "תגובה|דירוג|תאריך",
        "ความคิดเห็น|คะแนน|วันที่",
        "Nhận xét|Số sao|Ngày",
        "Ulasan|Peringkat|Tanggal",
        "1. Comment|2) Rating (1-5)|Date (Europe/Amsterdam)",
        "Q3: Your feedback|Survey score|Rated at",
        "Commentaire / Comment|Note / Rating|Date de publication / Published",
        "Kommentar / Commentaire / Commento|Bewertung / Note / Voto|Datum / Date / Data",
        "コメント / Comment|評価 / Rating (1-5)|回答日時 / Date",
    ],
)
def test_names_that_people_use_are_known(header: str) -> None:
    assert list(read_as(header).values()) == ["feedback", "stars", "date"]


@pytest.mark.parametrize(
    "header,fields",
    [
        ("Title|Review Title", ["title"]),
        ("id|Review ID", ["ref_id"]),
        ("stars|score", ["stars"]),
        ("Produkt|Filiale|Betreff", ["product_name", "store", "title"]),
        ("produit|magasin|titre de l'avis|identifiant", ["product_name", "store", "title", "ref_id"]),
        ("商品名|店舗名|タイトル|レビューID", ["product_name", "store", "title", "ref_id"]),
        ("Producto|Tienda|Asunto", ["product_name", "store", "title"]),
        ("Nome do produto|Loja|Título", ["product_name", "store", "title"]),
        ("App Name|Location name|Headline|Response ID", ["product_name", "store", "title", "ref_id"]),
    ],
)
def test_optional_columns_are_known_and_our_own_names_win(header: str, fields: list[str]) -> None:
    names = header.split("|")
    columns = find_columns([*names, "feedback"], [["3"], *[["3"]] * (len(names) - 1), [TEXT]])
    assert [field for field in columns.fields[:-1] if field] == fields
    assert columns.fields[-1] == "feedback"
    assert columns.unsure == {}


@pytest.mark.parametrize(
    "name",
    [
        *("comment count", "content-type", "Body Mass", "context", "bodyweight", "Reviewer", "review url"),
        *("Rating count", "scoreboard", "Updated at", "Order date", "Last updated", "Username", "Order ID"),
        *("Developer Reply Text", "replyContent", "Product ID", "Text language", "Number of reviews"),
    ],
)
def test_false_friends_are_not_read(name: str) -> None:
    assert read_as(f"feedback|{name}", f"{TEXT}|2024-01-01") == {"feedback": "feedback"}
    with pytest.raises(FileRefused):
        read_as(f"{name}|colour", f"{TEXT}|red")


@pytest.mark.parametrize(
    "header,row,expected",
    [
        ("Bewertung|Kommentar", f"5|{TEXT}", {"Bewertung": "stars", "Kommentar": "feedback"}),
        ("Bewertung|Sterne", f"{TEXT}|5", {"Bewertung": "feedback", "Sterne": "stars"}),
        ("Review|Rating", f"{TEXT}|5", {"Review": "feedback", "Rating": "stars"}),
        ("content|comments", f"{TEXT}|17", {"content": "feedback"}),
        ("評価|コメント", "★★★|とても良い", {"評価": "stars", "コメント": "feedback"}),
        ("Note|Avis", f"4/5|{TEXT}", {"Note": "stars", "Avis": "feedback"}),
        ("Comment|Note", f"{TEXT}|call back", {"Comment": "feedback"}),
        ("Message|Time", f"{TEXT}|morning", {"Message": "feedback"}),
    ],
)
def test_where_a_name_may_mean_two_things_its_values_tell(
    header: str, row: str, expected: dict[str, str]
) -> None:
    assert read_as(header, row) == expected


@pytest.mark.parametrize(
    "header,row,expected",
    [
        ("Id|Subject|Description|Status", f"7|Lamp|{TEXT}|open", ["ref_id", "title", "feedback"]),
        ("Case Number|Case Comments|Date/Time Opened", f"7|{TEXT}|2024-03-05", ["feedback", "date"]),
        ("Survey response ID|Rating|Response|Submitted at", f"7|9|{TEXT}|2024-03-05", SURVEY),
        ("#|What could we do better?|Submit Date (UTC)", f"7|{TEXT}|2024-03-05", ["feedback", "date"]),
        (
            "Timestamp|How satisfied are you? (1-5)|Any comments?",
            f"2024-03-05|4|{TEXT}",
            ["date", "feedback"],
        ),
        ("Zeitstempel|Haben Sie weitere Anmerkungen?", f"05.03.2024|{TEXT}", ["date", "feedback"]),
        ("Response Date|Verbatim Comments|Unit", f"2024-03-05|{TEXT}|Rome", ["date", "feedback"]),
        ("Completion time|NPS|Reason for your score", f"2024-03-05|9|{TEXT}", ["date", "stars", "feedback"]),
        ("Fecha|Motivo|Nota", f"2024-03-05|{TEXT}|4", ["date", "feedback", "stars"]),
        ("回答日時|理由|満足度", f"2024-03-05|{TEXT}|4", ["date", "feedback", "stars"]),
        ("Comment|Description|Response", f"{TEXT}|a lamp|we are sorry", ["feedback"]),
        ("Description|Rating", "17|4", None),
    ],
)
def test_names_that_may_be_something_else_are_the_text_s_if_nothing_else_is(
    header: str, row: str, expected: list[str] | None
) -> None:
    if expected is None:
        with pytest.raises(FileRefused, match="is missing"):
            read_as(header, row)
    else:
        assert list(read_as(header, row).values()) == expected


@pytest.mark.parametrize("header", ["Liked|Disliked", "Positive review|Negative review", "Pros|Cons|Size"])
def test_of_two_that_may_be_the_text_s_none_is_taken(header: str) -> None:
    with pytest.raises(FileRefused, match=r"several columns may hold the feedback: (Lik|Posi|Pros)"):
        read_as(header, f"{TEXT}|{TEXT}|{TEXT}")


@pytest.mark.parametrize("mark", ["^", "~", "\x01", "    "])
def test_a_table_whose_delimiter_nobody_knows_is_refused_for_that(mark: str) -> None:
    with pytest.raises(FileRefused, match=r"all columns stand in one, 'id.*: part them by commas"):
        layout_of(f"id{mark}feedback{mark}stars\n1{mark}late{mark}4\n".encode())


def test_nobody_s_name_stands_for_two_fields_but_ratings_that_may_be_texts() -> None:
    for field in COLUMNS:
        for other in COLUMNS:
            if field < other and (field, other) != ("feedback", "stars"):
                assert not names_of(field) & names_of(other), (field, other)
    assert field_of("Review Text") is None


def test_of_several_that_fit_an_optional_column_none_is_taken_and_it_is_told() -> None:
    layout = layout_of(b"feedback,Rating,Score,Order ID,colour\na,4,5,1,red\n")
    assert layout.columns == ("feedback", None, None, None, None)
    assert layout.unsure == {"stars": ("Rating", "Score")}
    assert layout.nearest == {"Rating": "stars", "Score": "stars", "Order ID": "id"}


def test_of_several_that_fit_the_text_none_is_taken_and_the_file_is_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        layout_of(b"id,Comment,Review\n1,late,bad\n")
    assert "several columns may hold the feedback: Comment, Review. Please rename" in str(refused.value)
    assert "metadata columns: feedback=<its name or number>" in str(refused.value)


def test_a_slip_in_the_text_s_name_is_named_where_it_is_refused() -> None:
    with pytest.raises(
        FileRefused, match=r"found columns: id, Feeback\. Nearest to it: Feeback\. Please rename"
    ):
        layout_of(b"id,Feeback\n1,late\n")


def test_what_was_read_from_where_is_part_of_the_layout() -> None:
    layout = layout_of(b"Order ID,Rating,Feedback,Product,Submission date\n9,4,late,Tent,2024-01-05\n")
    assert layout.columns == (None, "stars", "feedback", "product_name", "date")
    assert layout.read_from == {"stars": "Rating", "date": "Submission date", "product_name": "Product"}
    assert layout.ignored_columns == ("Order ID",)
    assert Layout.model_validate_json(layout.model_dump_json()) == layout
