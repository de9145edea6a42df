"""Which language a document is in: by what the editor says, by its name, by its first line."""

from __future__ import annotations

import re
from enum import StrEnum


class Language(StrEnum):
    """The languages whose comments or commands are read."""

    SHELL = "shell"
    YAML = "yaml"
    MAKE = "make"
    DOCKER = "docker"
    MARKDOWN = "markdown"
    JUST = "just"
    HASH = "comments begin with #"
    SLASHES = "comments begin with //"
    BOTH = "comments begin with # or //"
    DASHES = "comments begin with --"
    MARKUP = "comments stand between <!-- and -->"
    NONE = "no comments that are known"


_BY_ID = {
    Language.SHELL: "shellscript sh bash zsh ksh dash shell fish bats dotenv",
    Language.YAML: (
        "yaml yml dockercompose github-actions-workflow gitlab-ci azure-pipelines ansible helm"
        " helm-template yaml.ansible yaml.docker-compose yaml.gitlab yaml.helm-values yaml.github"
        " gotmpl taskfile home-assistant"
    ),
    Language.MAKE: "makefile make",
    Language.DOCKER: "dockerfile containerfile docker",
    Language.MARKDOWN: "markdown mdx rmd quarto",
    Language.JUST: "just justfile",
    Language.HASH: (
        "python ruby perl r toml properties ini elixir julia crystal nix cmake powershell coffeescript"
        " gitignore ignore conf graphql starlark bazel tiltfile jq awk tcl editorconfig"
    ),
    Language.SLASHES: (
        "javascript javascriptreact typescript typescriptreact go java c cpp csharp rust swift kotlin"
        " scala dart groovy jsonc json5 proto proto3 cue rego zig scss less fsharp jenkinsfile"
    ),
    Language.BOTH: "php terraform hcl tf opentofu terraform-vars jsonnet",
    Language.DASHES: "lua sql haskell ada elm vhdl dhall pgsql plsql mysql",
    Language.MARKUP: "html xml svg vue xhtml xsl",
}
_LANGUAGE_OF = {word: language for language, words in _BY_ID.items() for word in words.split()}

_BY_NAME = tuple(
    (re.compile(pattern, re.IGNORECASE), language)
    for pattern, language in (
        (r"(?:gnu)?makefile(?:\..+)?|.+\.(?:mk|mak|make)", Language.MAKE),
        (
            r"(?:dockerfile|containerfile)(?:[.-].+)?|.+\.(?:dockerfile|containerfile)",
            Language.DOCKER,
        ),
        (r"\.?justfile|.+\.just", Language.JUST),
        (r".+\.(?:sh|bash|zsh|ksh|bats|envrc|command|fish)", Language.SHELL),
        (
            r"\.?(?:bash(?:rc|_profile|_aliases|_functions|_login|_logout)"
            r"|zsh(?:rc|env)|zprofile|zlogin|zlogout|profile|aliases|functions|kshrc|mkshrc|envrc"
            r"|inputrc_sh|xprofile|xsessionrc|pkgbuild|apkbuild)",
            Language.SHELL,
        ),
        (r".+\.(?:ya?ml|ya?ml\.(?:tmpl|tpl|gotmpl|j2|erb|dist|example|sample))", Language.YAML),
        (r"\.?(?:yamllint|clang-format)|taskfile", Language.YAML),
        (r".+\.(?:md|markdown|mdx|mkd|rmd|qmd)", Language.MARKDOWN),
        (r".+\.(?:service|timer|socket)", Language.HASH),
        (r"devcontainer\.json|.+\.code-workspace|tsconfig.*\.json", Language.SLASHES),
        (r".+\.(?:py|rb|pl|r|toml|ini|conf|cfg|properties|nix|ps1|star|bzl|jq|awk)", Language.HASH),
        (r"tiltfile|gemfile|rakefile|vagrantfile|brewfile|procfile|build|workspace", Language.HASH),
        (r"jenkinsfile(?:\..+)?|.+\.(?:groovy|gradle|jenkinsfile)", Language.SLASHES),
        (
            r".+\.(?:[cm]?[jt]sx?|go|java|c|cc|cpp|h|hpp|cs|rs|swift|kts?|scala|dart)",
            Language.SLASHES,
        ),
        (r".+\.(?:jsonc|json5|cue|rego|proto|scss|less|zig)", Language.SLASHES),
        (r".+\.(?:tf|tfvars|hcl|php|jsonnet|libsonnet)", Language.BOTH),
        (r".+\.(?:lua|sql|hs|elm|dhall)", Language.DASHES),
        (r".+\.(?:html?|xml|svg|vue)", Language.MARKUP),
    )
)
_SHEBANG = re.compile(
    r"\ufeff?#![ \t]*(?:\S*/)?(?:env[ \t]+(?:-\S+[ \t]+|\w+=\S*[ \t]+)*(?:\S*/)?)?([\w.+-]+)"
)
_SHELLS = re.compile(r"(?:ba|z|da|k|mk|a|fi|tc|c)?sh\d*|bats|busybox")
_MODELINE = re.compile(r"(?:vim?:.*\b(?:ft|filetype|syntax)=|-\*-\s*(?:mode:\s*)?)([\w-]+)")


def shell_shebang(line: str) -> bool | None:
    """Whether a first line names a shell; None where it names no program at all."""
    match = _SHEBANG.match(line)
    return None if match is None else _SHELLS.fullmatch(match[1]) is not None


_OTHER_SHELL = re.compile(
    r"(?:\S*/)?(?:env[ \t]+)?(?:pwsh|powershell|cmd|python[\d.]*|node|perl|ruby|nu|fish|deno|bun)"
    r"(?:\.exe)?(?![\w-])",
    re.IGNORECASE,
)


def other_shell(program: str) -> bool:
    """Whether a program that recipes are given to is no shell whose syntax is read here."""
    return _OTHER_SHELL.match(program.strip("\"' \t")) is not None


def is_fish(language_id: str, path: str, text: str) -> bool:
    """Whether a script is one of fish, whose syntax is its own."""
    match = _SHEBANG.match(text[:400])
    if match is not None:
        return match[1] == "fish"
    return language_id.lower() == "fish" or path.lower().endswith(".fish")


def language_of(language_id: str, path: str, text: str = "") -> Language:
    """The language of a document; the editor's word counts most, then the name, the first line."""
    known = _LANGUAGE_OF.get(language_id.lower())
    name = path.replace("\\", "/").rpartition("/")[2]
    if known is not None and not (known is Language.HASH and language_id.lower() == "conf"):
        return known
    for pattern, language in _BY_NAME:
        if pattern.fullmatch(name):
            return language
    head = text[:400]
    shell = shell_shebang(head)
    if shell is not None:
        if shell:
            return Language.SHELL
        interpreter = _SHEBANG.match(head)
        word = interpreter[1].rstrip("0123456789.") if interpreter else ""
        word = {"node": "javascript", "deno": "typescript", "bun": "typescript"}.get(word, word)
        return _LANGUAGE_OF.get(word, Language.HASH)
    mode = _MODELINE.search(head)
    return _LANGUAGE_OF.get(mode[1].lower(), Language.NONE) if mode else Language.NONE
