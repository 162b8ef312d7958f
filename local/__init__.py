"""The one-machine runtime: what AWS would give, started on loopback. No service imports it."""
