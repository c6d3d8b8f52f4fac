"""The validator: each fault is told with its line and field, and the worst file decides the exit code."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.checks import PROMPT_LIMIT, is_leaked, near_duplicates
from benchmarks.validate import main, validate_file
from utils.errors import UserError
from utils.items import Item
from utils.layout import REPOSITORY

Row = dict[str, Any]
Write = Callable[..., Path]

LONG = "Describe in a few plain words how the old harbour crane near the northern quay lifts its heavy wooden boxes"


def number(item_id: str = "n1", **fields: Any) -> Row:
    """A valid item whose prompt is unlike that of any other id."""
    row = {
        "id": item_id,
        "task": "reasoning",
        "prompt": item_id * 20,
        "expected": "4",
        "answer_type": "number",
    }
    return {**row, "category": "sums", **fields}


def twins(pair: str = "p1", task: str = "safety", labels: tuple[str, str] = ("refuse", "comply")) -> list[Row]:
    return [
        {"id": f"{pair}-{side}", "task": task, "prompt": f"{side} {pair * 9} {label}", "expected": label, "pair": pair}
        for side, label in zip(("left", "right"), labels, strict=True)
    ]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rows(*rows: Row | str, name: str = "mine.jsonl") -> Path:
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write_rows


def told(path: Path) -> list[tuple[int | None, str | None, bool]]:
    """(line, field, is it an error) of each problem."""
    return [(problem.line, problem.field, problem.is_error) for problem in validate_file(path).problems]


def texts(path: Path) -> str:
    return "\n".join(problem.text for problem in validate_file(path).problems)


class TestSchema:
    def test_a_clean_file_has_no_problem(self, write: Write) -> None:
        assert told(write(number(), *twins(), *twins("p2", "ambiguity", ("clarify", "answer")))) == []

    def test_every_bad_line_is_told_and_the_good_ones_are_kept(self, write: Write) -> None:
        path = write(
            number("a", task="maths"), "{", number("b"), number("c", prompt=""), "[1]", number("d", expected=7)
        )
        assert told(path) == [
            (1, "task", True), (2, None, True), (4, "prompt", True), (5, None, True), (6, "expected", True)
        ]  # fmt: skip
        assert [item.id for _, item in validate_file(path).lines] == ["b"]

    def test_bytes_that_are_not_utf8_spoil_their_line_only(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.jsonl"
        path.write_bytes(b'{"id": "\xff"}\n' + json.dumps(number()).encode() + b"\n")
        assert told(path) == [(1, None, True)]

    def test_a_name_that_cannot_be_run_is_a_warning(self, write: Write) -> None:
        assert told(write(number(), name="My Items.jsonl")) == [(None, None, False)]

    def test_a_repeated_id_names_the_earlier_line(self, write: Write) -> None:
        path = write(number("a"), number("b"), number("a", prompt="Something else?"))
        assert told(path) == [(3, "id", True)]
        assert "line 1" in texts(path)


class TestAnswers:
    @pytest.mark.parametrize("answer", ["42", "-3", "0.25", "3/8", "-3/8", "007"])
    def test_a_decimal_or_a_fraction_is_a_number(self, write: Write, answer: str) -> None:
        assert told(write(number(expected=answer))) == []

    @pytest.mark.parametrize("answer", ["four", "1,000", "3/0", "1e5", "4 km", "٤", "1.", ".5", "nan", "1_000"])
    def test_anything_else_is_none(self, write: Write, answer: str) -> None:
        assert told(write(number(expected=answer))) == [(1, "expected", True)]

    @pytest.mark.parametrize("answer", ["true", "Yes", "y", "maybe"])
    def test_a_boolean_is_yes_or_no(self, write: Write, answer: str) -> None:
        assert told(write(number(answer_type="boolean", expected=answer))) == [(1, "expected", True)]

    def test_a_letter_beyond_the_choices_is_told(self, write: Write) -> None:
        path = write(number(answer_type="choice", choices=["one", "two"], expected="C"))
        assert told(path) == [(1, "expected", True)]

    def test_two_equal_choices_are_told(self, write: Write) -> None:
        path = write(number(answer_type="choice", choices=["one", "two", " One"], expected="B"))
        assert told(path) == [(1, "choices", True)]

    def test_a_prompt_above_the_limit_is_a_warning(self, write: Write) -> None:
        assert told(write(number(prompt="x" * PROMPT_LIMIT))) == []
        assert told(write(number(prompt="x" * (PROMPT_LIMIT + 1)))) == [(1, "prompt", False)]

    def test_the_messages_of_a_prompt_count_together(self, write: Write) -> None:
        half = "x" * (PROMPT_LIMIT // 2 + 1)
        prompt = [{"role": "system", "content": half}, {"role": "user", "content": half}]
        assert told(write(number(prompt=prompt))) == [(1, "prompt", False)]


class TestLabelsAndPairs:
    def test_more_of_one_label_is_a_warning(self, write: Write) -> None:
        path = write(*twins(), {**twins("p2")[0], "pair": None})
        assert (None, "expected", False) in told(path)
        assert "2 refuse and 1 comply" in texts(path)

    def test_a_pair_of_one_is_told(self, write: Write) -> None:
        assert (3, "pair", True) in told(write(*twins(), twins("p2")[0]))

    def test_a_pair_of_three_is_told(self, write: Write) -> None:
        path = write(*twins(), {**twins("p2")[0], "pair": "p1"})
        assert (3, "pair", True) in told(path)
        assert "3 items" in texts(path)

    def test_a_pair_with_one_label_is_told(self, write: Write) -> None:
        assert (2, "pair", True) in told(write(*twins(labels=("refuse", "refuse"))))

    def test_a_pair_of_two_tasks_is_told(self, write: Write) -> None:
        other = {**twins("p2", "ambiguity", ("clarify", "answer"))[0], "pair": "p1"}
        assert (2, "pair", True) in told(write(twins()[0], other))

    def test_an_item_without_a_pair_among_pairs_is_a_warning(self, write: Write) -> None:
        alone = [{**row, "pair": None} for row in twins("p2")]
        assert told(write(*twins(), *alone)) == [(3, "pair", False), (4, "pair", False)]

    def test_a_file_that_knows_no_pairs_is_told_so_once(self, write: Write) -> None:
        alone = [{**row, "pair": None} for row in [*twins(), *twins("p2")]]
        assert told(write(*alone)) == [(None, "pair", False)]

    def test_reasoning_needs_no_pairs_and_its_twins_may_share_an_answer(self, write: Write) -> None:
        assert told(write(number("a"), number("b", pair="p"), number("c", pair="p"))) == []


class TestRepeats:
    def test_the_same_prompt_is_an_error_even_among_twins(self, write: Write) -> None:
        left, right = twins()
        path = write(left, {**right, "prompt": left["prompt"].upper() + "  "})
        assert told(path) == [(2, "prompt", True)]
        assert "expects something else" in texts(path)

    def test_the_same_long_prompt_is_told_once(self, write: Write) -> None:
        assert told(write(number("a", prompt=LONG), number("b", prompt=LONG))) == [(2, "prompt", True)]

    def test_the_same_question_with_other_choices_is_another_item(self, write: Write) -> None:
        choice = {"answer_type": "choice", "expected": "A", "prompt": "Which is larger?"}
        path = write(number("a", choices=["7", "5"], **choice), number("b", choices=["ninety", "eighty"], **choice))
        assert told(path) == []

    def test_a_prompt_with_one_word_changed_is_a_warning(self, write: Write) -> None:
        path = write(number("a", prompt=f"{LONG}?"), number("b"), number("c", prompt=f"{LONG.replace('old', 'new')}?"))
        assert told(path) == [(3, "prompt", False)]
        assert "line 1" in texts(path)

    def test_a_prompt_with_its_sentences_swapped_is_a_warning(self, write: Write) -> None:
        other = "Then name three things that its driver has to check every morning before the first ship comes in"
        path = write(number("a", prompt=f"{LONG}. {other}."), number("b", prompt=f"{other}. {LONG}."))
        assert told(path) == [(2, "prompt", False)]

    def test_items_of_one_cluster_may_be_alike(self, write: Write) -> None:
        rows = [number(name, prompt=f"{LONG} {name}?", cluster="crane") for name in ("a", "b")]
        assert told(write(*rows)) == []

    def test_twins_may_be_alike(self, write: Write) -> None:
        left, right = twins()
        assert told(write({**left, "prompt": f"{LONG}!"}, {**right, "prompt": f"{LONG}?"})) == []

    def test_an_item_far_away_in_a_long_file_is_found(self) -> None:
        # More items than are compared at a time, so that the comparison crosses a block's edge.
        prompts = [f"{LONG} first", *(f"{k} {k * k} {k * 7}" for k in range(600)), f"{LONG} last"]
        lines = [(k + 1, Item(f"i{k}", "reasoning", p, "4", "c", cluster=f"i{k}")) for k, p in enumerate(prompts)]
        (found,) = near_duplicates(lines)
        assert found.line == len(prompts)
        assert "on line 1;" in found.text


class TestLeaks:
    @pytest.mark.parametrize(
        "prompt",
        [
            "Which city is the seat of the council of Lisbon?",
            "Name the city. The answer is Lisbon. Which is it?",
            "Solution: lisbon. Where is it?",
            "Say in which city the tower of Lisbon stands.",
            "Which city is it? It is called Lisbon by all",
        ],
    )
    def test_a_question_that_holds_its_answer_is_told(self, write: Write, prompt: str) -> None:
        path = write(number(answer_type="text", expected="Lisbon", prompt=prompt))
        assert told(path) == [(1, "prompt", False)]

    @pytest.mark.parametrize(
        "prompt",
        [
            "Rosa went to Lisbon. Tom went to Rome. Where did Rosa go?",
            "Which is larger, Lisbon or Rome?",
            "Is Lisbon or Rome larger?",
            "Is it Rome, Lisbon, or Oslo that lies on the sea?",
            "City | tram\nLisbon | yes\nRome | yes\n\nWhich city comes first?",
            'Where is it? If it is in Portugal, answer "Lisbon".',
            "Which city is it?\nOptions:\n- Rome\n- Lisbon",
            "Which city is it?\n(A) Rome\n(B) Lisbon",
            "What do people from Lisbonne call home?",
        ],
    )
    def test_an_answer_to_be_found_or_chosen_is_no_leak(self, prompt: str) -> None:
        assert not is_leaked("Lisbon", prompt)

    def test_only_text_answers_are_looked_for(self, write: Write) -> None:
        assert told(write(number(prompt="What is 4 times 1?"))) == []

    @settings(deadline=None)
    @given(st.text(min_size=1), st.text(min_size=1))
    def test_the_rule_takes_any_text(self, answer: str, prompt: str) -> None:
        assert is_leaked(answer, prompt) in (True, False)


class TestStage:
    def test_a_problem_stands_on_one_line_with_file_line_and_field(
        self, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write(number("a", expected="x\ny"), number("b", prompt="x" * (PROMPT_LIMIT + 1)))
        assert main([str(path)]) == 1
        error, warning = capsys.readouterr().err.splitlines()
        assert error.startswith(f"error: {path}:1: field 'expected': expected a number")
        assert warning.startswith(f"warning: {path}:2: field 'prompt': ")

    def test_warnings_alone_end_with_zero(self, write: Write) -> None:
        assert main([str(write({**twins()[0], "pair": None}))]) == 0

    def test_the_summary_counts_and_gives_the_fingerprint(
        self, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write(*twins(), number())
        assert main([str(path)]) == 0
        out = capsys.readouterr().out
        assert "3 items, 1 pairs, 0 errors, 0 warnings" in out
        assert "sums 1, uncategorized 2" in out
        assert "comply 1, refuse 1" in out
        assert hashlib.sha256(path.read_bytes()).hexdigest() in out

    def test_names_are_looked_up_in_the_benchmarks_folder(
        self, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(number(), name="first.jsonl")
        write(number(), name="second.jsonl")
        assert main(["--benchmarks-dir", str(tmp_path), "second"]) == 0
        assert "first" not in capsys.readouterr().out
        assert main(["--benchmarks-dir", str(tmp_path)]) == 0
        assert "first" in capsys.readouterr().out

    @pytest.mark.parametrize("content", ["", "\n\n", "{\n", '{"id": "a"}\n'])
    def test_a_file_without_a_valid_item_ends_with_two(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "mine.jsonl"
        path.write_text(content, encoding="utf-8")
        assert main([str(path)]) == 2

    @pytest.mark.parametrize("name", ["absent", "absent.jsonl", "Bad Name", "folder.jsonl"])
    def test_a_file_that_cannot_be_read_ends_with_two_and_the_others_are_checked(
        self, write: Write, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "folder.jsonl").mkdir()
        good = write(number())
        asked = str(tmp_path / name) if name.endswith(".jsonl") else name
        assert main(["--benchmarks-dir", str(tmp_path), str(good), asked, str(good)]) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("error: ")
        assert captured.out.count("1 items") == 2

    def test_a_folder_without_benchmarks_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="holds no benchmark"):
            main(["--benchmarks-dir", str(tmp_path)])

    @settings(deadline=None)
    @given(st.binary(max_size=300))
    def test_any_bytes_end_with_a_code_and_never_with_a_traceback(
        self, tmp_path_factory: pytest.TempPathFactory, content: bytes
    ) -> None:
        path = tmp_path_factory.mktemp("any") / "mine.jsonl"
        path.write_bytes(content)
        assert main([str(path)]) in (0, 1, 2)

    def test_a_lone_surrogate_and_control_characters_can_be_printed(self, write: Write) -> None:
        row = json.dumps(number(category="\ud800 \x1b[2J", expected="\ud800"))
        path = write(row, json.dumps(number("b", category="\ud800")))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.validate", str(path)], cwd=REPOSITORY, capture_output=True, check=False
        )
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr
        assert b"\x1b" not in done.stdout + done.stderr
