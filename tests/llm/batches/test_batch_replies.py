"""`--batch`, as a user runs it, against each batch API: what is kept, at which price, and how it is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.batch_openai import OpenAIBatches
from llm.batching import Limits, json_line, split
from llm.clients import open_batch_clients
from llm.keys import Secret
from tests.llm.batches.batch_server import BatchServer, serving_batches
from tests.llm.batches.cases import (
    MODELS,
    STEP,
    Run,
    assert_all_answered_once,
    assert_no_key,
    each,
    environment,
    flags,
    run_to_the_end,
    stored,
)
from tests.llm.http_server import Answer, serving
from tests.llm.providers import KEY, MESSAGES, PARAMS, PROVIDERS, ask


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
        run_to_the_end(folder, server, run_stage)
    assert max(len(batch.requests) for batch in server.batches.values()) == 3
    assert len(server.batches) == 3 + 3


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
