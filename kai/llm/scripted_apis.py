"""What real model servers write, built from a script: frames of three APIs, lists, errors.

For `kai.llm.scripted_server`. The forms are those of Ollama 0.13, OpenAI's and Anthropic's
documentation, and llama.cpp's server.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

GENERATES = {
    "/api/generate": "generate",
    "/api/chat": "chat",
    "/v1/completions": "completions",
    "/v1/chat/completions": "chat_completions",
    "/v1/messages": "messages",
}
"""The paths that run a model, and what their frames look like."""


def tokens(answer: Mapping[str, Any], request: Json) -> tuple[list[str], str]:
    """The pieces in which an answer comes and why it ends, as a server cuts it (`stop`, length)."""
    text, reason = str(answer.get("text", "")), str(answer.get("reason", "stop"))
    options = request.get("options") or {}
    stops = options.get("stop") or request.get("stop") or request.get("stop_sequences") or []
    if not answer.get("ignores_stop"):
        ends = [at for stop in stops if (at := text.find(stop)) >= 0]
        text = text[: min(ends)] if ends else text
    pieces: list[str] = answer.get("tokens") or re.findall(r"\s*\S+|\s+", text)
    limit = options.get("num_predict") or request.get("max_tokens")
    if limit and len(pieces) > limit and not answer.get("ignores_limit"):
        return pieces[:limit], "length"
    return pieces, reason


def prompt_of(request: Json) -> str:
    """All that a model was told, as one text."""
    told = [str(request.get("system") or ""), str(request.get("prompt") or "")]
    told += [str(message.get("content")) for message in request.get("messages") or ()]
    return "\n".join(filter(None, told))


def frames(kind: str, answer: Mapping[str, Any], request: Json) -> Iterator[bytes]:
    """The bytes of a streamed answer, frame by frame."""
    pieces, reason = tokens(answer, request)
    counts = len(prompt_of(request).split()), len(pieces)
    thinking = str(answer.get("thinking", ""))
    if kind in ("generate", "chat"):
        return _ollama(kind, pieces, reason, counts, {**answer, "thinking": thinking}, request)
    if kind == "messages":
        return _messages(pieces, reason, counts, thinking)
    return _openai(kind, pieces, reason, counts, {**answer, "thinking": thinking}, request)


def _ollama(
    kind: str,
    pieces: Sequence[str],
    reason: str,
    counts: tuple[int, int],
    answer: Mapping[str, Any],
    request: Json,
) -> Iterator[bytes]:
    def frame(text: str, thinking: str = "", **more: Any) -> bytes:
        said: Json = {"response": text}
        if kind == "chat":
            said = {"message": {"role": "assistant", "content": text}}
        target = said if kind == "generate" else said["message"]
        target |= {"thinking": thinking} if thinking else {}
        return line({"model": request.get("model"), "created_at": now(), **said, **more})

    if answer["thinking"]:
        yield frame("", answer["thinking"], done=False)
    for piece in pieces:
        yield frame(piece, done=False, **_ollama_logprobs(piece, answer, request))
    yield frame(
        "",
        done=True,
        done_reason=reason,
        total_duration=10**9,
        load_duration=int(float(answer.get("load_seconds", 0.001)) * 1e9),
        prompt_eval_count=counts[0],
        prompt_eval_duration=int(float(answer.get("prompt_seconds", 0.01)) * 1e9),
        eval_count=counts[1],
        eval_duration=int(float(answer.get("seconds", 0.1)) * 1e9),
    )


def _ollama_logprobs(piece: str, answer: Mapping[str, Any], request: Json) -> Json:
    if not request.get("logprobs") or "probability" not in answer:
        return {}
    return {"logprobs": [{"token": piece, "logprob": math.log(answer["probability"])}]}


def _openai(
    kind: str,
    pieces: Sequence[str],
    reason: str,
    counts: tuple[int, int],
    answer: Mapping[str, Any],
    request: Json,
) -> Iterator[bytes]:
    def frame(said: Json, end: str | None = None, piece: str = "") -> bytes:
        choice: Json = {"index": 0, **said, "finish_reason": end}
        if request.get("logprobs") and "probability" in answer and piece:
            value = math.log(answer["probability"])
            choice["logprobs"] = (
                {"tokens": [piece], "token_logprobs": [value]}
                if kind == "completions"
                else {"content": [{"token": piece, "logprob": value}]}
            )
        return event({"id": "x", "model": request.get("model"), "choices": [choice]})

    chat = kind == "chat_completions"
    if chat:
        yield frame({"delta": {"role": "assistant", "content": ""}})
    if chat and answer["thinking"]:
        yield frame({"delta": {"reasoning_content": answer["thinking"]}})
    for piece in pieces:
        yield frame({"delta": {"content": piece}} if chat else {"text": piece}, piece=piece)
    yield frame({"delta": {}} if chat else {"text": ""}, reason)
    if (request.get("stream_options") or {}).get("include_usage"):
        usage = {"prompt_tokens": counts[0], "completion_tokens": counts[1]}
        yield event({"id": "x", "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _messages(
    pieces: Sequence[str], reason: str, counts: tuple[int, int], thinking: str
) -> Iterator[bytes]:
    def named(kind: str, **more: Any) -> bytes:
        return f"event: {kind}\n".encode() + event({"type": kind, **more})

    yield named("message_start", message={"id": "x", "usage": {"input_tokens": counts[0]}})
    yield named("ping")
    for index, texts in enumerate((["" + thinking] if thinking else [], pieces)):
        sort, field = ("text", "text") if index else ("thinking", "thinking")
        if not texts:
            continue
        yield named("content_block_start", index=index, content_block={"type": sort})
        for text in texts:
            delta = {"type": f"{sort}_delta", field: text}
            yield named("content_block_delta", index=index, delta=delta)
        yield named("content_block_stop", index=index)
    end = {"stop": "end_turn", "length": "max_tokens"}.get(reason, reason)
    usage = {"output_tokens": counts[1]}
    yield named("message_delta", delta={"stop_reason": end}, usage=usage)
    yield named("message_stop")


def line(value: Json) -> bytes:
    """One line of Ollama's streams."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def event(value: Json) -> bytes:
    """One event of the others' streams."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def at_once(kind: str, streamed: Sequence[bytes]) -> bytes:
    """An answer to a request that did not ask for a stream: the frames in one."""
    if kind not in ("generate", "chat"):
        return b'{"error":{"message":"only streams are scripted"}}'
    rows = [json.loads(frame) for frame in streamed]
    if kind == "generate":
        return line(rows[-1] | {"response": "".join(row["response"] for row in rows)})
    text = "".join(row["message"]["content"] for row in rows)
    return line(rows[-1] | {"message": {"role": "assistant", "content": text}})


def now(ahead: float = 0.0) -> str:
    """A time as Ollama writes it, `ahead` seconds from now."""
    when = datetime.fromtimestamp(datetime.now(UTC).timestamp() + ahead, UTC)
    return when.isoformat().replace("+00:00", "Z")


def error(path: str, said: str) -> Json:
    """An error as the API of this path says it."""
    if path.startswith("/v1/messages"):
        return {"type": "error", "error": {"type": "api_error", "message": said}}
    return {"error": {"message": said}} if path.startswith("/v1") else {"error": said}


def listed(model: Json) -> Json:
    """A row of Ollama's lists."""
    details = {
        "family": model.get("family", "llama"),
        "parameter_size": model.get("parameters", "1.0B"),
        "quantization_level": model.get("quantisation", "Q4_K_M"),
    }
    name = model["name"]
    row = {"name": name, "model": name, "modified_at": now(), "details": details}
    return row | {"size": model.get("size", 1000), "digest": model.get("digest", "0" * 64)}


def shown(model: Json) -> Json:
    """Ollama's answer about one model."""
    family = model.get("family", "llama")
    info = {"general.architecture": family}
    return {
        "details": listed(model)["details"],
        "template": model.get("template", "{{ .Prompt }}"),
        "parameters": "",
        "capabilities": model.get("capabilities", ["completion"]),
        **({"remote_host": model["remote_host"]} if "remote_host" in model else {}),
        "model_info": info | {f"{family}.context_length": model.get("context", 4096)},
    }
