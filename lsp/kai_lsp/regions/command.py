"""A kubectl command where it stands in a document, with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kai.examine import Examined
from kai.model import Finding
from kai_lsp.regions.spelling import spelled_inside
from kai_lsp.regions.values import ShellRegion


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a region. `examined` counts its places in the region's text behind `front`
    characters that the document's settings take; `start`, `end`, `place` are those of the document."""

    region: ShellRegion
    examined: Examined
    front: int = 0

    @property
    def start(self) -> int:
        """Where it begins in the document."""
        return self.place(self.examined.start, self.examined.end)[0]

    @property
    def end(self) -> int:
        """Where it ends in the document."""
        return self.place(self.examined.start, self.examined.end)[1]

    @property
    def text(self) -> str:
        """The command as the shell reads it."""
        return self.examined.command

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The place in the document of a place that `examined` names."""
        return self.region.span(max(start - self.front, 0), max(end - self.front, 0))

    def inside(self, offset: int) -> int | None:
        """The place, as `examined` counts them, of a place in the document."""
        found = self.region.inside(offset)
        return None if found is None else found + self.front

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to say, in places of the document; a repair only where it can be written."""
        return tuple(self._moved(finding) for finding in self.examined.findings)

    def _moved(self, finding: Finding) -> Finding:
        start, end = self.place(finding.start, finding.end)
        new = finding.replacement
        if new is not None:
            first, last = finding.start - self.front, finding.end - self.front
            new = spelled_inside(self.region, new) if self.region.copies(first, last) else None
        return replace(finding, start=start, end=end, replacement=new)
