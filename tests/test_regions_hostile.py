"""Texts that never close and never end are read like any other: a time that grew with the square of
their length would be seen here as minutes, and is measured by `make bench BENCH=regions`."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kai_lsp.regions import Document

LONG = 30_000
HEADS = {
    "yaml": (
        *("", "run: |\n  kubectl ", "args: [kubectl, ", "script: [", "run: >\n  kubectl "),
        *(
            'sh: "kube ',
            "- {run: kubectl ",
            "defaults:\n  run:\n    shell: pwsh\n",
            "tasks:\n  a: ",
        ),
    ),
    "makefile": ("", "a:\n\tkubectl ", "X = $(shell kubectl ", "define a\nkubectl ", "SHELL := "),
    "dockerfile": (
        "",
        "RUN kubectl ",
        'CMD ["kubectl", ',
        "RUN <<EOF\nkubectl ",
        "ENV ",
        "SHELL [",
    ),
    "markdown": ("", "```sh\nkubectl ", "<!-- ai: ", "> ```sh\n> kubectl ", "```fish\n"),
    "just": ("", "a:\n    kubectl ", "set shell := ["),
    "shellscript": ("kubectl ", "# ai: ", "case x in\n"),
    "fish": ("kubectl ", "kubectl get ("),
    "go": ("// ai: ",),
    "terraform": ("# ai: ",),
    "sql": ("-- ai: ",),
    "html": ("<!-- ai: ",),
}
PARTS = (
    *(
        "- ",
        "- a\n",
        "[",
        "]",
        "{",
        "}",
        "{{",
        "}}",
        "{{ x }}\n",
        "'",
        '"',
        "\\\n",
        "#",
        "# ai: x\n",
    ),
    *(
        "```\n",
        "~~~",
        "<!-- ai:",
        "-->",
        "$(",
        ")",
        "$",
        "<<",
        "<<A\n",
        ">>",
        " ",
        "\t",
        "\n",
        "\r",
    ),
    *(
        "a",
        '"a", ',
        "RUN ",
        "a=",
        "`",
        "<a>",
        "<",
        "| ",
        "a: |\n",
        "a: ",
        ", ",
        ":",
        "---\n",
        "\u2028",
    ),
    *("kubectl ", "run: ", "define a\n", "endef\n", "template=", "shell: pwsh\n", "\U0001f600"),
)


@settings(
    derandomize=True, max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    st.sampled_from([(word, head) for word, heads in HEADS.items() for head in heads]),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=3),
)
def test_a_long_hostile_text_is_read_and_every_place_is_in_it(
    begin: tuple[str, str], parts: list[str]
) -> None:
    language, head = begin
    part = "".join(parts)
    text = head + part * (LONG // len(part))
    document = Document(text, language, "x")
    assert all(one.start <= one.end <= len(text) for one in document.comments)
    for region in document.shells:
        assert 0 <= region.start <= region.end <= len(text)
        start, end = region.span(0, len(region.text))
        assert region.start <= start <= end <= region.end
    half = len(text) // 2
    document.changed(half, half, part)
    assert document.text == text[:half] + part + text[half:]
