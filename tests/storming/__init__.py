"""A storm: real commands and workers, killed again and again, against fakes that fail, and what must be true after."""
