"""Fuzz every target in turn, guided by which lines of ours an input reaches, and tell what was found.

Reads the project's own examples and the corpus of earlier runs in `.fuzzing/`; writes there what reached new code and
each input that failed.

    make fuzz SECONDS=60
    make fuzz TARGET=answers SECONDS=600
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing.all_targets import TARGETS
from tests.fuzzing.one_target import FOLDER

SLOW_MS = 50.0
STRETCHED = 1_000_000  # bytes to which the slowest input is repeated
GRACE_SECONDS = 120  # beyond the time that was asked for; libFuzzer ends itself before
_STATISTIC = re.compile(r"^stat::(\w+):\s+(\d+)", re.MULTILINE)
_COVERED = re.compile(r"\bcov: (\d+)")
_MILLISECONDS = re.compile(r": ([\d.]+) ms$", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """How a target's run went.

    Attributes:
        inputs: how many were tried; None when the process did not come to its end.
        covered: points in our code that they reached.
        slowest_ms: processor time of the slowest input, without the instruments; then of it repeated to 1 MB.
        crashes: the inputs that failed, kept from this run and earlier ones.
    """

    name: str
    inputs: int | None
    covered: int | None
    slowest_ms: tuple[float | None, float | None]
    crashes: list[Path]


def main() -> int:
    """Run the command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.fuzzing.run", description=__doc__.split("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of: {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=int, default=60, help="of each target (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at once (default: %(default)s)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target {unknown[0]}; there are: {', '.join(TARGETS)}")
    if importlib.util.find_spec("atheris") is None:
        print(f"atheris is not installed; it has no wheel for Python {sys.version.split()[0]}?", file=sys.stderr)
        return 2
    names = arguments.targets or list(TARGETS)
    print(f"{'target':18} {'inputs':>9} {'covered':>8} {'slowest ms':>11} {'as 1 MB':>9}  found", flush=True)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        results = list(_told(pool.map(lambda name: fuzzed(name, arguments.seconds), names)))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    tried = sum(result.inputs or 0 for result in results)
    print(f"{tried:,} inputs to {len(names)} targets in {(used.ru_utime + used.ru_stime) / 60:.1f} processor minutes")
    for result in results:
        for path in result.crashes:
            shown = path.relative_to(FOLDER.parent)
            print(f"FAILED {result.name}: python3 -m tests.fuzzing.one_target {result.name} {str(shown)!r}")
    return 1 if any(result.crashes for result in results) else 0


def fuzzed(name: str, seconds: int) -> Result:
    """Fuzz the target in a process of its own."""
    command = [sys.executable, "-m", "tests.fuzzing.one_target", name, "--seconds", str(seconds)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds + GRACE_SECONDS, check=False
        )
        said = done.stdout + done.stderr
    except subprocess.TimeoutExpired as expired:
        said = (expired.stderr or b"").decode("utf-8", "replace")
    (FOLDER / name / "log").write_text(said, encoding="utf-8")
    statistics = dict(_STATISTIC.findall(said))
    covered = _COVERED.findall(said)
    inputs = statistics.get("number_of_executed_units")
    return Result(
        name,
        int(inputs) if inputs else None,
        int(covered[-1]) if covered else None,
        _slowest(name),
        sorted((FOLDER / name / "crashes").iterdir()),
    )


def _slowest(name: str) -> tuple[float | None, float | None]:
    path = FOLDER / name / "slowest"
    if not path.exists():
        return None, None
    data = path.read_bytes()
    stretched = path.with_name("slowest_stretched")
    stretched.write_bytes((data * (STRETCHED // max(1, len(data)) + 1))[:STRETCHED])
    # The first is read twice: what is loaded once is not the input's.
    command = [sys.executable, "-m", "tests.fuzzing.one_target", name, str(path), str(path), str(stretched)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GRACE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None, None
    found = [float(each) for each in _MILLISECONDS.findall(done.stdout)]
    return (found[1], found[2]) if len(found) == 3 else (None, None)


def _told(results: Iterator[Result]) -> Iterator[Result]:
    for result in results:
        plain, stretched = (("-" if ms is None else f"{ms:.1f}") for ms in result.slowest_ms)
        slow = " slow" if max(ms or 0.0 for ms in result.slowest_ms) > SLOW_MS else ""
        found = f"{len(result.crashes)}{slow}" if result.inputs else f"{len(result.crashes)}, and ended early: see log"
        print(
            f"{result.name:18} {result.inputs or 0:>9,} {result.covered or 0:>8,} {plain:>11} {stretched:>9}  {found}",
            flush=True,
        )
        yield result


if __name__ == "__main__":
    sys.exit(main())
