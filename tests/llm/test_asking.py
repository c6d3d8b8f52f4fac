"""The asking: what is tried again and what is not, what stops what, and that nothing that was received is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from llm.asking import MOST_ATTEMPTS, Asker, Outcome
from llm.budget import Budget
from llm.exchange import Messages, ModelUnavailable, Reply, RequestFailed, Usage
from llm.model_file import Model, Price
from llm.pacing import LONGEST_PAUSE_S, Limits, Pace
from llm.prompts import CONFIDENCE_FOLLOW_UP
from llm.requests import Request, Settings
from tests.llm.virtual_time import run
from tests.runners.answering import read_lines
from tests.utils.full_disk import files_no_larger_than
from utils.append import LineWriter
from utils.errors import UserError
from utils.items import Item
from utils.layout import Layout, model_folder

GOOD = Reply("Four.", "stop", "stop", Usage(12, 3), logprobs=[{"token": "Four", "logprob": -0.25}])
RETRYABLE = {
    "timeout": RequestFailed("timeout", "no reply in time", retryable=True),
    "connection": RequestFailed("connection", "broke", retryable=True),
    "malformed": RequestFailed("malformed_reply", "is not JSON", status=200, retryable=True),
    "408": RequestFailed("provider_error", "slow", status=408, retryable=True),
    "429": RequestFailed("rate_limit", "too many", status=429, retryable=True, overload=True),
    "500": RequestFailed("provider_error", "oops", status=500, retryable=True),
    "529": RequestFailed("overloaded", "busy", status=529, retryable=True, overload=True),
}
REFUSED = RequestFailed("bad_request", "cannot do", status=400)

Answer = Callable[[Request, int, bool], "Reply | Exception"]
"""What a request's attempt (from 1) is answered; the last says whether it is the follow-up."""


class Provider:
    """A provider that answers as a test says, `latency_s` after a request."""

    def __init__(self, requests: Sequence[Request], answer: Answer, latency_s: float = 1.0) -> None:
        self._by_seed = {(r.model.name, r.seed): r for r in requests}
        self._answer, self._latency_s = answer, latency_s
        self.attempts: dict[tuple[Any, bool], int] = defaultdict(int)
        self.sent: list[float] = []
        self.reached = asyncio.Event()

    async def prepare(self, _: Model) -> str:
        return ""

    async def close(self) -> None:
        pass

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[Session]:
        yield Session(self, model)

    async def take(self, model: Model, messages: Messages, seed: int) -> Reply:
        request = self._by_seed[model.name, seed]
        follows = messages[-1]["content"] == CONFIDENCE_FOLLOW_UP
        self.attempts[request.key, follows] += 1
        self.sent.append(round(asyncio.get_running_loop().time(), 3))
        self.reached.set()
        number = self.attempts[request.key, follows]
        await asyncio.sleep(self._latency_s)
        answer = self._answer(request, number, follows)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Session:
    def __init__(self, provider: Provider, model: Model) -> None:
        self._provider, self._model = provider, model

    async def ask(self, messages: Messages, _: Mapping[str, Any], seed: int) -> Reply:
        return await self._provider.take(self._model, messages, seed)


class Told:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.retries: list[str] = []
        self.failures: list[str] = []
        self.given_up: list[tuple[str, str]] = []

    def answered(self, request: Request, record: Mapping[str, Any]) -> None:
        pass

    def retried(self, _: Request, failure: RequestFailed) -> None:
        self.retries.append(failure.error_class)

    def failed(self, _: Request, failure: RequestFailed) -> None:
        self.failures.append(failure.error_class)

    def unavailable(self, model: str, reason: str) -> None:
        self.given_up.append((model, reason))


def requests_of(
    number: int, models: Sequence[str] = ("openai/m",), confidence: Any = "none", price: Price | None = None
) -> list[Request]:
    settings = Settings(0, confidence, max_tokens=100, logprobs=True)
    made = [Model(name, name.partition("/")[2], price=price) for name in models]
    items = [Item(f"i{n:03}", "safety", f"Help {n}?", "comply", "c") for n in range(number)]
    return [Request(model, "small", item, 0, settings, {}) for item in items for model in made]


class Asking:
    """One asking, with all that takes part in it."""

    def __init__(self, root: Path, answer: Answer, budget: Budget | None = None) -> None:
        self.layout = Layout(root=root, benchmarks=root)
        self._answer, self.budget = answer, budget or Budget(None)
        self.writer, self.told = LineWriter(), Told()
        self.provider: Provider | None = None

    async def ask(
        self, requests: Sequence[Request], limits: Limits | None = None, meanwhile: Any = None, latency_s: float = 1.0
    ) -> Outcome:
        """Ask all; `meanwhile(asker, provider)` runs beside it."""
        self.provider = Provider(requests, self._answer, latency_s)
        names = {request.model.provider for request in requests}
        paces = {name: Pace(limits or Limits(10)) for name in names}
        clients = dict.fromkeys(names, self.provider)
        asker = Asker(self.layout, clients, paces, self.budget, self.writer, self.told)
        beside = asyncio.create_task(meanwhile(asker, self.provider, paces)) if meanwhile else None
        try:
            return await asker.ask_all(requests)
        finally:
            if beside:
                await beside
            self.writer.close()

    def kept(self, model: str = "openai/m", name: str = "small.jsonl") -> list[dict[str, Any]]:
        path = self.layout.submissions / model_folder(model) / name
        return read_lines(path) if path.exists() else []


@pytest.mark.parametrize("failure", RETRYABLE.values(), ids=RETRYABLE.keys())
def test_what_may_pass_is_tried_again_and_each_attempt_counted(tmp_path: Path, failure: RequestFailed) -> None:
    asking = Asking(tmp_path, lambda _, number, __: failure if number < 4 else GOOD)
    outcome = run(asking.ask(requests_of(3)))
    assert (outcome.answered, outcome.failed) == (3, 0)
    assert [record["attempts"] for record in asking.kept()] == [4, 4, 4]
    assert asking.told.retries == [failure.error_class] * 9
    assert asking.kept(name="small.errors.jsonl") == []


def test_what_is_refused_is_asked_once_and_kept_as_an_error(tmp_path: Path) -> None:
    asking = Asking(tmp_path, lambda request, *_: REFUSED if request.item.id == "i001" else GOOD)
    outcome = run(asking.ask(requests_of(3)))
    assert (outcome.answered, outcome.failed) == (2, 1)
    assert {record["item_id"] for record in asking.kept()} == {"i000", "i002"}
    (error,) = asking.kept(name="small.errors.jsonl")
    assert (error["item_id"], error["error_class"], error["status"], error["attempts"]) == (
        "i001", "bad_request", 400, 1,
    )  # fmt: skip


def test_an_outage_without_end_fails_for_good_after_so_many_attempts(tmp_path: Path) -> None:
    asking = Asking(tmp_path, lambda *_: RETRYABLE["500"])
    outcome = run(asking.ask(requests_of(1)))
    assert (outcome.answered, outcome.failed) == (0, 1)
    (error,) = asking.kept(name="small.errors.jsonl")
    assert error["attempts"] == MOST_ATTEMPTS


@pytest.mark.parametrize(("said", "held"), [(40.0, 40.0), (1e6, LONGEST_PAUSE_S)])
def test_a_wait_that_one_request_is_told_holds_them_all(tmp_path: Path, said: float, held: float) -> None:
    told = RequestFailed("rate_limit", "too many", status=429, retryable=True, overload=True, retry_after_s=said)
    asking = Asking(tmp_path, lambda request, n, _: told if (request.item.id, n) == ("i000", 1) else GOOD)
    outcome = run(asking.ask(requests_of(30)))
    assert asking.provider
    assert outcome.answered == 30
    sent = asking.provider.sent
    # The first ten were in flight already; all others wait, and the one that was told waits no more than a little more.
    assert [moment for moment in sent if 0 < moment < 1 + held - 0.01] == []
    assert len([moment for moment in sent if moment == 0]) == 10
    assert max(sent) <= 1 + 1.1 * held + 30


def test_a_used_up_limit_in_a_good_reply_holds_them_all_too(tmp_path: Path) -> None:
    last = Reply("Four.", "stop", "stop", Usage(12, 3), pause_s=40)
    asking = Asking(tmp_path, lambda request, *_: last if request.item.id == "i000" else GOOD)
    run(asking.ask(requests_of(30)))
    assert asking.provider
    assert [moment for moment in asking.provider.sent if 0 < moment < 40.9] == []


def test_a_wait_of_nothing_does_not_make_an_outage_a_hammering(tmp_path: Path) -> None:
    told = RequestFailed("overloaded", "busy", status=503, retryable=True, overload=True, retry_after_s=0.0)
    asking = Asking(tmp_path, lambda *_: told)
    run(asking.ask(requests_of(1)))
    assert asking.provider
    assert asking.provider.sent[-1] > 30


def test_a_model_that_cannot_be_asked_is_given_up_at_once_and_the_others_go_on(tmp_path: Path) -> None:
    def answer(request: Request, *_: Any) -> Reply | Exception:
        return ModelUnavailable("openai/gone: no such model") if request.model.name == "openai/gone" else GOOD

    asking = Asking(tmp_path, answer)
    outcome = run(asking.ask(requests_of(50, ("openai/gone", "openai/m"))))
    assert asking.told.given_up == [("openai/gone", "openai/gone: no such model")]
    assert outcome.unavailable == {"openai/gone": "openai/gone: no such model"}
    assert (outcome.answered, outcome.failed) == (50, 0)
    assert asking.provider
    asked_of_gone = sum(n for (key, _), n in asking.provider.attempts.items() if key[0] == "openai/gone")
    assert asked_of_gone <= 10  # those that were in flight with the first
    assert asking.kept("openai/gone") == asking.kept("openai/gone", "small.errors.jsonl") == []


def test_a_follow_up_is_tried_again_and_one_that_fails_does_not_lose_the_reply(tmp_path: Path) -> None:
    def answer(request: Request, number: int, follows: bool) -> Reply | Exception:
        if not follows:
            return GOOD
        return {"i000": REFUSED, "i001": RETRYABLE["500"], "i002": ModelUnavailable("gone")}.get(
            request.item.id, Reply("90", "stop", "stop", Usage(20, 1)) if number == 2 else RETRYABLE["timeout"]
        )

    asking = Asking(tmp_path, answer)
    outcome = run(asking.ask(requests_of(4, confidence="followup")))
    assert (outcome.answered, outcome.failed) == (4, 0)
    stated = {record["item_id"]: record["confidence_response"] for record in asking.kept()}
    assert stated == {"i000": None, "i001": None, "i002": None, "i003": "90"}
    assert {record["response"] for record in asking.kept()} == {"Four."}


def test_the_log_probabilities_and_what_was_sent_are_kept(tmp_path: Path) -> None:
    asking = Asking(tmp_path, lambda *_: GOOD)
    run(asking.ask(requests_of(1)))
    (record,) = asking.kept()
    assert record["logprobs"] == [{"token": "Four", "logprob": -0.25}]
    assert record["params"] == {"temperature": 0.7, "max_tokens": 100, "logprobs": True}


def test_a_disk_that_is_full_ends_it_with_one_error_and_no_further_request(tmp_path: Path) -> None:
    asking = Asking(tmp_path, lambda *_: GOOD)
    with files_no_larger_than(4000), pytest.raises(UserError, match="cannot be written"):
        run(asking.ask(requests_of(500), Limits(1)))
    assert asking.provider
    assert 2 <= len(asking.kept()) < 10
    assert len(asking.provider.sent) - len(asking.kept()) <= 2


def stopping_after(seconds: float) -> Any:
    async def stop(asker: Asker, provider: Provider, _: Any) -> None:
        await asyncio.sleep(seconds)
        asker.stop()

    return stop


def test_to_stop_finishes_and_keeps_what_is_in_flight_and_sends_nothing_more(tmp_path: Path) -> None:
    asking = Asking(tmp_path, lambda *_: GOOD)
    outcome = run(asking.ask(requests_of(100), meanwhile=stopping_after(0.5)))
    assert asking.provider
    assert asking.provider.sent == [0.0] * 10
    assert outcome.answered == len(asking.kept()) == 10
    assert outcome.failed == 0


def test_to_stop_asks_the_follow_up_of_what_is_in_flight_but_does_not_insist(tmp_path: Path) -> None:
    def answer(request: Request, number: int, follows: bool) -> Reply | Exception:
        return RETRYABLE["500"] if follows and request.item.id == "i001" else GOOD

    asking = Asking(tmp_path, answer)
    run(asking.ask(requests_of(2, confidence="followup"), meanwhile=stopping_after(0.5)))
    assert {r["item_id"]: r["confidence_response"] for r in asking.kept()} == {"i000": "Four.", "i001": None}
    assert asking.provider
    assert max(asking.provider.attempts.values()) == 1


@pytest.mark.parametrize("limits", [Limits(10), Limits(10, requests_per_minute=1)])
def test_to_stop_waits_for_no_backoff_no_pause_and_no_limit(tmp_path: Path, limits: Limits) -> None:
    told = RequestFailed("rate_limit", "too many", status=429, retryable=True, overload=True, retry_after_s=250)
    ended: list[float] = []

    async def asked() -> Outcome:
        outcome = await asking.ask(requests_of(50), limits, stopping_after(5))
        ended.append(asyncio.get_running_loop().time())
        return outcome

    asking = Asking(tmp_path, lambda *_: told)
    outcome = run(asked())
    assert ended[0] == pytest.approx(5, abs=0.01)
    assert (outcome.answered, outcome.failed) == (0, 0)
    assert asking.kept(name="small.errors.jsonl") == []


PRICE = Price(input=1.0, output=10.0, cached_input=0.1)


def test_the_cost_stops_it_before_the_limit_is_passed_and_all_is_kept(tmp_path: Path) -> None:
    worth = PRICE.cost(12, 3)
    asking = Asking(tmp_path, lambda *_: GOOD, Budget(100 * worth))
    outcome = run(asking.ask(requests_of(500, price=PRICE)))
    spent = sum(record["cost_usd"] for record in asking.kept())
    assert asking.budget.exhausted
    assert outcome.answered == len(asking.kept())
    assert 70 * worth <= spent <= 100 * worth


def test_an_attempt_that_may_have_been_charged_counts_at_its_worst(tmp_path: Path) -> None:
    def spent(failure: RequestFailed, root: Path) -> float:
        asking = Asking(root, lambda _, number, __: failure if number < 3 else GOOD, Budget(1.0))
        run(asking.ask(requests_of(1, price=PRICE)))
        assert len(asking.kept()) == 1
        return asking.budget.spent

    assert spent(RETRYABLE["429"], tmp_path / "refused") == pytest.approx(PRICE.cost(12, 3))
    assert spent(RETRYABLE["timeout"], tmp_path / "silent") > 2 * PRICE.cost(0, 100)


def test_attempts_that_may_be_charged_never_pass_the_limit(tmp_path: Path) -> None:
    worst = PRICE.cost(200, 100)
    asking = Asking(tmp_path, lambda *_: RETRYABLE["timeout"], Budget(5 * worst))
    outcome = run(asking.ask(requests_of(10, price=PRICE)))
    assert asking.provider
    assert len(asking.provider.sent) * PRICE.cost(0, 100) <= asking.budget.spent <= 5 * worst
    assert asking.budget.exhausted
    assert outcome.answered == 0


def test_the_debug_log_says_what_is_asked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("trustbench").propagate = True
    with caplog.at_level(logging.DEBUG, "trustbench"):
        run(Asking(tmp_path, lambda *_: GOOD).ask(requests_of(1)))
    assert "openai/m small i000 run 0: attempt 1, {'temperature': 0.7" in caplog.text
    assert "stop after" in caplog.text
