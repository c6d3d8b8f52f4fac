"""Inspect AI's logs, `.eval` and `.json`: epochs are runs, a sample's id is the item's.

The format: https://inspect.aisi.org.uk/reference/inspect_ai.log.html, log version 2; tested on logs of 0.3.285.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from llm.reply_fields import count_in, object_in, objects_in, string_in
from runners.importing.eval_archive import Archive
from runners.importing.foreign_json import document, object_in_bytes, plain_settings, whole_number
from runners.importing.found import Found, LeftOut, Unreadable, Wanted, WrittenBy, item_from, response_from
from runners.importing.inspect_text import Attachments, chat_messages, reasoning_in, refused
from utils.errors import one_line, quoted
from utils.items import ANSWER_TYPES, TASKS

# https://inspect.aisi.org.uk/reference/inspect_ai.model.html#stopreason; all others are `other`.
FINISH_REASONS = {
    "stop": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
}
# Fields of our items that a sample's metadata may hold under the same names; one of another kind means something else.
ITEM_METADATA: dict[str, Callable[[Any], bool]] = {
    "task": lambda value: value in TASKS,
    "answer_type": lambda value: value in ANSWER_TYPES,
    "category": lambda value: isinstance(value, str),
    "pair": lambda value: isinstance(value, str),
    "cluster": lambda value: isinstance(value, str),
}
_SAMPLE = re.compile(r"samples/.+_epoch_\d+\.json", re.DOTALL)
_CHUNKED = re.compile(r"samples/(.+_epoch_\d+)/sample\.json", re.DOTALL)
_ZIP = b"PK\x03\x04"


def read(path: Path, wanted: Wanted) -> Iterator[Found]:
    """The responses of a log, and its items where they are wanted.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            is_archive = file.read(4) == _ZIP
        yield from _archived(path, wanted) if is_archive else _document(path, wanted)
    except Unreadable as problem:
        yield LeftOut(path, "", str(problem))


def _document(path: Path, wanted: Wanted) -> Iterator[Found]:
    log = document(path)
    yield from _heading(path, log)
    samples = log.get("samples")
    if not isinstance(samples, list) or not samples:
        yield LeftOut(path, "", "holds no samples")
        return
    for number, sample in enumerate(samples, start=1):
        if isinstance(sample, dict):
            yield from sample_found(path, f"sample {number}", sample, log, wanted)
        else:
            yield LeftOut(path, f"sample {number}", "is no JSON object")


def _archived(path: Path, wanted: Wanted) -> Iterator[Found]:
    archive = Archive(path)
    # A run that is not finished has no header yet; its journal's first entry says what was begun.
    begun = "header.json" if "header.json" in archive.names else "_journal/start.json"
    log = object_in_bytes(archive.content(begun))
    yield from _heading(path, log)
    names = [name for name in archive.names if _SAMPLE.fullmatch(name)]
    for name in archive.names:
        if chunked := _CHUNKED.fullmatch(name):
            yield LeftOut(path, one_line(chunked[1], 80), "is stored in chunks, a form that is not read here")
    if not names:
        yield LeftOut(path, "", "holds no samples")
    for name in names:
        where = one_line(name, 80)
        try:
            sample = object_in_bytes(archive.content(name))
        except Unreadable as problem:
            yield LeftOut(path, where, str(problem))
        else:
            yield from sample_found(path, where, sample, log, wanted)


def _heading(path: Path, log: Mapping[str, Any]) -> Iterator[Found]:
    task = object_in(log.get("eval"))
    if not task:
        raise Unreadable("is no log of Inspect AI (it has no 'eval')")
    version = string_in(object_in(task.get("packages")).get("inspect_ai"))
    yield WrittenBy("inspect_ai", version or "unknown")
    if log.get("status") != "success":
        reason = f"the run ended as {quoted(log.get('status', 'started'))}; only the samples that it finished are here"
        yield LeftOut(path, "", reason, "status")


def sample_found(
    path: Path, where: str, sample: Mapping[str, Any], log: Mapping[str, Any], wanted: Wanted
) -> Iterator[Found]:
    """The response in a sample, and its item where items are wanted; or why there is none.

    Args:
        where: what the sample is called while its id is not known.
        sample: a sample of the log.
        log: the log's header, with `eval` and `plan`.
    """
    number = sample.get("id")
    item_id = str(number) if whole_number(number) is not None else number
    epoch = whole_number(sample.get("epoch"))
    if not isinstance(item_id, str) or not item_id.strip():
        yield LeftOut(path, where, f"expected a text or an integer, found {quoted(number)}", "id")
        return
    if epoch is None or epoch < 1:
        found = quoted(sample.get("epoch"))
        yield LeftOut(path, where, f"expected an integer of at least 1, found {found}", "epoch")
        return
    where = f"sample {quoted(item_id)} epoch {epoch}"
    attachments = Attachments(sample.get("attachments"))
    if wanted.items:
        yield _item(path, where, item_id, sample, wanted, attachments)
    yield _response(path, where, (item_id, epoch - 1), sample, log, wanted, attachments)
    choices = object_in(sample.get("output")).get("choices")
    if isinstance(choices, list) and len(choices) > 1:
        reason = f"holds {len(choices)} choices; only the first is a response"
        yield LeftOut(path, where, reason, "output.choices")


def _response(
    path: Path,
    where: str,
    item_and_run: tuple[str, int],
    sample: Mapping[str, Any],
    log: Mapping[str, Any],
    wanted: Wanted,
    attachments: Attachments,
) -> Found:
    task, output = object_in(log.get("eval")), object_in(sample.get("output"))
    if sample.get("error") is not None:
        message = object_in(sample["error"]).get("message")
        return LeftOut(path, where, f"ended with an error: {one_line(str(message), 120)}", "error")
    if sample.get("invalidation") is not None:
        return LeftOut(path, where, "was declared invalid", "invalidation")
    if output.get("error") is not None:
        return LeftOut(path, where, f"the model failed: {one_line(str(output['error']), 120)}", "output.error")
    choices = objects_in(output.get("choices"))
    completion = attachments.resolved(output.get("completion"))
    if not choices:
        return LeftOut(path, where, "the model gave no output", "output.choices")
    if completion is None:
        found = quoted(output.get("completion"))
        return LeftOut(path, where, f"expected a text, found {found}", "output.completion")
    message, said = object_in(choices[0].get("message")), string_in(choices[0].get("stop_reason"))
    tokens = object_in(choices[0].get("logprobs")).get("content")
    item_id, run = item_and_run
    return response_from(
        path,
        where,
        {
            "model": wanted.model or task.get("model"),
            "benchmark": wanted.benchmark or task.get("task"),
            "item_id": item_id,
            "run": run,
            "response": completion,
            "messages": _sent(sample, message, attachments),
            "params": _params(log),
            "finish_reason": "refusal" if refused(message) else FINISH_REASONS.get(said, "other") if said else None,
            "provider_finish_reason": said,
            "reasoning": reasoning_in(message, attachments),
            "logprobs": [{"token": t.get("token"), "logprob": t.get("logprob")} for t in objects_in(tokens)] or None,
            "usage": _usage(output.get("usage")),
            "cost_usd": object_in(output.get("usage")).get("total_cost"),
            "latency_s": output.get("time"),
            "created_at": string_in(sample.get("completed_at")),
            "response_id": string_in(output.get("response_id")),
            "served_model": string_in(output.get("model")) or None,
        },
    )


def _sent(sample: Mapping[str, Any], reply: Mapping[str, Any], attachments: Attachments) -> list[dict[str, str]] | None:
    """The conversation up to the reply; None where that cannot be told, or it holds more than texts."""
    messages = objects_in(sample.get("messages"))
    places = [place for place, message in enumerate(messages) if message.get("id") == reply.get("id") is not None]
    return chat_messages(messages[: places[0]], attachments) if len(places) == 1 else None


def _params(log: Mapping[str, Any]) -> dict[str, Any] | None:
    settings = {
        **object_in(object_in(log.get("plan")).get("config")),
        **object_in(object_in(log.get("eval")).get("model_generate_config")),
    }
    return plain_settings(settings) or None


def _usage(usage: Any) -> dict[str, int] | None:
    """Tokens; Inspect counts what was read from or written to a cache beside the input, we within it."""
    counts = object_in(usage)
    given, cached = count_in(counts.get("input_tokens")), count_in(counts.get("input_tokens_cache_read"))
    if given is not None:
        given += (cached or 0) + (count_in(counts.get("input_tokens_cache_write")) or 0)
    found = {
        "input_tokens": given,
        "output_tokens": count_in(counts.get("output_tokens")),
        "reasoning_tokens": count_in(counts.get("reasoning_tokens")),
        "cached_tokens": cached,
    }
    return {name: count for name, count in found.items() if count is not None} or None


def _item(
    path: Path, where: str, item_id: str, sample: Mapping[str, Any], wanted: Wanted, attachments: Attachments
) -> Found:
    """The item that a sample asks: its input, its target, and what its metadata says under our names."""
    given, target = sample.get("input"), sample.get("target")
    prompt = chat_messages(given, attachments) if isinstance(given, list) else attachments.resolved(given)
    if prompt is None:
        return LeftOut(path, f"item of {where}", "expected a text or messages of nothing but text", "input")
    told = {"task": wanted.task, "answer_type": wanted.answer_type}
    for name, value in object_in(sample.get("metadata")).items():
        if name in ITEM_METADATA and ITEM_METADATA[name](value):
            told[name] = value
    targets = target if isinstance(target, list) else [target]
    aliases = targets[1:] if told.get("answer_type") == "text" else None
    if not targets or (len(targets) > 1 and aliases is None):
        reason = f"expected one target (several are aliases of answer type text alone), found {len(targets)}"
        return LeftOut(path, f"item of {where}", reason, "target")
    fields = {"id": item_id, "prompt": prompt, "expected": targets[0], "choices": sample.get("choices")}
    return item_from(path, where, {**({"aliases": aliases} if aliases else {}), **fields, **told})
