"""`--batch`, as a user runs it, against each batch API: paid once, kept whole, gone on with after a crash."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.batch_openai import OpenAIBatches
from llm.batching import Limits, json_line, split
from llm.clients import open_batch_clients
from llm.keys import Secret
from llm.model_file import KEY_VARIABLES as VARIABLES
from runners.auto_run_async import main
from tests.conftest import Start
from tests.llm.batch_server import FOLLOW_UP, BatchServer, serving_batches
from tests.llm.http_server import Answer, serving
from tests.llm.providers import KEY, MESSAGES, PARAMS, PROVIDERS, ask
from tests.runners.answering import read_lines, safety_items, submission, write_lines
from utils.cli import run_stage as run_stage_main
from utils.errors import UserError

Run = Callable[..., "subprocess.CompletedProcess[str]"]

KEY_VARIABLES = tuple(VARIABLES.values())
STEP = "runners.auto_run_async"
# A model of each provider whose batch price the model file knows.
MODELS = {
    "openai": "openai/gpt-6-luna",
    "anthropic": "anthropic/claude-haiku-4-5",
    "google": "google/gemini-3.5-flash-lite",
}
VERSIONS = {"openai": "/v1", "anthropic": "", "google": ""}
PRICE = """
[models."{model}"]
accepts = ["temperature"]
[models."{model}".price]
input = 1.0
output = 4.0
batch_input = 0.5
batch_output = 2.0
"""

each = pytest.mark.parametrize("provider", list(MODELS))


@pytest.fixture
def run_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the step in this process, where the SDKs are loaded only once."""

    def run(_: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        for name in (*KEY_VARIABLES, "GOOGLE_SDK"):
            monkeypatch.setenv(name, variables.pop(name, ""))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            run_stage_main(lambda _: main([*arguments, "--root", str(tmp_path)]))
        told = capfd.readouterr()
        code = ended.value.code
        return subprocess.CompletedProcess(arguments, code if isinstance(code, int) else -1, told.out, told.err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lines(tmp_path / "benchmarks" / "small.jsonl", safety_items(2))
    (tmp_path / "models.toml").write_text("".join(PRICE.format(model=model) for model in MODELS.values()))
    return tmp_path


def flags(folder: Path, provider: str, *more: str) -> list[str]:
    return [
        "--batch", "--poll", "0.01", "--models", MODELS[provider], "--items", "4", "--runs", "2",
        "--benchmarks-dir", str(folder / "benchmarks"), "--models-file", str(folder / "models.toml"), *more,
    ]  # fmt: skip


def environment(server: BatchServer) -> dict[str, str]:
    name = server.provider.upper()
    return {f"{name}_API_KEY": KEY, f"{name}_BASE_URL": server.address + VERSIONS[server.provider]}


def batches(folder: Path, provider: str) -> Path:
    return submission(folder, MODELS[provider], "small").with_name("batches.json")


def stored(folder: Path, provider: str) -> list[dict[str, Any]]:
    path = submission(folder, MODELS[provider], "small")
    return read_lines(path) if path.exists() else []


def errors(folder: Path, provider: str) -> list[dict[str, Any]]:
    path = submission(folder, MODELS[provider], "small").with_name("small.errors.jsonl")
    return read_lines(path) if path.exists() else []


def assert_no_key(folder: Path, *outputs: str) -> None:
    for path in folder.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert all(KEY not in output for output in outputs)


def assert_all_answered_once(folder: Path, server: BatchServer, *, follow_up: bool) -> None:
    lines = stored(folder, server.provider)
    assert len({(line["item_id"], line["run"]) for line in lines}) == len(lines) == 8
    for line in lines:
        assert line["response"] == f"Reply to {line['messages'][-1]['content']}"  # its own, whatever the order
        assert line["confidence_response"] == ("80" if follow_up else None)
    # Each prompt is asked in two runs; each is paid once, and once more for its follow-up.
    assert set(server.paid.values()) == {2}
    assert len(server.paid) == (8 if follow_up else 4)
    assert not batches(folder, server.provider).exists()


@each
@pytest.mark.parametrize("confidence", ["none", "followup"])
def test_replies_are_kept_as_those_asked_one_by_one_are_at_the_prices_of_a_batch(
    provider: str, confidence: str, folder: Path, run_stage: Run
) -> None:
    with serving_batches(BatchServer(provider)) as server:
        run = run_stage(STEP, *flags(folder, provider, "--confidence", confidence), **environment(server))
        assert run.returncode == 0, run.stderr
        calls = len(server.seen)
        again = run_stage(STEP, *flags(folder, provider, "--confidence", confidence), **environment(server))
        assert again.returncode == 0
        assert len(server.seen) == calls
    assert_all_answered_once(folder, server, follow_up=confidence == "followup")
    turns = 2 if confidence == "followup" else 1
    for line in stored(folder, provider):
        assert line["cost_usd"] == pytest.approx(turns * (12 * 0.5 + 3 * 2.0) / 1e6)
        assert (line["latency_s"], line["attempts"], line["finish_reason"]) == (None, 1, "stop")
        assert line["usage"]["output_tokens"] == 3
        assert line["served_model"] == "m-2026-01-01"
        assert line["params"] == {"temperature": 0.7, "max_tokens": 1024}
    assert_no_key(folder, run.stdout, run.stderr)


@each
def test_a_record_has_the_fields_and_the_fingerprint_of_one_that_was_asked_alone(
    provider: str, folder: Path, run_stage: Run
) -> None:
    with serving_batches(BatchServer(provider)) as server:
        run_stage(STEP, *flags(folder, provider), **environment(server))
        alone = [flag for flag in flags(folder, provider) if flag != "--batch"]
        run = run_stage(STEP, *alone, **environment(server))
    assert "Everything is answered already" in run.stdout


@each
def test_a_kill_while_a_batch_is_sent_pays_nothing_twice(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider, hold=threading.Event())) as server:
        process = start_stage(STEP, *flags(folder, provider), **environment(server))
        assert server.created.wait(60)
        process.kill()
        process.communicate()
        record = json.loads(batches(folder, provider).read_text())
        assert [batch["status"] for batch in record["batches"]] == ["submitting"]
        assert server.hold is not None
        server.hold.set()
        run = run_stage(STEP, *flags(folder, provider), **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up=True)


@each
def test_a_kill_while_a_batch_is_at_work_pays_nothing_twice(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider, running=True)) as server:
        kill_when_submitted(folder, server, start_stage, "reply")
        server.running = False
        run = run_stage(STEP, *flags(folder, provider), **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up=True)


@each
def test_a_kill_between_the_replies_and_their_follow_ups_loses_no_reply(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider)) as server:
        server.follow_ups_running = True
        kill_when_submitted(folder, server, start_stage, "followup")
        assert stored(folder, provider) == []
        server.follow_ups_running = False
        run = run_stage(STEP, *flags(folder, provider), **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up=True)


@each
def test_a_crash_after_the_responses_were_kept_but_not_the_record_keeps_each_once(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider, running=True)) as server:
        arguments = flags(folder, provider, "--confidence", "none")
        kill_when_submitted(folder, server, start_stage, "reply", "--confidence", "none")
        record, server.running = batches(folder, provider).read_bytes(), False
        run_stage(STEP, *arguments, **environment(server))
        kept = submission(folder, MODELS[provider], "small")
        kept.write_bytes(b"".join(kept.read_bytes().splitlines(keepends=True)[:5]))
        batches(folder, provider).write_bytes(record)  # as the crash would have left them
        run = run_stage(STEP, *arguments, **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up=False)


@each
def test_a_batch_whose_creation_broke_off_is_looked_for_before_it_is_sent_again(
    provider: str, folder: Path, run_stage: Run
) -> None:
    with serving_batches(BatchServer(provider, cut_creations=1)) as server:
        run = run_stage(STEP, *flags(folder, provider, "--confidence", "none"), **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up=False)


@each
def test_a_request_that_fails_or_expires_is_told_and_asked_again_by_the_next_run(
    provider: str, folder: Path, run_stage: Run
) -> None:
    fates = {"harm person 0": "error", "help person 0": "expired", "harm person 1": "missing"}

    def fate(prompt: str, _: bool) -> str:
        return next((fate for words, fate in fates.items() if words in prompt), "good")

    with serving_batches(BatchServer(provider, fate)) as server:
        run = run_stage(STEP, *flags(folder, provider, "--confidence", "none"), **environment(server))
        assert run.returncode == 1, run.stderr
        assert "6 failed" in run.stdout
        assert len(stored(folder, provider)) == 2
        bad = [line for line in errors(folder, provider) if line["item_id"] == "s000-refuse"]
        assert [(line["error_class"], line["status"], line["message"]) for line in bad] == [
            ("bad_request", 400, "bad parameter")
        ] * 2
        assert len(errors(folder, provider)) == 6
        server.fate = lambda _, __: "good"
        again = run_stage(STEP, *flags(folder, provider, "--confidence", "none"), **environment(server))
    assert again.returncode == 0, again.stderr
    assert len(stored(folder, provider)) == 8
    assert sum(server.paid.values()) == 8 + 6


@each
@pytest.mark.parametrize("whole", ["expired", "failed"])
def test_a_batch_that_comes_to_nothing_is_asked_again_by_the_next_run(
    provider: str, whole: str, folder: Path, run_stage: Run
) -> None:
    if (provider, whole) == ("anthropic", "failed"):
        pytest.skip("Anthropic's batches do not fail as a whole")
    with serving_batches(BatchServer(provider, whole=whole)) as server:
        run = run_stage(STEP, *flags(folder, provider, "--confidence", "none"), **environment(server))
        assert run.returncode == 1, run.stderr
        assert "8 failed" in run.stdout
        assert stored(folder, provider) == []
        server.whole = "completed"
        again = run_stage(STEP, *flags(folder, provider, "--confidence", "none"), **environment(server))
    assert again.returncode == 0, again.stderr
    assert len(stored(folder, provider)) == 8


@each
def test_follow_ups_that_expire_are_asked_again_without_paying_for_the_replies_again(
    provider: str, folder: Path, run_stage: Run
) -> None:
    with serving_batches(BatchServer(provider, lambda _, follow_up: "missing" if follow_up else "good")) as server:
        run = run_stage(STEP, *flags(folder, provider), **environment(server))
        assert run.returncode == 1, run.stderr
        assert "8 in batches" in run.stdout
        assert stored(folder, provider) == []
        server.fate = lambda _, __: "good"
        again = run_stage(STEP, *flags(folder, provider), **environment(server))
    assert again.returncode == 0, again.stderr
    assert all(line["confidence_response"] == "80" for line in stored(folder, provider))
    assert {count for text, count in server.paid.items() if FOLLOW_UP not in text} == {2}


@each
def test_a_follow_up_that_is_refused_does_not_lose_its_reply(provider: str, folder: Path, run_stage: Run) -> None:
    with serving_batches(BatchServer(provider, lambda _, follow_up: "error" if follow_up else "good")) as server:
        run = run_stage(STEP, *flags(folder, provider), **environment(server))
    assert run.returncode == 0, run.stderr
    assert [line["confidence_response"] for line in stored(folder, provider)] == [None] * 8


@each
def test_results_that_answer_nothing_asked_are_told_and_left_out(provider: str, folder: Path, run_stage: Run) -> None:
    field = "key" if provider == "google" else "custom_id"

    def spoil(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        strange = json.loads(lines[0])
        strange[field] = "somebody-else"
        nameless = {name: value for name, value in strange.items() if name != field}
        torn, deep = b'{"custom_id": "x', b"[" * 100_000
        odd = [b"null", b"[]", b'{"custom_id": ["x"], "key": {}}', deep, torn]
        own = json.loads(lines[1])
        own = {field: own[field], "response": [1], "result": 7, "error": None}
        extra = [json.dumps(value).encode() for value in (strange, nameless)] + odd
        return b"\n".join([lines[0], lines[0], json.dumps(own).encode(), *lines[1:], *extra])

    with serving_batches(BatchServer(provider, spoil=spoil)) as server:
        run = run_stage(STEP, *flags(folder, provider, "--confidence", "none"), **environment(server))
    assert run.returncode == 1
    assert "7 lines of its results answer no request" in run.stderr
    assert "2 lines of its results repeat a request" in run.stderr
    assert "Traceback" not in run.stderr
    assert len(stored(folder, provider)) == 7
    assert [line["error_class"] for line in errors(folder, provider)] == ["malformed_reply"]


@each
def test_a_refused_key_stops_the_model_in_one_line_and_leaves_no_trace(
    provider: str, folder: Path, run_stage: Run
) -> None:
    body = {"error": {"message": f"Incorrect API key provided: {KEY}", "type": "authentication_error"}}
    with serving_batches(BatchServer(provider, refusal=(401, body))) as server:
        run = run_stage(STEP, *flags(folder, provider), **environment(server))
    assert run.returncode == 1
    assert f"check {provider.upper()}_API_KEY" in run.stdout
    assert not batches(folder, provider).exists()
    assert_no_key(folder, run.stdout, run.stderr)


@each
def test_a_refused_key_while_batches_are_at_work_leaves_them_on_record(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider, running=True)) as server:
        kill_when_submitted(folder, server, start_stage, "reply")
        server.refusal = (401, {"error": {"message": f"no {KEY}"}})
        refused = run_stage(STEP, *flags(folder, provider), **environment(server))
        assert refused.returncode == 1
        assert "8 in batches" in refused.stdout
        server.refusal, server.running = (404, {"error": {"message": "no such batch"}}), False
        unknown = run_stage(STEP, *flags(folder, provider), **environment(server))
        assert unknown.returncode == 1
        assert "knows no such batch" in unknown.stderr
        server.refusal = None
        run = run_stage(STEP, *flags(folder, provider), **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up=True)
    assert_no_key(folder, refused.stdout, refused.stderr, run.stderr)


@each
def test_ctrl_c_leaves_the_batches_at_work_and_says_how_to_go_on(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider, running=True)) as server:
        process = start_stage(STEP, *flags(folder, provider), **environment(server))
        wait_until_submitted(folder, provider, "reply")
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "8 in batches" in told
        assert "Run the same command again" in told
        alone = [flag for flag in flags(folder, provider) if flag != "--batch"]
        other = run_stage(STEP, *alone, **environment(server))
        assert other.returncode == 1
        assert "add --batch to go on" in other.stderr
        changed = run_stage(STEP, *flags(folder, provider, "--temperature", "0.1"), **environment(server))
        assert changed.returncode == 2
        assert "in batches with another prompt" in changed.stderr
        server.running = False
        run = run_stage(STEP, *flags(folder, provider), **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up=True)


def test_models_without_a_batch_api_are_told_and_the_others_go_on(folder: Path, run_stage: Run) -> None:
    with serving_batches(BatchServer("openai")) as server:
        arguments = flags(folder, "openai", "--confidence", "none")
        arguments[arguments.index("--models") + 1 : arguments.index("--models") + 2] = [MODELS["openai"], "xai/grok"]
        run = run_stage(STEP, *arguments, **environment(server), XAI_API_KEY=KEY)
    assert run.returncode == 1
    assert "xai/grok is not asked" in run.stderr
    assert len(stored(folder, "openai")) == 8


def test_a_dry_run_shows_the_prices_of_a_batch_and_sends_nothing(folder: Path, run_stage: Run) -> None:
    with serving_batches(BatchServer("openai")) as server:
        arguments = flags(folder, "openai", "--dry-run")
        batch = run_stage(STEP, *arguments, **environment(server))
        alone = run_stage(STEP, *(flag for flag in arguments if flag != "--batch"), **environment(server))
    assert server.seen == []
    assert "at the prices of batches" in batch.stdout
    costs = [float(run.stdout.rpartition("~")[2].split()[0]) for run in (batch, alone)]
    assert costs[0] == pytest.approx(costs[1] / 2, rel=0.02)


def test_what_is_sent_stays_within_the_limit_at_its_worst(folder: Path, run_stage: Run) -> None:
    # One request can cost at most (about 160 bytes at 0.5 and 1024 tokens at 2.0) / 1e6, so 0.0065 is enough for three.
    with serving_batches(BatchServer("openai")) as server:
        arguments = flags(folder, "openai", "--confidence", "none", "--max-cost", "0.0065")
        run = run_stage(STEP, *arguments, **environment(server))
    assert run.returncode == 1
    assert len(stored(folder, "openai")) == 3 == sum(server.paid.values())
    assert "could be passed" in run.stdout


def test_an_unknown_batch_price_is_an_unknown_cost(folder: Path, run_stage: Run) -> None:
    (folder / "models.toml").write_text('[models."openai/gpt-6-luna".price]\ninput = 1\noutput = 2\n')
    with serving_batches(BatchServer("openai")) as server:
        run = run_stage(STEP, *flags(folder, "openai"), **environment(server))
        limited = run_stage(STEP, *flags(folder, "openai", "--max-cost", "1"), **environment(server))
    assert run.returncode == 0
    assert [line["cost_usd"] for line in stored(folder, "openai")] == [None] * 8
    assert "price unknown" in run.stdout
    assert limited.returncode == 2


def test_more_requests_than_one_batch_takes_go_in_several(
    folder: Path, run_stage: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAIBatches, "limits", Limits(requests=3, bytes=10**6))
    with serving_batches(BatchServer("openai")) as server:
        run = run_stage(STEP, *flags(folder, "openai"), **environment(server))
    assert run.returncode == 0, run.stderr
    assert_all_answered_once(folder, server, follow_up=True)
    assert max(len(batch.requests) for batch in server.batches.values()) == 3
    assert len(server.batches) == 3 + 3


def test_what_is_not_found_long_after_it_was_sent_is_asked_again(
    folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer("openai", running=True)) as server:
        kill_when_submitted(folder, server, start_stage, "reply")
        record = json.loads(batches(folder, "openai").read_text())
        record["batches"][0] |= {"id": "batch_gone", "submitted_at": "2025-01-01T00:00:00+00:00"}
        batches(folder, "openai").write_text(json.dumps(record))
        run = run_stage(STEP, *flags(folder, "openai"), **environment(server))
        assert run.returncode == 1
        assert "no longer keeps it" in run.stderr
        assert len(errors(folder, "openai")) == 8
        server.running = False
        assert run_stage(STEP, *flags(folder, "openai"), **environment(server)).returncode == 0
    assert len(stored(folder, "openai")) == 8


def test_replace_gives_up_what_is_in_batches_for_other_flags(folder: Path, run_stage: Run, start_stage: Start) -> None:
    with serving_batches(BatchServer("openai", running=True)) as server:
        kill_when_submitted(folder, server, start_stage, "reply")
        server.running = False
        other = flags(folder, "openai", "--temperature", "0.1", "--replace")
        run = run_stage(STEP, *other, **environment(server))
    assert run.returncode == 0, run.stderr
    assert {line["params"]["temperature"] for line in stored(folder, "openai")} == {0.1}
    assert not batches(folder, "openai").exists()


def test_fewer_runs_go_on_with_theirs_and_leave_the_others_on_record(
    folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer("openai", running=True)) as server:
        kill_when_submitted(folder, server, start_stage, "reply")
        server.running = False
        fewer = [flag if flag != "2" else "1" for flag in flags(folder, "openai")]
        run = run_stage(STEP, *fewer, **environment(server))
        assert run.returncode == 0, run.stderr
        assert {line["run"] for line in stored(folder, "openai")} == {0}
        assert "4 requests that were sent with other flags are left" in run.stderr
        again = run_stage(STEP, *flags(folder, "openai"), **environment(server))
    assert again.returncode == 0, again.stderr
    lines = stored(folder, "openai")
    assert len({(line["item_id"], line["run"]) for line in lines}) == len(lines) == 8
    assert {count for text, count in server.paid.items() if FOLLOW_UP not in text} == {2}


def test_a_record_of_batches_that_cannot_be_read_stops_before_anything_is_sent(folder: Path, run_stage: Run) -> None:
    path = batches(folder, "openai")
    path.parent.mkdir(parents=True)
    with serving_batches(BatchServer("openai")) as server:
        for content in (
            b"",
            b"[]",
            b'{"batches": [{}]}',
            b'{"batches": 3}',
            b"\xff",
            b"[" * 200_000,
            b'{"batches": [7]}',
        ):
            path.write_bytes(content)
            run = run_stage(STEP, *flags(folder, "openai"), **environment(server))
            assert run.returncode == 2
            assert "cannot be read as a record of batches" in run.stderr
    assert server.seen == []


def test_a_record_of_batches_that_cannot_be_written_stops_before_anything_is_sent(
    folder: Path, run_stage: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise UserError("batches.json: cannot be written (No space left on device)")

    monkeypatch.setattr("llm.model_batches.write_batches", full)
    with serving_batches(BatchServer("openai")) as server:
        run = run_stage(STEP, *flags(folder, "openai"), **environment(server))
    assert run.returncode == 2
    assert "error: batches.json: cannot be written (No space left on device)" in run.stderr
    assert server.seen == []


@each
def test_a_request_in_a_batch_is_what_the_client_would_send_alone(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = next(found for found in PROVIDERS if found.name == provider)
    params = {**PARAMS, "reasoning_effort": "low"}
    with serving(lambda _: Answer(alone.good("Four."))) as (url, received):
        ask(alone, url, monkeypatch, **params)
    client = open_batch_clients([provider], {provider: Secret(KEY)}, 1)[provider]
    line = client.line(alone.model, "id", MESSAGES, params, 7)
    sent = received[0].body
    if provider == "google":  # the SDK writes the same in another spelling
        sent["systemInstruction"].pop("role")
        thinking = sent["generationConfig"]["thinkingConfig"]
        sent["generationConfig"]["thinkingConfig"] = {
            "includeThoughts": thinking["include_thoughts"], "thinkingLevel": thinking["thinking_level"]
        }  # fmt: skip
    assert line[{"openai": "body", "anthropic": "params", "google": "request"}[provider]] == sent
    assert KEY not in f"{client!r} {vars(client)}"


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 5), st.integers(60, 200))
def test_batches_hold_every_line_once_in_order_and_pass_no_limit(sizes: list[int], most: int, size: int) -> None:
    lines = [{"x": "y" * n} for n in sizes]
    groups = list(split(lines, Limits(most, size)))
    assert [number for group in groups for number in group] == list(range(len(lines)))
    for group in groups:
        assert 1 <= len(group) <= most
        assert sum(len(json_line(lines[number])) for number in group) <= size


def wait_until_submitted(folder: Path, provider: str, phase: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if batches(folder, provider).exists():
            record = json.loads(batches(folder, provider).read_text())["batches"]
            if any((batch["phase"], batch["status"]) == (phase, "submitted") for batch in record):
                return
        time.sleep(0.01)
    raise AssertionError("nothing was submitted")


def kill_when_submitted(folder: Path, server: BatchServer, start_stage: Start, phase: str, *more: str) -> None:
    process = start_stage(STEP, *flags(folder, server.provider, *more), **environment(server))
    try:
        wait_until_submitted(folder, server.provider, phase)
    finally:
        process.kill()
        process.communicate()
