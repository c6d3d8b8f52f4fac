"""lm-evaluation-harness's `samples_TASK_DATE.jsonl` of generating tasks: repeats are runs, `doc_id` is the item's id.

A task of log likelihoods asks for no text, so that nothing in it is a response; it is told and left out. The format is
that of `lm_eval/loggers/evaluation_tracker.py` and `evaluator.py`; tested on files of 0.4.13.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from llm.reply_fields import object_in, string_in
from runners.importing.foreign_json import document, numbered_foreign_objects, plain_settings, whole_number
from runners.importing.found import Found, LeftOut, Unreadable, Wanted, WrittenBy, item_from, response_from
from utils.errors import UserError, quoted
from utils.items import ROLES

_NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.jsonl")
_PATH_LIKE = ("/", ".", "~")


def read(path: Path, wanted: Wanted) -> Iterator[Found]:
    """The responses of a file of samples, and its items where they are wanted.

    Raises:
        UserError: the file cannot be read.
    """
    name = _NAME.fullmatch(path.name)
    results = _results_beside(path, name["date"]) if name else {}
    try:
        model = wanted.model or _model_name(results)
    except Unreadable as problem:
        yield LeftOut(path, "", str(problem), "model_name")
        return
    benchmark = wanted.benchmark or (name["task"] if name else None)
    if benchmark is None:
        yield LeftOut(path, "", "is not named samples_TASK_DATE.jsonl, so the task is not known; give --benchmark")
        return
    version = string_in(results.get("lm_eval_version"))
    if version:
        yield WrittenBy("lm_eval", version)
    for number, sample in numbered_foreign_objects(path):
        if isinstance(sample, Unreadable):
            yield LeftOut(path, f"line {number}", str(sample))
        else:
            yield from sample_found(path, f"line {number}", sample, (model, benchmark), wanted)


def _results_beside(path: Path, date: str) -> Mapping[str, Any]:
    """The results that the same run wrote beside its samples; nothing where there is no one such file."""
    found = sorted(path.parent.glob(f"*_{date}.json"))
    try:
        return document(found[0]) if len(found) == 1 else {}
    except (Unreadable, UserError):
        return {}


def _model_name(results: Mapping[str, Any]) -> str:
    name = results.get("model_name")
    if not isinstance(name, str):
        raise Unreadable("no results_DATE.json of the same run beside it names the model; give --model")
    provider, slash, rest = name.partition("/")
    if not (provider and slash and rest) or name.startswith(_PATH_LIKE) or "\\" in name:
        raise Unreadable(f"expected PROVIDER/NAME in the results beside it, found {quoted(name)}; give --model")
    return name


def sample_found(
    path: Path, where: str, sample: Mapping[str, Any], model_and_benchmark: tuple[str, str], wanted: Wanted
) -> Iterator[Found]:
    """The responses in a sample, one a repeat, and its item where items are wanted; or why there is none.

    A sample stands once for each filter of its task, with the same responses: the caller keeps one of those.
    """
    item_id = _item_id(sample, wanted)
    if item_id is None:
        field = f"doc.{wanted.id_field}" if wanted.id_field else "doc_id"
        yield LeftOut(path, where, "expected a text or an integer", field)
        return
    where = f"{where} ({quoted(item_id)})"
    request = _request(sample)
    if isinstance(request, str):
        yield LeftOut(path, where, request, "arguments")
        return
    prompt, settings = request
    replies = sample.get("resps")
    texts = replies[0] if isinstance(replies, list) and len(replies) == 1 else None
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        yield LeftOut(path, where, "expected the texts of one request", "resps")
        return
    if wanted.items:
        yield _item(path, where, item_id, prompt, sample, wanted)
    asked = _messages(prompt)
    model, benchmark = model_and_benchmark
    for run, text in enumerate(texts):
        value = {"model": model, "benchmark": benchmark, "item_id": item_id, "run": run, "response": text}
        beside = {"messages": asked, "prompt": None if asked else prompt, "params": plain_settings(settings) or None}
        yield response_from(path, where, {**value, **beside})


def _item_id(sample: Mapping[str, Any], wanted: Wanted) -> str | None:
    found = object_in(sample.get("doc")).get(wanted.id_field) if wanted.id_field else sample.get("doc_id")
    if whole_number(found) is not None:
        return str(found)
    return found if isinstance(found, str) and found.strip() else None


def _request(sample: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | str:
    """The prompt and the settings of the one request that asked for a text, or why there is none."""
    requests = object_in(sample.get("arguments"))
    first = object_in(requests.get("gen_args_0"))
    prompt, settings = first.get("arg_0"), first.get("arg_1")
    if isinstance(prompt, str) and not isinstance(settings, dict):
        return "is a task of log likelihoods: the model wrote no text that could be a response"
    if not isinstance(prompt, str) or not isinstance(settings, dict):
        return "expected gen_args_0 with a prompt and its settings"
    if len(requests) > 1:
        return f"expected one request for a text, found {len(requests)}"
    return prompt, settings


def _messages(prompt: str) -> list[dict[str, str]] | None:
    """The chat messages that a prompt is when it was sent to a chat API; None for plain text."""
    try:
        value = json.loads(prompt) if prompt.startswith("[{") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list) or not value:
        return None
    told = [object_in(message) for message in value]
    if not all(message.get("role") in ROLES and isinstance(message.get("content"), str) for message in told):
        return None
    return [{"role": message["role"], "content": message["content"]} for message in told]


def _item(path: Path, where: str, item_id: str, prompt: str, sample: Mapping[str, Any], wanted: Wanted) -> Found:
    """The item that a sample asks: the prompt as it was sent, and the target or the named field of its document."""
    document_fields = object_in(sample.get("doc"))
    expected = document_fields.get(wanted.expected_field) if wanted.expected_field else sample.get("target")
    category = document_fields.get("category")
    return item_from(
        path,
        where,
        {
            "id": item_id,
            "task": wanted.task,
            "prompt": _messages(prompt) or prompt,
            "expected": str(expected) if whole_number(expected) is not None else expected,
            "answer_type": wanted.answer_type,
            "choices": document_fields.get("choices") if wanted.answer_type == "choice" else None,
            "category": category if isinstance(category, str) else None,
        },
    )
