"""What step 1 put on record beside the responses, against the responses and the benchmarks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runners.verification.findings import Finding
from utils.errors import InputError, UserError
from utils.hashing import sha256_file
from utils.items import Item, benchmark_path, read_benchmark
from utils.layout import Layout
from utils.responses import MANIFEST, Response, read_responses, submission_files


def check_records(layout: Layout) -> list[Finding]:
    """Findings on each submission file, in the order of their paths.

    Four things are checked: the benchmark is the one that was asked; the items are those that were sampled; each was
    asked in the benchmark's own words; and somebody is on record as having answered.
    """
    findings: list[Finding] = []
    for path in submission_files(layout):
        name = path.relative_to(layout.root).as_posix()
        invocations = [each for each in _invocations(path.parent / MANIFEST) if path.stem in _sampled(each)]
        responses = [entry for _, entry in read_responses(path)]
        findings += _lines(name, [entry for entry in responses if isinstance(entry, InputError)])
        usable = [entry for entry in responses if isinstance(entry, Response)]
        findings += _words(name, usable, layout, path.stem)
        if not invocations:
            findings.append(Finding(f"{name}: origin", "not on record", "no manifest of step 1 tells of it"))
            continue
        findings += [
            _benchmark(name, path.stem, invocations, layout),
            _sample(name, path.stem, invocations, usable),
            _origin(name, invocations, usable),
        ]
    return findings


def _lines(name: str, bad: Sequence[InputError]) -> list[Finding]:
    return [Finding(f"{name}: lines", "differs", f"{len(bad)} cannot be used; the first: {bad[0]}")] if bad else []


def _words(name: str, responses: Sequence[Response], layout: Layout, benchmark: str) -> list[Finding]:
    """Whether what was sent, where it is on record, holds the item's own words."""
    try:
        items = read_benchmark(layout.benchmarks, benchmark)
    except UserError as error:
        return [Finding(f"{name}: prompts", "differs", str(error))]
    sent = [response for response in responses if isinstance(response.raw.get("messages"), list)]
    wrong = [r for r in sent if r.item_id not in items or not _holds(r.raw["messages"], items[r.item_id])]
    if wrong:
        first = f"item {wrong[0].item_id}, run {wrong[0].run}"
        return [Finding(f"{name}: prompts", "differs", f"{len(wrong)} were asked in other words; the first: {first}")]
    if not sent:
        return [Finding(f"{name}: prompts", "not on record", "the responses do not say what was sent")]
    return [Finding(f"{name}: prompts", "proven", f"{len(sent)} hold the words of the benchmark")]


def _holds(messages: Sequence[Any], item: Item) -> bool:
    """Whether the messages end in the item's own; a system prompt may go before, the form of the answer after."""
    own = item.messages
    if len(messages) < len(own):
        return False
    pairs = zip(reversed(messages), reversed(own), strict=False)
    return all(
        isinstance(said, dict) and said.get("role") == wanted["role"] and wanted["content"] in str(said.get("content"))
        for said, wanted in pairs
    )


def _benchmark(name: str, benchmark: str, invocations: Iterable[Mapping[str, Any]], layout: Layout) -> Finding:
    asked = {_mapping(each.get("benchmark_sha256")).get(benchmark) for each in invocations} - {None}
    try:
        here = sha256_file(benchmark_path(layout.benchmarks, benchmark))
    except (UserError, OSError) as error:
        return Finding(f"{name}: benchmark", "differs", str(error))
    if not asked:
        return Finding(f"{name}: benchmark", "not on record", "the manifest holds no fingerprint of it")
    if asked != {here}:
        return Finding(f"{name}: benchmark", "differs", f"benchmarks/{benchmark} changed since it was asked")
    return Finding(f"{name}: benchmark", "proven", f"is the one that was asked (SHA-256 {here[:12]})")


def _sample(
    name: str, benchmark: str, invocations: Sequence[Mapping[str, Any]], responses: Sequence[Response]
) -> Finding:
    sampled = {item for each in invocations for item in _strings(_sampled(each)[benchmark])}
    beyond = sorted({response.item_id for response in responses} - sampled)
    if beyond:
        return Finding(
            f"{name}: items", "differs", f"{len(beyond)} were answered but never sampled; the first: {beyond[0]}"
        )
    keys = {response.key for response in responses}
    wanted = {
        (item, run)
        for each in invocations
        for item in _strings(_sampled(each)[benchmark])
        for run in range(_runs(each))
    }
    missing = len(wanted - {(item, run) for _, _, item, run in keys})
    if missing:
        return Finding(f"{name}: items", "not on record", f"{missing} of {len(wanted)} sampled have no response")
    return Finding(f"{name}: items", "proven", f"{len(wanted)} were sampled, and each has its response")


def _origin(name: str, invocations: Iterable[Mapping[str, Any]], responses: Iterable[Response]) -> Finding:
    servers = sorted({str(each["answers_from"]) for each in invocations if each.get("answers_from")})
    served = sorted({str(r.raw["served_model"]) for r in responses if r.raw.get("served_model")})
    told = [*(f"from {server}" for server in servers), *(f"as {model}" for model in served)]
    if not told:
        return Finding(f"{name}: origin", "not on record", "the manifest does not say who answered")
    return Finding(f"{name}: origin", "proven", "on record: answered " + ", ".join(told))


def _invocations(path: Path) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(path.read_bytes())["invocations"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _sampled(invocation: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(invocation.get("sampled_items"))


def _runs(invocation: Mapping[str, Any]) -> int:
    runs = _mapping(invocation.get("arguments")).get("runs")
    return runs if isinstance(runs, int) and 0 < runs < 10_000 else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
