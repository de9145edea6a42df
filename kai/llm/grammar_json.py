"""A command as JSON, for servers that hold a model to a JSON schema, and back as a line."""
