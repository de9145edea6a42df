"""What stands in a file stays words in hovers and messages."""

from __future__ import annotations

import re

import pytest

from kai_lsp.markup import code, escaped, unlinked

NASTY = [
    "[x](command:workbench.action.quit)",
    "![x](http://192.0.2.1/i.png)",
    "<img src=x onerror=y>",
    "<http://192.0.2.1>",
    "see https://192.0.2.1/x",
    "see www.example.invalid",
    "mail a@example.invalid",
    "# heading",
    "> quote",
    "- list",
    "12. list",
    "`code`",
    "**bold** __bold__ _it_ ~~gone~~",
    "&lt;b&gt; &#60;",
    "\\[x](y)",
    "a\n# heading\n\n---\nb",
]


@pytest.mark.parametrize("text", NASTY)
def test_taking_the_escapes_out_again_gives_the_text_on_one_line(text: str) -> None:
    shown = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", escaped(text))
    assert shown == " ".join(text.split())
    assert "\n" not in escaped(text)


@pytest.mark.parametrize("text", NASTY)
def test_no_sign_of_markdown_is_left_bare(text: str) -> None:
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", escaped(text))
    assert not re.search(r"[\[\]<`*~\\]|://|www\.|\w@|&\w|&#", bare)
    assert not re.match(r"[#>+=-]|\d+[.)]", bare)


def test_plain_words_of_kubernetes_need_no_escapes() -> None:
    text = "shows pods of app=web in kube-system (10.0.0.1:8080, my_name, 50%, a.b/c)"
    assert escaped(text) == text


@pytest.mark.parametrize("text", ["a", "`", "a``b", "``` x ```", "`a` ```b```"])
def test_code_is_fenced_by_more_backquotes_than_it_holds(text: str) -> None:
    fenced = code(text)
    fence = re.match("`+", fenced)
    assert fence is not None
    assert fence[0] not in text
    assert fenced.strip("`").strip() == text.strip("`").strip() or text in fenced


def test_messages_hold_no_links_of_the_document_s_own() -> None:
    assert unlinked("to [x](command:quit)") == "to [x] (command:quit)"
