"""The asking itself: requests go out side by side, and each finished response is on the disk before it counts."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from llm.exchange import Client, ModelUnavailable, Reply, RequestFailed, Session
from llm.prompts import follow_up_messages
from llm.requests import Request
from utils.append import LineWriter
from utils.errors import UserError
from utils.jsonl import object_line
from utils.layout import Layout, model_folder


class Watcher(Protocol):
    """Who is told how the asking goes."""

    def answered(self, request: Request, record: Mapping[str, Any]) -> None: ...

    def failed(self, request: Request, failure: RequestFailed) -> None: ...

    def unavailable(self, model: str, reason: str) -> None: ...


@dataclass
class Outcome:
    """What came of the asking."""

    answered: int = 0
    failed: int = 0
    unavailable: dict[str, str] = field(default_factory=dict)
    """Why a model could not be asked (any more), by its name."""


class Asker:
    """Asks requests of several providers at once, each with its own number of requests in flight.

    Args:
        clients: a client for each provider among the requests.
        concurrency: how many requests may be in flight, by provider.
    """

    def __init__(
        self,
        layout: Layout,
        clients: Mapping[str, Client],
        concurrency: Mapping[str, int],
        writer: LineWriter,
        watcher: Watcher,
    ) -> None:
        self._layout, self._clients, self._concurrency = layout, clients, concurrency
        self._writer, self._watcher = writer, watcher
        self._stopping = asyncio.Event()
        self.outcome = Outcome()

    def stop(self) -> None:
        """Send no new request; those in flight are waited for and kept."""
        self._stopping.set()

    def give_up(self, model: str, reason: str) -> None:
        """Ask this model nothing more."""
        if model not in self.outcome.unavailable:
            self.outcome.unavailable[model] = reason
            self._watcher.unavailable(model, reason)

    async def ask_all(self, requests: Iterable[Request]) -> Outcome:
        """Ask every request once.

        Raises:
            UserError: the responses cannot be written; nothing more is asked then.
        """
        by_provider: dict[str, list[Request]] = defaultdict(list)
        for request in requests:
            by_provider[request.model.provider].append(request)
        async with asyncio.TaskGroup() as group:
            for provider, queue in by_provider.items():
                waiting = iter(queue)
                for _ in range(min(self._concurrency[provider], len(queue))):
                    group.create_task(self._work(self._clients[provider], waiting))
        return self.outcome

    async def _work(self, client: Client, waiting: Iterator[Request]) -> None:
        for request in waiting:
            if self._stopping.is_set():
                return
            if request.model.name in self.outcome.unavailable:
                continue
            try:
                record = await self._ask(client, request)
            except RequestFailed as failure:
                await self._keep(request, f"{request.benchmark}.errors.jsonl", _error_record(request, failure))
                self.outcome.failed += 1
                self._watcher.failed(request, failure)
            except ModelUnavailable as error:
                self.give_up(request.model.name, str(error))
            else:
                await self._keep(request, f"{request.benchmark}.jsonl", record)
                self.outcome.answered += 1
                self._watcher.answered(request, record)

    async def _ask(self, client: Client, request: Request) -> dict[str, Any]:
        async with client.session(request.model) as session:
            started = time.perf_counter()
            reply = await session.ask(request.messages, request.params, request.seed)
            latency = time.perf_counter() - started
            follow_up = await self._follow_up(session, request, reply)
        return _response_record(request, reply, follow_up, latency)

    async def _follow_up(self, session: Session, request: Request, reply: Reply) -> Reply | None:
        """How sure the model is; a follow-up that fails does not lose the reply, which then has no confidence."""
        if request.settings.confidence != "followup" or not reply.text.strip():
            return None
        try:
            messages = follow_up_messages(request.messages, reply.text)
            return await session.ask(messages, request.follow_up_params, request.seed)
        except RequestFailed as failure:
            self._watcher.failed(request, failure)
            return None

    async def _keep(self, request: Request, name: str, record: Mapping[str, Any]) -> None:
        path = self._layout.submissions / model_folder(request.model.name) / name
        try:
            await asyncio.wrap_future(self._writer.append(path, object_line(dict(record))))
        except UserError:
            self.stop()
            raise


def _response_record(request: Request, reply: Reply, follow_up: Reply | None, latency_s: float) -> dict[str, Any]:
    """The line that is kept: first what scoring needs, then all that is known of how it came about."""
    return {
        **_key_fields(request),
        "response": reply.text,
        "seed": request.seed,
        "messages": request.messages,
        "params": request.params,
        "finish_reason": reply.finish_reason,
        "provider_finish_reason": reply.provider_finish_reason,
        "confidence_response": follow_up.text if follow_up else None,
        "request_sha256": request.fingerprint,
        "reasoning": reply.reasoning,
        "logprobs": reply.logprobs,
        "usage": asdict(reply.usage),
        "confidence_usage": asdict(follow_up.usage) if follow_up else None,
        "cost_usd": _cost(request, reply, follow_up),
        "latency_s": round(latency_s, 6),
        "created_at": _now(),
        "attempts": reply.attempts,
        "response_id": reply.response_id,
        "served_model": reply.served_model,
        "system_fingerprint": reply.system_fingerprint,
    }


def _error_record(request: Request, failure: RequestFailed) -> dict[str, Any]:
    return {
        **_key_fields(request),
        "request_sha256": request.fingerprint,
        "error_class": failure.error_class,
        "status": failure.status,
        "message": failure.message,
        "attempts": failure.attempts,
        "created_at": _now(),
    }


def _key_fields(request: Request) -> dict[str, Any]:
    return dict(zip(("model", "benchmark", "item_id", "run"), request.key, strict=True))


def _cost(request: Request, reply: Reply, follow_up: Reply | None) -> float | None:
    """USD for the reply and its follow-up: 0 for a local model, None where the price or the usage is unknown."""
    if request.model.provider == "local":
        return 0.0
    if request.model.price is None:
        return None
    total = 0.0
    for usage in (reply.usage, follow_up.usage if follow_up else None):
        if usage is None:
            continue
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        total += request.model.price.cost(usage.input_tokens, usage.output_tokens, usage.cached_tokens or 0)
    return round(total, 10)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
