"""How fast a provider is asked: as fast as it allows, and no faster.

The number of requests in flight starts modest, doubles with each round of successes, falls when the provider says that
it is overloaded, and recovers step by step (additive increase, multiplicative decrease: Chiu & Jain 1989, as TCP does).
A pause that a provider asks for holds all requests to it, not only the one that was told.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

FIRST_IN_FLIGHT = 10
DECREASE = 0.7  # what is left of the requests in flight after an overload
LONGEST_PAUSE_S = 300.0  # a provider that asks for more is asked again after this


@dataclass(frozen=True)
class Limits:
    """What a provider may be asked at most; None is no limit."""

    in_flight: int
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


class Stopped(Exception):
    """No further attempt is made, because the asking is being stopped; nothing was received, so nothing is lost."""


class Spacing:
    """So much a minute, evenly: no minute holds more than the limit and one request.

    It keeps the moment at which all that was let through so far is worked off (the generic cell rate algorithm, ITU-T
    I.371), so that a request of any size counts in full, and none is let through in a burst.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float]) -> None:
        self._per_second, self._clock = per_minute / 60, clock
        self._free_at = float("-inf")

    def wait_for(self, amount: float) -> float:
        """Seconds to wait before this amount may go; its place is taken with this call."""
        now = self._clock()
        start = max(now, self._free_at)
        self._free_at = start + amount / self._per_second
        return start - now


class Pace:
    """The pace of one provider, shared by all requests to it."""

    def __init__(self, limits: Limits, clock: Callable[[], float] | None = None) -> None:
        self._most = max(1, limits.in_flight)
        self._allowed = float(min(self._most, FIRST_IN_FLIGHT))
        self._doubling = True
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._paused_until = 0.0
        self._fell_at = float("-inf")
        self._clock = clock or asyncio.get_running_loop().time
        self._requests = Spacing(limits.requests_per_minute, self._clock) if limits.requests_per_minute else None
        self._tokens = Spacing(limits.tokens_per_minute, self._clock) if limits.tokens_per_minute else None
        self._stopping = asyncio.Event()

    @property
    def most(self) -> int:
        """How many requests may ever be in flight."""
        return self._most

    @property
    def allowed(self) -> int:
        """How many requests may be in flight now."""
        return int(self._allowed)

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """Wait until a request of about this many tokens may be sent; it is in flight while the context lasts.

        Raises:
            Stopped: it would have to be waited for, and all is stopping.
        """
        await self._enter()
        try:
            await self._space(tokens)
            yield
        finally:
            self._leave()

    def succeeded(self) -> None:
        """A reply came: one more in flight for each while doubling, else one more for each round of them."""
        if self._waiting or self._in_flight >= self.allowed:  # what is not used says nothing about what is allowed
            step = 1.0 if self._doubling else 1.0 / self._allowed
            self._allowed = min(float(self._most), self._allowed + step)
            self._wake()

    def overloaded(self, started_at: float) -> None:
        """The provider said that it is asked too much; requests sent before the last fall say nothing new."""
        if started_at < self._fell_at:
            return
        self._fell_at = self._clock()
        self._doubling = False
        self._allowed = max(1.0, self._allowed * DECREASE)

    def pause(self, seconds: float) -> None:
        """Send nothing for so long: the provider asked for it."""
        until = self._clock() + min(seconds, LONGEST_PAUSE_S)
        if until > self._paused_until:
            self._paused_until = until

    def now(self) -> float:
        """The time of this pace's clock, in seconds."""
        return self._clock()

    def stop(self) -> None:
        """Wait for nothing any more: neither for the end of a pause nor for a limit a minute."""
        self._stopping.set()

    async def _enter(self) -> None:
        while True:
            if (rest := self._paused_until - self._clock()) > 0:
                await self._rest(rest)
            elif self._in_flight < self.allowed:
                self._in_flight += 1
                return
            else:
                await self._wait_for_place()
                if self._paused_until <= self._clock():
                    return
                self._leave()

    async def _wait_for_place(self) -> None:
        """Wait in line; the place is taken by whoever leaves it, so that nobody can slip in between."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        self._in_flight -= 1
        self._wake()

    async def _space(self, tokens: int) -> None:
        amounts = ((self._requests, 1), (self._tokens, tokens))
        while True:
            wait = max((spacing.wait_for(amount) for spacing, amount in amounts if spacing), default=0.0)
            if wait <= 0:
                return
            await self._rest(wait)
            rest = self._paused_until - self._clock()
            if rest <= 0:
                return
            await self._rest(rest)  # and then in line again: those held by a pause must not go all at once

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
        raise Stopped

    def _wake(self) -> None:
        while self._in_flight < self.allowed and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                self._in_flight += 1
                place.set_result(None)
