"""`--max-cost` in batches: the worst of all that is sent stays within the limit."""

from __future__ import annotations

from llm.budget import worst_cost
from llm.requests import Request


class BatchBudget:
    """What was spent, and what the requests in batches may cost at worst, at the prices of a batch."""

    def __init__(self, limit_usd: float | None) -> None:
        self._limit, self._spent, self._reserved = limit_usd, 0.0, 0.0
        self.exhausted = False

    def reserve(self, request: Request) -> float | None:
        """Set the worst cost of a request aside; None when that could pass the limit, and then for good."""
        if self._limit is None:
            return 0.0
        worst = worst_cost(request, batch=True)
        if self.exhausted or self._spent + self._reserved + worst > self._limit:
            self.exhausted = True
            return None
        self._reserved += worst
        return worst

    def commit(self, request: Request) -> float:
        """Set the worst cost of a request aside that was sent before, whatever the limit is."""
        if self._limit is None:
            return 0.0
        worst = worst_cost(request, batch=True)
        self._reserved += worst
        return worst

    def settle(self, reserved: float, cost: float | None) -> None:
        """Replace what was set aside by what it cost; an unknown cost counts as the worst."""
        self._reserved -= reserved
        self._spent += reserved if cost is None else cost
