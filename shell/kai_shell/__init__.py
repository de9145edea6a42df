"""The shell front of kai: the command line."""
