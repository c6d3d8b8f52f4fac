"""The cores of this machine: a pool of processes, or this process alone."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from typing import Any, TypeVar

from utils.errors import INTERRUPTED, UserError

MOMENT = 0.2  # seconds

Part = TypeVar("Part")
Outcome = TypeVar("Outcome")


class InThisProcess(Executor):
    """Does at once what it is given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))  # what goes wrong goes wrong here
        return future


class _QuietPool(ProcessPoolExecutor):
    """Starts its processes while Ctrl-C is held back: they inherit that, and would tell a traceback as they start."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with _ctrl_c_held_back():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
    pool = _QuietPool(workers, mp_context=get_context("spawn"), initializer=_prepare_worker)
    try:
        yield pool
    except BaseException:
        for process in set(active_children()) - others:
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def in_order(work: Callable[[Part], Outcome], parts: Sequence[Part], workers: int) -> Iterator[Outcome]:
    """What the work makes of each part, in their order, on so many processes.

    Args:
        work: a function of a module, or a `functools.partial` of one; parts, outcomes and UserErrors are pickled.
        workers: of 1, all is done in this process, when it is asked for.

    Raises:
        UserError: of the first part that raises it, or a process was ended from outside.
    """
    if min(workers, len(parts)) <= 1:
        yield from map(work, parts)
        return
    with local_executor(min(workers, len(parts))) as executor, told_when_broken("free some and run again"):
        waiting = [executor.submit(work, part) for part in parts]
        for place, future in enumerate(waiting):
            yield future.result()
            waiting[place] = Future()  # an outcome that was taken need not be kept


@contextmanager
def told_when_broken(advice: str) -> Iterator[None]:
    """Tell in one line that a process of an executor was ended from outside, where its results are waited for.

    Args:
        advice: what to do then.
    """
    try:
        yield
    except BrokenProcessPool:
        time.sleep(MOMENT)  # Ctrl-C may have reached the other processes first, and is then told as what it is
        raise UserError(f"a process of this step was ended from outside (for want of memory?); {advice}") from None


def _prepare_worker() -> None:
    """Let the worker end at once with Ctrl-C, without a word, and with the process that started it."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a step in the background is out of Ctrl-C's reach
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()  # returns when it has ended, killed or not
        os._exit(INTERRUPTED)
