"""How far step 1 is, from its files alone: the manifest says what was to be asked, the lines what has been answered.

A file that grows is read on from where it was read to, so that looking often costs little. Nothing here draws.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from utils.errors import InputError, UserError
from utils.jsonl import LINE_LIMIT, parse_object
from utils.layout import Layout
from utils.responses import MANIFEST
from utils.tables import storable_text

RECENT = 200  # responses over which the present rate is taken
ERRORS = ".errors"  # BENCHMARK.errors.jsonl holds what failed for good
STALE_S = 300.0  # without a line for so long, an invocation without an end was probably killed

FAILED, DONE = 1, 2  # of a wanted response; 0 where neither is known


@dataclass(frozen=True)
class Invocation:
    """The last time that step 1 asked a model: what was to be asked, and how it ended.

    `asked` holds each benchmark's sampled items with their places, 0, 1, 2 ...
    """

    model: str
    folder: Path
    started_at: datetime
    ended_at: datetime | None
    interrupted: bool
    unavailable: str | None
    asked: Mapping[str, Mapping[str, int]]
    runs: int

    @property
    def wanted(self) -> int:
        """The number of responses that it should leave behind, those of earlier invocations included."""
        return self.runs * sum(len(items) for items in self.asked.values())


@dataclass(frozen=True)
class Progress:
    """How far an invocation is.

    `done` counts all wanted responses that are there, `fresh` those since it started, `failed` the requests that
    failed since and have no response. `rate` is in responses a second, `cost_usd` what the fresh ones cost as far as
    known, `left_s` the time left at that rate; None where undefined.
    """

    invocation: Invocation
    done: int
    fresh: int
    failed: int
    cost_usd: float | None
    rate: float | None
    last_at: datetime | None
    left_s: float | None

    def under_way(self, now: datetime) -> bool:
        """Whether it has not ended and something happened lately."""
        return self.invocation.ended_at is None and not self.stale(now)

    def stale(self, now: datetime) -> bool:
        """Whether it has not ended, and yet nothing happened for STALE_S."""
        latest = self.last_at or self.invocation.started_at
        return self.invocation.ended_at is None and (now - latest).total_seconds() > STALE_S


@dataclass
class Tally:
    """What was read of one invocation's files so far; `read_on` brings it up to date."""

    invocation: Invocation
    states: dict[str, bytearray] = field(default_factory=dict)
    fresh: int = 0
    cost_usd: float | None = None
    recent: deque[datetime] = field(default_factory=lambda: deque(maxlen=RECENT))
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def read_on(self) -> Progress:
        """The progress by now. A file that was replaced is read anew from its beginning."""
        folder, asked = self.invocation.folder, self.invocation.asked
        files = [folder / f"{name}{end}.jsonl" for name in asked for end in ("", ERRORS)]
        if any(self._replaced(path) for path in files):
            self.__dict__.update(Tally(self.invocation).__dict__)
        for benchmark, items in asked.items():
            path = folder / f"{benchmark}.jsonl"
            self.states.setdefault(benchmark, bytearray(len(items) * self.invocation.runs))
            for value in self._new_lines(path):
                self._answered(benchmark, value)
            for value in self._new_lines(path.with_name(f"{benchmark}{ERRORS}.jsonl")):
                if self._is_fresh(value):
                    self._mark(benchmark, value, FAILED)
        done, failed = (sum(state.count(mark) for state in self.states.values()) for mark in (DONE, FAILED))
        rate = self._rate()
        left = (self.invocation.wanted - done - failed) / rate if rate else None
        latest = max(self.recent, default=None)
        return Progress(self.invocation, done, self.fresh, failed, self.cost_usd, rate, latest, left)

    def _answered(self, benchmark: str, value: dict[str, Any]) -> None:
        self._mark(benchmark, value, DONE)
        if not self._is_fresh(value):
            return
        self.fresh += 1
        self.recent.append(_time(value["created_at"]) or self.invocation.started_at)
        cost = value.get("cost_usd")
        if isinstance(cost, int | float):
            self.cost_usd = (self.cost_usd or 0.0) + cost

    def _is_fresh(self, value: dict[str, Any]) -> bool:
        created_at = _time(value.get("created_at"))
        return created_at is not None and created_at >= self.invocation.started_at

    def _mark(self, benchmark: str, value: dict[str, Any], mark: int) -> None:
        item, run, runs = value.get("item_id"), value.get("run"), self.invocation.runs
        place = self.invocation.asked[benchmark].get(item) if isinstance(item, str) else None
        if place is not None and isinstance(run, int) and 0 <= run < runs:
            state = self.states[benchmark]
            state[place * runs + run] = max(mark, state[place * runs + run])

    def _rate(self) -> float | None:
        """Of the recent responses, whether they came by one, one, or many at a time."""
        if len(self.recent) < 2:
            return None
        first = self.invocation.started_at if self.fresh <= len(self.recent) else min(self.recent)
        seconds = (max(self.recent) - first).total_seconds()
        return len(self.recent) / seconds if seconds > 0 else None

    def _replaced(self, path: Path) -> bool:
        try:
            status = path.stat()
        except OSError:
            return path in self.places
        inode, read_to = self.places.get(path, (status.st_ino, 0))
        return inode != status.st_ino or status.st_size < read_to

    def _new_lines(self, path: Path) -> Iterator[dict[str, Any]]:
        """The objects on the whole lines that were added since; a line that is still being written waits."""
        try:
            with path.open("rb") as file:
                inode = path.stat().st_ino
                file.seek(self.places.get(path, (inode, 0))[1])
                while (line := file.readline(LINE_LIMIT + 1)).endswith(b"\n"):
                    self.places[path] = (inode, file.tell())
                    value = parse_object(line, path, 0) if line.strip() else None
                    if isinstance(value, dict):
                        yield value
        except OSError:
            return


def invocations(layout: Layout) -> tuple[list[Invocation], list[str]]:
    """Each model's last invocation, the latest first, and one line for each manifest that cannot be used.

    Raises:
        UserError: submissions/ cannot be listed.
    """
    found, problems = [], []
    try:
        paths = sorted(layout.submissions.glob(f"*/{MANIFEST}"))
    except OSError as error:
        raise UserError(f"{layout.submissions}: cannot be listed ({error.strerror})") from error
    for path in paths:
        try:
            found.append(_last(path))
        except UserError as error:
            problems.append(str(error))
    return sorted(found, key=lambda each: (each.started_at, each.model), reverse=True), problems


def _last(path: Path) -> Invocation:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        entry, model = record["invocations"][-1], storable_text(str(record["model"]))
        sampled = entry["sampled_items"].items()
        asked = {str(name): {str(item): place for place, item in enumerate(items)} for name, items in sampled}
        started_at, runs = _time(entry["started_at"]), int(entry["arguments"]["runs"])
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise InputError(path, "is not a manifest of step 1") from None
    if started_at is None:
        raise InputError(path, "is not a manifest of step 1", field="started_at")
    outcome = entry.get("outcome") if isinstance(entry.get("outcome"), dict) else {}
    unavailable = outcome.get("unavailable")
    return Invocation(
        model, path.parent, started_at, _time(entry.get("ended_at")), outcome.get("interrupted") is True,
        storable_text(str(unavailable)) if unavailable else None, asked, runs,
    )  # fmt: skip


def together(of_models: Sequence[Progress]) -> tuple[int, int, int]:
    """Over all models: done, wanted, failed."""
    return (
        sum(each.done for each in of_models),
        sum(each.invocation.wanted for each in of_models),
        sum(each.failed for each in of_models),
    )


def _time(value: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
