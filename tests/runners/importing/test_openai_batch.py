from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runners.importing import custom_ids
from runners.importing.custom_ids import check_pattern, matched
from runners.importing.found import Found, Wanted
from runners.importing.openai_batch import read
from tests.runners.answering import write_lines
from tests.runners.importing.real_logs import left_out, responses
from utils.errors import UserError

PATTERN = r"(?P<item_id>.+)-run(?P<run>[0-9]+)"


def output(custom_id: Any, **more: Any) -> dict[str, Any]:
    """A line as OpenAI's guide to its Batch API shows it."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1764000000,
        "model": "gpt-4.1-2025-04-14",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello.", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 22, "completion_tokens": 2, "total_tokens": 24},
        "system_fingerprint": "fp_1",
    }
    response = {"status_code": 200, "request_id": "req_1", "body": {**body, **more}}
    return {"id": "batch_req_1", "custom_id": custom_id, "response": response, "error": None}


def request(custom_id: str, **more: Any) -> dict[str, Any]:
    """A request of the same batch."""
    body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5, "seed": 3}
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": {**body, **more}}


def found(folder: Path, *lines: dict[str, Any], **wanted: Any) -> list[Found]:
    """What is found in an output file of these lines."""
    return list(read(write_lines(folder / "output.jsonl", lines), Wanted(**wanted)))


def test_a_custom_id_says_benchmark_item_and_run(tmp_path: Path) -> None:
    (response,) = responses(iter(found(tmp_path, output("safety/a/b/2"))))
    assert response.key == ("openai/gpt-4.1-2025-04-14", "safety", "a/b", 2)
    assert response.raw["usage"] == {"input_tokens": 22, "output_tokens": 2}
    assert response.raw["finish_reason"] == "stop"
    assert response.raw["created_at"] == "2025-11-24T16:00:00Z"
    assert response.raw["response_id"] == "chatcmpl-1"


def test_the_requests_say_what_was_sent_and_under_which_name(tmp_path: Path) -> None:
    asked = write_lines(tmp_path / "input.jsonl", [request("s/a/0"), request("s/b/0"), request("s/b/0", seed=4)])
    got = found(tmp_path, output("s/a/0"), output("s/b/0"), requests=asked)
    (response,) = responses(iter(got))
    assert response.model == "openai/gpt-4.1"
    assert response.raw["messages"] == [{"role": "user", "content": "Hi"}]
    assert response.raw["params"] == {"temperature": 0.5}
    assert response.raw["seed"] == 3
    assert response.raw["served_model"] == "gpt-4.1-2025-04-14"
    assert "no request in" in left_out(iter(got))[0].reason


def test_a_pattern_of_ones_own_and_flags_say_what_the_id_does_not(tmp_path: Path) -> None:
    got = found(tmp_path, output("q7-run12"), output("q8"), custom_id_pattern=PATTERN, benchmark="mine")
    (response,) = responses(iter(got))
    assert response.key[1:] == ("mine", "q7", 12)
    (problem,) = left_out(iter(got))
    assert problem.field == "custom_id"
    assert "'q8'" in problem.where


def test_a_pattern_that_runs_away_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_ids, "SECONDS", 1.0)
    with pytest.raises(UserError, match="takes too long"):
        matched(r"(?P<item_id>(a+)+)b", ["a" * 64])


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "no regular expression"),
        ("(?P<run>[0-9]+)", "item_id"),
        ("(?P<item_id>.+)", "--run"),
        (PATTERN + "(?P<x>)", "'x'"),
        ("x" * 501, "longer"),
    ],
)
def test_a_pattern_that_cannot_tell_what_an_id_means_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        check_pattern(pattern, ["benchmark"])


def test_ids_of_any_text_are_matched_as_a_whole() -> None:
    assert matched("(?P<item_id>.)", ["a", "ab", "\ud800", "", "\n"]) == [
        {"item_id": "a"},
        None,
        {"item_id": "\ud800"},
        None,
        None,
    ]


def test_a_request_that_failed_is_told_in_the_providers_words(tmp_path: Path) -> None:
    failed = output("s/a/0")
    failed["response"] = {"status_code": 400, "body": {"error": {"message": "bad\nthing", "code": "x"}}}
    expired = {"custom_id": "s/a/1", "response": None, "error": {"code": "batch_expired", "message": "too late"}}
    reasons = [each.reason for each in left_out(iter(found(tmp_path, failed, expired)))]
    assert reasons == ["the request failed with status 400: bad thing", "the request failed: too late"]


def test_a_refusal_is_a_response_and_further_choices_are_told(tmp_path: Path) -> None:
    refusal = {"message": {"content": None, "refusal": "I can't."}, "finish_reason": "stop"}
    got = found(tmp_path, output("s/a/0", choices=[refusal, refusal]))
    (response,) = responses(iter(got))
    assert (response.response, response.finish_reason) == ("I can't.", "refusal")
    assert "2 choices" in left_out(iter(got))[0].reason


@pytest.mark.parametrize("served", [None, "", "meta-llama/Llama-3", 3])
def test_a_model_whose_name_is_not_openais_is_not_guessed(tmp_path: Path, served: Any) -> None:
    (problem,) = left_out(iter(found(tmp_path, output("s/a/0", model=served))))
    assert "give --model" in problem.reason
    assert len(responses(iter(found(tmp_path, output("s/a/0", model=served), model="meta/llama")))) == 1


@pytest.mark.parametrize("custom_id", [None, 3, "", "s/a/x", "S/a/1", "s/a/" + "9" * 30, "x" * 2000])
def test_an_id_that_says_nothing_is_told(tmp_path: Path, custom_id: Any) -> None:
    got = found(tmp_path, output(custom_id))
    assert responses(iter(got)) == []
    assert len(left_out(iter(got))) == 1


def responses_output(custom_id: str, **more: Any) -> dict[str, Any]:
    """A line of a batch to /v1/responses, as OpenAI's reference shows the body."""
    text = {"type": "output_text", "text": "Four.", "annotations": [], "logprobs": [{"token": "F", "logprob": -0.1}]}
    body = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1764000000,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": "gpt-5-2026-01-01",
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Two and two."}]},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]},
        ],
        "usage": {
            "input_tokens": 9,
            "input_tokens_details": {"cached_tokens": 4},
            "output_tokens": 30,
            "output_tokens_details": {"reasoning_tokens": 25},
            "total_tokens": 39,
        },
    }
    return {"custom_id": custom_id, "response": {"status_code": 200, "body": {**body, **more}}, "error": None}


def test_the_responses_api_is_read_with_its_reasoning_apart(tmp_path: Path) -> None:
    body = {"model": "gpt-5", "instructions": "Be brief.", "input": "2+2?", "max_output_tokens": 64}
    asked = write_lines(tmp_path / "input.jsonl", [{"custom_id": "s/a/0", "body": body}])
    (response,) = responses(iter(found(tmp_path, responses_output("s/a/0"), requests=asked)))
    assert response.raw == {
        "model": "openai/gpt-5",
        "benchmark": "s",
        "item_id": "a",
        "run": 0,
        "response": "Four.",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"}],
        "params": {"max_output_tokens": 64},
        "finish_reason": "stop",
        "provider_finish_reason": "completed",
        "reasoning": "Two and two.",
        "logprobs": [{"token": "F", "logprob": -0.1}],
        "response_id": "resp_1",
        "served_model": "gpt-5-2026-01-01",
        "usage": {"input_tokens": 9, "output_tokens": 30, "reasoning_tokens": 25, "cached_tokens": 4},
        "created_at": "2025-11-24T16:00:00Z",
    }


@pytest.mark.parametrize(
    ("more", "finish_reason", "text"),
    [
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": []}, "length", ""),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter", "Four."),
        ({"status": "incomplete"}, "other", "Four."),
        ({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]}, "refusal", "No."),
    ],
)
def test_a_response_says_why_it_ended(tmp_path: Path, more: dict[str, Any], finish_reason: str, text: str) -> None:
    (response,) = responses(iter(found(tmp_path, responses_output("s/a/0", **more))))
    assert (response.finish_reason, response.response) == (finish_reason, text)


@pytest.mark.parametrize("more", [{"status": "failed"}, {"status": None}, {"output": []}, {"output": None}])
def test_a_response_without_a_message_is_told(tmp_path: Path, more: dict[str, Any]) -> None:
    (problem,) = left_out(iter(found(tmp_path, responses_output("s/a/0", **more))))
    assert problem.field == "response.body"
