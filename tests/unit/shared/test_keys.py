"""People, the template's rules and its permissions spell the keys out: they are not changed in passing."""

from shared.contracts import keys


def test_each_file_lies_under_the_prefix_that_people_know() -> None:
    assert keys.incoming("a.csv") == "incoming/a.csv"
    assert keys.incoming("a.csv", "returns") == "incoming/returns/a.csv"
    assert keys.categories("returns") == "categories/returns.json"
    assert keys.rejected("file-1") == "rejected/file-1.csv"
    assert keys.report("file-1") == "reports/file-1/report.html"
    assert keys.results("file-1") == "reports/file-1/results.csv"
    assert keys.results_parquet("shop", "file-1") == "results/profile=shop/file-1.parquet"
    assert keys.CORRECTIONS == "corrections/"
