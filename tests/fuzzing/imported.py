"""Files of other programs: Inspect AI, lm-evaluation-harness, OpenAI's Batch API, CSV, and our own lines."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from runners.importing import csv_table, inspect_log, lm_eval_samples, openai_batch, trustbench_lines
from runners.importing.found import FoundItem, LeftOut, Wanted, told
from tests.fuzzing.submissions import response_seeds
from tests.fuzzing.target import Target, written
from tests.runners.importing.real_logs import CHOICE, EVAL, JSON_LOG, LOGS, SCRIPTED, Reader, eval_members
from tests.runners.importing.test_openai_batch import output, request, responses_output
from utils.items import parse_item
from utils.jsonl import object_line, parse_object
from utils.responses import Response, parse_response

ITEMS = Wanted(items=True, task="reasoning", answer_type="text")
_WHOLE = 60_000  # bytes of a seed; a longer log is cut to its first sample


def check_inspect_json(data: bytes) -> None:
    """A log of Inspect AI in JSON."""
    _check(inspect_log.read, written("log.json", data), ITEMS)


def check_inspect_archive(data: bytes) -> None:
    """A log of Inspect AI as an archive, damaged in any way."""
    _check(inspect_log.read, written("log.eval", b"PK\x03\x04" + data[4:]), ITEMS)


def check_inspect_members(data: bytes) -> None:
    """A sound archive whose members hold anything: the bytes are the object of its members by name."""
    try:
        members = json.loads(data)
        with zipfile.ZipFile(archive := BytesIO(), "w") as packed:
            for name, value in members.items():
                packed.writestr(name, json.dumps(value))
    except (ValueError, AttributeError, IndexError, RecursionError, zipfile.LargeZipFile):
        return  # no description of an archive
    _check(inspect_log.read, written("members.eval", archive.getvalue()), ITEMS)


def check_lm_eval(data: bytes) -> None:
    """Samples of lm-evaluation-harness, and the same bytes as the results beside them."""
    name = "samples_reasoning_2026-11-23T15-09-27.124388.jsonl"
    written("lm_eval/results_2026-11-23T15-09-27.124388.json", data)
    path = written(f"lm_eval/{name}", data)
    _check(lm_eval_samples.read, path, ITEMS)
    _check(lm_eval_samples.read, path, Wanted(model="a/b", benchmark="c", items=True, task="safety", id_field="id"))


def check_batch(data: bytes) -> None:
    """Output of OpenAI's Batch API, alone and with the same bytes as its requests."""
    path = written("batch.jsonl", data)
    _check(openai_batch.read, path, Wanted())
    _check(openai_batch.read, path, Wanted(model="a/b", requests=path))


def check_csv(data: bytes) -> None:
    """A table of responses in CSV."""
    path = written("responses.csv", data)
    _check(csv_table.read, path, Wanted())
    _check(csv_table.read, path, Wanted(model="a/b", benchmark="c", run=0, columns={"response": "output"}))


def check_own_lines(data: bytes) -> None:
    """Lines of our own form from somewhere else."""
    _check(trustbench_lines.read, written("own.jsonl", data), Wanted())


def _check(read: Reader, path: Path, wanted: Wanted) -> None:
    """Each response and item is one that a reader of the written line gets back; all else has a line to tell."""
    found = list(read(path, wanted))
    assert [str(each) for each in found] == [str(each) for each in read(path, wanted)]
    for each in found:
        if isinstance(each, Response):
            line = parse_object(object_line(each.raw), path, 1)
            assert isinstance(line, dict), f"{line}"
            assert parse_response(line, path, 1).raw == each.raw
        elif isinstance(each, FoundItem):
            line = parse_object(object_line(dict(each.value)), path, 1)
            assert isinstance(line, dict), f"{line}"
            assert parse_item(line, path, 1) == each.item
    lines = told(each for each in found if isinstance(each, LeftOut))
    assert all(line.strip() and "\n" not in line for line in lines), lines


def inspect_seeds() -> Iterator[bytes]:
    log = json.loads(JSON_LOG.read_text(encoding="utf-8"))
    yield json.dumps({**log, "samples": [{**sample, "events": []} for sample in log["samples"][:2]]}).encode()


def archive_seeds() -> Iterator[bytes]:
    members = eval_members()
    few = {name: members[name] for name in ("header.json", "samples/reasoning-003_epoch_2.json")}
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        with zipfile.ZipFile(archive := BytesIO(), "w", method) as packed:
            for name, value in few.items():
                packed.writestr(name, json.dumps(value))
        yield archive.getvalue()
    if EVAL.stat().st_size <= _WHOLE:
        yield EVAL.read_bytes()


def member_seeds() -> Iterator[bytes]:
    members = eval_members()
    sample = {**members["samples/reasoning-003_epoch_2.json"], "events": []}
    yield json.dumps({"header.json": members["header.json"], "samples/a_epoch_1.json": sample}).encode()


def lm_eval_seeds() -> Iterator[bytes]:
    for path in (SCRIPTED, CHOICE):
        yield b"\n".join(path.read_bytes().splitlines()[:2])
    yield next((LOGS / "lm_eval_scripted").glob("results_*.json")).read_bytes()


def batch_seeds() -> Iterator[bytes]:
    yield object_line(output("s/a/0")) + object_line(request("s/a/0"))
    yield object_line(responses_output("s/b/1")) + object_line(output("s/c/2", choices=[]))


def csv_seeds() -> Iterator[bytes]:
    yield (
        b"model,benchmark,item_id,run,response,seed,cost_usd,latency_s,messages,params,input_tokens,output_tokens\n"
        b'a/b,c,x,0,"Hello, you",1,0.5,1e0,"[{""role"":""user"",""content"":""Hi""}]","{""top_p"":1}",3,5\n'
    )
    yield b"item_id,output,finish_reason\nx,Answer: 7,stop\n"


_FIELDS = ['"samples"', '"epoch"', '"choices"', '"completion"', '"custom_id"', '"resps"', '"arguments"', "\\ud800"]
_CSV = ['"', ",", "\r\n", "model", "run", "response", "nan", "inf", "1_0", "٣", "[{", "1e999", "-"]
TARGETS = (
    Target("inspect_json", check_inspect_json, inspect_seeds, _FIELDS, is_json=True, longest=_WHOLE),
    Target("inspect_members", check_inspect_members, member_seeds, _FIELDS, is_json=True, longest=_WHOLE),
    Target("inspect_archive", check_inspect_archive, archive_seeds, ["PK\x01\x02", "PK\x05\x06"], longest=_WHOLE),
    Target("lm_eval", check_lm_eval, lm_eval_seeds, _FIELDS, is_json=True, longest=20_000),
    Target("openai_batch", check_batch, batch_seeds, _FIELDS, is_json=True, longest=8192),
    Target("csv_responses", check_csv, csv_seeds, _CSV),
    Target("own_lines", check_own_lines, response_seeds, _FIELDS, is_json=True),
)
