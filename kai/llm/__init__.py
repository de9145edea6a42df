"""Requests become drafts by a language model: prompt, endpoints, what is found in their answers.

`kai.llm.asking` is the way through it; everything here is imported when a model is asked.
"""

PROMPT = "1"
"""The version of the prompt (`kai.llm.prompt.VERSION`; a test compares): a part of the cache key,
which must not load the prompt."""
