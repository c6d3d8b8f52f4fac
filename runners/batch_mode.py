"""What `--batch` changes in step 1: who asks, and what may be asked beside the requests that are in batches."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from llm.asking import Asker
from llm.batch_asking import BatchAsker
from llm.batch_budget import BatchBudget
from llm.batching import BatchClient, forget, submitted
from llm.budget import Budget
from llm.clients import open_batch_clients, open_clients
from llm.exchange import Client
from llm.keys import Secret
from llm.pacing import Pace
from llm.requests import Request
from runners.ask_options import limits_of
from runners.run_display import ProgressDisplay
from utils.append import LineWriter
from utils.cli import warn
from utils.errors import UserError
from utils.layout import Layout
from utils.responses import Key

CALL_TIMEOUT_S = 600.0  # at least, for one call of a batch API: a file of 190 MB goes up in it at 3 Mbit/s


def open_asker(
    layout: Layout,
    providers: Sequence[str],
    keys: Mapping[str, Secret],
    arguments: argparse.Namespace,
    writer: LineWriter,
    display: ProgressDisplay,
) -> tuple[Asker | BatchAsker, Mapping[str, Client] | Mapping[str, BatchClient], Budget | BatchBudget]:
    """Who asks, request by request or in batches, the clients that it asks with, and what it may spend."""
    if arguments.batch:
        batch_clients = open_batch_clients(providers, keys, max(arguments.timeout, CALL_TIMEOUT_S))
        limit = BatchBudget(arguments.max_cost)
        asker = BatchAsker(layout, batch_clients, limit, writer, display, display.notice, arguments.poll)
        return asker, batch_clients, limit
    limits = {provider: limits_of(arguments, provider) for provider in providers}
    concurrency = {provider: limit.in_flight for provider, limit in limits.items()}
    clients = open_clients(concurrency, keys, layout.root, arguments.timeout, display.notice)
    paces = {provider: Pace(limit) for provider, limit in limits.items()}
    budget = Budget(arguments.max_cost)
    return Asker(layout, clients, paces, budget, writer, display), clients, budget


def beside_batches(
    to_ask: Sequence[Request], in_batches: Mapping[Key, str], *, batch: bool, replace: bool
) -> tuple[list[Request], list[Request]]:
    """What is to ask now, and which requests are in batches; without `--batch`, these are not asked a second time.

    Args:
        in_batches: the fingerprint of each request that is in a batch.

    Raises:
        UserError: another request than the one to ask now is in a batch under its key, and is not to be replaced.
    """
    same = [request for request in to_ask if in_batches.get(request.key) == request.fingerprint]
    others = sum(request.key in in_batches for request in to_ask) - len(same)
    if others and not replace:
        raise UserError(
            f"{others} requests are in batches with another prompt, seed or parameter than these: give the flags of "
            "then to go on with them, or add --replace to give up what comes of them, though it is paid for"
        )
    if batch or not same:
        return list(to_ask), same
    warn(f"{len(same)} requests are in batches and are not asked again; add --batch to go on with them")
    waiting = {request.key for request in same}
    return [request for request in to_ask if request.key not in waiting], same


def forget_others(layout: Layout, requests: Sequence[Request]) -> None:
    """Give up what is in batches under the keys of these requests, but is another request."""
    models = {request.model.name for request in requests}
    in_batches = submitted(layout, models)
    others = {r.key: r for r in requests if in_batches.get(r.key, r.fingerprint) != r.fingerprint}
    forget(layout, sorted(models), others)
