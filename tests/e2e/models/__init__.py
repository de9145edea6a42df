"""Real model servers for tests: Ollama (two versions) and llama.cpp's, with models made on the spot.

Fixtures (tests/e2e/conftest.py has them for every test in tests/e2e)::

    def test_x(ollama): ...        # Ollama, once for each version of `servers.VERSIONS`
    def test_x(newest_ollama): ... # Ollama, the newest of them only
    def test_x(llama_cpp): ...     # llama.cpp's server with the model "ascii"
    def test_x(start_ollama):      # one of the test's own, to kill, stop or give an environment
        server = start_ollama("0.13.5", OLLAMA_MAX_LOADED_MODELS="1")
    def test_x(start_llama_cpp):   # likewise, with a model file and the server's own arguments
        server = start_llama_cpp(model_files["pods"], "--n_ctx", "4096")
    def test_x(model_files): ...   # model_files["tiny"]: the path of a GGUF file

The first three run for the whole session of a worker and are shared: unload what you want cold
(`ollama.unload(NAME)`), and create models under names of your own. All end with their process
groups, also when pytest is killed. What is not installed is skipped, with the command that installs
it; with KAI_REQUIRE_REAL=1 it fails.

A server says `url` ("http://127.0.0.1:PORT"), `host` ("127.0.0.1:PORT", as OLLAMA_HOST has it),
`pid` (which leads its process group), `log`, `folder`; it can `get(path)`, `post(path, body)`
(a `talk.Reply`: status, text, json, lines, seconds), `stream(path, body)` (a `talk.Stream`: iterate
over its objects, `close()` to go away), `kill()`, `answers()`. Ollama also says its `version` and can
`model(NAME)` (have it created, once; returns the name), `create(name, file, template, **fields)`,
`upload(file)`, `generate(model, prompt, **fields)`, `loaded()` (/api/ps by name), `unload(model)`.

Models by name (`servers.MAKERS`), all with a byte vocabulary (a prompt has a token for each byte and
one for its beginning) and a context of 8192 tokens::

    tiny    noise without end: bytes of every kind, control bytes, broken UTF-8
    ascii   noise without end, printable at temperature 0
    chat    another one, with a chat template in the file
    pods    answers every prompt with `kubectl get pods` and ends
    claims-q2  the same, and says that it is quantized as Q2_K
    middle  noise, 16 MB: evaluating a prompt of some hundred bytes takes seconds
    big     noise, 108 MB: five to ten times as slow

Others are made with `weights.random_model(path, seed=..., size=..., printable=..., template=...)`
and `weights.scripted_model(path, says=("kubectl", " get", " pods"), endless=..., file_type=...)`.
Models created here compute with one thread: on a busy machine several spend seconds in waiting for
each other.
"""
