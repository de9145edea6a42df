"""The language server front of kai."""
