"""What every function stands on: the database with its outbox, queues, settings, telemetry."""
