"""Servers of models: what is sent to a model besides its prompt."""

from __future__ import annotations

import pytest

from kai.llm.endpoint import Capabilities
from kai.llm.presets import preset
from kai.llm.prompt import fixed_prompt
from kai.llm.servers import Told


@pytest.mark.parametrize(
    ("model", "can", "thinking"),
    [
        ("made-by-a-neighbour:4b", Capabilities(thinking=True), False),
        ("made-by-a-neighbour:4b", Capabilities(), None),
        ("qwen3:4b", Capabilities(), False),
    ],
)
def test_what_can_think_is_told_not_to_whether_kai_or_its_server_knows_it(
    model: str, can: Capabilities, thinking: bool | None
) -> None:
    told = Told(model, preset(model), can, 60.0, 4096)
    assert told.generation(fixed_prompt(told.preset)).thinking is thinking
