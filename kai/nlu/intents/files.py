"""Manifests said in a request: files, folders, kustomizations, URLs, standard input."""

from __future__ import annotations

from kai.nlu.entities import kind_of
from kai.nlu.frame import Frame
from kai.nlu.patterns import pattern
from kai.nlu.tokens import ASSIGNMENT, is_file

_OVERLAY = pattern(r"(?:[\w./-]*/)?overlays?/[\w.-]+/?$")
"""A kustomization by the usual name of its folder: overlays/prod."""
_FOLDERS = frozenset(
    ["manifests", "manifest", "k8s", "kubernetes", "config", "configs", "base", "infra", "yaml"]
)
"""Words that people name folders of manifests by."""


def take_files(f: Frame) -> tuple[list[str], list[str]]:
    """Files and kustomizations said in the request, consumed: (--filename, --kustomize)."""
    files: list[str] = []
    kustomized: list[str] = []
    kustomize = f.has("chn", "kustomize")
    for index in list(f.words()):
        low, text = f.tokens[index].low, f.tokens[index].text
        at = _kustomized(f, index, low)
        if at:
            kustomized.append(f.tokens[at].text)
            f.use(index, at + 1)
            continue
        worded = f.at("chn", index + 1, "folder") is not None or f.low(index + 1) == "file"
        if low in ("-f", "--filename") and worded and f.free(index + 2):
            f.use(index, index + 2)  # "-f dir manifests/"
        elif low in ("-f", "--filename", "-k", "--kustomize") and f.free(index + 1):
            (kustomized if "k" in low else files).append(f.tokens[index + 1].text)
            f.use(index, index + 2)
        elif low.startswith(("--filename=", "--kustomize=", "-f=")):
            (kustomized if "kustom" in low else files).append(text.partition("=")[2])
            f.use(index)
        elif f.free(index) and _file_at(f, index):
            layered = kustomize or _OVERLAY.match(text) is not None
            (
                kustomized if layered and not text.endswith((".yaml", ".yml", ".json")) else files
            ).append(text)
            f.use(index)
            _folder_words(f, index)
    for match in list(f.find_all("endswith")):
        ending = f.tokens[match.end].text if f.free(match.end) else ""
        if ending.lstrip("*.").isalnum():
            files.append("*." + ending.lstrip("*."))
            f.use(match.start, match.end + 1)
    if not files and not kustomized:
        _worded_files(f, files, kustomized, kustomize)
    if files or kustomized:
        f.take_all("chn", "defined", "folder", "url", "stdin", "kustomize")
        _said_again(f, files, kustomized)
        for index in f.words():
            if f.low(index) == "and" and (index + 1 < len(f.tokens) and f.used[index + 1]):
                f.use(index)
    return files, kustomized


def _said_again(f: Frame, files: list[str], kustomized: list[str]) -> None:
    """`the eu overlay, overlays/eu`, `components.yaml from https://.../components.yaml`."""
    for file in [*files]:
        if any(other != file and other.endswith(f"/{file}") for other in files):
            files.remove(file)
    parts = {part for path in (*files, *kustomized) for part in path.split("/") if "/" in path}
    for index in f.words():
        placed = f.low(index - 1) in ("context", "ctx", "ns", "namespace", "cluster")
        if f.is_open(index) and f.tokens[index].text in parts and not placed:
            f.use(index)


def manifests(f: Frame, files: list[str]) -> bool:
    """Whether the files can hold nothing but manifests: "web/api" may as well be two workloads."""
    flagged = any(token.low in ("-f", "--filename") for token in f.tokens)
    return flagged or all(is_file(file) or file in ("-", ".") or "*" in file for file in files)


def _kustomized(f: Frame, index: int, low: str) -> int:
    """The index of the folder behind a `-k` that words follow, or a `k` without its dash; else 0."""
    at = index + 1
    if low == "k":
        return at if index and f.free(at) and "/" in f.tokens[at].text else 0
    words = ("for", "on", "of", "in", "the")
    if low != "-k" or f.low(at) not in words:
        return 0
    while f.low(at) in words and f.free(at):
        at += 1
    return at if f.free(at) else 0


def _file_at(f: Frame, index: int) -> bool:
    token = f.tokens[index]
    if "?ref=" in token.text and "/" in token.text:
        return True  # a kustomization in a repository
    if ASSIGNMENT.fullmatch(token.text) or token.text.startswith("-") or token.selector:
        return False
    if kind_of(f, token.low.partition("/")[0]) and not is_file(token.text.rstrip("/")):
        return token.text.endswith("/")
    if token.text == ".":
        return True
    if token.text == "/":
        return False  # "500m cpu / 1Gi memory"
    if token.text.startswith(".") and token.text[1:].isalnum():
        return False  # an ending, no file
    if token.low in ("kustomization.yaml", "overlay/prod"):
        return token.low != "kustomization.yaml"
    return is_file(token.text) or _path(f, index)


def _path(f: Frame, index: int) -> bool:
    """`overlays/prod`: a slash, no kind before it, no colon (an image) or equals sign."""
    text = f.tokens[index].text
    return "/" in text and not any(mark in text for mark in ":=@ {")


def _folder_words(f: Frame, index: int) -> None:
    for match in (f.at("chn", index + 1, "folder"), f.ending("chn", index, "folder")):
        if match is not None:
            f.use(match.start, match.end)


def _worded_files(f: Frame, files: list[str], kustomized: list[str], kustomize: bool) -> None:
    into = kustomized if kustomize else files
    if f.take("chn", "stdin") is not None:
        files.append("-")
        return
    after = f.find("act", "apply")
    recursive = f.has("o-apply", "recursive") and not f.has("kind")
    if after is not None and recursive and f.is_open(after.end) and f.name_at(after.end):
        f.use(after.end)  # "apply k8s recursively"
        into.append(f.tokens[after.end].text)
        return
    if f.take("chn", "here") is not None:
        into.append(".")
        return
    for match in list(f.find_all("chn", "folder", "kustomize")):
        after = f.at("called", match.end)
        at = after.end if after else match.end
        for index in (at, match.start - 1):
            usual = index == match.start - 1 and f.free(index) and f.low(index) in _FOLDERS
            if usual or (f.name_at(index) is not None and f.is_open(index)):
                into.append(f.tokens[index].text)
                f.use(min(index, match.start), max(index + 1, match.end))
                return
