from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from runners.importing.found import Wanted, WrittenBy
from runners.importing.inspect_log import read, sample_found
from tests.runners.importing.real_logs import (
    EVAL,
    JSON_LOG,
    eval_file,
    eval_members,
    items,
    left_out,
    responses,
)

FIRST = "samples/reasoning-001_epoch_1.json"


@pytest.fixture(scope="module")
def members() -> dict[str, Any]:
    return eval_members()


def changed(members: dict[str, Any], **fields: Any) -> list[Any]:
    """What is found in the first sample of the real log with these fields in place of its own."""
    return list(sample_found(EVAL, "sample", {**members[FIRST], **fields}, members["header.json"], Wanted()))


def test_each_finished_sample_of_a_real_log_is_a_response_and_its_epoch_the_run() -> None:
    keys = {response.key for response in responses(read(EVAL, Wanted()))}
    ids = ("reasoning-001", "reasoning-003", "reasoning-013", "reasoning-043")
    everything = {("mockllm/model", "reasoning", item_id, run) for item_id in ids for run in range(3)}
    assert keys == everything - {("mockllm/model", "reasoning", "reasoning-013", 2)}


def test_a_sample_that_ended_with_an_error_is_told_with_its_place_and_its_error() -> None:
    (problem,) = left_out(read(EVAL, Wanted()))
    assert problem.where == "sample 'reasoning-013' epoch 3"
    assert problem.field == "error"
    assert "the mock model is out of service" in problem.reason


def test_all_that_a_real_log_knows_of_a_response_is_kept() -> None:
    found = {response.key[2:]: response.raw for response in responses(read(EVAL, Wanted()))}
    thoughtful = found["reasoning-001", 0]
    assert thoughtful["response"] == "The answer is 252."
    assert thoughtful["reasoning"] == "Let me see: 14 * 18."
    assert thoughtful["usage"] == {"input_tokens": 43, "output_tokens": 12, "reasoning_tokens": 7, "cached_tokens": 3}
    assert thoughtful["params"] == {"max_tokens": 64, "temperature": 0.7}
    assert [message["role"] for message in thoughtful["messages"]] == ["system", "user"]
    assert thoughtful["served_model"] == "model-2026-11"
    assert thoughtful["latency_s"] > 0
    assert [token["logprob"] for token in found["reasoning-003", 1]["logprobs"]] == [-0.25] * 3
    assert found["reasoning-043", 0]["finish_reason"] == "length"
    assert found["reasoning-043", 0]["provider_finish_reason"] == "max_tokens"


def test_a_real_json_log_keeps_refusals_filters_and_line_ends() -> None:
    found = {response.key[2:]: response for response in responses(read(JSON_LOG, Wanted()))}
    assert len(found) == 4
    assert found["safety-001-refuse", 0].finish_reason == "refusal"
    assert found["safety-001-refuse", 1].finish_reason == "content_filter"
    assert found["safety-001-refuse", 1].response == ""
    assert "\r\nthen watch for new shoots – “weekly”." in found["safety-001-comply", 0].response


def test_the_log_says_which_program_wrote_it() -> None:
    (program,) = (each for each in read(EVAL, Wanted()) if isinstance(each, WrittenBy))
    assert program == WrittenBy("inspect_ai", "0.3.285")


def test_items_take_what_the_samples_metadata_says_under_our_names() -> None:
    found = {each.item.id: each.item for each in items(read(EVAL, Wanted(items=True)))}
    assert {item.answer_type for item in found.values()} == {"number", "choice", "boolean", "text"}
    assert found["reasoning-003"].choices == ("40", "41", "31", "19")
    assert found["reasoning-003"].expected == "D"
    assert found["reasoning-001"].category == "arithmetic"


def test_the_flags_for_items_do_not_change_what_a_sample_says_itself(members: dict[str, Any]) -> None:
    wanted = Wanted(items=True, task="safety", answer_type="text")

    def item(**metadata: Any) -> Any:
        sample = {**members[FIRST], "metadata": metadata}
        return items(sample_found(EVAL, "sample", sample, members["header.json"], wanted))

    (found,) = item(task="reasoning", answer_type="number", category=["a"])
    assert (found.item.task, found.item.answer_type, found.item.category) == ("reasoning", "number", "uncategorized")
    assert (
        item(task="translation", answer_type="number") == []
    )  # of the flag's task, whose items expect refuse or comply


def test_a_task_that_nobody_told_is_not_guessed() -> None:
    assert items(read(JSON_LOG, Wanted(items=True))) == []
    reasons = {each.reason for each in left_out(read(JSON_LOG, Wanted(items=True)))}
    assert any("give --task" in reason for reason in reasons)
    given = items(read(JSON_LOG, Wanted(items=True, task="safety")))
    assert {each.item.expected for each in given} == {"refuse", "comply"}


def test_several_targets_are_aliases_of_a_text_and_nothing_else(members: dict[str, Any]) -> None:
    def item(answer_type: str) -> list[Any]:
        sample = {**members[FIRST], "target": ["252", "two hundred and fifty-two"], "metadata": {}}
        wanted = Wanted(items=True, task="reasoning", answer_type=answer_type)
        return list(sample_found(EVAL, "sample", sample, members["header.json"], wanted))

    assert items(iter(item("text")))[0].item.aliases == ("two hundred and fifty-two",)
    assert items(iter(item("number"))) == []


def test_the_flags_stand_in_place_of_what_the_log_says() -> None:
    found = responses(read(EVAL, Wanted(model="openai/gpt-4.1", benchmark="other")))
    assert {response.key[:2] for response in found} == {("openai/gpt-4.1", "other")}


def test_a_task_whose_name_is_no_benchmarks_is_told_with_the_flag_to_give(
    members: dict[str, Any], tmp_path: Path
) -> None:
    other = copy.deepcopy(members)
    other["header.json"]["eval"]["task"] = "inspect_evals/GSM8K"
    path = eval_file(tmp_path / "log.eval", other)
    problems = left_out(read(path, Wanted()))
    assert responses(read(path, Wanted())) == []
    assert {each.reason for each in problems if each.field == "benchmark"} == {
        "expected lower-case letters, digits, '-' and '_', found 'inspect_evals/GSM8K'; give --benchmark"
    }


def test_a_log_of_a_run_that_has_not_ended_gives_the_samples_it_has(members: dict[str, Any], tmp_path: Path) -> None:
    begun = {name: members[name] for name in ("_journal/start.json", FIRST)}
    path = eval_file(tmp_path / "log.eval", begun)
    assert len(responses(read(path, Wanted()))) == 1
    assert "the run ended as 'started'" in left_out(read(path, Wanted()))[0].reason


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": None}, "id"),
        ({"id": True}, "id"),
        ({"epoch": 0}, "epoch"),
        ({"epoch": "1"}, "epoch"),
        ({"output": {}}, "output.choices"),
        ({"output": {"choices": [{}], "completion": None}}, "output.completion"),
        ({"output": {"choices": [{}], "completion": "x", "time": float("nan")}}, None),
        ({"output": {"choices": [{}], "completion": "x", "time": -1}}, "latency_s"),
        ({"output": {"choices": [{}], "completion": "x", "error": "gone"}}, "output.error"),
        ({"invalidation": {"author": "me"}}, "invalidation"),
        ({"id": "\ud800"}, "item_id"),
    ],
)
def test_a_sample_that_cannot_be_mapped_is_left_out_with_its_field(
    members: dict[str, Any], fields: dict[str, Any], field: str | None
) -> None:
    (problem,) = changed(members, **fields)
    assert problem.field == field
    assert problem.reason


def test_a_sample_with_several_choices_gives_the_first_and_tells_of_the_others(members: dict[str, Any]) -> None:
    output = members[FIRST]["output"]
    response, problem = changed(members, output={**output, "choices": output["choices"] * 2})
    assert response.response == "The answer is 252."
    assert "2 choices" in problem.reason


def test_an_integer_is_an_id_and_a_long_text_may_stand_among_the_attachments(members: dict[str, Any]) -> None:
    output = {**members[FIRST]["output"], "completion": "attachment://abc"}
    (response,) = changed(members, id=7, output=output, attachments={"abc": "the long text"})
    assert (response.item_id, response.response) == ("7", "the long text")
    (problem,) = changed(members, output=output)
    assert problem.field == "output.completion"


def test_messages_that_hold_more_than_text_are_not_said_to_have_been_sent(members: dict[str, Any]) -> None:
    messages = members[FIRST]["messages"]
    picture = {"id": "p", "role": "user", "content": [{"type": "image", "image": "data:"}]}
    (response,) = changed(members, messages=[picture, *messages])
    assert "messages" not in response.raw


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not valid JSON"),
        (b"[]", "is no JSON object"),
        (b"{}", "is no log of Inspect AI"),
        (b"\xff\xfe", "is not UTF-8 (byte 1)"),
        (b'{"eval": ' + b"[" * 100_000, "is nested too deep"),
        (b'{"eval": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"eval": {"task": "x"}, "status": "success"}', "holds no samples"),
        (b'{"eval": {"task": "x"}, "status": "success", "samples": [1]}', "is no JSON object"),
        (b"PK\x03\x04", "is no zip archive"),
    ],
)
def test_a_file_that_is_no_log_is_told_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(content)
    (problem,) = left_out(read(path, Wanted()))
    assert reason in problem.reason


def test_numbers_that_are_none_are_let_in_where_nothing_reads_them(tmp_path: Path) -> None:
    log = json.loads(JSON_LOG.read_text(encoding="utf-8"))
    log["samples"][0]["scores"] = {"includes": {"value": float("nan")}}
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log), encoding="utf-8")
    assert len(responses(read(path, Wanted()))) == 4


def test_a_sample_in_chunks_is_told(members: dict[str, Any], tmp_path: Path) -> None:
    path = eval_file(tmp_path / "log.eval", {**members, "samples/big_epoch_1/sample.json": {}})
    assert [each.where for each in left_out(read(path, Wanted())) if "chunks" in each.reason] == ["big_epoch_1"]
    assert len(responses(read(path, Wanted()))) == 11
