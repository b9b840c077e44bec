"""Finding by meaning: chunks of text, and the embedders that turn them into vectors."""
