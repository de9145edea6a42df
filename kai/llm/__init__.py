"""Requests become drafts by a language model: prompt, endpoints, what is found in their answers.

`kai.llm.asking` is the way through it; everything here is imported when a model is asked.
"""
