"""Step 1: asks the models and keeps every raw response.

Reads `benchmarks/`, `llm/models.toml` and the keys in the environment or `.env`; writes `submissions/`. It asks only
what `submissions/` does not hold, so it can be stopped at any moment and run again.

    python3 -m runners.auto_run_async --models openai/gpt-4.1-mini local/smollm2-135m --items 40
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from rich.console import Console

from llm import manifest
from llm.asking import Asker, Outcome
from llm.batch_asking import BatchAsker
from llm.batching import BatchClient, submitted
from llm.clients import as_its_client_asks, follow_up_extras, has_batches
from llm.exchange import Client, ModelUnavailable
from llm.keys import Secret, key_files, read_keys
from llm.model_file import KEY_VARIABLES, Model, default_models, find_models, read_model_file
from llm.requests import Request, Settings, Standing, compare_with_stored, requests_in_order
from llm.stored import mend_tails, move_aside, read_stored
from llm.submissions_lock import only_one
from runners.ask_options import check, parser
from runners.batch_mode import beside_batches, forget_others, open_asker
from runners.run_display import (
    ProgressDisplay,
    log_to_stderr,
    output_console,
    print_plan,
    print_summary,
    progress_console,
)
from sampling.shards import Shard
from sampling.stratified import sample_items
from utils.append import LineWriter
from utils.cli import layout_from, run_stage, shown, warn
from utils.errors import DONE, INTERRUPTED, PARTLY_FAILED, UserError
from utils.hashing import sha256_file
from utils.items import TASKS, Item, benchmark_names, benchmark_path, read_benchmark
from utils.layout import Layout


def main(argv: Sequence[str] | None = None) -> int:
    """Run step 1; the return is its exit code."""
    arguments = parser().parse_args(argv)
    check(arguments)
    log_to_stderr(arguments.log_level)
    layout = layout_from(arguments)
    keys = read_keys(key_files(layout.root))
    console = output_console(quiet=arguments.quiet)

    models, left_out = _choose_models(arguments, keys, console)
    items = {name: _sampled(layout, name, arguments) for name in _choose_benchmarks(arguments, layout)}
    settings = Settings(
        arguments.seed, arguments.confidence, arguments.temperature, arguments.max_tokens, arguments.logprobs
    )
    asked = _requests(models, items, settings, arguments.runs, arguments.shard)
    standings, problems = _standings(layout, models, items, asked)
    by_name = {model.name: model for model in models}
    print_plan(standings, by_name, arguments.runs, console, batch=arguments.batch)
    changed = [request for standing in standings for request in standing.changed]
    if changed and not arguments.replace:
        raise UserError(_changed_told(standings, changed))
    to_ask = [request for standing in standings for request in standing.to_ask] + changed
    if arguments.max_cost is not None:
        _check_prices(models, batch=arguments.batch)
    code = PARTLY_FAILED if left_out or problems else DONE
    if not models:
        raise UserError("none of the models can be asked; set a key (see .env.example) or name a local model")
    to_ask, in_batches = beside_batches(
        to_ask, submitted(layout, by_name), batch=arguments.batch, replace=arguments.replace
    )
    if in_batches and not arguments.batch:
        code = PARTLY_FAILED
    if arguments.dry_run:
        sent_before = len(in_batches) if arguments.batch else 0
        console.print(f"{len(to_ask) - sent_before} requests would be sent; nothing was.")
        return code
    if not to_ask:
        if not in_batches:
            console.print("Everything is answered already. Next: python3 -m runners.aggregate_results")
        return code
    with only_one(layout):
        move_aside(layout, changed)
        if arguments.replace:
            forget_others(layout, to_ask)
        for note in mend_tails(layout, to_ask):
            warn(note)
        in_order = {request.key for request in to_ask}
        requests = [request for request in asked if request.key in in_order]
        try:
            return max(code, asyncio.run(_ask(layout, requests, by_name, keys, arguments, items, console)))
        except asyncio.CancelledError:  # the second Ctrl-C
            raise KeyboardInterrupt from None


def _check_prices(models: Sequence[Model], *, batch: bool) -> None:
    """A limit on the cost can be kept only where the price is known."""
    priced = [m for m in models if m.price and (not batch or m.price.batch_cost(0, 0) is not None)]
    unknown = [model.name for model in models if model not in priced and model.provider != "local"]
    if unknown:
        raise UserError(
            f"--max-cost: the price of {', '.join(unknown)} is unknown, so its cost cannot be limited; "
            "add its price to llm/models.toml or leave it out"
        )


def _choose_models(
    arguments: argparse.Namespace, keys: Mapping[str, Secret], console: Console
) -> tuple[list[Model], list[Model]]:
    """The models to ask, and those that cannot be asked: no key, or no batch API (each told in one line)."""
    known = read_model_file(arguments.models_file)
    if arguments.models:
        chosen = find_models(arguments.models, known)
    else:
        chosen, reason = default_models(known, keys)
        console.print(f"Models: {reason}.")
    chosen = [as_its_client_asks(model) for model in chosen]
    without_key = [model for model in chosen if model.provider in KEY_VARIABLES and model.provider not in keys]
    for model in without_key:
        variable = KEY_VARIABLES[model.provider]
        warn(f"{model.name} is not asked: {variable} is not set; put it into the environment or .env")
    without_batches = [model for model in chosen if arguments.batch and not has_batches(model.provider)]
    for model in without_batches:
        warn(f"{model.name} is not asked: with --batch only models of openai, anthropic and google (google-genai) are")
    left_out = without_key + without_batches
    return [model for model in chosen if model not in left_out], left_out


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
    models: Sequence[Model], items: Mapping[str, Sequence[Item]], settings: Settings, runs: int, shard: Shard
) -> list[Request]:
    in_order = requests_in_order(models, items, runs, settings, follow_up_extras())
    return [request for request in in_order if shard.holds(request.benchmark, request.item.id, request.run)]


def _standings(
    layout: Layout, models: Sequence[Model], items: Mapping[str, Sequence[Item]], requests: Sequence[Request]
) -> tuple[list[Standing], list[str]]:
    """How the requests stand against what is stored, and what is wrong with that, each told in one line."""
    stored, problems = read_stored(layout, [model.name for model in models], items)
    for problem in problems:
        warn(problem)
    return compare_with_stored(requests, stored), problems


def _changed_told(standings: Sequence[Standing], changed: Sequence[Request]) -> str:
    where = ", ".join(sorted({f"{s.model} {s.benchmark} ({len(s.changed)})" for s in standings if s.changed}))
    return (
        f"{len(changed)} stored responses belong to other requests than these (another prompt, seed or parameter, or "
        f"collected elsewhere): {where}. Give the flags of then, choose another --root, or add --replace to move the "
        f"old responses aside and ask anew"
    )


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
        providers = sorted({models[name].provider for name in counts})
        asker, clients, budget = open_asker(layout, providers, keys, arguments, writer, display)
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
    left = len(requests) - outcome.answered - outcome.failed - outcome.waiting
    print_summary(outcome, left, time.monotonic() - started, shown(layout.submissions), console)
    if interrupted:
        return INTERRUPTED
    if budget.exhausted:
        console.print(f"Stopped before {arguments.max_cost} USD could be passed; what was answered is kept.")
    return PARTLY_FAILED if outcome.failed or outcome.unavailable or outcome.waiting or left else DONE


async def _prepare(
    clients: Mapping[str, Client] | Mapping[str, BatchClient], models: Sequence[Model], asker: Asker | BatchAsker
) -> dict[str, str]:
    """What answers for each model that is ready; the others are given up, each with one line."""
    ready = {}
    for model in models:
        try:
            ready[model.name] = await clients[model.provider].prepare(model)
        except ModelUnavailable as error:
            asker.give_up(model.name, f"{model.name}: {error}")
    return ready


def _description(
    arguments: argparse.Namespace, items: Mapping[str, Sequence[Item]], layout: Layout
) -> dict[str, object]:
    """What a manifest says of an invocation beside its times and versions."""
    flags = ["models", "benchmarks", "items", "runs", "seed", "temperature", "max_tokens", "concurrency"]
    flags += ["confidence", "timeout", "replace", "batch"]
    return {
        "arguments": {**{flag: getattr(arguments, flag) for flag in flags}, "shard": str(arguments.shard)},
        "sampling_seed": arguments.seed,
        "sampled_items": {name: [item.id for item in sampled] for name, sampled in items.items()},
        "benchmark_sha256": {name: sha256_file(benchmark_path(layout.benchmarks, name)) for name in items},
    }


def _ending(outcome: Outcome, model: str, interrupted: Sequence[object]) -> dict[str, object]:
    return {"interrupted": bool(interrupted), "unavailable": outcome.unavailable.get(model)}


def _stop_on_signal(asker: Asker | BatchAsker, display: ProgressDisplay) -> list[int]:
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
