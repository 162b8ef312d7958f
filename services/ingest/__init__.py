"""Ingest: a file in S3 becomes one SQS message per row, slice by slice."""
