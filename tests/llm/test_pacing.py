"""The pace: modest at first, as fast as the provider allows, held by its pauses and limits, and never stuck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.pacing import DECREASE, FIRST_IN_FLIGHT, LONGEST_PAUSE_S, Limits, Pace, Stopped
from tests.llm.virtual_time import run

LATENCY_S = 1.0


class Provider:
    """Takes requests at a pace and notes when each was sent."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.sent: list[float] = []
        self.in_flight = self.most_in_flight = 0

    async def ask(self, tokens: int = 0, then: Callable[[], None] | None = None) -> None:
        async with self.pace.turn(tokens):
            self.sent.append(round(self.pace.now(), 3))
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            try:
                await asyncio.sleep(LATENCY_S)
                (then or self.pace.succeeded)()
            finally:
                self.in_flight -= 1

    async def ask_many(self, number: int, tokens: int = 0) -> None:
        await asyncio.gather(*(self.ask(tokens) for _ in range(number)))


async def grown(limits: Limits) -> Provider:
    """A provider whose pace has reached its cap."""
    provider = Provider(Pace(limits))
    while provider.pace.allowed < limits.in_flight:
        await provider.ask_many(limits.in_flight)
    return provider


def test_it_starts_modest_and_doubles_with_each_round_up_to_the_cap() -> None:
    async def rounds() -> tuple[list[int], int]:
        provider = Provider(Pace(Limits(100)))
        await provider.ask_many(500)
        return [provider.sent.count(second * LATENCY_S) for second in range(6)], provider.most_in_flight

    assert run(rounds()) == ([FIRST_IN_FLIGHT, 20, 40, 80, 100, 100], 100)


@pytest.mark.parametrize("most", [1, 3, FIRST_IN_FLIGHT])
def test_a_small_cap_is_kept_from_the_start(most: int) -> None:
    async def asked() -> int:
        provider = Provider(Pace(Limits(most)))
        await provider.ask_many(5 * most)
        return provider.most_in_flight

    assert run(asked()) == most


def test_replies_that_leave_places_empty_do_not_raise_it() -> None:
    async def asked() -> int:
        provider = Provider(Pace(Limits(100)))
        for _ in range(50):
            await provider.ask_many(2)
        return provider.pace.allowed

    assert run(asked()) == FIRST_IN_FLIGHT


def test_a_burst_of_overloads_makes_it_fall_once_and_the_next_round_again() -> None:
    async def fallen() -> list[int]:
        provider = await grown(Limits(100))
        allowed = []
        for _ in range(2):
            sent_at = provider.pace.now()
            await asyncio.sleep(LATENCY_S)
            for _ in range(100):
                provider.pace.overloaded(sent_at)
                await asyncio.sleep(0.001)
            allowed.append(provider.pace.allowed)
        return allowed

    assert run(fallen()) == [int(100 * DECREASE), int(100 * DECREASE * DECREASE)]


def test_it_recovers_by_one_a_round_and_not_beyond_the_cap() -> None:
    async def recovered() -> list[int]:
        provider = await grown(Limits(20))
        provider.pace.overloaded(provider.pace.now())
        provider.sent.clear()
        await provider.ask_many(400)
        return [provider.sent.count(moment) for moment in sorted(set(provider.sent))][:-1]

    rounds = run(recovered())
    assert rounds[0] == 14
    assert rounds[-1] == max(rounds) == 20
    assert all(0 <= later - earlier <= 1 for earlier, later in pairwise(rounds))


@given(st.lists(st.booleans(), max_size=60))
def test_whatever_comes_between_one_and_the_cap_are_allowed(replies: list[bool]) -> None:
    async def asked() -> list[int]:
        provider, seen = Provider(Pace(Limits(30))), []

        def reply(good: bool, sent_at: float) -> None:
            provider.pace.succeeded() if good else provider.pace.overloaded(sent_at)
            seen.append(provider.pace.allowed)

        for good in replies:
            then = partial(reply, good, provider.pace.now())
            await asyncio.gather(*(provider.ask(then=then) for _ in range(40)))
        return seen

    assert all(1 <= allowed <= 30 for allowed in run(asked()))


def test_a_pause_holds_all_requests_and_the_longest_counts() -> None:
    async def asked() -> list[float]:
        provider = Provider(Pace(Limits(5)))
        async with asyncio.TaskGroup() as group:
            group.create_task(provider.ask_many(20))
            await asyncio.sleep(LATENCY_S / 2)
            provider.pace.pause(30)
            provider.pace.pause(10)
            await asyncio.sleep(5)
            group.create_task(provider.ask_many(3))
        return provider.sent

    sent = run(asked())
    assert sent[:5] == [0.0] * 5
    assert len(sent) == 23
    assert min(sent[5:]) >= 30.5


def test_a_pause_of_days_is_cut_short() -> None:
    async def asked() -> list[float]:
        provider = Provider(Pace(Limits(5)))
        provider.pace.pause(1e6)
        await provider.ask_many(1)
        return provider.sent

    assert run(asked()) == [LONGEST_PAUSE_S]


@given(
    per_minute=st.integers(1, 3000),
    pauses=st.lists(st.tuples(st.floats(0, 60), st.floats(0.1, 90)), max_size=3),
)
def test_no_minute_holds_more_requests_than_the_limit_and_one(
    per_minute: int, pauses: list[tuple[float, float]]
) -> None:
    async def asked() -> list[float]:
        pace = Pace(Limits(50, requests_per_minute=per_minute))
        provider = Provider(pace)
        for after, seconds in pauses:
            asyncio.get_running_loop().call_later(after, pace.pause, seconds)
        await provider.ask_many(150)
        return provider.sent

    sent = sorted(run(asked()))
    assert len(sent) == 150
    for place, start in enumerate(sent):
        assert sum(moment < start + 59.99 for moment in sent[place:]) <= per_minute + 1


@given(per_minute=st.integers(1000, 100_000), sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=40))
def test_no_minute_holds_more_tokens_than_the_limit_and_one_request(per_minute: int, sizes: list[int]) -> None:
    async def asked() -> list[tuple[float, int]]:
        provider = Provider(Pace(Limits(50, tokens_per_minute=per_minute)))
        sent: list[tuple[float, int]] = []

        async def one(tokens: int) -> None:
            async with provider.pace.turn(tokens):
                sent.append((provider.pace.now(), tokens))

        await asyncio.gather(*(one(size) for size in sizes))
        return sent

    sent = run(asked())
    assert len(sent) == len(sizes)
    for start, _ in sent:
        within = [tokens for moment, tokens in sent if start <= moment < start + 59.99]
        assert sum(within) <= per_minute + max(sizes)


def test_a_limit_a_minute_is_used_in_full() -> None:
    async def asked() -> float:
        provider = Provider(Pace(Limits(50, requests_per_minute=600)))
        await provider.ask_many(601)
        return max(provider.sent)

    assert run(asked()) == pytest.approx(60)


@given(
    most=st.integers(1, 6),
    moments=st.lists(st.floats(0, 12), max_size=20),
    pauses=st.lists(st.tuples(st.floats(0, 10), st.floats(0.1, 5)), max_size=3),
    overloads=st.lists(st.floats(0, 10), max_size=3),
)
def test_requests_that_are_cancelled_take_no_place_with_them(
    most: int, moments: list[float], pauses: list[tuple[float, float]], overloads: list[float]
) -> None:
    async def asked() -> tuple[int, int]:
        pace = Pace(Limits(most))
        provider, loop = Provider(pace), asyncio.get_running_loop()
        doomed = [asyncio.create_task(provider.ask()) for _ in moments]
        for task, moment in zip(doomed, moments, strict=True):
            loop.call_later(moment, task.cancel)
        for moment, seconds in pauses:
            loop.call_later(moment, pace.pause, seconds)
        for moment in overloads:
            loop.call_later(moment, lambda: pace.overloaded(pace.now()))
        async with asyncio.timeout(1000):
            await provider.ask_many(15)
        await asyncio.gather(*doomed, return_exceptions=True)
        await provider.ask_many(1)
        return provider.in_flight, provider.most_in_flight

    left, at_once = run(asked())
    assert left == 0
    assert at_once <= most


def test_a_place_given_to_a_request_that_is_cancelled_at_that_moment_goes_to_the_next() -> None:
    async def asked() -> list[bool]:
        provider = Provider(Pace(Limits(1)))
        async with provider.pace.turn(0):
            doomed, following = (asyncio.create_task(provider.ask()) for _ in range(2))
            await asyncio.sleep(1)
        doomed.cancel()  # it has the place by now, and does not know it yet
        async with asyncio.timeout(100):
            await following
        return [doomed.cancelled(), following.done()]

    assert run(asked()) == [True, True]


def test_when_all_is_stopping_nobody_waits_for_a_pause_or_for_a_limit() -> None:
    async def stopped(pace: Pace) -> tuple[float, list[object]]:
        provider = Provider(pace)
        work = asyncio.gather(*(provider.ask(10) for _ in range(5)), return_exceptions=True)
        await asyncio.sleep(2 * LATENCY_S)
        pace.stop()
        results = await work
        return round(pace.now(), 3), list(results)

    async def paused() -> tuple[float, list[object]]:
        pace = Pace(Limits(5))
        pace.pause(100)
        return await stopped(pace)

    async def limited() -> tuple[float, list[object]]:
        return await stopped(Pace(Limits(5, requests_per_minute=1)))

    ended, results = run(paused())
    assert ended == 2 * LATENCY_S
    assert [type(result) for result in results] == [Stopped] * 5
    ended, results = run(limited())
    assert ended == 2 * LATENCY_S
    assert [type(result) for result in results] == [type(None), *[Stopped] * 4]
