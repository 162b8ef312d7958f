"""Tables of two reviews, with what programs and people put around their rows."""

import gzip

from tests.unit.ingest.telling import a_book
from tests.unit.ingest.workbooks import zipped

ROWS = '1,"Good, really",4\n2,Bad,1\n'
TABLES: dict[str, str | bytes] = {
    "report's name, period and author above": "Report,Reviews\nPeriod,2024\nBy,Ann\n\nid,Review Text,Rating\n"
    + ROWS * 1,
    "columns grouped under names that texts have": "Item,,Answer\nid,Review Text,Rating\n" + ROWS,
    "a name with commas": "id;Review Text;Rating (1,0 to 5,0, or none)\n1;Good, really;4,0\n2;Bad;1\n",
    "a question with commas": "id\tReview Text\tRating\tWhat, if anything, was good, bad, or odd?\n"
    "1\tGood, really\t4\tNo, no\n2\tBad\t1\tyes, but\n",
    "many titles above": "".join(f"# {n}\n" for n in range(10)) + "id,feedback,stars\n" + ROWS,
    "comments that hold the delimiter": "# export, daily\n# tool 1.2, build 7\n#\n# filter: a, b, c, d\n"
    "id,feedback,stars\n" + ROWS,
    "a comment as wide as the table": "# tool 1.2, build 7, daily\nid,feedback,stars\n" + ROWS,
    "sqlcmd": "id,feedback,stars\n--,--------,-----\n" + ROWS + "\n(2 rows affected)\n",
    "psql": " id | feedback | stars \n----+----------+-----\n 1 | Good, really | 4\n 2 | Bad | 1\n(2 rows)\n",
    "Markdown": "| id | feedback | stars |\n|:---|-----|----:|\n| 1 | Good, really | 4 |\n| 2 | Bad | 1 |\n",
    "reStructuredText": "id\tfeedback\tstars\n==\t==\t==\n1\tGood, really\t4\n2\tBad\t1\n",
    "R, rows' names without a name": '"id"\t"feedback"\t"stars"\n"1"\t1\tGood, really\t4\n"7"\t2\tBad\t1\n',
    "files behind one another": "id,feedback,stars\n" + ROWS.replace("2,Bad", "id,feedback,stars\n2,Bad"),
    "with marks": "\ufeffid,feedback,stars\r\n" + ROWS.replace("2,Bad", "\ufeffid,feedback,stars\r\n2,Bad"),
    "gzips of files": gzip.compress(b"id,feedback,stars\n" + ROWS.encode()[:19])
    + gzip.compress(b"id,feedback,stars\n" + ROWS.encode()[19:]),
    "lines quoted as a whole": '"id,feedback,stars"\n"1,""Good, really"",4"\n"2,Bad,1"\n',
    "lines with quotes quoted as a whole": 'id,feedback,stars\n"1,""Good, really"",4"\n2,Bad,1\n',
    "the end of a file under DOS": "id,feedback,stars\r\n" + ROWS + "\x1a",
    "a sheet of contents first": a_book(
        Export_Summary=[["This was exported"], [], ["Sheet", "Table"], ["Reviews", "Table 1"]],
        Reviews=[["Table 1"], ["id", "Comment", "Rating"], [1, "Good, really", 4], [2, "Bad", 1]],
    ),
    "a cover with a title that sounds alike": a_book(
        Cover=[["Customer feedback"], ["2024"]],
        Data=[["id", "Review", "Rating"], [1, "Good, really", 4], [2, "Bad", 1]],
    ),
    "beside a licence": zipped(
        {"a/r.csv": "id,feedback,stars\n" + ROWS, "README.txt": "hi", "LICENSE.txt": "MIT"}
    ),
}
