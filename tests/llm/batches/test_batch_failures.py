"""`--batch` where requests, follow-ups, whole batches, keys or records fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.llm.batches.batch_server import FOLLOW_UP, BatchServer, serving_batches
from tests.llm.batches.cases import (
    STEP,
    Run,
    assert_no_key,
    batches,
    each,
    environment,
    errors,
    flags,
    stored,
)
from tests.llm.providers import KEY
from utils.errors import UserError


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
