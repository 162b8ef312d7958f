"""Ingest: a file in S3 becomes one SQS message per row, slice by slice."""

import os

# openpyxl takes the parser of lxml where that is there, as it is for pages and mails. Its bounds and errors
# are others than the standard library's, on which the reading of workbooks relies.
os.environ["OPENPYXL_LXML"] = "False"
