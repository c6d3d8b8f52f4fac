"""The asking itself: requests go out side by side, and each finished response is on the disk before it counts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import tenacity

from llm.budget import Budget, Holding, worst_cost
from llm.exchange import Client, ModelUnavailable, Reply, RequestFailed, Session
from llm.pacing import LONGEST_PAUSE_S, Pace, Stopped
from llm.prompts import follow_up_messages
from llm.records import error_record, response_record
from llm.requests import Request
from utils.append import LineWriter
from utils.errors import UserError
from utils.jsonl import object_line
from utils.layout import Layout, model_folder

LOG = logging.getLogger("trustbench")

# Exponential backoff with full jitter (Brooker 2015, "Exponential Backoff And Jitter"): from 0.5 s, to at most 60 s.
BACKOFF_FIRST_S = 0.5
BACKOFF_MOST_S = 60.0
# With one attempt in four failing at random, one request in 16 million fails twelve times; a longer outage is told,
# and the next run asks again.
MOST_ATTEMPTS = 12
# More workers than requests in flight, so that those that wait before another attempt do not leave places empty.
WORKERS_FOR_EACH_PLACE = 2


class Watcher(Protocol):
    """Who is told how the asking goes."""

    def answered(self, request: Request, record: Mapping[str, Any]) -> None: ...

    def retried(self, request: Request, failure: RequestFailed) -> None: ...

    def failed(self, request: Request, failure: RequestFailed) -> None: ...

    def unavailable(self, model: str, reason: str) -> None: ...


@dataclass
class Outcome:
    """What came of the asking."""

    answered: int = 0
    failed: int = 0
    unavailable: dict[str, str] = field(default_factory=dict)
    """Why a model could not be asked (any more), by its name."""
    waiting: int = 0
    """Requests in batches that run on, and replies that wait for their follow-up."""


class Asker:
    """Asks requests of several providers at once, each at its own pace.

    Args:
        clients: a client for each provider among the requests.
        paces: how fast each provider may be asked.
        budget: what may be spent.
    """

    def __init__(
        self,
        layout: Layout,
        clients: Mapping[str, Client],
        paces: Mapping[str, Pace],
        budget: Budget,
        writer: LineWriter,
        watcher: Watcher,
    ) -> None:
        self._layout, self._clients, self._paces, self._budget = layout, clients, paces, budget
        self._writer, self._watcher = writer, watcher
        self._stopping = asyncio.Event()
        self.outcome = Outcome()

    def stop(self) -> None:
        """Send no new request; those in flight are waited for and kept."""
        self._stopping.set()
        for pace in self._paces.values():
            pace.stop()

    def give_up(self, model: str, reason: str) -> None:
        """Ask this model nothing more."""
        if model not in self.outcome.unavailable:
            self.outcome.unavailable[model] = reason
            self._watcher.unavailable(model, reason)

    async def ask_all(self, requests: Iterable[Request]) -> Outcome:
        """Ask every request until it is answered or has failed for good.

        Raises:
            UserError: the responses cannot be written; nothing more is asked then.
        """
        by_provider: dict[str, list[Request]] = defaultdict(list)
        for request in requests:
            by_provider[request.model.provider].append(request)
        try:
            async with asyncio.TaskGroup() as group:
                for provider, queue in by_provider.items():
                    waiting = iter(queue)
                    workers = min(self._paces[provider].most * WORKERS_FOR_EACH_PLACE, len(queue))
                    for _ in range(workers):
                        group.create_task(self._work(provider, waiting))
        except ExceptionGroup as errors:
            known = [error for error in errors.exceptions if isinstance(error, UserError)]
            if len(known) < len(errors.exceptions):
                raise
            raise known[0] from None
        return self.outcome

    async def _work(self, provider: str, waiting: Iterator[Request]) -> None:
        for request in waiting:
            if self._stopping.is_set() or self._budget.exhausted:
                return
            if self.is_over_for(request):
                continue
            holding = Holding(self._budget, worst_cost(request) if self._budget.is_limited else 0.0)
            if not await self._budget.reserve(holding.reserved):
                return
            cost: float | None = None
            try:
                cost = await self._answer(provider, request, holding)
            finally:
                holding.settle(cost)

    async def _answer(self, provider: str, request: Request, holding: Holding) -> float | None:
        """Ask one request and keep what comes of it; the return is its cost in USD, None when that is unknown."""
        try:
            record = await self._ask(provider, request, holding)
        except RequestFailed as failure:
            await self._keep(request, f"{request.benchmark}.errors.jsonl", error_record(request, failure))
            self.outcome.failed += 1
            self._watcher.failed(request, failure)
            return 0.0
        except ModelUnavailable as error:
            self.give_up(request.model.name, str(error))
            return 0.0
        except Stopped:
            return 0.0
        await self._keep(request, f"{request.benchmark}.jsonl", record)
        self.outcome.answered += 1
        self._watcher.answered(request, record)
        cost: float | None = record["cost_usd"]
        return cost

    async def _ask(self, provider: str, request: Request, holding: Holding) -> dict[str, Any]:
        pace = self._paces[provider]
        async with self._clients[provider].session(request.model) as session:
            attempt = Attempts(self, pace, request, holding)
            reply, latency = await attempt.until_answered(session, request.messages, request.params)
            follow_up = await self._follow_up(session, pace, request, holding, reply)
        return response_record(request, reply, follow_up, latency, attempt.made)

    async def _follow_up(
        self, session: Session, pace: Pace, request: Request, holding: Holding, reply: Reply
    ) -> Reply | None:
        """How sure the model is; a follow-up that fails does not lose the reply, which then has no confidence."""
        if request.settings.confidence != "followup" or not reply.text.strip():
            return None
        messages = follow_up_messages(request.messages, reply.text)
        try:
            attempts = Attempts(self, pace, request, holding, even_when_stopping=True)
            follow_up, _ = await attempts.until_answered(session, messages, request.follow_up_params)
            return follow_up
        except (RequestFailed, ModelUnavailable, Stopped) as failure:
            why = str(failure) or "all is stopping"
            LOG.info("%s %s %s run %d: kept without the model's confidence: %s", *request.key, why)
            return None

    async def _keep(self, request: Request, name: str, record: Mapping[str, Any]) -> None:
        path = self._layout.submissions / model_folder(request.model.name) / name
        try:
            await asyncio.wrap_future(self._writer.append(path, object_line(dict(record))))
        except UserError:
            self.stop()
            raise

    def is_over_for(self, request: Request) -> bool:
        """Whether no further attempt at this request is made: all is stopping, or its model was given up."""
        return self._stopping.is_set() or request.model.name in self.outcome.unavailable

    @property
    def stopping(self) -> asyncio.Event:
        """Set when no new request is to be sent."""
        return self._stopping

    @property
    def watcher(self) -> Watcher:
        return self._watcher


class Attempts:
    """The attempts at one request: each counted, each in its turn, with a growing wait between them."""

    def __init__(
        self, asker: Asker, pace: Pace, request: Request, holding: Holding, *, even_when_stopping: bool = False
    ) -> None:
        self._asker, self._pace, self._request, self._holding = asker, pace, request, holding
        self._even_when_stopping = even_when_stopping
        self.made = 0

    async def until_answered(self, session: Session, messages: Any, params: Mapping[str, Any]) -> tuple[Reply, float]:
        """The reply and the seconds that its last attempt took.

        Raises:
            RequestFailed: the last failure, when no further attempt is worth while.
            ModelUnavailable: nothing more can be asked of the model.
            Stopped: no further attempt is made because the asking stops.
        """
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, RequestFailed) and e.retryable),
            wait=self._wait,
            stop=tenacity.stop_after_attempt(MOST_ATTEMPTS),
            before_sleep=self._told,
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(self._once, session, messages, params)

    async def _once(self, session: Session, messages: Any, params: Mapping[str, Any]) -> tuple[Reply, float]:
        tokens = self._request.input_tokens_estimate + int(params.get("max_tokens", 0))
        async with self._pace.turn(tokens):
            if self._asker.is_over_for(self._request) and not self._even_when_stopping:
                raise Stopped
            if not self._holding.covers_another():
                raise Stopped
            self.made += 1
            LOG.debug("%s %s %s run %d: attempt %d, %s", *self._request.key, self.made, dict(params))
            sent_at, started = self._pace.now(), time.perf_counter()
            try:
                reply = await session.ask(messages, params, self._request.seed)
            except RequestFailed as failure:
                failure.attempts = self.made
                self._holding.attempt_failed(failure)
                if failure.overload:
                    self._pace.overloaded(sent_at)
                if failure.retry_after_s:
                    self._pace.pause(failure.retry_after_s)
                raise
            if reply.pause_s:
                self._pace.pause(reply.pause_s)
            self._pace.succeeded()
            latency = time.perf_counter() - started
            LOG.debug("%s %s %s run %d: %s after %.2f s", *self._request.key, reply.finish_reason, latency)
            return reply, latency

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Full jitter, but not before the provider said, and then not all at once: the pace holds the others as long.

        A wait of nearly nothing that the provider named does not shorten our own.
        """
        failure = state.outcome.exception() if state.outcome else None
        backoff: float = _BACKOFF(state)
        said = failure.retry_after_s if isinstance(failure, RequestFailed) else None
        return backoff if said is None else max(backoff, min(said, LONGEST_PAUSE_S) + min(backoff, 0.1 * said))

    def _told(self, state: tenacity.RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, RequestFailed):
            self._asker.watcher.retried(self._request, failure)

    async def _sleep(self, seconds: float) -> None:
        """Sleep, but not through the order to stop."""
        try:
            await asyncio.wait_for(self._asker.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise Stopped


_BACKOFF = tenacity.wait_random_exponential(multiplier=BACKOFF_FIRST_S, max=BACKOFF_MOST_S)
