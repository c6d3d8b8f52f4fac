"""`--max-cost`: no request is sent that could take the bill past the limit."""

from __future__ import annotations

import asyncio

from llm.exchange import RequestFailed
from llm.model_file import Model
from llm.prompts import CONFIDENCE_FOLLOW_UP
from llm.requests import Request

TOKENS_BESIDE_THE_TEXT = 64  # for each message: roles and separators of a chat template


class Budget:
    """What was spent, and what the requests in flight may cost at worst; their sum never passes the limit."""

    def __init__(self, limit_usd: float | None) -> None:
        self._limit, self._spent, self._reserved = limit_usd, 0.0, 0.0
        self._holders = 0
        self._waiting: list[asyncio.Future[None]] = []
        self.exhausted = False

    @property
    def is_limited(self) -> bool:
        return self._limit is not None

    @property
    def spent(self) -> float:
        """USD, where the price is known; what may have been charged without a reply counts at its worst."""
        return self._spent

    async def reserve(self, worst: float) -> bool:
        """Set the worst cost of a request aside, `settle` gives it back.

        While it does not fit, the requests in flight are waited for: they cost less than their worst. When it does not
        fit without any in flight, the budget is exhausted, and then for good.
        """
        while not self.exhausted:
            if self._fits(worst):
                self._reserved += worst
                self._holders += 1
                return True
            if not self._holders:
                self._exhaust()
                break
            settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(settled)
            await settled
        return False

    def extend(self, more: float) -> bool:
        """Set more aside for a request that holds its worst cost already; when it does not fit, that is the end."""
        if not self._fits(more):
            self._exhaust()
            return False
        self._reserved += more
        return True

    def settle(self, reserved: float, cost: float | None) -> None:
        """Replace all that was set aside for a request by what it cost; an unknown cost counts as the worst."""
        self._holders -= 1
        self._reserved = self._reserved - reserved if self._holders else 0.0
        self._spent += reserved if cost is None else cost
        self._wake()

    def _fits(self, more: float) -> bool:
        return self._limit is None or self._spent + self._reserved + more <= self._limit

    def _exhaust(self) -> None:
        self.exhausted = True
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for settled in waiting:
            if not settled.done():
                settled.set_result(None)


class Holding:
    """What is set aside of the budget for one request: its worst cost, and that of attempts without a reply.

    An attempt that timed out, broke off or had no reply in its answer may be charged for all the same.
    """

    def __init__(self, budget: Budget, worst: float) -> None:
        self._budget, self._worst = budget, worst
        self.reserved, self._lost = worst, 0.0

    def attempt_failed(self, failure: RequestFailed) -> None:
        """Count an attempt at its worst, unless the provider refused it."""
        if failure.status is None or failure.status < 300:
            self._lost += self._worst

    def covers_another(self) -> bool:
        """Whether a further attempt fits into the budget."""
        missing = self._lost + self._worst - self.reserved
        if missing > 0:
            if not self._budget.extend(missing):
                return False
            self.reserved += missing
        return True

    def settle(self, cost: float | None) -> None:
        """Replace what is set aside by what was charged for the reply, and may have been for the other attempts."""
        self._budget.settle(self.reserved, None if cost is None else cost + self._lost)


def worst_cost(request: Request, *, batch: bool = False) -> float:
    """USD that a request and its follow-up can cost at most.

    No token is shorter than a byte, and no reply longer than allowed.
    """
    model: Model = request.model
    if model.price is None:
        return 0.0
    most_out = int(request.params.get("max_tokens", 0))
    most_in = sum(len(m["content"].encode()) + TOKENS_BESIDE_THE_TEXT for m in request.messages)
    total = _cost(model, most_in, most_out, batch=batch)
    if request.settings.confidence == "followup":
        again = most_in + most_out + len(CONFIDENCE_FOLLOW_UP) + 2 * TOKENS_BESIDE_THE_TEXT
        total += _cost(model, again, int(request.follow_up_params.get("max_tokens", most_out)), batch=batch)
    return total


def _cost(model: Model, tokens_in: int, tokens_out: int, *, batch: bool) -> float:
    if model.price is None:
        return 0.0
    at_batch_price = model.price.batch_cost(tokens_in, tokens_out) if batch else None
    return model.price.cost(tokens_in, tokens_out) if at_batch_price is None else at_batch_price
