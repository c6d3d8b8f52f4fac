"""`--batch` after a kill, a crash, Ctrl-C or with other flags: paid once, kept whole, gone on with."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

from tests.conftest import Start
from tests.llm.batches.batch_server import FOLLOW_UP, BatchServer, serving_batches
from tests.llm.batches.cases import (
    MODELS,
    STEP,
    Run,
    assert_no_key,
    batches,
    each,
    environment,
    errors,
    flags,
    kill_when_submitted,
    run_to_the_end,
    stored,
    wait_until_submitted,
)
from tests.llm.providers import KEY
from tests.runners.answering import submission


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
        run_to_the_end(folder, server, run_stage)


@each
def test_a_kill_while_a_batch_is_at_work_pays_nothing_twice(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider, running=True)) as server:
        kill_when_submitted(folder, server, start_stage, "reply")
        server.running = False
        run_to_the_end(folder, server, run_stage)


@each
def test_a_kill_between_the_replies_and_their_follow_ups_loses_no_reply(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider)) as server:
        server.follow_ups_running = True
        kill_when_submitted(folder, server, start_stage, "followup")
        assert stored(folder, provider) == []
        server.follow_ups_running = False
        run_to_the_end(folder, server, run_stage)


@each
def test_a_crash_after_the_responses_were_kept_but_not_the_record_keeps_each_once(
    provider: str, folder: Path, run_stage: Run, start_stage: Start
) -> None:
    with serving_batches(BatchServer(provider, running=True)) as server:
        without = ("--confidence", "none")
        kill_when_submitted(folder, server, start_stage, "reply", *without)
        record, server.running = batches(folder, provider).read_bytes(), False
        run_stage(STEP, *flags(folder, provider, *without), **environment(server))
        kept = submission(folder, MODELS[provider], "small")
        kept.write_bytes(b"".join(kept.read_bytes().splitlines(keepends=True)[:5]))
        batches(folder, provider).write_bytes(record)  # as the crash would have left them
        run_to_the_end(folder, server, run_stage, *without)


@each
def test_a_batch_whose_creation_broke_off_is_looked_for_before_it_is_sent_again(
    provider: str, folder: Path, run_stage: Run
) -> None:
    with serving_batches(BatchServer(provider, cut_creations=1)) as server:
        run_to_the_end(folder, server, run_stage, "--confidence", "none")


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
        run = run_to_the_end(folder, server, run_stage)
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
        run_to_the_end(folder, server, run_stage)


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
