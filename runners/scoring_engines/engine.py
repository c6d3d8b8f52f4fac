"""Where the work of step 2 is done: what scores, what writes the tables, and how much is under way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass

from utils.cores import InThisProcess, local_executor

# Below this, starting processes takes longer than they save (some 20,000 responses).
SMALL_BYTES = 24 * 1024 * 1024

FEWER_WORKERS = "run again with fewer: --workers 1"


@dataclass(frozen=True)
class Engine:
    """Executors for the two kinds of work.

    Attributes:
        scoring: reads and scores ranges of lines.
        writing: writes tables, and reads them again; on this machine.
        at_once: parts of files that are under way.
    """

    scoring: Executor
    writing: Executor
    at_once: int

    @property
    def is_one(self) -> bool:
        """Whether what scores can write as well, so that a whole file is one task."""
        return self.scoring is self.writing


@contextmanager
def local_engine(workers: int) -> Iterator[Engine]:
    """The cores of this machine."""
    with local_executor(workers) as executor:
        yield Engine(executor, executor, 1 if isinstance(executor, InThisProcess) else 2 * workers)
