"""The SQL, one package or module for each table."""
