"""Step 1: asks the models and keeps every raw response.

Reads `benchmarks/`, `llm/models.toml` and the keys in the environment or `.env`; writes `submissions/`. It asks only
what `submissions/` does not hold, so it can be stopped at any moment and run again.

    python3 -m runners.auto_run_async --models openai/gpt-4.1-mini local/smollm2-135m --items 40
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

from llm import manifest
from llm.asking import Asker, Outcome
from llm.clients import follow_up_extras, open_clients
from llm.exchange import Client, ModelUnavailable
from llm.keys import Secret, read_keys
from llm.model_file import KEY_VARIABLES, MODEL_FILE, Model, default_models, find_models, read_model_file
from llm.requests import Request, Settings, Standing, compare_with_stored, requests_in_order
from llm.stored import mend_tails, move_aside, read_stored
from runners.run_display import ProgressDisplay, output_console, print_plan, print_summary, progress_console
from sampling.stratified import sample_items
from utils.append import LineWriter
from utils.atomic import cannot_write
from utils.cli import layout_from, positive_int, run_stage, shown, stage_parser, warn
from utils.errors import DONE, INTERRUPTED, PARTLY_FAILED, UserError
from utils.hashing import sha256_file
from utils.items import TASKS, Item, benchmark_names, benchmark_path, read_benchmark
from utils.layout import REPOSITORY, Layout

ITEMS = 20
RUNS = 3
CONCURRENCY = 8
TIMEOUT_S = 120.0

MODELS_HELP = (
    "which models; default: the default models of each provider whose key is set in the environment or .env, "
    "else the embedded ones"
)
CONCURRENCY_HELP = "requests in flight for each provider (local: at most one for each core)"
CONFIDENCE_HELP = "how a model is asked how sure it is: in a turn after its reply, within the reply, or not at all"
REPLACE_HELP = (
    "ask anew what was stored for another prompt or other parameters; the old responses are moved to "
    "BENCHMARK.replaced.jsonl"
)


def parser() -> argparse.ArgumentParser:
    """The command line of step 1."""
    made = stage_parser(
        "runners.auto_run_async",
        "Ask the models and keep every raw response in submissions/. Only what is not there yet is asked: stop it at "
        "any moment and run it again.",
        "python3 -m runners.auto_run_async --models openai/gpt-4.1-mini --items 40 --dry-run",
    )
    add = made.add_argument
    add("--models", nargs="+", metavar="PROVIDER/NAME", help=MODELS_HELP)
    add("--models-file", type=Path, default=MODEL_FILE, metavar="FILE", help="the model file")
    add("--benchmarks", nargs="+", metavar="NAME", help=f"which; default: {', '.join(TASKS)}, where they exist")
    add(
        "--items",
        type=positive_int,
        default=ITEMS,
        metavar="N",
        help="items sampled from each benchmark; pairs stay whole",
    )
    add("--runs", type=positive_int, default=RUNS, metavar="K", help="how often each item is asked")
    add("--seed", type=int, default=0, help="of the sample and of the requests")
    add("--temperature", type=float, metavar="T", help="default: the model file's, else 0.7")
    add("--max-tokens", type=positive_int, metavar="N", help="of a reply; default: the model file's, else 1024")
    add("--concurrency", type=positive_int, default=CONCURRENCY, metavar="N", help=CONCURRENCY_HELP)
    add("--confidence", choices=("followup", "inline", "none"), default="followup", help=CONFIDENCE_HELP)
    add("--timeout", type=float, default=TIMEOUT_S, metavar="S", help="seconds to wait for a reply")
    add("--replace", action="store_true", help=REPLACE_HELP)
    add("--dry-run", action="store_true", help="print the plan and stop")
    add("--quiet", action="store_true", help="no plan and no progress")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run step 1; the return is its exit code."""
    arguments = parser().parse_args(argv)
    _check(arguments)
    layout = layout_from(arguments)
    keys = read_keys([layout.root / ".env", REPOSITORY / ".env"])
    console = output_console(quiet=arguments.quiet)

    models, without_key = _choose_models(arguments, keys, console)
    items = {name: _sampled(layout, name, arguments) for name in _choose_benchmarks(arguments, layout)}
    settings = Settings(arguments.seed, arguments.confidence, arguments.temperature, arguments.max_tokens)
    standings, problems = _standings(layout, models, items, settings, arguments.runs)
    by_name = {model.name: model for model in models}
    print_plan(standings, by_name, arguments.runs, console)
    changed = [request for standing in standings for request in standing.changed]
    if changed and not arguments.replace:
        raise UserError(_changed_told(standings, changed))
    to_ask = [request for standing in standings for request in standing.to_ask] + changed
    code = PARTLY_FAILED if without_key or problems else DONE
    if not models:
        raise UserError("none of the models can be asked; set a key (see .env.example) or name a local model")
    if arguments.dry_run:
        console.print(f"{len(to_ask)} requests would be sent; nothing was.")
        return code
    if not to_ask:
        console.print("Everything is answered already. Next: python3 -m runners.aggregate_results")
        return code
    with _only_one(layout):
        move_aside(layout, changed)
        for note in mend_tails(layout, to_ask):
            warn(note)
        in_order = {request.key for request in to_ask}
        requests = [r for r in _requests(models, items, settings, arguments.runs) if r.key in in_order]
        return max(code, asyncio.run(_ask(layout, requests, by_name, keys, arguments, items, console)))


def _check(arguments: argparse.Namespace) -> None:
    if arguments.temperature is not None and not 0 <= arguments.temperature <= 2:
        raise UserError(f"--temperature {arguments.temperature}: expected a number from 0 to 2")
    if not arguments.timeout > 0:
        raise UserError(f"--timeout {arguments.timeout}: expected seconds, more than 0")


def _choose_models(
    arguments: argparse.Namespace, keys: Mapping[str, Secret], console: Console
) -> tuple[list[Model], list[Model]]:
    """The models to ask, and those that cannot be asked because their key is missing (each told in one line)."""
    known = read_model_file(arguments.models_file)
    if arguments.models:
        chosen = find_models(arguments.models, known)
    else:
        chosen, reason = default_models(known, keys)
        console.print(f"Models: {reason}.")
    without_key = [model for model in chosen if model.provider in KEY_VARIABLES and model.provider not in keys]
    for model in without_key:
        variable = KEY_VARIABLES[model.provider]
        warn(f"{model.name} is not asked: {variable} is not set; put it into the environment or .env")
    return [model for model in chosen if model not in without_key], without_key


def _choose_benchmarks(arguments: argparse.Namespace, layout: Layout) -> list[str]:
    if arguments.benchmarks:
        return list(dict.fromkeys(arguments.benchmarks))
    there = benchmark_names(layout.benchmarks)
    chosen = [str(name) for name in TASKS if name in there] or there
    if not chosen:
        raise UserError(f"{layout.benchmarks}: holds no benchmark; name the right folder with --benchmarks-dir")
    return chosen


def _sampled(layout: Layout, name: str, arguments: argparse.Namespace) -> list[Item]:
    benchmark = read_benchmark(layout.benchmarks, name)
    return [benchmark[item_id] for item_id in sample_items(benchmark.values(), arguments.items, arguments.seed)]


def _requests(
    models: Sequence[Model], items: Mapping[str, Sequence[Item]], settings: Settings, runs: int
) -> list[Request]:
    return list(requests_in_order(models, items, runs, settings, follow_up_extras()))


def _standings(
    layout: Layout, models: Sequence[Model], items: Mapping[str, Sequence[Item]], settings: Settings, runs: int
) -> tuple[list[Standing], list[str]]:
    """How the requests stand against what is stored, and what is wrong with that, each told in one line."""
    stored, problems = read_stored(layout, [model.name for model in models], items)
    for problem in problems:
        warn(problem)
    return compare_with_stored(_requests(models, items, settings, runs), stored), problems


def _changed_told(standings: Sequence[Standing], changed: Sequence[Request]) -> str:
    where = ", ".join(sorted({f"{s.model} {s.benchmark} ({len(s.changed)})" for s in standings if s.changed}))
    return (
        f"{len(changed)} stored responses belong to other requests than these (another prompt, seed or parameter, or "
        f"collected elsewhere): {where}. Give the flags of then, choose another --root, or add --replace to move the "
        f"old responses aside and ask anew"
    )


def _only_one(layout: Layout) -> AbstractContextManager[object]:
    """A lock on the submissions folder; it ends with its process, so that none is ever stale."""
    try:
        layout.submissions.mkdir(parents=True, exist_ok=True)
        return FileLock(layout.submissions / ".lock").acquire(blocking=False)
    except Timeout:
        raise UserError(
            f"{layout.submissions}: another step 1 is writing here; wait for it, or choose a --root"
        ) from None
    except OSError as error:
        raise cannot_write(layout.submissions, error) from error


async def _ask(
    layout: Layout,
    requests: Sequence[Request],
    models: Mapping[str, Model],
    keys: Mapping[str, Secret],
    arguments: argparse.Namespace,
    items: Mapping[str, Sequence[Item]],
    console: Console,
) -> int:
    """Ask the requests, with progress, manifests and a summary; the return is the exit code."""
    counts = {name: sum(request.model.name == name for request in requests) for name in models}
    counts = {name: count for name, count in counts.items() if count}
    started, writer = time.monotonic(), LineWriter()
    with ProgressDisplay(counts, progress_console(), quiet=arguments.quiet) as display:
        concurrency = {p: _in_flight(p, arguments.concurrency) for p in {models[name].provider for name in counts}}
        clients = open_clients(concurrency, keys, layout.root, arguments.timeout, display.notice)
        asker = Asker(layout, clients, concurrency, writer, display)
        interrupted = _stop_on_signal(asker, display)
        entries: dict[str, int] = {}
        try:
            ready = await _prepare(clients, [models[name] for name in counts], asker)
            description = _description(arguments, items, layout)
            for name, answers_from in ready.items():
                entries[name] = manifest.begin(layout, name, {**description, "answers_from": answers_from})
            outcome = await asker.ask_all(requests)
        except* UserError as errors:
            raise UserError(str(errors.exceptions[0])) from None
        finally:
            with suppress(UserError):
                for name, number in entries.items():
                    manifest.end(layout, name, number, _ending(asker.outcome, name, interrupted))
            for client in clients.values():
                await client.close()
            writer.close()
    left = len(requests) - outcome.answered - outcome.failed
    print_summary(outcome, left, time.monotonic() - started, shown(layout.submissions), console)
    if interrupted:
        return INTERRUPTED
    return PARTLY_FAILED if outcome.failed or outcome.unavailable else DONE


async def _prepare(clients: Mapping[str, Client], models: Sequence[Model], asker: Asker) -> dict[str, str]:
    """What answers for each model that is ready; the others are given up, each with one line."""
    ready = {}
    for model in models:
        try:
            ready[model.name] = await clients[model.provider].prepare(model)
        except ModelUnavailable as error:
            asker.give_up(model.name, f"{model.name}: {error}")
    return ready


def _in_flight(provider: str, concurrency: int) -> int:
    return min(concurrency, os.cpu_count() or 1) if provider == "local" else concurrency


def _description(
    arguments: argparse.Namespace, items: Mapping[str, Sequence[Item]], layout: Layout
) -> dict[str, object]:
    """What a manifest says of an invocation beside its times and versions."""
    flags = ["models", "benchmarks", "items", "runs", "seed", "temperature", "max_tokens", "concurrency"]
    flags += ["confidence", "timeout", "replace"]
    return {
        "arguments": {flag: getattr(arguments, flag) for flag in flags},
        "sampling_seed": arguments.seed,
        "sampled_items": {name: [item.id for item in sampled] for name, sampled in items.items()},
        "benchmark_sha256": {name: sha256_file(benchmark_path(layout.benchmarks, name)) for name in items},
    }


def _ending(outcome: Outcome, model: str, interrupted: Sequence[object]) -> dict[str, object]:
    return {"interrupted": bool(interrupted), "unavailable": outcome.unavailable.get(model)}


def _stop_on_signal(asker: Asker, display: ProgressDisplay) -> list[int]:
    """The first Ctrl-C (or SIGTERM) lets what is in flight finish, the second stops at once; they fill the list."""
    received: list[int] = []
    task = asyncio.current_task()

    def on_signal(number: int) -> None:
        received.append(number)
        asker.stop()
        if len(received) == 1:
            display.notice("stopping: what is in flight is finished and kept; once more to stop at once")
        elif task:
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, on_signal, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda n, _: loop.call_soon_threadsafe(on_signal, n))
    return received


if __name__ == "__main__":
    run_stage(main)
