"""What `kai models create` gives a model: the preset's parameters, and no system prompt."""

from __future__ import annotations

from kai.config import Settings
from kai.llm.presets import preset


def parameters(model: str, settings: Settings, *, said: str = "") -> dict[str, object]:
    """Ollama's names and values for what kai asks of this model; `said` is its number of parameters.

    Who sends a request may say otherwise in each of them: these are for other programs.
    """
    found = preset(model, parameters=said, variant=settings.llm.variant)
    sampling = found.sampling
    given: dict[str, object] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "repeat_penalty": sampling.repeat_penalty,
        "num_ctx": settings.llm.num_ctx,
        "num_predict": found.num_predict,
        "stop": [stop for stop in found.stop if stop.strip()],
    }
    return {name: value for name, value in given.items() if value not in (None, [])}


def modelfile(base: str, given: dict[str, object]) -> str:
    """The same as text: https://docs.ollama.com/modelfile."""
    lines = [f"FROM {base}"]
    for name, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            lines.append(f"PARAMETER {name} {_quoted(each)}")
    lines.append("# No SYSTEM: kai tells a model what it needs with each request.")
    return "\n".join(lines) + "\n"


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
