"""`--max-cost`: whatever is reserved and settled, the limit is never passed and nobody waits for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.budget import Budget, worst_cost
from llm.model_file import Model, Price
from llm.requests import Request, Settings
from tests.llm.virtual_time import run
from utils.items import Item

LIMIT = 10.0
PRICE = Price(input=1.0, output=10.0, cached_input=0.1)
ITEM = Item(id="a", task="safety", prompt="Grüße an alle", expected="comply", category="c")
REQUEST = Request(
    Model("openai/m", "m", price=PRICE), "small", ITEM, 0, Settings(0, "none", max_tokens=100), follow_up_extra={}
)

# (worst cost, share of it that is charged (None: unknown), seconds until it is settled, how often it is extended)
_SPENDERS = st.tuples(
    st.floats(0, 12), st.one_of(st.none(), st.floats(0, 1)), st.floats(0, 5), st.integers(0, 3)
)  # fmt: skip


@given(st.lists(_SPENDERS, max_size=30))
def test_what_is_spent_never_passes_the_limit(spenders: list[tuple[float, float | None, float, int]]) -> None:
    async def spent() -> float:
        budget = Budget(LIMIT)
        charged = 0.0

        async def spend(worst: float, share: float | None, seconds: float, extensions: int) -> None:
            nonlocal charged
            if not await budget.reserve(worst):
                return
            held = worst
            for _ in range(extensions):
                await asyncio.sleep(seconds)
                if budget.extend(worst):
                    held += worst
            await asyncio.sleep(seconds)
            cost = held if share is None else held * share
            charged += cost
            assert charged <= LIMIT * (1 + 1e-9)
            budget.settle(held, None if share is None else cost)

        async with asyncio.timeout(1e6):
            await asyncio.gather(*(spend(*spender) for spender in spenders))
        assert budget.spent == pytest.approx(charged)
        return charged

    assert run(spent()) <= LIMIT * (1 + 1e-9)


def test_what_does_not_fit_waits_for_those_in_flight_which_cost_less_than_their_worst() -> None:
    async def asked() -> tuple[int, bool]:
        budget, answered = Budget(LIMIT), 0

        async def ask() -> None:
            nonlocal answered
            if await budget.reserve(4.0):
                await asyncio.sleep(1)
                budget.settle(4.0, 0.05)
                answered += 1

        await asyncio.gather(*(ask() for _ in range(100)))
        return answered, budget.exhausted

    assert run(asked()) == (100, False)


def test_it_is_exhausted_for_good_when_nothing_in_flight_can_make_room() -> None:
    async def asked() -> list[bool]:
        budget = Budget(LIMIT)
        first = await budget.reserve(6.0)
        waits = asyncio.create_task(budget.reserve(6.0))
        await asyncio.sleep(1)
        assert not waits.done()
        budget.settle(6.0, None)
        return [first, await waits, budget.exhausted, await budget.reserve(0.1)]

    assert run(asked()) == [True, False, True, False]


def test_without_a_limit_nothing_is_refused() -> None:
    async def asked() -> bool:
        budget = Budget(None)
        return all([await budget.reserve(1e9) for _ in range(3)]) and budget.extend(1e9)

    assert run(asked())


def test_the_worst_is_a_token_for_each_byte_and_the_longest_reply() -> None:
    most_in = len("Grüße an alle".encode()) + 64
    assert worst_cost(REQUEST) == pytest.approx((most_in * 1.0 + 100 * 10.0) / 1e6)
    assert worst_cost(replace(REQUEST, model=Model("openai/m", "m"))) == 0


@given(st.text(max_size=200), st.integers(1, 5000))
def test_the_worst_holds_the_follow_up_too(prompt: str, most_out: int) -> None:
    request = replace(REQUEST, item=replace(ITEM, prompt=prompt), settings=Settings(0, "followup", max_tokens=most_out))
    again = most_out * PRICE.input + most_out * PRICE.output
    alone = worst_cost(replace(request, settings=Settings(0, "none", max_tokens=most_out)))
    assert worst_cost(request) >= 2 * alone + again / 1e6 - most_out * PRICE.output / 1e6
