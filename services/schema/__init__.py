"""The database's schema: numbered, forward-only migrations, applied at deploy."""
