"""The machines of a Dask cluster: they read and score ranges of lines, this machine writes the tables.

Every machine reads the submissions from the same place (a disk that all share, or a store), and has the same checkout,
Python and packages.
Which of them scores what, and how often one of them fails on the way, makes no difference to a byte of the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from runners.scoring_engines.engine import Engine
from runners.scoring_engines.kept_tables import scorer_fingerprint
from runners.scoring_engines.line_ranges import LineRange, sha256_of
from runners.scoring_engines.range_scoring import score_range
from utils.cores import InThisProcess
from utils.errors import UserError
from utils.remote_files import RemoteFile, open_store

CONNECT_SECONDS = 15
PARTS_PER_THREAD = 2  # under way, so that none of the machines waits for the next
FAILURES = 3  # of the machine that a part is on, before it is given up; Dask's own default


@contextmanager
def cluster_engine(scheduler: str) -> Iterator[Engine]:
    """The cluster whose scheduler has this address.

    Raises:
        UserError: Dask is not installed, no scheduler answers, it has no workers, or a part fails on all of them.
    """
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise UserError(
            "--engine dask takes dask.distributed; run `python3 -m pip install -r requirements-cluster.txt`"
        ) from None
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"--scheduler {scheduler}: no Dask scheduler answers there ({type(error).__name__})") from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise UserError(
                f"--scheduler {scheduler}: the cluster has no workers; start some with `python3 -m dask worker`"
            )
        try:
            yield Engine(OnCluster(client.get_executor(pure=False)), InThisProcess(), PARTS_PER_THREAD * threads)
        except distributed.KilledWorker:
            raise UserError(
                f"a part of the work ended {FAILURES} workers one after the other (for want of memory?); what was "
                "scored is kept, run again"
            ) from None
        except ModuleNotFoundError as error:
            raise _lacking("workers", error) from None
        except RuntimeError as error:  # the scheduler's own errors come wrapped
            if isinstance(error.__cause__, ModuleNotFoundError):
                raise _lacking("scheduler", error.__cause__) from None
            raise


def _lacking(who: str, error: ModuleNotFoundError) -> UserError:
    return UserError(
        f"the cluster's {who}: the module {error.name} is not there; start all with `python3 -m dask` in the folder of "
        "TrustBench, with the same packages installed"
    )


class OnCluster(Executor):
    """Has ranges scored and hashed on a cluster, and sees that it is done there with the same code as here."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.fingerprint = scorer_fingerprint()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert fn in (score_range, sha256_of), "nothing else is done on other machines"
        return self.executor.submit(_done_there, self.fingerprint, fn, *args, **kwargs)


def _done_there(fingerprint: str, work: Callable[..., Any], lines: LineRange, *more: Any) -> Any:
    if _own_fingerprint() != fingerprint:
        raise UserError(
            "the cluster's workers run another version of TrustBench, of Python or of a package than this machine; "
            "bring all to the same, and start the workers anew"
        )
    if isinstance(lines.path, RemoteFile):
        open_store(lines.path.root)  # a worker that cannot is told at once, and not for every file
    elif _size(lines.path) < lines.end:
        raise UserError(
            f"{lines.path}: a worker of the cluster does not see the file as it is here; put the submissions where all "
            "machines see them: on a disk that they share, under the same path, or in a store (--submissions s3://...)"
        )
    return work(lines, *more)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


@cache
def _own_fingerprint() -> str:
    return scorer_fingerprint()
