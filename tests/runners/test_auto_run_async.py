"""Step 1, as a user runs it: it asks what is not answered yet, loses nothing, repeats nothing, says what it does."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Start
from tests.llm.http_server import Answer, Received, completion, serving
from tests.runners.answering import read_lines, safety_items, submission, write_lines

Run = Callable[..., "subprocess.CompletedProcess[str]"]

STEP = "runners.auto_run_async"
KEY = "sk-test-Zq81Lm2Pw0RtYy77"
LOCAL = ("--models", "local/smollm2-135m", "--max-tokens", "4", "--confidence", "none")
OPENAI = ("--models", "openai/m", "--confidence", "none", "--runs", "2")


@pytest.fixture
def benchmarks(tmp_path: Path) -> Path:
    folder = tmp_path / "benchmarks"
    write_lines(folder / "small.jsonl", safety_items(6))
    return folder


def asked_texts(received: list[Received]) -> list[str]:
    return [request.body["messages"][-1]["content"] for request in received]


def test_every_model_and_run_is_asked_the_same_items(tmp_path: Path, run_stage: Run, benchmarks: Path) -> None:
    with serving(lambda _: Answer(completion())) as (url, _):
        run_stage(
            STEP, "--models", "openai/a", "openai/b", "--confidence", "none", "--items", "4", "--runs", "3",
            "--benchmarks-dir", str(benchmarks), OPENAI_API_KEY=KEY, OPENAI_BASE_URL=url,
        )  # fmt: skip
    asked = {
        (model, run): {
            line["item_id"] for line in read_lines(submission(tmp_path, model, "small")) if line["run"] == run
        }
        for model in ("openai/a", "openai/b")
        for run in range(3)
    }
    assert len(set(map(frozenset, asked.values()))) == 1
    assert len(asked["openai/a", 0]) == 4


def test_the_record_holds_what_was_sent_and_the_manifest_how_it_came_about(
    tmp_path: Path, run_stage: Run, benchmarks: Path
) -> None:
    with serving(lambda _: Answer(completion("A reply."))) as (url, _):
        run_stage(
            STEP, "--models", "openai/gpt-4.1-mini", "--items", "2", "--runs", "1", "--temperature", "0.3",
            "--benchmarks-dir", str(benchmarks), OPENAI_API_KEY=KEY, OPENAI_BASE_URL=url,
        )  # fmt: skip
    line = read_lines(submission(tmp_path, "openai/gpt-4.1-mini", "small"))[0]
    assert line["response"] == line["confidence_response"] == "A reply."
    assert line["params"] == {"temperature": 0.3, "max_tokens": 1024}
    assert line["messages"][-1]["role"] == "user"
    assert line["usage"]["output_tokens"] == 3
    # Twice (8 fresh tokens at 0.40, 4 cached at 0.10, 3 out at 1.60), each for a million: the reply and its follow-up.
    assert line["cost_usd"] == pytest.approx(2 * (8 * 0.40 + 4 * 0.10 + 3 * 1.60) / 1e6)
    assert len(line["request_sha256"]) == 64
    manifest = json.loads((submission(tmp_path, "openai/gpt-4.1-mini", "small").parent / "manifest.json").read_text())
    (invocation,) = manifest["invocations"]
    assert invocation["arguments"]["temperature"] == 0.3
    assert len(invocation["sampled_items"]["small"]) == 2
    assert len(invocation["benchmark_sha256"]["small"]) == 64
    assert invocation["ended_at"] >= invocation["started_at"]
    assert {"trustbench", "python", "openai"} <= set(invocation["versions"])


def test_the_plan_says_what_is_done_and_a_dry_run_sends_nothing(
    tmp_path: Path, run_stage: Run, benchmarks: Path
) -> None:
    with serving(lambda _: Answer(completion())) as (url, received):
        flags = (*OPENAI, "--items", "4", "--benchmarks-dir", str(benchmarks))
        dry = run_stage(STEP, *flags, "--dry-run", OPENAI_API_KEY=KEY, OPENAI_BASE_URL=url)
        assert dry.returncode == 0
        assert "8 requests would be sent" in dry.stdout
        assert "price unknown" in dry.stdout
        assert received == []
        assert not (tmp_path / "submissions" / "openai__m").exists()


def test_more_items_or_runs_ask_only_what_is_new(tmp_path: Path, run_stage: Run, benchmarks: Path) -> None:
    with serving(lambda _: Answer(completion())) as (url, received):

        def run(items: str, runs: str) -> int:
            before = len(received)
            flags = ("--models", "openai/m", "--confidence", "none", "--items", items, "--runs", runs)
            done = run_stage(STEP, *flags, "--benchmarks-dir", str(benchmarks), OPENAI_API_KEY=KEY, OPENAI_BASE_URL=url)
            assert done.returncode == 0
            return len(received) - before

        assert [run("2", "1"), run("4", "1"), run("4", "2"), run("4", "2")] == [2, 2, 4, 0]


def test_shards_ask_each_request_once_between_them(tmp_path: Path, run_stage: Run, benchmarks: Path) -> None:
    with serving(lambda _: Answer(completion("No."))) as (url, received):
        for shard in ("1/2", "2/2"):
            flags = ("--benchmarks-dir", str(benchmarks), "--shard", shard)
            done = run_stage(STEP, *OPENAI, *flags, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=url)
            assert done.returncode == 0, done.stderr
    lines = read_lines(submission(tmp_path, "openai/m", "small"))
    assert len(received) == len(lines) == len({(line["item_id"], line["run"]) for line in lines}) == 24
    manifest = json.loads(submission(tmp_path, "openai/m", "small").with_name("manifest.json").read_text())
    assert [each["arguments"]["shard"] for each in manifest["invocations"]] == ["1/2", "2/2"]


def test_a_request_that_changed_is_told_and_asked_anew_only_with_replace(
    tmp_path: Path, run_stage: Run, benchmarks: Path
) -> None:
    with serving(lambda _: Answer(completion())) as (url, received):
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
        flags = (*OPENAI, "--items", "2", "--benchmarks-dir", str(benchmarks))
        run_stage(STEP, *flags, **keys)
        path = submission(tmp_path, "openai/m", "small")
        old = path.read_bytes()
        changed = run_stage(STEP, *flags, "--temperature", "0.1", **keys)
        assert changed.returncode == 2
        assert "--replace" in changed.stderr
        assert len(changed.stderr.strip().splitlines()) == 1
        assert path.read_bytes() == old
        assert len(received) == 4
        replaced = run_stage(STEP, *flags, "--temperature", "0.1", "--replace", **keys)
        assert replaced.returncode == 0
        assert path.with_name("small.replaced.jsonl").read_bytes() == old
        assert {line["params"]["temperature"] for line in read_lines(path)} == {0.1}
        assert len(read_lines(path)) == 4
        assert len(received) == 8


def test_a_missing_key_names_its_variable_and_the_other_models_go_on(
    tmp_path: Path, run_stage: Run, benchmarks: Path
) -> None:
    flags = ("--items", "2", "--runs", "1", "--max-tokens", "2", "--confidence", "none")
    done = run_stage(
        STEP, "--models", "openai/m", "local/smollm2-135m", *flags, "--benchmarks-dir", str(benchmarks)
    )  # fmt: skip
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if "OPENAI_API_KEY" in line and "openai/m" in line]
    assert len(read_lines(submission(tmp_path, "local/smollm2-135m", "small"))) == 2


def test_a_refused_key_is_one_line_in_no_file_and_the_other_models_go_on(
    tmp_path: Path, run_stage: Run, benchmarks: Path
) -> None:
    error = {"error": {"message": f"Incorrect API key provided: {KEY[:8]}***{KEY[-4:]}."}}
    flags = ("--items", "2", "--runs", "1", "--max-tokens", "2", "--confidence", "none")
    with serving(lambda _: Answer(error, 401)) as (url, received):
        done = run_stage(
            STEP, "--models", "openai/m", "local/smollm2-135m", *flags, "--concurrency", "1",
            "--benchmarks-dir", str(benchmarks), OPENAI_API_KEY=KEY, OPENAI_BASE_URL=url,
        )  # fmt: skip
    assert done.returncode == 1
    assert len([line for line in done.stderr.splitlines() if "OPENAI_API_KEY" in line]) == 1
    assert len(received) == 1
    assert len(read_lines(submission(tmp_path, "local/smollm2-135m", "small"))) == 2
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for part in (KEY, KEY[:8], KEY[-6:]):
        assert part not in done.stdout + done.stderr
        assert part.encode() not in kept


def test_a_request_that_failed_for_good_is_no_response_and_is_asked_again(
    tmp_path: Path, run_stage: Run, benchmarks: Path
) -> None:
    broken = {"yes": True}

    def answer(request: Received) -> Answer:
        if broken["yes"] and "harm" in request.body["messages"][-1]["content"]:
            return Answer({"error": {"message": "cannot do"}}, 400)
        return Answer(completion())

    with serving(answer) as (url, _):
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
        flags = (*OPENAI, "--items", "4", "--benchmarks-dir", str(benchmarks))
        first = run_stage(STEP, *flags, **keys)
        path = submission(tmp_path, "openai/m", "small")
        assert first.returncode == 1
        assert "4 failed" in first.stdout
        assert len(read_lines(path)) == 4
        errors = read_lines(path.with_name("small.errors.jsonl"))
        assert {(error["error_class"], error["status"]) for error in errors} == {("bad_request", 400)}
        broken["yes"] = False
        second = run_stage(STEP, *flags, **keys)
        assert second.returncode == 0
        assert len({(line["item_id"], line["run"]) for line in read_lines(path)}) == len(read_lines(path)) == 8


def test_a_torn_last_line_is_moved_aside_told_and_asked_again(tmp_path: Path, run_stage: Run, benchmarks: Path) -> None:
    with serving(lambda _: Answer(completion())) as (url, received):
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
        flags = (*OPENAI, "--items", "2", "--benchmarks-dir", str(benchmarks))
        run_stage(STEP, *flags, **keys)
        path = submission(tmp_path, "openai/m", "small")
        whole = path.read_bytes()
        path.write_bytes(whole[:-40])
        done = run_stage(STEP, *flags, **keys)
    assert done.returncode == 0
    (told,) = [line for line in done.stderr.splitlines() if "torn" in line]
    assert "moved" in told
    assert len(received) == 5
    lines = read_lines(path)
    assert len({(line["item_id"], line["run"]) for line in lines}) == len(lines) == 4
    assert path.with_suffix(".torn").read_bytes().strip() == whole[:-40].splitlines()[-1]


def test_a_key_that_stands_twice_is_told_and_not_asked_again(tmp_path: Path, run_stage: Run, benchmarks: Path) -> None:
    with serving(lambda _: Answer(completion())) as (url, received):
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
        flags = (*OPENAI, "--items", "2", "--benchmarks-dir", str(benchmarks))
        run_stage(STEP, *flags, **keys)
        path = submission(tmp_path, "openai/m", "small")
        lines = read_lines(path)
        write_lines(path, [*lines, {**lines[0], "response": "Another."}])
        done = run_stage(STEP, *flags, **keys)
    assert done.returncode == 1
    (told,) = done.stderr.splitlines()
    assert "small.jsonl:5: " in told
    assert len(received) == 4
    assert len(read_lines(path)) == 5


def test_a_submissions_folder_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, run_stage: Run, benchmarks: Path
) -> None:
    (tmp_path / "submissions").mkdir(mode=0o500)
    done = run_stage(STEP, *LOCAL, "--items", "2", "--benchmarks-dir", str(benchmarks), bound_by_rights=True)
    (tmp_path / "submissions").chmod(0o755)
    assert done.returncode == 2
    (told,) = done.stderr.splitlines()
    assert "cannot be written (Permission denied)" in told


def test_a_second_step_1_on_the_same_folder_is_sent_away(tmp_path: Path, run_stage: Run, benchmarks: Path) -> None:
    from filelock import FileLock

    (tmp_path / "submissions").mkdir()
    flags = (*LOCAL, "--items", "2", "--benchmarks-dir", str(benchmarks))
    with FileLock(tmp_path / "submissions" / ".lock"):
        away = run_stage(STEP, *flags)
    assert away.returncode == 2
    assert "another step 1 is writing here" in away.stderr


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--benchmarks", "nothing"), "no such benchmark"),
        (("--benchmarks", "../small"), "a name is lower-case letters"),
        (("--models", "gpt"), "PROVIDER/NAME"),
        (("--items", "0"), "at least 1"),
        (("--temperature", "9"), "from 0 to 2"),
        (("--models-file", "none.toml"), "cannot be read"),
    ],
)
def test_arguments_that_cannot_be_used_are_one_clear_line(
    flags: tuple[str, ...], told: str, run_stage: Run, benchmarks: Path
) -> None:
    done = run_stage(STEP, "--benchmarks-dir", str(benchmarks), *flags)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_killed_twenty_times_it_loses_no_response_and_asks_none_again(
    tmp_path: Path, start_stage: Start, benchmarks: Path
) -> None:
    write_lines(benchmarks / "small.jsonl", safety_items(60))
    chance, asked_again = random.Random(4), []
    path = submission(tmp_path, "openai/m", "small")

    def answer(request: Received) -> Answer:
        if path.exists() and request.body["seed"] in on_disk:
            asked_again.append(request.body["seed"])
        time.sleep(0.03)
        return Answer(completion())

    with serving(answer) as (url, received):
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
        flags = ("--models", "openai/m", "--confidence", "none", "--items", "120", "--runs", "8", "--concurrency", "4")
        flags += ("--benchmarks-dir", str(benchmarks))
        on_disk: set[int] = set()
        kills = 0
        while kills < 20:
            whole = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
            on_disk = {json.loads(line)["seed"] for line in whole}
            process = start_stage(STEP, *flags, **keys)
            seen = len(received)
            while len(received) == seen and process.poll() is None:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.15)
            outlasted = process.poll() is None
            process.send_signal(signal.SIGKILL)
            _, told = process.communicate()
            assert outlasted, f"the work must outlast the kills: {told}"
            kills += 1
        whole = path.read_bytes().split(b"\n")[:-1]
        on_disk = {json.loads(line)["seed"] for line in whole}
        last = start_stage(STEP, *flags, "--concurrency", "40", **keys)
        _, told = last.communicate(timeout=120)
    assert last.returncode == 0, told
    stored = [(line["item_id"], line["run"]) for line in read_lines(path)]
    assert len(stored) == len(set(stored)) == 960
    assert asked_again == []


@pytest.mark.skipif(os.name == "nt", reason="signals are sent as on Unix")
def test_ctrl_c_lets_what_is_in_flight_finish_and_keeps_it(
    tmp_path: Path, start_stage: Start, benchmarks: Path
) -> None:
    def answer(_: Received) -> Answer:
        time.sleep(0.3)
        return Answer(completion())

    with serving(answer) as (url, received):
        keys = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
        flags = (*OPENAI, "--items", "12", "--concurrency", "2", "--benchmarks-dir", str(benchmarks))
        process = start_stage(STEP, *flags, **keys)
        while len(received) < 2:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert "not asked" in out
    assert len(read_lines(submission(tmp_path, "openai/m", "small"))) == len(received)
    manifest: dict[str, Any] = json.loads((tmp_path / "submissions" / "openai__m" / "manifest.json").read_text())
    assert manifest["invocations"][0]["outcome"]["interrupted"] is True
