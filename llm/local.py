"""Provider `local`: GGUF models in this process, with llama.cpp through xllamacpp.

The same weights, seed and prompt give the same text: every engine has one slot, starts each reply with an empty cache
and computes it with a fixed number of threads. Several requests at once run on several engines that share the file.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from llm.exchange import Messages, ModelUnavailable, Reply, RequestFailed, Usage, encodable
from llm.model_file import Model
from llm.weights import find_weights
from utils.errors import one_line
from utils.hashing import sha256_file

# A small model rarely keeps to a format; for the turn that asks for a number, it may say nothing else (GBNF grammar).
NUMBER_GRAMMAR = 'root ::= "100" | [1-9] [0-9]? | "0"'
NUMBER_MAX_TOKENS = 16

_QUIET = -1  # llama.cpp's verbosity: errors are raised, nothing is printed


class LocalClient:
    """All local models of one invocation; at most `concurrency` requests at once, whatever the models."""

    def __init__(self, root: Path, concurrency: int, notice: Callable[[str], None]) -> None:
        self._root, self._notice = root, notice
        self._concurrency = max(1, concurrency)
        self._files: dict[str, Path] = {}
        self._engines: dict[tuple[Path, int, int], list[Any]] = {}
        self._turns = asyncio.Semaphore(self._concurrency)
        self._loading = threading.Lock()

    async def prepare(self, model: Model) -> str:
        """Find or bring the weights and load them once; the return is the file's name and SHA-256."""
        if model.weights is None:
            raise ModelUnavailable(f"{model.name}: llm/models.toml does not say where its weights are")
        path = await asyncio.to_thread(find_weights, model.weights, self._root, self._notice)
        self._files[model.name] = path
        async with self.session(model):
            pass
        return f"{path.name} sha256:{await asyncio.to_thread(sha256_file, path)}"

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[LocalSession]:
        """An engine of this session's own: a follow-up finds the reply's state in its cache."""
        key = (self._files[model.name], model.context, model.threads)
        async with self._turns:
            idle = self._engines.setdefault(key, [])
            engine = idle.pop() if idle else await asyncio.to_thread(self._load, *key)
            try:
                yield LocalSession(engine, model.served_name)
            finally:
                idle.append(engine)

    async def close(self) -> None:
        self._engines.clear()

    def _load(self, path: Path, context: int, threads: int) -> Any:
        """A new engine. Its HTTP server, which nobody uses, listens where nobody can reach it."""
        import xllamacpp  # heavy, and needed by this provider alone

        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_parallel = context, 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.cache_prompt, params.cache_ram_mib, params.warmup = False, 0, False
        params.verbosity, params.ui, params.endpoint_slots, params.endpoint_props = _QUIET, False, False, False
        params.api_keys = [secrets.token_hex(32)]  # known to this process alone, and forgotten at once
        params.cors_origins = "http://localhost.invalid"
        with self._loading, tempfile.TemporaryDirectory(prefix="trustbench-") as private:
            # A Unix socket in a folder of mode 700, unlinked as soon as it is bound; Windows has the key alone.
            if sys.platform != "win32":
                params.hostnames = [os.path.join(private, "s.sock")]  # noqa: PTH118
            try:
                return xllamacpp.Server(params)
            except RuntimeError as error:
                raise ModelUnavailable(f"{path}: llama.cpp cannot load it; is it a whole GGUF file?") from error


class LocalSession:
    """One reply and its follow-ups on one engine."""

    def __init__(self, engine: Any, served_name: str) -> None:
        self._engine, self._served_name = engine, served_name
        self._follows = False

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:
        """The reply; the first of a session is computed from nothing, a later one goes on from the state it left."""
        body = {
            **params,
            "messages": encodable(messages),
            "seed": seed,
            "cache_prompt": self._follows,
        }
        # The computation cannot be cut short; it is waited for even when the asking task is cancelled, so that the
        # engine is never shared by two.
        work = asyncio.ensure_future(asyncio.to_thread(self._compute, body))
        try:
            answer = await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise
        self._follows = True
        return _reply(answer, self._served_name)

    def _compute(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = self._engine.handle_chat_completions(body)
        except (RuntimeError, ValueError) as error:
            raise RequestFailed("engine_error", one_line(str(error), 200)) from error
        if "error" in answer:
            told = answer["error"]
            raise RequestFailed(str(told.get("type", "engine_error")), one_line(str(told.get("message")), 200))
        return answer


def _reply(answer: Mapping[str, Any], served_name: str) -> Reply:
    choice, usage = answer["choices"][0], answer.get("usage", {})
    said = choice.get("finish_reason")
    return Reply(
        text=choice["message"].get("content") or "",
        finish_reason=said if said in ("stop", "length") else "other",
        provider_finish_reason=said,
        usage=Usage(
            input_tokens=usage.get("prompt_tokens"),
            output_tokens=usage.get("completion_tokens"),
            cached_tokens=usage.get("prompt_tokens_details", {}).get("cached_tokens"),
        ),
        reasoning=choice["message"].get("reasoning_content"),
        response_id=answer.get("id"),
        served_model=served_name,
        system_fingerprint=answer.get("system_fingerprint"),
    )
