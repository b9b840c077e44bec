"""The commands: arguments in, ``App`` called, text out."""
