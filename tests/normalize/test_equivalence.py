"""Formulas that are the same mathematics, told by a process that nothing can harm or hold up."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from normalize import equivalence
from normalize.equivalence import compare, formula, is_marked
from normalize.matching import answers_match, match_kind
from utils.errors import UserError
from utils.layout import REPOSITORY

SAME = [
    ("x^2+1", "1+x^2"), (r"\frac{1}{2}x", "0.5x"), (r"\sqrt{8}", r"2\sqrt{2}"), ("sqrt(8)", "2√2"), (r"2\pi", "2π"),
    ("(x+1)^2", "x^2 + 2x + 1"), (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}"), ("a*b", "b*a"), ("x**3", "x^{3}"),
    ("(1/2, 3)", "(0.5, 3)"), (r"\{1, 2, 3\}", r"\{3, 2, 1\}"), ("3!+1", "7"), ("10^{3}", "1000"), ("x = 5", "5"),
    (r"(-\infty, 2] \cup [3, \infty)", "[3,∞) ∪ (-∞,2]"), (r"\sin^2 x+\cos^2 x", "1"), ("$y+x$", "x + y"),
    (r"\tan(\pi/4)", "1"), ("1 < x < 2", "(1, 2)"), (r"\pm 2", r"\{-2, 2\}"), ("n(n+1)/2", r"\frac{n(n+1)}{2}"),
]  # fmt: skip
DIFFERENT = [
    ("x^2", "y^2"), ("x^2+1", "x^2-1"), ("(0, 1)", "[0, 1]"), ("(3, 4)", "(4, 3)"), (r"2\pi", "6.283185307"),
    (r"\sqrt{2}", "1.414213562"), ("-x", "x"), ("x = 5", "y = 5"), (r"\{1, 2\}", r"\{1, 2, 3\}"),
    (r"\frac{2}{3}x", "0.67x"), ("x^{12}", "x^1 2"), ("x < 2", "x > 2"), ("2^{999}", "5"),
]  # fmt: skip
NO_FORMULAS = [
    "paris", "5 km", "new york", "12/5/2020", "4:30", "c#", "the 3rd", "[ ]", "", "9^9^9^9", "10^{10^{10}}",
    "x^{99999}", "99999999!", "(2^9)^{999}", "((((((((((1+1))))))))))", "1+" * 80 + "1", "{" * 1_000_000,
    "__import__('os').system('x')", r"\input{/etc/passwd}", r"\int_0^1 x dx", "eval(1)", "12345678901234567+1",
    "x+1; import os",
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_mathematics_is_the_same_either_way(one: str, other: str) -> None:
    assert answers_match(one, other, "text")
    assert answers_match(other, one, "text")


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_mathematics_is_not(one: str, other: str) -> None:
    assert not answers_match(one, other, "text")
    assert not answers_match(other, one, "text")


@pytest.mark.parametrize(("prediction", "expected", "kind"), [
    ("4", r"\sqrt{16}", "equivalent"), ("2", r"\sqrt{2}", "different"), ("0.5", "1/2", "equal"),
    ("6", "5", "different"),
])  # fmt: skip
def test_number_may_be_expected_as_a_formula(prediction: str, expected: str, kind: str) -> None:
    assert match_kind(prediction, expected, "number") == kind


@pytest.mark.parametrize("text", NO_FORMULAS)
def test_what_is_no_formula_of_bearable_size_is_never_compared(text: str) -> None:
    written = formula(text)
    assert written is None or not is_marked(written)


def test_plain_answers_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equivalence, "_worker", None)
    for prediction, expected in (("paris", "Lima"), ("5", "6"), ("12%", "13"), ("red, white", "blue"), ("3-d", "4-d")):
        for answer_type in ("text", "number", "boolean"):
            assert not answers_match(prediction, expected, answer_type)


WRITTEN_OUT = ("0", "00", "-0", "7", "- 7", "007", "7.0", "7.10", "-7.1", "0.7", "70", "7.000000001", "6.999999999999")


def test_of_numbers_that_are_written_out_it_says_what_the_process_says(monkeypatch: pytest.MonkeyPatch) -> None:
    formulas = [written for text in WRITTEN_OUT if (written := formula(text)) is not None]
    assert len(formulas) == len(WRITTEN_OUT)
    pairs = [(one, other) for place, one in enumerate(formulas) for other in formulas[place:]]
    told = [equivalence._worker.compare(*pair) for pair in pairs]
    monkeypatch.setattr(equivalence, "_worker", None)
    assert [compare.__wrapped__(*pair) for pair in pairs] == told
    assert {"equivalent", "different"} == set(told)


def test_comparison_that_takes_too_long_is_told_and_the_next_one_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    impatient = tmp_path / "worker.py"
    whole = equivalence.WORKER.read_text("utf-8")
    impatient.write_text(whole.replace("CPU_SECONDS = 2.0", "CPU_SECONDS = 0.2"), "utf-8")
    assert impatient.read_text("utf-8") != whole
    monkeypatch.setattr(equivalence, "WORKER", impatient)
    worker = equivalence._Worker()
    slow = "((9^{999})^{999})^{999}-((9^{999})^{999})^{998}"  # `formula` lets no such thing through
    assert worker.compare("1", slow) == "timed_out"
    monkeypatch.setattr(equivalence, "WORKER", sketch(tmp_path))
    assert worker.compare("x+1", "1+x") == "equivalent"
    worker.stop()


def test_waiting_for_a_comparison_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(equivalence, "WORKER", sketch(tmp_path))
    monkeypatch.setattr(equivalence, "ANSWER_SECONDS", 0.05)
    worker = equivalence._Worker()
    assert worker.compare("never", "1") == "timed_out"
    assert worker.process is None


def test_hostile_text_that_reaches_the_process_does_nothing(tmp_path: Path) -> None:
    target = tmp_path / "written"
    for text in (
        f"__import__('os').system('touch {target}')",
        f"open('{target}','w')",
        r"\input{/etc/passwd}",
        "{" * 100,
    ):
        assert compare(text, "1") != "equivalent"
    assert not target.exists()
    assert compare("x+2", "2+x") == "equivalent"


def sketch(folder: Path) -> Path:
    """A worker that starts at once, for what is not about mathematics: the same characters are the same formula."""
    path = folder / "sketch.py"
    path.write_text(
        "import json, sys, time\n"
        "print('ready', flush=True)\n"
        "for line in sys.stdin:\n"
        "    one, other = json.loads(line)\n"
        "    time.sleep(600 * (one == 'never'))\n"
        "    print('true' if sorted(one) == sorted(other) else 'false', flush=True)\n",
        "utf-8",
    )
    return path


def test_killed_process_is_told_from_an_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(equivalence, "WORKER", sketch(tmp_path))
    worker = equivalence._Worker()
    assert worker.compare("x+3", "3+x") == "equivalent"
    process = worker.process
    assert process is not None
    process.kill()
    process.wait()
    assert worker.compare("x+4", "4+x") == "equivalent"
    assert worker.process is not process
    worker.stop()


def test_threads_share_the_process() -> None:
    pairs = [(f"x+{n}", f"{n + n % 2}+x") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda pair: compare(*pair), pairs))
    assert found == ["different" if n % 2 else "equivalent" for n in range(12)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_process_has_its_own_and_none_is_left_behind(tmp_path: Path) -> None:
    script = (
        "import os; from pathlib import Path; from normalize import equivalence as e\n"
        f"e.WORKER = Path({str(sketch(tmp_path))!r})\n"
        "print(e.compare('x+1', '1+x'), e._worker.process.pid, flush=True)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    print(e.compare('x+1', '2+x'), e._worker.process.pid, flush=True); e._stop_worker(); os._exit(0)\n"
        "os.waitpid(child, 0); print(e.compare('x+3', '3+x'), e._worker.process.pid)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    outcomes = [line.split() for line in done.stdout.splitlines()]
    assert [outcome for outcome, _ in outcomes] == ["equivalent", "different", "equivalent"]
    assert outcomes[0][1] == outcomes[2][1] != outcomes[1][1]
    for _, pid in outcomes:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_missing_library_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(equivalence, "WORKER", tmp_path / "absent.py")
    worker = equivalence._Worker()
    with pytest.raises(UserError, match="math-verify cannot be started"):
        worker.compare("x", "y")
    assert worker.process is None


def test_many_decimals_in_what_is_no_formula_are_passed_over_at_once() -> None:
    """Each decimal became a command that could be matched in several ways, so that this took years."""
    assert formula("2.5%3.5%" * 14 + ":") is None
