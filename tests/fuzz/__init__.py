"""Fuzz targets: properties of bytes, which atheris looks for counter-examples to and `make test` replays."""
