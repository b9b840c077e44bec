"""The sinks: where entries are shown outside Postgres."""
