"""Asking in batches: requests are sent together, looked after until they have ended, and their replies kept."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from llm.asking import Outcome, Watcher
from llm.batch_budget import BatchBudget
from llm.batching import BatchClient, submitted
from llm.model_batches import ModelBatches
from llm.requests import Request
from utils.append import LineWriter
from utils.layout import Layout

MOST_POLL_S = 60.0


class BatchAsker:
    """Asks requests in batches, all models side by side.

    Args:
        clients: a batch client for each provider among the requests.
        notice: told in one line what is sent and what ended.
        most_poll_s: the longest time between two looks at a batch, in seconds.
    """

    def __init__(
        self,
        layout: Layout,
        clients: Mapping[str, BatchClient],
        budget: BatchBudget,
        writer: LineWriter,
        watcher: Watcher,
        notice: Callable[[str], None],
        most_poll_s: float = MOST_POLL_S,
    ) -> None:
        self.layout, self.clients, self.budget, self.writer = layout, clients, budget, writer
        self.watcher, self.notice, self.most_poll_s = watcher, notice, most_poll_s
        self.stopping = asyncio.Event()
        self.outcome = Outcome()

    def stop(self) -> None:
        """Look after the batches no longer; they run on at their providers."""
        self.stopping.set()

    def give_up(self, model: str, reason: str) -> None:
        """Do nothing more for this model now; its batches stay on record."""
        if model not in self.outcome.unavailable:
            self.outcome.unavailable[model] = reason
            self.watcher.unavailable(model, reason)

    async def ask_all(self, requests: Iterable[Request]) -> Outcome:
        """Send what was not sent yet, and wait until all has ended, or `stop` is called.

        Raises:
            UserError: the responses or the record of batches cannot be written or read.
        """
        by_model: dict[str, list[Request]] = defaultdict(list)
        for request in requests:
            by_model[request.model.name].append(request)
        try:
            async with asyncio.TaskGroup() as group:
                for name, queue in by_model.items():
                    if name not in self.outcome.unavailable:
                        group.create_task(ModelBatches(self, queue).run())
        except ExceptionGroup as errors:
            raise _first(errors) from None
        waiting = submitted(self.layout, by_model)
        asked = {request.key for queue in by_model.values() for request in queue}
        self.outcome.waiting = len(waiting.keys() & asked)
        return self.outcome

    async def sleep(self, seconds: float) -> None:
        """Sleep, but not through the order to stop."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return


def _first(errors: ExceptionGroup[Any]) -> Exception:
    error: Exception = errors
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
