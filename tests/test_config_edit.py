"""`kai config get|set|show`: one value changes, the rest of the file stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from kai.config import Paths, load
from kai.config.checks import CHECKS
from kai.config.edit import dump, get_value, set_value
from kai.config.settings import flatten
from kai.errors import ConfigError


@pytest.fixture(name="paths")
def _paths(tmp_path: Path) -> Paths:
    return Paths.under(tmp_path)


def write(paths: Paths, text: str, mode: int = 0o600) -> None:
    paths.file.parent.mkdir(parents=True, exist_ok=True)
    paths.file.write_text(text)
    paths.file.chmod(mode)


BEFORE = """\
# my settings
llm:   # the model
  model: "a"   # small
  num_ctx: 4096
cache: {ttl: 720h}   # a month
safety:
  protected_contexts:
  - one
  - two
  # end of the list
  autonomy: observe
journal:
"""


class TestEditing:
    @pytest.mark.parametrize(
        ("key", "text", "line"),
        [
            ("llm.model", "qwen2.5-coder:7b", '  model: "qwen2.5-coder:7b"   # small'),
            ("llm.num_ctx", "8192", "  num_ctx: 8192"),
            ("llm.timeout", "30s", '  timeout: "30s"'),
            ("cache.ttl", "24h", 'cache: {ttl: "24h"}   # a month'),
            ("cache.enabled", "no", "cache: {enabled: false, ttl: 720h}   # a month"),
            ("safety.protected_contexts", "x,y", '  protected_contexts: ["x", "y"]'),
            ("safety.autonomy", "act", '  autonomy: "act"'),
            ("journal.enabled", "false", "  enabled: false"),
            ("kubectl.path", "/bin/kubectl", '  path: "/bin/kubectl"'),
            ("shell.key", "", '  key: ""'),
        ],
    )
    def test_setting_one_value_leaves_the_rest_of_the_file(
        self, paths: Paths, key: str, text: str, line: str
    ) -> None:
        write(paths, BEFORE)
        before = load({}, {}, paths).settings
        set_value(paths, key, text)
        after = paths.file.read_text()
        assert line in after.splitlines()
        assert "# my settings" in after
        assert "# a month" in after
        expected = flatten(before) | {key: CHECKS[key](text)}
        assert flatten(load({}, {}, paths).settings) == expected

    def test_the_first_value_makes_a_private_file(self, paths: Paths) -> None:
        set_value(paths, "llm.model", "a: #b")
        assert paths.file.stat().st_mode & 0o777 == 0o600
        assert get_value(load({}, {}, paths), "llm.model") == "a: #b"
        assert [path.name for path in paths.config.iterdir()] == ["config.yaml"]

    def test_a_bad_value_leaves_the_file_as_it_was(self, paths: Paths) -> None:
        write(paths, BEFORE)
        with pytest.raises(ConfigError, match=r"llm\.num_ctx must be a whole number"):
            set_value(paths, "llm.num_ctx", "many")
        with pytest.raises(ConfigError, match=r"did you mean llm\.model"):
            set_value(paths, "llm.modl", "x")
        assert paths.file.read_text() == BEFORE

    def test_a_link_to_the_file_stays_a_link(self, paths: Paths, tmp_path: Path) -> None:
        real = tmp_path / "dotfiles.yaml"
        real.write_text("llm: {model: a}\n")
        real.chmod(0o600)
        paths.config.mkdir()
        paths.file.symlink_to(real)
        set_value(paths, "llm.model", "b")
        assert paths.file.is_symlink()
        assert real.read_text() == 'llm: {model: "b"}\n'

    def test_a_file_that_others_can_write_is_not_edited(self, paths: Paths) -> None:
        write(paths, BEFORE, 0o666)
        with pytest.raises(ConfigError, match="written by others"):
            set_value(paths, "llm.model", "b")

    def test_a_file_with_an_error_is_not_edited(self, paths: Paths) -> None:
        write(paths, "llm: {modl: a}\n")
        with pytest.raises(ConfigError, match="unknown key"):
            set_value(paths, "llm.model", "b")

    def test_show_lists_every_setting_with_its_origin_and_no_password(self, paths: Paths) -> None:
        write(paths, "llm: {url: 'http://bob:hunter2@gpu.lan:1'}\n")
        text = dump(load({"KAI_KEY": "^O"}, {"cache.enabled": False}, paths))
        assert "hunter2" not in text
        lines = [" ".join(line.split()) for line in text.splitlines()]
        assert len(lines) == len(CHECKS)
        assert "shell.key = ^O (env KAI_KEY)" in lines
        assert "cache.ttl = 720h (default)" in lines
        assert "cache.enabled = false (flag)" in lines

    def test_get_gives_one_value_and_knows_no_other_key(self, paths: Paths) -> None:
        loaded = load({}, {}, paths)
        assert get_value(loaded, "cache.ttl") == "720h"
        with pytest.raises(ConfigError, match=r"did you mean cache\.ttl"):
            get_value(loaded, "cache.tll")
