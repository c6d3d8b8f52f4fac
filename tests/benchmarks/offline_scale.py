"""How long steps 2 to 7 take, and the memory they need, over many made-up responses; run by hand.

    python3 -m tests.benchmarks.offline_scale --responses 100000
    python3 -m tests.benchmarks.offline_scale --responses 1000000 --keep /tmp/million

Ten models answer the items that ship with the project, as often as it takes; no two responses are alike, and each takes
about 1.2 KB. Each step is a command in a process of its own; its memory is the sum of the peaks of all its processes,
so what it needs is rather less. Step 2 is also told as a ratio to the least that could be done with the same bytes:
orjson alone parses them, on one core, in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from runners.verification.recomputation import STEPS
from tests.benchmarks.reader_speed import replies
from utils.cli import positive_int
from utils.items import TASKS, Item, read_benchmark
from utils.layout import REPOSITORY, Layout, model_folder

TEXTS = 2_000  # different replies; a number in each makes them all unlike
CONFIDENCES = ("95", "90", "85", "80", "100", "75%", "60", "about 70", "50", "I am 99% sure.")
MEGABYTE = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds on the clock and of the processors, and the memory of all its processes."""

    wall: float
    cpu: float
    megabytes: float


def main() -> None:
    """Make the responses, run the steps, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=positive_int, default=10_000, help="of all models together")
    parser.add_argument("--models", type=positive_int, default=10)
    parser.add_argument("--keep", type=Path, help="make them here and leave them; made already, they are used again")
    parser.add_argument("--steps", nargs="*", default=STEPS, choices=STEPS, metavar="STEP")
    parser.add_argument("--aggregate", default="", help="further options of step 2, in one string")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(arguments.keep or Path(folder), REPOSITORY / "benchmarks")
        if not layout.submissions.exists():
            write_submissions(layout, arguments.responses, arguments.models)
        paths = sorted(layout.submissions.glob("*/*.jsonl"))
        size = sum(path.stat().st_size for path in paths)
        parsing = parse_seconds(paths)
        print(
            f"{arguments.responses:,} responses of {arguments.models} models, {size / 1e6:,.0f} MB; "
            f"orjson alone parses them in {parsing:.2f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        total, most = 0.0, 0.0
        for step in arguments.steps:
            options = arguments.aggregate.split() if step == STEPS[0] else []
            cost = run([sys.executable, "-m", step, "--root", str(layout.root), *options])
            ratio = f"   {cost.wall / parsing:.1f} times orjson" if step == STEPS[0] else ""
            print(f"  {step:33}{cost.wall:8.1f} s {cost.cpu:8.1f} s CPU {cost.megabytes:8,.0f} MB{ratio}", flush=True)
            total, most = total + cost.wall, max(most, cost.megabytes)
        print(f"  {'all':33}{total:8.1f} s {'':14} {most:8,.0f} MB")


def write_submissions(layout: Layout, number: int, models: int) -> None:
    """`number` responses in all, the same number of each model, each a whole submission line."""
    items = [(task, item) for task in TASKS for item in read_benchmark(layout.benchmarks, task).values()]
    texts = replies(TEXTS)
    for place in range(models):
        model = f"made-up/model-{place:03}"
        folder = layout.submissions / model_folder(model)
        folder.mkdir(parents=True)
        chance = random.Random(place)
        files = {task: (folder / f"{task}.jsonl").open("wb") for task in TASKS}
        for index in range(number // models):
            task, item = items[index % len(items)]
            files[task].write(line(model, task, item, index // len(items), chance, texts))
        for file in files.values():
            file.close()


def line(model: str, task: str, item: Item, run: int, chance: random.Random, texts: list[str]) -> bytes:
    """One line of a submission."""
    text = f"Order {chance.randrange(10**9)}. " + texts[chance.randrange(TEXTS)][: chance.randrange(700, 900)]
    if task == "reasoning":
        text += f"\nAnswer: {item.expected if chance.random() < 0.6 else chance.randrange(100)}"
    value = {
        "model": model, "benchmark": task, "item_id": item.id, "run": run, "response": text, "finish_reason": "stop",
        "confidence_response": chance.choice(CONFIDENCES), "reasoning": None, "logprobs": None,
        "usage": {"input_tokens": 60, "output_tokens": len(text) // 4}, "cost_usd": len(text) / 4e6, "attempts": 1,
        "latency_s": round(chance.uniform(0.3, 4.0), 3), "created_at": "2026-01-01T00:00:00Z", "seed": run,
        "params": {"temperature": 0.7, "max_tokens": 512}, "request_sha256": f"{chance.getrandbits(256):064x}",
    }  # fmt: skip
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def parse_seconds(paths: list[Path]) -> float:
    """Seconds of one core for parsing all lines with orjson and forgetting them; reading the files is not counted."""
    seconds = 0.0
    for path in paths:
        with path.open("rb") as file:
            while lines := file.readlines(16 * MEGABYTE):
                started = time.process_time()
                for each in lines:
                    orjson.loads(each)
                seconds += time.process_time() - started
    return seconds


def run(command: list[str]) -> Cost:
    """Run it to its end, and watch it and the processes that it starts."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks: dict[int, int] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    ended.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode > 1:
        sys.exit(f"{' '.join(command)}: ended with {process.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, max(used.ru_maxrss / 1024, sum(peaks.values()) / MEGABYTE))


def _watch(pid: int, peaks: dict[int, int], ended: threading.Event) -> None:
    """The largest resident memory of each process under `pid`, where /proc tells it."""
    while not ended.wait(0.1):
        for each in _family(pid):
            try:
                peaks[each] = max(peaks.get(each, 0), int(Path(f"/proc/{each}/statm").read_text().split()[1]) * PAGE)
            except (OSError, IndexError, ValueError):
                continue


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


if __name__ == "__main__":
    main()
