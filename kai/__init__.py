"""kai: words in, a right kubectl command out. This module holds the version and imports nothing."""

__version__ = "0.1.0"
