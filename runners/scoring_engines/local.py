"""The cores of this machine: a pool of processes, or this process alone."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from typing import Any

from utils.errors import INTERRUPTED, UserError

# Below this, starting processes takes longer than they save (some 20,000 responses).
SMALL_BYTES = 24 * 1024 * 1024

MOMENT = 0.2  # seconds


class InThisProcess(Executor):
    """Does at once what it is given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))  # what goes wrong goes wrong here
        return future


def available_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def local_executor(workers: int) -> Iterator[Executor]:
    """An executor on so many processes, none of which is left behind however the block is left."""
    if workers == 1:
        yield InThisProcess()
        return
    others = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare_worker)
    try:
        yield pool
    except BaseException:
        for process in set(active_children()) - others:
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


@contextmanager
def told_when_broken() -> Iterator[None]:
    """Tell in one line that a process of an executor was ended from outside, where its results are waited for."""
    try:
        yield
    except BrokenProcessPool:
        time.sleep(MOMENT)  # Ctrl-C may have reached the other processes first, and is then told as what it is
        raise UserError(
            "a process that scores was ended from outside (for want of memory?); run again with fewer: --workers 1"
        ) from None


def _prepare_worker() -> None:
    """Let the worker end at once with Ctrl-C, without a word, and with the process that started it."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a step in the background is out of Ctrl-C's reach
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()  # returns when it has ended, killed or not
        os._exit(INTERRUPTED)
