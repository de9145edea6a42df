"""Settings: who may set what, what a wrong value says, and what a start does not import."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from kai.config import Paths, Settings, load
from kai.config.checks import CHECKS, duration, duration_text, shown
from kai.config.layers import VARIABLES
from kai.config.settings import flatten
from kai.errors import ConfigError


@pytest.fixture(name="paths")
def _paths(tmp_path: Path) -> Paths:
    return Paths.under(tmp_path)


def write(paths: Paths, text: str, mode: int = 0o600) -> None:
    paths.file.parent.mkdir(parents=True, exist_ok=True)
    paths.file.write_text(text)
    paths.file.chmod(mode)


class TestOrder:
    def test_a_fresh_machine_has_the_defaults(self, paths: Paths) -> None:
        loaded = load({}, {}, paths)
        assert loaded.settings == Settings()
        assert set(loaded.origins.values()) == {"default"}
        assert loaded.warnings == ()

    def test_file_beats_default_variable_beats_file_flag_beats_variable(self, paths: Paths) -> None:
        write(paths, "llm: {model: from-file, num_ctx: 8192, timeout: 5s}\n")
        env = {"KAI_LLM_MODEL": "from-env", "KAI_LLM_NUM_CTX": "1024"}
        loaded = load(env, {"llm.model": "from-flag", "llm.url": None}, paths)
        assert loaded.settings.llm.model == "from-flag"
        assert loaded.settings.llm.num_ctx == 1024
        assert loaded.settings.llm.timeout == 5.0
        assert loaded.origins["llm.model"] == "flag"
        assert loaded.origins["llm.num_ctx"] == "env KAI_LLM_NUM_CTX"
        assert loaded.origins["llm.timeout"] == "file"
        assert loaded.origins["llm.url"] == "default"

    def test_the_short_key_variable_counts_and_empty_switches_the_key_off(
        self, paths: Paths
    ) -> None:
        assert load({"KAI_KEY": "^O"}, {}, paths).settings.shell.key == "^O"
        assert load({"KAI_KEY": ""}, {}, paths).settings.shell.key == ""
        assert load({"KAI_LLM_MODEL": ""}, {}, paths).settings.llm.model == ""

    @pytest.mark.parametrize(
        ("written", "held"),
        [("off", "off"), ("no", "off"), ("destructive", "destructive"), ("on", "destructive")],
    )
    def test_the_guard_is_off_or_destructive_however_yaml_reads_the_word(
        self, paths: Paths, written: str, held: str
    ) -> None:
        assert load({}, {}, paths).settings.shell.guard == "off"
        assert load({"KAI_SHELL_GUARD": written}, {}, paths).settings.shell.guard == held
        write(paths, f"shell: {{guard: {written}}}\n")
        loaded = load({}, {}, paths)
        assert loaded.settings.shell.guard == held
        assert shown("shell.guard", loaded.settings.shell.guard) == held

    def test_a_variable_may_switch_the_guard_off_for_it_protects_nobody_from_others(
        self, paths: Paths
    ) -> None:
        write(paths, "shell: {guard: destructive}\n")
        assert load({"KAI_SHELL_GUARD": "off"}, {}, paths).settings.shell.guard == "off"

    def test_words_are_kept_and_panels_are_plain_where_the_settings_say_so(
        self, paths: Paths
    ) -> None:
        shell = load({}, {}, paths).settings.shell
        assert (shell.keep_words, shell.panel) == (False, "auto")
        write(paths, "shell: {keep_words: true, panel: plain}\n")
        shell = load({}, {}, paths).settings.shell
        assert (shell.keep_words, shell.panel) == (True, "plain")

    def test_the_refresh_of_names_can_be_switched_off(self, paths: Paths) -> None:
        assert load({}, {}, paths).settings.cluster.names == "auto"
        write(paths, "cluster: {names: off}\n")
        assert load({}, {}, paths).settings.cluster.names == "off"
        assert load({"KAI_CLUSTER_NAMES": "auto"}, {}, paths).settings.cluster.names == "auto"

    def test_every_setting_has_a_check_a_variable_and_a_default_that_passes_it(self) -> None:
        default = flatten(Settings())
        assert list(default) == list(CHECKS)
        assert set(VARIABLES.values()) == set(CHECKS)
        for key, value in default.items():
            text = shown(key, value)
            assert CHECKS[key](text) == value, key

    def test_every_field_says_what_it_means(self) -> None:
        source = Path(sys.modules["kai.config.settings"].__file__ or "").read_text()
        for section in fields(Settings):
            for item in fields(getattr(Settings(), section.name)):
                line = source[source.index(f"\n    {item.name}: ") :]
                assert '"""' in line[: line.index("\n    ", line.index('"""'))], item.name


class TestFile:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("llm:\n  urll: x\n", ["unknown key llm.urll", "did you mean llm.url?"]),
            ("lm: {}\n", ["unknown key lm", "did you mean llm?"]),
            ("zzz: {}\n", ["unknown key zzz", "valid: llm, cache"]),
            ("cache: {url: x}\n", ["cache.url", "did you mean llm.url?"]),
            ("cache: {ttl: 5}\n", ["cache.ttl", "720h"]),
            ("cache: {ttl: 5 years}\n", ["cache.ttl", "720h"]),
            ("cache: {max_entries: 0}\n", ["cache.max_entries", "from 1 to"]),
            ("llm: {num_ctx: true}\n", ["llm.num_ctx", "whole number"]),
            ("llm: {enabled: 2}\n", ["llm.enabled", "true or false"]),
            ("llm: {provider: hal}\n", ["llm.provider", "ollama, openai, anthropic"]),
            ("llm: {url: 'ftp://x'}\n", ["llm.url", "http or https"]),
            ("llm: {url: 'http://x:99999'}\n", ["llm.url", "http or https"]),
            ("llm: 3\n", ["llm must be a section"]),
            ("shell: {key: off}\n", ["shell.key", "in quotes"]),
            ("kubectl: {path: ./kubectl}\n", ["kubectl.path", "absolute"]),
            ("safety: {autonomy: yolo}\n", ["safety.autonomy", "observe, recommend"]),
            ("safety: {protected_contexts: [1]}\n", ["safety.protected_contexts", "list of texts"]),
            ("shell: {guard: maybe}\n", ["shell.guard", "one of off, destructive"]),
            ("shell: {guard: 7}\n", ["shell.guard", "one of off, destructive"]),
            ("shell: {panel: red}\n", ["shell.panel", "one of auto, plain"]),
            ("cluster: {names: [a]}\n", ["cluster.names", "one of off, auto"]),
            ("safety: {max_replicas: -1}\n", ["safety.max_replicas", "from 0 to 100000"]),
            ("safety: {max_objects: 0}\n", ["safety.max_objects", "from 1 to 10000"]),
            ("safety: {writes_per_minute: 601}\n", ["writes_per_minute", "from 0 to 600"]),
            ("llm: {model: a}\nllm: {model: b}\n", ["line 2", "llm stands twice"]),
            ("llm:\n  model: a\n  model: b\n", ["line 3", "model stands twice"]),
            ("? [a, b]\n: c\n", ["line 1", "unhashable key"]),
            ("- a\n", ["must be a mapping"]),
            ("llm: [\n", ["line 2"]),
            ("1: 2\n", ["key 1 must be text"]),
            ("a: !!python/object:os.system x\n", ["line 1"]),
            ("llm: {urll: 1, modell: 2}\n", ["(1 more)"]),
        ],
    )
    def test_a_wrong_file_is_an_error_that_names_file_key_and_remedy(
        self, paths: Paths, text: str, said: list[str]
    ) -> None:
        write(paths, text)
        with pytest.raises(ConfigError) as caught:
            load({}, {}, paths)
        message = str(caught.value)
        assert str(paths.file) in message
        assert "\n" not in message
        for part in said:
            assert part in message

    def test_bytes_that_are_no_text_are_an_error(self, paths: Paths) -> None:
        write(paths, "")
        paths.file.write_bytes(b"llm:\n  model: \xff\n")
        with pytest.raises(ConfigError, match="UTF-8"):
            load({}, {}, paths)

    @pytest.mark.parametrize("text", ["", "# nothing\n", "llm:\n", "llm: {}\n"])
    def test_an_empty_file_sets_nothing(self, paths: Paths, text: str) -> None:
        write(paths, text)
        assert load({}, {}, paths).settings == Settings()

    @pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
    def test_a_file_that_others_can_write_is_ignored_with_a_warning(
        self, paths: Paths, mode: int
    ) -> None:
        write(paths, "llm: {model: evil}\n", mode)
        loaded = load({}, {}, paths)
        assert loaded.settings == Settings()
        assert "written by others" in loaded.warnings[0]

    def test_a_folder_or_a_pipe_of_that_name_is_ignored_with_a_warning(self, paths: Paths) -> None:
        paths.file.mkdir(parents=True)
        assert "regular file" in load({}, {}, paths).warnings[0]
        paths.file.rmdir()
        os.mkfifo(paths.file)
        assert "regular file" in load({}, {}, paths).warnings[0]

    def test_somebody_elses_file_is_ignored_with_a_warning(self, paths: Paths) -> None:
        write(paths, "llm: {model: evil}\n")
        if os.geteuid() == 0:
            os.chown(paths.file, 12345, -1)
            foreign = paths
        else:
            foreign = Paths(paths.config, paths.cache, paths.state, Path("/etc/passwd"))
        loaded = load({}, {}, foreign)
        assert "somebody else" in loaded.warnings[0]
        assert loaded.settings == Settings()

    def test_a_file_named_by_the_variable_must_exist(self, tmp_path: Path) -> None:
        named = Paths.from_environment({"HOME": str(tmp_path), "KAI_CONFIG": "~/no.yaml"})
        with pytest.raises(ConfigError, match=r"KAI_CONFIG names .*no\.yaml"):
            load({}, {}, named)

    def test_a_change_is_seen_even_with_the_same_size_and_time(self, paths: Paths) -> None:
        write(paths, "llm: {model: a}\n")
        assert load({}, {}, paths).settings.llm.model == "a"
        before = paths.file.stat()
        write(paths, "llm: {model: b}\n")
        os.utime(paths.file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert load({}, {}, paths).settings.llm.model == "b"

    @pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"stamp": 1}', b"null", b"\xff"])
    def test_a_damaged_validated_copy_is_thrown_away(self, paths: Paths, damage: bytes) -> None:
        write(paths, "llm: {model: a}\n")
        load({}, {}, paths)
        kept = paths.cache / "config.json"
        assert kept.stat().st_mode & 0o777 == 0o600
        kept.write_bytes(damage)
        assert load({}, {}, paths).settings.llm.model == "a"


class TestTightening:
    def test_the_file_may_loosen(self, paths: Paths) -> None:
        write(paths, "safety: {autonomy: full, protected_contexts: []}\nprivacy: {cloud: true}\n")
        settings = load({}, {}, paths).settings
        assert settings.safety.autonomy == "full"
        assert settings.safety.protected_contexts == ()
        assert settings.privacy.cloud

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("KAI_SAFETY_AUTONOMY", "act"),
            ("KAI_PRIVACY_REDACT", "false"),
            ("KAI_PRIVACY_CLOUD", "true"),
            ("KAI_SAFETY_MAX_REPLICAS", "101"),
            ("KAI_SAFETY_MAX_OBJECTS", "21"),
            ("KAI_SAFETY_WRITES_PER_MINUTE", "11"),
        ],
    )
    def test_variables_and_flags_may_not_loosen(self, paths: Paths, name: str, text: str) -> None:
        with pytest.raises(ConfigError, match=name):
            load({name: text}, {}, paths)
        with pytest.raises(ConfigError, match="stricter"):
            load({}, {VARIABLES[name]: text}, paths)

    def test_variables_and_flags_may_tighten(self, paths: Paths) -> None:
        env = {"KAI_SAFETY_AUTONOMY": "recommend", "KAI_SAFETY_PROTECTED_CONTEXTS": "live, eu"}
        loaded = load(env, {"safety.autonomy": "observe"}, paths)
        assert loaded.settings.safety.autonomy == "observe"
        protected = loaded.settings.safety.protected_contexts
        assert {"live", "eu", "prod"} <= set(protected)

    def test_the_file_sets_the_numbers_and_variables_only_lower_them(self, paths: Paths) -> None:
        write(paths, "safety: {max_replicas: 1000, max_objects: 50}\n")
        safety = load({"KAI_SAFETY_MAX_OBJECTS": "5"}, {}, paths).settings.safety
        assert (safety.max_replicas, safety.max_objects, safety.writes_per_minute) == (1000, 5, 10)

    def test_a_flag_may_not_loosen_what_a_variable_tightened(self, paths: Paths) -> None:
        with pytest.raises(ConfigError, match="is observe"):
            load({"KAI_SAFETY_AUTONOMY": "observe"}, {"safety.autonomy": "propose"}, paths)


class TestEndpoint:
    @pytest.mark.parametrize(
        ("text", "url"),
        [
            ("http://localhost:1234", "http://localhost:1234"),
            ("http://127.9.9.9:1/v1/", "http://127.9.9.9:1/v1"),
            ("http://[::1]:1", "http://[::1]:1"),
            ("http://0.0.0.0:11434", "http://127.0.0.1:11434"),
            ("http://[::]:80", "http://[::1]:80"),
        ],
    )
    def test_this_machine_may_be_named(self, paths: Paths, text: str, url: str) -> None:
        assert load({"KAI_LLM_URL": text}, {}, paths).settings.llm.url == url
        assert load({}, {"llm.url": text}, paths).settings.llm.url == url

    @pytest.mark.parametrize(
        "text",
        [
            "http://evil.example",
            "http://localhost.evil.example",
            "http://127.0.0.1@evil.example",
            "http://127.0.0.1.evil.example:11434",
            "http://localhost:1@evil.example",
            "http://2130706433",
            "http://[::ffff:8.8.8.8]",
            "https://10.0.0.1",
        ],
    )
    def test_other_machines_may_not_unless_the_file_allows_it(
        self, paths: Paths, text: str
    ) -> None:
        with pytest.raises(ConfigError, match=r"KAI_LLM_URL: llm\.url must be on this"):
            load({"KAI_LLM_URL": text}, {}, paths)
        write(paths, "privacy: {cloud: true}\n")
        assert load({"KAI_LLM_URL": text}, {}, paths).settings.llm.url == text

    def test_the_host_that_the_file_names_may_be_named_again(self, paths: Paths) -> None:
        write(paths, "llm: {url: 'http://gpu.lan:11434'}\n")
        env = {"KAI_LLM_URL": "http://gpu.lan:8000"}
        assert load(env, {}, paths).settings.llm.url == "http://gpu.lan:8000"
        with pytest.raises(ConfigError):
            load({"KAI_LLM_URL": "http://other.lan"}, {}, paths)

    @pytest.mark.parametrize(
        ("text", "url"),
        [
            ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - read, not bound
            ("0.0.0.0:1234", "http://127.0.0.1:1234"),
            (":1234", "http://127.0.0.1:1234"),
            ("localhost", "http://localhost:11434"),
            ("[::1]", "http://[::1]:11434"),
            ("[::1]:99", "http://[::1]:99"),
            ("::1", "http://[::1]:11434"),
            ("::", "http://[::1]:11434"),
            ("[::]:5", "http://[::1]:5"),
            ("http://0.0.0.0", "http://127.0.0.1"),
            ("https://localhost:8443/ollama/", "https://localhost:8443/ollama"),
            ("127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://127.0.0.1", "http://127.0.0.1"),
            ("127.0.0.1:1/ollama", "http://127.0.0.1:1/ollama"),
            ('"127.0.0.1:7"', "http://127.0.0.1:7"),
        ],
    )
    def test_ollamas_own_variable_counts_where_no_url_is_set(
        self, paths: Paths, text: str, url: str
    ) -> None:
        loaded = load({"OLLAMA_HOST": text}, {}, paths)
        assert loaded.settings.llm.url == url
        assert loaded.origins["llm.url"] == "env OLLAMA_HOST"

    def test_ollamas_own_variable_is_behind_every_url_of_ours(self, paths: Paths) -> None:
        env = {"OLLAMA_HOST": ":1", "KAI_LLM_URL": "http://localhost:2"}
        assert load(env, {}, paths).settings.llm.url == "http://localhost:2"
        write(paths, "llm: {url: 'http://localhost:3'}\n")
        assert load({"OLLAMA_HOST": ":1"}, {}, paths).settings.llm.url == "http://localhost:3"

    @pytest.mark.parametrize("text", ["gpu.lan:11434", "http://", "host:port", "http://[", " "])
    def test_ollamas_own_variable_never_stops_kai(self, paths: Paths, text: str) -> None:
        loaded = load({"OLLAMA_HOST": text}, {}, paths)
        assert loaded.settings == Settings()
        assert all("OLLAMA_HOST" in warning for warning in loaded.warnings)
        assert len(loaded.warnings) == (1 if text.strip() else 0)


class TestVariables:
    def test_a_bad_value_names_the_variable_and_what_is_allowed(self, paths: Paths) -> None:
        with pytest.raises(ConfigError, match=r"KAI_CACHE_TTL=soon: cache\.ttl must be a dur"):
            load({"KAI_CACHE_TTL": "soon"}, {}, paths)

    def test_a_password_in_a_bad_value_is_not_repeated(self, paths: Paths) -> None:
        with pytest.raises(ConfigError) as caught:
            load({"KAI_LLM_URL": "ftp://bob:hunter2@x"}, {}, paths)
        assert "hunter2" not in str(caught.value)

    def test_a_misspelt_variable_is_remarked_on_with_the_nearest(self, paths: Paths) -> None:
        loaded = load({"KAI_LLM_URLL": "x", "KAI_DEBUG": "1", "KAI_CACHE_DIR": "/x"}, {}, paths)
        assert loaded.warnings == (
            "KAI_LLM_URLL is no setting (did you mean KAI_LLM_URL?); it is ignored",
        )

    def test_an_unknown_flag_is_an_error_with_the_nearest(self, paths: Paths) -> None:
        with pytest.raises(ConfigError, match=r"llm\.modl \(did you mean llm\.model\?\)"):
            load({}, {"llm.modl": "x"}, paths)


class TestPaths:
    @pytest.mark.parametrize(
        "env",
        [
            {},
            {"XDG_CONFIG_HOME": "/x/c", "XDG_CACHE_HOME": "/x/k", "XDG_STATE_HOME": "/x/s"},
            {"XDG_CONFIG_HOME": "relative", "XDG_CACHE_HOME": "", "XDG_STATE_HOME": " /x"},
        ],
    )
    @pytest.mark.parametrize("platform", ["linux", "darwin"])
    def test_folders_are_those_of_platformdirs(
        self, env: dict[str, str], platform: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (env | {"HOME": str(tmp_path)}).items():
            monkeypatch.setenv(name, value)
        theirs = MacOS("kai") if platform == "darwin" else Unix("kai")
        ours = Paths.from_environment({**env, "HOME": str(tmp_path)}, platform)
        assert ours.config == Path(theirs.user_config_dir)
        assert ours.cache == Path(theirs.user_cache_dir)
        assert ours.state == Path(theirs.user_state_dir)

    def test_our_own_variables_win(self) -> None:
        env = {
            "HOME": "/h",
            "XDG_CACHE_HOME": "/x",
            "KAI_CACHE_DIR": "~/k",
            "KAI_STATE_DIR": "/s",
            "KAI_CONFIG_DIR": "/c",
        }
        paths = Paths.from_environment(env, "linux")
        assert (paths.cache, paths.state) == (Path("/h/k"), Path("/s"))
        assert (paths.file, paths.named) == (Path("/c/config.yaml"), False)
        named = Paths.from_environment({**env, "KAI_CONFIG": "/f.yaml"}, "linux")
        assert (named.file, named.named) == (Path("/f.yaml"), True)


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("720h", 2592000),
            ("1h30m", 5400),
            ("90s", 90),
            ("500ms", 0.5),
            ("30d", 2592000),
            ("1.5h", 5400),
            ("0", 0),
            ("0s", 0),
        ],
    )
    def test_text_becomes_seconds_and_back(self, text: str, seconds: float) -> None:
        assert duration(text) == seconds
        assert duration(duration_text(seconds)) == seconds

    @pytest.mark.parametrize("text", ["", "5", "h", "5 h", "-5h", "1h30", "5y", "1e3s", "٣s5"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="duration"):
            duration(text)


def imported(paths: Paths) -> set[str]:
    """The modules a fresh process has after loading the settings below `paths`."""
    code = (
        "import sys; from pathlib import Path; from kai.config import Paths, load;"
        f"load({{}}, {{}}, Paths.under(Path({str(paths.config.parent)!r})));"
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


class TestImports:
    HEAVY = frozenset({"pydantic", "yaml", "platformdirs", "sqlite3", "subprocess", "difflib"})

    def test_no_file_means_no_heavy_import(self, paths: Paths) -> None:
        modules = imported(paths)
        assert not modules & self.HEAVY
        assert "hashlib" not in modules

    def test_a_new_file_is_validated_and_an_unchanged_one_is_not(self, paths: Paths) -> None:
        write(paths, "llm: {model: a}\n")
        assert {"pydantic", "yaml"} <= imported(paths)
        assert not imported(paths) & self.HEAVY


class TestModelServer:
    @pytest.mark.parametrize(
        ("key", "text", "value"),
        [
            ("llm.stall", "500ms", 0.5),
            ("llm.variant", "Short", "short"),
            ("llm.grammar", "0", "off"),
            ("llm.warm", "on", "auto"),
            ("llm.input_price", "2.50", 2.5),
            ("llm.output_price", "0", 0.0),
            ("llm.key_host", "API.Example.com", "api.example.com"),
            ("llm.key_host", "10.0.0.5:8000", "10.0.0.5:8000"),
            ("llm.key_host", "[fd00::1]:8000", "[fd00::1]:8000"),
            ("llm.key_command", "/usr/bin/pass 'show' llm", "/usr/bin/pass 'show' llm"),
            ("llm.key_file", "~/.config/key", "~/.config/key"),
        ],
    )
    def test_the_settings_of_a_server_are_read(self, key: str, text: str, value: object) -> None:
        assert CHECKS[key](text) == value
        assert CHECKS[key](shown(key, CHECKS[key](text))) == value

    @pytest.mark.parametrize(
        ("key", "raw"),
        [
            ("llm.stall", "5"),
            ("llm.stall", "0"),
            ("llm.variant", "tiny"),
            ("llm.grammar", "json"),
            ("llm.input_price", "-1"),
            ("llm.input_price", "1e9"),
            ("llm.output_price", True),
            ("llm.output_price", float("nan")),
            ("llm.key_host", "https://api.example.com"),
            ("llm.key_host", "user@host"),
            ("llm.key_host", ":8000"),
            ("llm.key_command", "pass show llm"),
            ("llm.key_command", "/usr/bin/pass 'show"),
            ("llm.key_command", "./pass"),
            ("llm.key_file", "key"),
        ],
    )
    def test_what_they_cannot_be_is_refused(self, key: str, raw: object) -> None:
        with pytest.raises(ValueError, match=r"a number|a host|path|quotes|duration|one of"):
            CHECKS[key](raw)

    def test_every_setting_of_the_model_is_documented(self) -> None:
        page = Path(__file__).parents[1] / "docs" / "model-servers.md"
        told = page.read_text(encoding="utf-8")
        assert [key for key in CHECKS if key.startswith("llm.") and f"`{key}`" not in told] == []

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            ("llm.key_file", "/tmp/key"),
            ("llm.key_command", "/bin/cat /etc/passwd"),
            ("llm.key_host", "evil.example"),
        ],
    )
    def test_only_the_file_says_where_a_key_comes_from_and_who_gets_it(
        self, paths: Paths, key: str, text: str
    ) -> None:
        name = "KAI_" + key.upper().replace(".", "_")
        with pytest.raises(ConfigError, match=r"can only be set in config\.yaml"):
            load({name: text}, {}, paths)
        with pytest.raises(ConfigError, match=r"can only be set in config\.yaml"):
            load({}, {key: text}, paths)
        write(paths, f"llm: {{{key.removeprefix('llm.')}: {text}}}\n")
        assert load({name: text}, {}, paths).origins[key] == f"env {name}"
