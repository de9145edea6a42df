"""How long the stages of a request take."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Timings:
    """Milliseconds by stage, summed where a stage comes twice."""

    stages: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)
    _lap: float = 0.0

    def start(self) -> None:
        """A stage begins."""
        self._lap = time.perf_counter()

    def stop(self, stage: str) -> None:
        """It ends, and is called so."""
        took = (time.perf_counter() - self._lap) * 1000
        self.stages[stage] = round(self.stages.get(stage, 0.0) + took, 3)

    def total(self) -> dict[str, float]:
        """Every stage, and "total"."""
        return {**self.stages, "total": round((time.perf_counter() - self.began) * 1000, 3)}
