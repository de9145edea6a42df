"""How long it takes to find requests and commands in a document, and to keep up with changes.

    python -m bench regions [--lines 5000]

One document of each kind, denser than people write them: a request or a region of shell text on
every third to tenth line. "new": read from nothing, with every request and shell region; "changed": a character put in, and
everything asked again; "commands": every kubectl command read, checked and judged, at first and after
a change. "hostile": what never closes or repeats, 16 and 64 KB of it in every language; the worst of
all texts is told. CPU time: what else the machine does is not counted. Exit status 1 if the median of
"new" is above 20 ms, or that of "changed" above 5 ms, or if a hostile text of four times the length
takes more than eight times as long.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterator

from bench.harness import Samples, loop_floor, report
from kai.examine import Examiner
from kai.kubectl.resources import builtin
from kai.kubectl.spec import load
from kai.validators import check
from kai_lsp.regions import Document

_MOST_NEW = 20e-3
_MOST_CHANGED = 5e-3
_ROUNDS = 21
_MOST_GROWTH = 8
_SHORT = 16_000

_WORKFLOW = """  deploy-{0}:
    runs-on: ubuntu-latest
    env:
      NS: prod
      IMAGE: "registry.example.com/web:{0}"
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - name: Deploy
        shell: bash
        run: |
          set -euo pipefail
          echo "deploying $IMAGE"
          kubectl set image deployment/web web="$IMAGE" -n "$NS"
          # ai: wait until the rollout is done
          if ! kubectl rollout status deploy/web; then
            exit 1
          fi
      - name: Verify
        run: kubectl get pods -n "$NS"
"""
_MANIFEST = """---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{0}
  namespace: shop
spec:
  replicas: 3
  # ai: restart this
  template:
    spec:
      containers:
        - name: web
          image: "registry.example.com/web:{0}"
          command: ["sh", "-c", "kubectl get pods"]
          env:
            - name: LEVEL
              value: info
"""
_SCRIPT = """echo "step {0}"
NS_{0}=prod
if [ -f x ]; then
  cp a b
fi
# ai: pods that fail
kubectl get pods -n "$NS_{0}" -l app=web
mkdir -p "$DIR/x"
for f in *.yaml; do sed -i s/a/b/ "$f"; done

"""
_MAKEFILE = """# target-{0} builds the thing and rolls it out
.PHONY: target-{0}
target-{0}: build
\t@echo building
\tgo build -o bin/{0} ./cmd/{0}
\tdocker build -t "registry.example.com/{0}" .
\tkubectl -n $(NS) get pods
\t# ai: list nodes

"""
_MARKDOWN = """## Step {0}

Some text about it.

```sh
kubectl get pods
```
<!-- ai: pods that fail -->
more text

"""
_DOCKERFILE = """FROM base:{0} AS stage-{0}
# a stage of the build
WORKDIR /work
COPY . /work
RUN apt-get update && \\
    apt-get install -y curl ca-certificates && \\
    rm -rf /var/lib/apt/lists/* && \\
    # ai: list pods
    kubectl version --client
ENV LEVEL=info
"""
_JUSTFILE = """# does what number {0} says
recipe-{0} name="x":
    echo working
    cargo build --release
    cargo test
    kubectl get pods -n {{{{ns}}}}
    # ai: list nodes

"""
_KINDS = {
    "workflow": (".github/workflows/x.yml", "jobs:\n", _WORKFLOW),
    "manifests": ("x.yaml", "", _MANIFEST),
    "script": ("x.sh", "#!/bin/bash\n", _SCRIPT),
    "Makefile": ("Makefile", "NS := prod\n", _MAKEFILE),
    "Markdown": ("x.md", "", _MARKDOWN),
    "Dockerfile": ("Dockerfile", "", _DOCKERFILE),
    "Justfile": ("justfile", 'ns := "prod"\n', _JUSTFILE),
}
_HEADS = {
    "yaml": (
        "",
        "run: |\n  kubectl ",
        "args: [kubectl, ",
        "script: [",
        "run: >\n  kubectl ",
        'sh: "kube ',
    ),
    "makefile": ("", "a:\n\tkubectl ", "X = $(shell kubectl "),
    "dockerfile": ("", "RUN kubectl ", 'CMD ["kubectl", ', "RUN <<EOF\nkubectl ", "ENV "),
    "markdown": ("", "```sh\nkubectl ", "<!-- ai: ", "> ```sh\n> kubectl "),
    "just": ("", "a:\n    kubectl "),
    "shellscript": ("kubectl ", "# ai: "),
    "fish": ("kubectl ",),
    "go": ("// ai: ",),
}
"""What a hostile text begins with, by language."""
_PARTS = (
    *(
        "- ",
        "- a\n",
        "[",
        "{",
        "{{",
        "{{ x }}\n",
        "'",
        '"',
        "\\\n",
        "#",
        "# ai: x\n",
        "```\n",
        "<!-- ai:",
    ),
    *(
        "$(",
        "$",
        "<<",
        "<<A\n",
        " ",
        "\t",
        "\n",
        "a",
        '"a", ',
        "RUN ",
        "a=",
        "`",
        "<a>",
        "<",
        "| ",
        "a: |\n",
    ),
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.regions", description=__doc__)
    parser.add_argument("--lines", type=int, default=5000)
    options = parser.parse_args(arguments)
    floor = loop_floor()
    slow = [name for name in _KINDS if not _quick(name, options.lines, floor)]
    examiner = Examiner(load(), builtin(), check)
    for name in ("script", "workflow"):
        _commands(name, options.lines, examiner)
    slow += _hostile()
    if slow:
        print(f"too slow: {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


def _text(name: str, lines: int) -> tuple[str, str]:
    path, head, part = _KINDS[name]
    count = lines // part.count("\n") + 1
    return path, head + "".join(part.format(number) for number in range(count))


def _asked(document: Document) -> int:
    return len(document.comments) + len(document.shells)


def _quick(name: str, lines: int, floor: Samples) -> bool:
    path, text = _text(name, lines)
    new, changed = [], []
    gc.collect()
    gc.disable()
    try:
        for _ in range(_ROUNDS):
            start = time.thread_time()
            document = Document(text, "", path)
            found = _asked(document)
            new.append(time.thread_time() - start)
        for place in _places(text):
            start = time.thread_time()
            document.changed(place, place, "x")
            _asked(document)
            changed.append(time.thread_time() - start)
    finally:
        gc.enable()
    first, again = Samples.of(new), Samples.of(changed)
    report(f"{name}, new", first, floor=floor)
    report(f"{name}, changed", again, floor=floor)
    print(f"{'':<34} {text.count(chr(10))} lines, {found} requests and regions")
    return first.seconds[0] <= _MOST_NEW and again.seconds[0] <= _MOST_CHANGED


def _read(text: str, language: str) -> float:
    start = time.thread_time()
    document = Document(text, language, "x")
    _asked(document)
    for region in document.shells:
        region.text  # noqa: B018 - it is read when somebody asks
    return time.thread_time() - start


def _hostile() -> list[str]:
    """The texts for which the time grows faster than the length."""
    worst, where, slow = 0.0, "", []
    for language, heads in _HEADS.items():
        for head in heads:
            for part in _PARTS:
                short, long = (head + part * (size // len(part)) for size in (_SHORT, 4 * _SHORT))
                seconds = _read(long, language)
                if seconds > worst:
                    worst, where = seconds, f"{language}: {head + part!r}"
                if seconds > _MOST_CHANGED and seconds > _MOST_GROWTH * _read(short, language):
                    slow.append(f"hostile {language} {head + part!r}")
    print(f"{'hostile, the worst':<34} {worst * 1e3:.1f} ms for 64 KB of {where}")
    return slow


def _places(text: str) -> Iterator[int]:
    """Ends of lines all over the document."""
    for part in range(1, 2 * _ROUNDS):
        yield text.find("\n", len(text) * part // (2 * _ROUNDS + 1))


def _commands(name: str, lines: int, examiner: Examiner) -> None:
    path, text = _text(name, lines)
    document = Document(text, "", path)
    start = time.thread_time()
    found = len(document.commands(examiner))
    first = time.thread_time() - start
    seconds = []
    for place in _places(text):
        for change in ((place, place, " x"), (place, place + 2, "")):
            document.changed(*change)
            start = time.thread_time()
            document.commands(examiner)
            seconds.append(time.thread_time() - start)
    report(f"{name}, commands after a change", Samples.of(seconds))
    print(f"{'':<34} {found} commands, at first {first * 1e3:.0f} ms")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
