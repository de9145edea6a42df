"""What an answer costs, where the user said what a token does: on one's own machine, nothing."""

from __future__ import annotations

from kai.config.settings import LlmSettings
from kai.llm.endpoint import Done


def cost(done: Done, settings: LlmSettings) -> float | None:
    """The price of an answer, in the currency of `llm.input_price` and `llm.output_price`.

    None where no price is set, or the server does not say how many tokens it read and wrote.
    """
    if not settings.input_price and not settings.output_price:
        return None
    if done.prompt_tokens is None or done.tokens is None:
        return None
    read = done.prompt_tokens * settings.input_price
    written = done.tokens * settings.output_price
    return (read + written) / 1_000_000
