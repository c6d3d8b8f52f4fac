"""The command line of step 1: its flags, their defaults, and what they may hold."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from llm.batch_asking import MOST_POLL_S
from llm.model_file import MODEL_FILE, PROVIDERS
from llm.pacing import Limits
from sampling.shards import WHOLE, Shard, parse_shard
from utils.cli import positive_int, stage_parser
from utils.errors import UserError, quoted
from utils.items import TASKS

ITEMS = 20
RUNS = 3
CONCURRENCY = 50
TIMEOUT_S = 120.0

MODELS_HELP = (
    "which models; default: the default models of each provider whose key is set in the environment or .env, "
    "else the embedded ones"
)
CONCURRENCY_HELP = "requests in flight for each provider (local: at most one for each core)"
CONFIDENCE_HELP = "how a model is asked how sure it is: in a turn after its reply, within the reply, or not at all"
LOG_LEVEL_HELP = "info tells each retry, debug each request and reply (no headers)"
BATCH_HELP = (
    "send the requests through the batch APIs of OpenAI, Anthropic and Google: cheaper, within a day; what was sent is "
    "on record, so stop at any moment and give the same command again to go on"
)
SHARD_HELP = (
    "ask only part I of N, for N machines that share the work; put the parts together with "
    "`python3 -m runners.import_responses --format trustbench`"
)
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
    add("--logprobs", action="store_true", help="ask for the log probability of each token, where the model has it")
    add("--max-cost", type=float, metavar="USD", help="stop asking before this could be passed; all answers are kept")
    add("--rpm", nargs="+", default=[], metavar="PROVIDER=N", help="requests a minute at most, for instance openai=500")
    add("--tpm", nargs="+", default=[], metavar="PROVIDER=N", help="tokens a minute at most")
    add("--timeout", type=float, default=TIMEOUT_S, metavar="S", help="seconds to wait for a reply")
    add("--replace", action="store_true", help=REPLACE_HELP)
    add("--batch", action="store_true", help=BATCH_HELP)
    add("--poll", type=float, default=MOST_POLL_S, metavar="S", help="with --batch: at most so long between two looks")
    add("--shard", type=_shard, default=WHOLE, metavar="I/N", help=SHARD_HELP)
    add("--dry-run", action="store_true", help="print the plan and stop")
    add("--quiet", action="store_true", help="no plan and no progress")
    add("--log-level", choices=("warning", "info", "debug"), default="warning", help=LOG_LEVEL_HELP)
    return made


def _shard(text: str) -> Shard:
    try:
        return parse_shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def check(arguments: argparse.Namespace) -> None:
    """Refuse values that no run can be made with.

    Raises:
        UserError: a flag is out of its range.
    """
    if arguments.temperature is not None and not 0 <= arguments.temperature <= 2:
        raise UserError(f"--temperature {arguments.temperature}: expected a number from 0 to 2")
    if arguments.max_cost is not None and not arguments.max_cost > 0:
        raise UserError(f"--max-cost {arguments.max_cost}: expected USD, more than 0")
    _per_minute(arguments.rpm, "--rpm")
    _per_minute(arguments.tpm, "--tpm")
    if not arguments.poll > 0:
        raise UserError(f"--poll {arguments.poll}: expected seconds, more than 0")
    if not arguments.timeout > 0:
        raise UserError(f"--timeout {arguments.timeout}: expected seconds, more than 0")


def limits_of(arguments: argparse.Namespace, provider: str) -> Limits:
    """How fast a provider may be asked at most, by the flags."""
    return Limits(
        _in_flight(provider, arguments.concurrency),
        _per_minute(arguments.rpm, "--rpm").get(provider),
        _per_minute(arguments.tpm, "--tpm").get(provider),
    )


def _per_minute(given: Sequence[str], flag: str) -> dict[str, float]:
    limits = {}
    for entry in given:
        provider, _, number = entry.partition("=")
        if provider not in PROVIDERS or not number.isdecimal() or int(number) < 1:
            raise UserError(f"{flag} {quoted(entry)}: expected PROVIDER=N, for instance openai=500")
        limits[provider] = float(number)
    return limits


def _in_flight(provider: str, concurrency: int) -> int:
    return min(concurrency, os.cpu_count() or 1) if provider == "local" else concurrency
