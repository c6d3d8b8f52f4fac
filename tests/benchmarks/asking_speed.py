"""How fast step 1 asks, beside the bare openai SDK and inspect-ai, on this machine; run by hand on a quiet one.

    python3 -m tests.benchmarks.asking_speed
    python3 -m tests.benchmarks.asking_speed --inspect-python /path/to/venv/bin/python
    python3 -m tests.benchmarks.asking_speed --memory-requests 100000

Every program asks a server in a process of its own for the same number of requests, so many at once, each answered
after the latency. "ideal" is requests x latency / concurrency. "all" holds all that a user waits for: the start of
Python, the plan, and the asking; "ramp" is the asking from its first request to its last answer, with the pace's first
rounds; "steady" is measured between a tenth and nine tenths of the answers. CPU is that of the program asking, start
included. inspect-ai lives in a venv of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.runners.answering import write_lines
from tests.runners.stormy_server import Server, Weather, weather
from utils.layout import REPOSITORY, model_folder

ITEMS = 100  # as many as all providers' samples have, asked in as many runs as are needed
# Where each provider's API lies below the server, and the environment variables that lead there.
PROVIDERS = {"openai": "/v1", "anthropic": "", "google": "", "xai": "/v1"}

# The least that a program must do with the openai SDK: ask, and read the reply.
BARE_SDK = """
import asyncio, sys, openai
number, at_once = int(sys.argv[1]), int(sys.argv[2])
async def main():
    client = openai.AsyncOpenAI(max_retries=0)
    waiting = iter(range(number))
    async def work():
        for n in waiting:
            reply = await client.chat.completions.create(
                model="m", max_completion_tokens=1024, temperature=0.7, seed=n,
                messages=[{"role": "user", "content": f"What is {n} plus {n}?"}])
            assert reply.choices[0].message.content
    await asyncio.gather(*(work() for _ in range(at_once)))
asyncio.run(main())
"""

INSPECT_AI = """
import sys, tempfile
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.solver import generate
number, at_once = int(sys.argv[1]), int(sys.argv[2])
samples = [Sample(input=f"What is {n} plus {n}?", target=str(2 * n)) for n in range(number)]
done = eval(Task(dataset=samples, solver=generate()), model="openai/gpt-4o-mini", max_connections=at_once,
            max_samples=at_once, log_dir=tempfile.mkdtemp(), display="none")
assert done[0].status == "success", done[0].error
"""


@dataclass(frozen=True)
class Figures:
    """What one program took."""

    name: str
    seconds: float
    steady_per_second: float | None
    asking_s: float | None
    """From the first request to the last answer, without the start of the program."""
    cpu_s: float
    peak_mib: float


def timed(name: str, command: Sequence[str], environment: dict[str, str]) -> tuple[Figures, str]:
    """Run a program to its end; what it took, and what it printed."""
    started = time.monotonic()
    with (
        tempfile.TemporaryFile("w+") as out,
        subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=REPOSITORY, stdout=out, stderr=subprocess.STDOUT
        ) as process,
    ):
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        out.seek(0)
        told = out.read()
    if process.returncode:
        raise SystemExit(f"{name} failed:\n{told[-3000:]}")
    scale = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    peak = used.ru_maxrss * scale / 2**20
    return Figures(name, seconds, None, None, used.ru_utime + used.ru_stime, peak), told


def trustbench(provider: str, server: Server, number: int, at_once: int, server_latency: float) -> Figures:
    """The whole command, as a user runs it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        items = (
            {"id": f"q{n:03}", "task": "reasoning", "prompt": f"What is {n} plus {n}?", "expected": str(2 * n),
             "answer_type": "number"}
            for n in range(ITEMS)
        )  # fmt: skip
        write_lines(root / "benchmarks" / "sums.jsonl", items)
        model = f"{provider}/m"
        flags = ["--root", folder, "--benchmarks-dir", str(root / "benchmarks"), "--models", model]
        flags += ["--items", str(ITEMS), "--runs", str(number // ITEMS), "--confidence", "none"]
        flags += ["--concurrency", str(at_once)]
        name = provider.upper()
        environment = {f"{name}_API_KEY": "none", f"{name}_BASE_URL": server.address + PROVIDERS[provider]}
        command = [sys.executable, "-m", "runners.auto_run_async", *flags]
        figures, _ = timed(f"trustbench {provider}", command, environment)
        path = root / "submissions" / model_folder(model) / "sums.jsonl"
        with path.open(encoding="utf-8") as lines:
            moments = sorted(datetime.fromisoformat(json.loads(line)["created_at"]).timestamp() for line in lines)
    assert len(moments) == number // ITEMS * ITEMS
    first, last = len(moments) // 10, len(moments) * 9 // 10
    steady = (last - first) / max(moments[last] - moments[first], 1e-9)
    asking = moments[-1] - moments[0] + server_latency
    return Figures(figures.name, figures.seconds, steady, asking, figures.cpu_s, figures.peak_mib)


def other(name: str, python: str, script: str, server: Server, number: int, at_once: int) -> Figures:
    """A program that is not ours."""
    environment = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"{server.address}/v1"}
    figures, _ = timed(name, [python, "-c", script, str(number), str(at_once)], environment)
    return figures


def show(figures: Iterable[Figures], number: int, ideal: float) -> None:
    """One line a program."""
    print(
        f"{'':22}{'seconds':>9}{'all/ideal':>11}{'ramp/ideal':>12}{'steady/ideal':>14}{'per CPU s':>11}{'peak MiB':>10}"
    )
    for f in figures:
        everything = f"{f.seconds / ideal:.2f}" if ideal else "-"
        ramp = f"{f.asking_s / ideal:.2f}" if ideal and f.asking_s else "-"
        steady = f"{number / f.steady_per_second / ideal:.2f}" if ideal and f.steady_per_second else "-"
        print(
            f"{f.name:22}{f.seconds:9.1f}{everything:>11}{ramp:>12}{steady:>14}"
            f"{number / f.cpu_s:11.0f}{f.peak_mib:10.0f}",
            flush=True,
        )


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--latency", type=float, default=0.3, help="seconds until the server answers")
    parser.add_argument("--providers", nargs="*", default=list(PROVIDERS), choices=PROVIDERS)
    parser.add_argument("--inspect-python", help="a Python that has inspect-ai")
    parser.add_argument(
        "--memory-requests", type=int, default=0, help="as many of a server without latency: the memory"
    )
    arguments = parser.parse_args(argv)
    number, at_once = arguments.requests, arguments.concurrency
    with weather(Weather(latency=arguments.latency)) as server:
        found = [trustbench(provider, server, number, at_once, arguments.latency) for provider in arguments.providers]
        found.append(other("bare openai SDK", sys.executable, BARE_SDK, server, number, at_once))
        if arguments.inspect_python:
            found.append(other("inspect-ai", arguments.inspect_python, INSPECT_AI, server, number, at_once))
        show(found, number, number * arguments.latency / at_once)
    if arguments.memory_requests:
        with weather(Weather()) as server:
            show([trustbench("openai", server, arguments.memory_requests, at_once, 0)], arguments.memory_requests, 0)


if __name__ == "__main__":
    main()
