"""What step 1 shows: its plan, its progress, and how it ended."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from llm.asking import Outcome
from llm.exchange import RequestFailed
from llm.model_file import Model
from llm.requests import CHARACTERS_PER_TOKEN, Request, Standing

LOG = logging.getLogger("trustbench")

PLAIN_LINE_EVERY_S = 10.0
# What a reply is expected to take of the tokens it may take, until the first replies show better.
EXPECTED_SHARE_OF_MAX_TOKENS = 0.5
FAILURES_SHOWN = 5
WIDTH_ELSEWHERE = 200  # columns, where the output is no terminal


def print_plan(
    standings: Sequence[Standing], models: Mapping[str, Model], runs: int, console: Console, *, batch: bool = False
) -> None:
    """Models x benchmarks x items x runs, what is done already, and the tokens and dollars that the rest may take."""
    table = Table(title="Plan, at the prices of batches" if batch else "Plan", title_justify="left")
    for column in ("model", "benchmark"):
        table.add_column(column, overflow="fold")
    for column in ("items", "runs", "requests", "answered", "to ask", "tokens in", "tokens out", "USD"):
        table.add_column(column, justify="right")
    for standing in standings:
        total = len(standing.to_ask) + standing.answered + len(standing.changed)
        tokens_in, tokens_out = _expected_tokens(standing.to_ask)
        cost = _expected_cost(models[standing.model], tokens_in, tokens_out, batch=batch)
        items, requests, answered = total // runs, total, standing.answered
        cells = [items, runs, requests, answered, len(standing.to_ask), f"~{tokens_in:,}", f"~{tokens_out:,}", cost]
        table.add_row(Text(standing.model), standing.benchmark, *(str(cell) for cell in cells))
    console.print(table)


def _expected_tokens(requests: Sequence[Request]) -> tuple[int, int]:
    """Tokens in and out, follow-ups included."""
    tokens_in = tokens_out = 0
    for request in requests:
        reply = int(request.params["max_tokens"] * EXPECTED_SHARE_OF_MAX_TOKENS)
        tokens_in += request.input_tokens_estimate
        tokens_out += reply
        if request.settings.confidence == "followup":
            tokens_in += request.input_tokens_estimate + reply + 220 // CHARACTERS_PER_TOKEN
            tokens_out += 4
    return tokens_in, tokens_out


def _expected_cost(model: Model, tokens_in: int, tokens_out: int, *, batch: bool) -> str:
    if model.provider == "local":
        return "0"
    if model.price is None:
        return "price unknown"
    cost = model.price.batch_cost(tokens_in, tokens_out) if batch else model.price.cost(tokens_in, tokens_out)
    return "price unknown" if cost is None else f"~{cost:.4f}"


class ProgressDisplay:
    """A bar for each model on a terminal, a plain line now and then elsewhere; told by the `Asker` how it goes."""

    def __init__(self, to_ask: Mapping[str, int], console: Console, *, quiet: bool = False) -> None:
        self._console, self._quiet, self._to_ask = console, quiet, dict(to_ask)
        self._done = dict.fromkeys(to_ask, 0)
        self._failed = dict.fromkeys(to_ask, 0)
        self._retried = dict.fromkeys(to_ask, 0)
        self._cost = dict.fromkeys(to_ask, 0.0)
        self._started = self._told_at = time.monotonic()
        self._tasks: dict[str, TaskID] = {}
        self._bars: Progress | None = None
        if console.is_terminal and not quiet:
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn())
            figures = TextColumn("{task.fields[figures]}", markup=False)
            self._bars = Progress(*columns, MofNCompleteColumn(), TimeElapsedColumn(), figures, console=console)

    def __enter__(self) -> ProgressDisplay:
        if self._bars:
            self._bars.start()
            self._tasks = {m: self._bars.add_task(m, total=n, figures="") for m, n in self._to_ask.items()}
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars:
            self._bars.stop()

    def notice(self, message: str) -> None:
        """One line between the progress."""
        self._console.print(Text(message))

    def answered(self, request: Request, record: Mapping[str, Any]) -> None:
        model = request.model.name
        self._done[model] += 1
        self._cost[model] += record["cost_usd"] or 0.0
        self._show(model)

    def retried(self, request: Request, failure: RequestFailed) -> None:
        model = request.model.name
        self._retried[model] += 1
        LOG.info("%s %s %s run %d: %s, asked again", *request.key, failure.message)

    def failed(self, request: Request, failure: RequestFailed) -> None:
        model = request.model.name
        self._failed[model] += 1
        if self._failed[model] <= FAILURES_SHOWN:
            self.notice(f"{model} {request.benchmark} {request.item.id} run {request.run}: {failure.message}")
        self._show(model)

    def unavailable(self, model: str, reason: str) -> None:  # noqa: ARG002
        self.notice(f"error: {reason}")

    def _show(self, model: str) -> None:
        if self._bars:
            self._bars.update(self._tasks[model], completed=self._done[model], figures=self._figures([model]))
        elif not self._quiet and time.monotonic() - self._told_at >= PLAIN_LINE_EVERY_S:
            self._told_at = time.monotonic()
            models = list(self._to_ask)
            done, total = sum(self._done.values()), sum(self._to_ask.values())
            self._console.print(Text(f"{done}/{total} answered, {self._figures(models)}"))

    def _figures(self, models: Sequence[str]) -> str:
        """Rate, cost, failures and time left, over these models."""
        done, failed = sum(self._done[m] for m in models), sum(self._failed[m] for m in models)
        total, cost = sum(self._to_ask[m] for m in models), sum(self._cost[m] for m in models)
        rate = done / max(time.monotonic() - self._started, 1e-9)
        left = _duration((total - done) / rate) if done else "?"
        told = [f"{rate:.1f}/s", f"{left} left"]
        told += [f"{cost:.4f} USD"] if cost else []
        retried = sum(self._retried[m] for m in models)
        told += [f"{retried} retries"] if retried else []
        told += [f"{failed} failed"] if failed else []
        return ", ".join(told)


def print_summary(outcome: Outcome, left: int, seconds: float, where: str, console: Console) -> None:
    """How it ended, and what to do next."""
    told = [f"{outcome.answered} answered in {_duration(seconds)}"]
    told += [f"{outcome.failed} failed"] if outcome.failed else []
    told += [f"{outcome.waiting} in batches"] if outcome.waiting else []
    told += [f"{left} not asked"] if left else []
    console.print(Text(f"{', '.join(told)}; responses are in {where}"))
    for reason in outcome.unavailable.values():
        console.print(Text(f"not asked: {reason}"))
    if outcome.waiting:
        console.print("Batches run on at their providers. Run the same command again to go on: nothing is sent twice.")
    elif outcome.failed or left:
        console.print("Run the same command again: it asks only what is not answered yet.")
    else:
        console.print("Next: python3 -m runners.aggregate_results")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def log_to_stderr(level: str) -> None:
    """Show our own log from this level on; the libraries' logs, which can hold headers, stay off."""
    LOG.setLevel(level.upper())
    LOG.propagate = False
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    LOG.handlers = [handler]


def output_console(*, quiet: bool = False) -> Console:
    """Where the plan and the summary go: stdout, wide enough for the tables when it is a file or a pipe."""
    return Console(highlight=False, quiet=quiet, width=None if sys.stdout.isatty() else WIDTH_ELSEWHERE)


def progress_console() -> Console:
    """Where progress goes: stderr, so that stdout holds the plan and the summary alone."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else WIDTH_ELSEWHERE)
