"""Is a command right? Ordered checks, each a function with stable codes."""
