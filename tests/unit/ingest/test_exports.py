"""Files in the forms that people's programs export."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from tests.unit.ingest.telling import Told, a_book, told

AT = "2024-03-05 09:15"
DAY = "2024-03-05 00:00"
PLAY = [
    "Package Name,App Version Code,Reviewer Language,Device,Review Submit Date and Time",
    "Review Submit Millis Since Epoch,Review Last Update Date and Time,Star Rating,Review Title,Review Text",
    "Developer Reply Date and Time,Developer Reply Text,Review Link\r\ncom.x,12,de,a52,2024-03-05T09:15:00Z",
    '1709630100000,2024-03-06T09:15:00Z,1,,"Stürzt ab, schade",,,https://x\r\n',
]
FORMS: list[list[object]] = [
    ["ID", "Start time", "Completion time", "Email", "Rating (out of 10)", "Comments"],
    [7, datetime(2024, 3, 5, 9, 10), datetime(2024, 3, 5, 9, 15), "anonymous", 4, "Nice"],  # noqa: DTZ001
]
DELIGHTED = "ID,Survey Type,Score,Comment,Created At,Tags\n7,nps,9,Love it,2024-03-05 09:15:00 UTC,\n"
JUDGE_ME = """title,body,rating,review_date,source,curated,product_id,reply,reply_date
Nice,Good lamp,5,2024-03-05 09:15:00 UTC,web,ok,12,Thanks,2024-03-06
"""
ORACLE = '"ID","REVIEW","CREATED_AT"\n7,"Good","05-MAR-24 10.15.00.000000 AM +01:00"\n'
SALESFORCE = """"Case Number","Subject","Description","Case Origin","Date/Time Opened"
"1","Login","I cannot","Web","3/5/2024 9:15 AM"
"""
SQL_SERVER = "id|comment|score|created_at\n7|Good, nice|NULL|2024-03-05 09:15:00.000\n"
STORE = """App Name\tApp Store\tRating\tTitle\tReview\tNickname\tDate\tVersion
X\tiOS\t4\tGood\tWorks, mostly\tb\tMar 5, 2024\t1
"""
TRUSTPILOT = """Review Created (UTC),Review Username,Review Title,Review Content,Review Stars,Company Reply
2024-03-05 09:15:00,Ann,Late,"It came late, sorry",2,We are sorry
"""
TYPEFORM = """#,Would you recommend us?,What could we do better?,Start Date (UTC),Submit Date (UTC)
abc,9,More colours,2024-03-05 09:10:00,2024-03-05 09:15:00
"""
YOTPO = """Review ID,Date Created,Review Title,Review Content,Review Score,Product Title,Sku
7,2024-03-05,Nice,Good,5,Lamp,S
"""
ZENDESK = """Ticket ID,Subject,Satisfaction Score,Satisfaction Comment,Created at
12,Lamp,Bad,Took weeks,2024-03-05 09:15
"""
EXPORTS: Mapping[str, tuple[str | bytes, Told]] = {
    "Google Play": (",".join(PLAY).encode("utf-16"), Told("Stürzt ab, schade", "1", AT)),
    "App Store Connect": (STORE, Told("Works, mostly", "4", DAY)),
    "Trustpilot": (TRUSTPILOT, Told("It came late, sorry", "2", AT)),
    "Judge.me": (JUDGE_ME, Told("Good lamp", "5", AT)),
    "Yotpo": (YOTPO, Told("Good", "5", DAY, "7")),
    "Delighted": (DELIGHTED, Told("Love it", "4.5", AT, "7")),
    "an NPS of the poor": (
        "Response ID,NPS,Comment,Submitted at\n7,3,Slow,2024-03-05 09:15\n",
        Told("Slow", "1.5", AT, "7"),
    ),
    "Zendesk": (ZENDESK, Told("Took weeks", "", AT)),
    "Salesforce": (SALESFORCE, Told("I cannot", "", AT)),
    "Amazon Seller Central": (
        "Date\tRating\tComments\tResponse\tOrder ID\n03/05/24\t1\tNever came\t\t111-1\n",
        Told("Never came", "1", DAY),
    ),
    "Typeform": (TYPEFORM, Told("More colours", "", AT)),
    "Microsoft Forms": (a_book(Sheet1=FORMS), Told("Nice", "2", AT, "7")),
    "Excel in Germany": (
        "Kommentar;Bewertung;Datum\r\nSehr schön, für 5 €;4,5;05.03.2024 09:15\r\n".encode("cp1252"),
        Told("Sehr schön, für 5 €", "4.5", AT),
    ),
    "Excel in France": (
        "Commentaire;Note /20;Date\r\nÀ éviter, très déçu;4,0;05/03/2024 09:15\r\n".encode("cp1252"),
        Told("À éviter, très déçu", "1", AT),
    ),
    "Excel in Brazil": (
        "Comentário;Nota;Data\r\nMuito bom, não há igual;4,5;05/03/2024 09:15\r\n".encode("cp1252"),
        Told("Muito bom, não há igual", "4.5", AT),
    ),
    "Excel in Japan": (
        "コメント,評価（10点満点）,投稿日\r\n対応が遅い、残念です,2,2024年3月5日 9:15\r\n".encode("cp932"),
        Told("対応が遅い、残念です", "1", AT),
    ),
    "Excel in Turkey": (
        "Yorum;Puan;Tarih\r\nÇok güzel, teşekkürler, ışığı iyi şirket;4,5;05.03.2024 09:15\r\n".encode(
            "cp1254"
        ),
        Told("Çok güzel, teşekkürler, ışığı iyi şirket", "4.5", AT),
    ),
    "Excel in Poland": (
        "Komentarz;Ocena;Data\r\nBardzo dobry, dziękuję, świetny;5;2024-03-05 09:15\r\n".encode("cp1250"),
        Told("Bardzo dobry, dziękuję, świetny", "5", AT),
    ),
    "Excel in Russia": (
        "Отзыв;Оценка;Дата\r\nОчень плохо, товар сломан;1;05.03.2024 09:15\r\n".encode("cp1251"),
        Told("Очень плохо, товар сломан", "1", AT),
    ),
    "Excel in China": (
        "评论内容,评分,评论时间\r\n太慢了，不会再来,2,2024/3/5 9:15\r\n".encode("gb18030"),
        Told("太慢了，不会再来", "2", AT),
    ),
    "Excel in Egypt": (
        "comment;rating;date\r\nالتوصيل متأخر;٢;٥/٣/٢٠٢٤ ٠٩:١٥\r\n",
        Told("التوصيل متأخر", "2", AT),
    ),
    "pandas": (
        ',feedback,stars,date\n0,"Good, really",4.0,2024-03-05 09:15:00+00:00\n',
        Told("Good, really", "4", AT),
    ),
    "Oracle": (ORACLE, Told("Good", "", AT, "7")),
    "SAS": ("id,review,created\n7,Good,05MAR2024:09:15:00\n", Told("Good", "", AT, "7")),
    "Db2": ("id,review,created\n7,Good,2024-03-05-09.15.00.123456\n", Told("Good", "", AT, "7")),
    "SQL Server": (SQL_SERVER, Told("Good, nice", "", AT, "7")),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_read_as_it_was_meant(name: str) -> None:
    data, row = EXPORTS[name]
    assert told(data.encode() if isinstance(data, str) else data) == [row]
