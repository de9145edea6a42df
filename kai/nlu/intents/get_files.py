"""Objects that are asked for by the file or folder they are declared in."""

from __future__ import annotations

from kai.nlu.frame import Frame
from kai.nlu.tokens import is_file


def take_files(f: Frame) -> list[tuple[str, str | None]]:
    """`the objects defined in stack.yaml`: flags for files and kustomizations."""
    found: list[tuple[str, str | None]] = []
    for match in f.find_all("fromfile"):
        at = match.end
        text = f.tokens[at].text if f.free(at) else ""
        if not text or not (is_file(text) or f.is_open(at)):
            continue
        f.use(match.start, at + 1)
        if text.endswith("kustomization.yaml"):
            found.append(("kustomize", text.removesuffix("kustomization.yaml") or "."))
        else:
            found.append(("filename", text))
        break
    for index in f.words() if not found else ():
        if f.tokens[index].text in ("-k", "--kustomize") and f.free(index + 1):
            found.append(("kustomize", f.tokens[index + 1].text))
            f.use(index - (f.low(index - 1) == "from" and f.free(index - 1)), index + 2)
            break
    return found
