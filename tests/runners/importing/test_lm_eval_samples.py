from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from runners.importing.found import Wanted, WrittenBy
from runners.importing.lm_eval_samples import read, sample_found
from tests.runners.importing.real_logs import CHOICE, DUMMY, SCRIPTED, items, left_out, responses

SAMPLE: dict[str, Any] = json.loads(SCRIPTED.read_text(encoding="utf-8").splitlines()[0])
MODEL_AND_BENCHMARK = ("scripted/replies", "reasoning")


def changed(wanted: Wanted | None = None, **fields: Any) -> list[Any]:
    """What is found in the first real sample with these fields in place of its own."""
    return list(sample_found(SCRIPTED, "line 1", {**SAMPLE, **fields}, MODEL_AND_BENCHMARK, wanted or Wanted()))


def beside(folder: Path, **results: Any) -> Path:
    """A copy of the real samples, with other results beside it."""
    path = folder / SCRIPTED.name
    shutil.copyfile(SCRIPTED, path)
    if results:
        date = SCRIPTED.stem.removeprefix("samples_reasoning_")
        (folder / f"results_{date}.json").write_text(json.dumps(results), encoding="utf-8")
    return path


def test_each_repeat_of_a_real_file_is_a_run_and_each_filter_gives_the_same_responses() -> None:
    found = responses(read(SCRIPTED, Wanted()))
    assert len(found) == 24
    assert {response.key for response in found} == {
        ("scripted/replies", "reasoning", str(item), run) for item in range(4) for run in range(3)
    }
    assert len({json.dumps(response.raw) for response in found}) == 12
    assert left_out(read(SCRIPTED, Wanted())) == []


def test_the_response_is_the_raw_text_with_what_was_sent() -> None:
    second = responses(read(SCRIPTED, Wanted(id_field="id")))[1]
    assert (second.item_id, second.run, second.response) == ("reasoning-001", 1, " I am not sure.")
    assert second.raw["params"] == {"until": ["\n\n"], "max_gen_toks": 64, "do_sample": True, "temperature": 0.7}
    assert second.raw["prompt"].startswith("Question: A bakery fills 14 trays")


def test_a_real_task_of_log_likelihoods_holds_no_response() -> None:
    assert responses(read(CHOICE, Wanted())) == []
    (problem,) = left_out(read(CHOICE, Wanted()))
    assert "log likelihoods" in problem.reason


def test_rolling_log_likelihoods_are_not_taken_for_texts() -> None:
    (problem,) = changed(arguments={"gen_args_0": {"arg_0": "text"}}, resps=[["-12.3"]])
    assert "log likelihoods" in problem.reason


def test_a_model_without_a_name_is_told_with_the_flag_to_give() -> None:
    (problem,) = left_out(read(DUMMY, Wanted()))
    assert "give --model" in problem.reason
    assert len(responses(read(DUMMY, Wanted(model="local/dummy")))) == 24


@pytest.mark.parametrize("name", [None, 3, "gpt-4.1", "../x", "/models/x", "~/x/y", ".\\x/y", "x/", "/"])
def test_a_name_in_the_results_that_is_a_path_or_no_name_is_not_guessed_at(tmp_path: Path, name: Any) -> None:
    path = beside(tmp_path, model_name=name)
    (problem,) = left_out(read(path, Wanted()))
    assert "give --model" in problem.reason
    assert responses(read(path, Wanted())) == []


def test_samples_without_results_beside_them_need_a_model(tmp_path: Path) -> None:
    path = beside(tmp_path)
    assert "give --model" in left_out(read(path, Wanted()))[0].reason
    renamed = path.rename(tmp_path / "mine.jsonl")
    assert "give --benchmark" in left_out(read(renamed, Wanted(model="a/b")))[0].reason
    assert len(responses(read(renamed, Wanted(model="a/b", benchmark="c")))) == 24


def test_the_results_say_which_program_wrote_them() -> None:
    assert WrittenBy("lm_eval", "0.4.13") in list(read(SCRIPTED, Wanted()))


def test_items_are_the_prompt_as_it_was_sent_and_the_target() -> None:
    wanted = Wanted(items=True, task="reasoning", answer_type="text", id_field="id")
    found = {each.item.id: each.item for each in items(read(SCRIPTED, wanted))}
    assert len(found) == 4
    assert found["reasoning-043"].expected == "Tom"
    assert found["reasoning-043"].category == "logic"
    assert str(found["reasoning-043"].prompt).startswith("Question: Four friends")
    assert items(read(SCRIPTED, Wanted(items=True))) == []


def test_another_field_of_the_document_may_be_what_is_expected() -> None:
    wanted = Wanted(items=True, task="reasoning", answer_type="text", expected_field="answer")
    found = changed(wanted, doc={"answer": 12})
    assert items(iter(found))[0].item.expected == "12"
    assert items(iter(changed(wanted, doc={}))) == []


def test_a_prompt_that_was_sent_as_a_chat_is_its_messages() -> None:
    messages = [{"role": "user", "content": "hi"}]
    arguments = {"gen_args_0": {"arg_0": json.dumps(messages), "arg_1": {}}}
    assert changed(arguments=arguments)[0].raw["messages"] == messages


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"doc_id": None}, "doc_id"),
        ({"doc_id": True}, "doc_id"),
        ({"arguments": {}}, "arguments"),
        ({"arguments": {**SAMPLE["arguments"], "gen_args_1": {}}}, "arguments"),
        ({"resps": []}, "resps"),
        ({"resps": [[]]}, "resps"),
        ({"resps": [["a"], ["b"]]}, "resps"),
        ({"resps": [[None]]}, "resps"),
    ],
)
def test_a_sample_that_cannot_be_mapped_is_left_out_with_its_field(fields: dict[str, Any], field: str) -> None:
    (problem,) = changed(**fields)
    assert problem.field == field


def test_a_line_that_is_no_object_is_told_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'\n{"doc_id": NaN}\n[]\n\xff\n{"torn')
    problems = left_out(read(path, Wanted(model="a/b", benchmark="c")))
    assert [each.where for each in problems] == ["line 2", "line 3", "line 4", "line 5"]
