"""Writes Apache Parquet (https://parquet.apache.org/docs/file-format/), as much of it as results need."""
