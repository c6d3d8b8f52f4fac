"""The folder of a model is safe on every file system and belongs to that model alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from utils.errors import UserError
from utils.layout import MODEL_NAME_LIMIT, Layout, check_benchmark_name, check_model_name, model_folder

HOSTILE = (
    "../x",
    "../../etc/passwd",
    "..",
    ".",
    "/",
    "//",
    "",
    "a/..",
    "a/.hidden",
    ".hidden/a",
    "a/b.",
    "CON",
    "con/nul",
    "a/b/c",
    "a\\b",
    "a/b\\..\\c",
    "a/b:c",
    "a/b\0c",
    "a/b\nc",
    "a/b c",
    "a/" + "x" * 300,
    "x" * 300 + "/a",
    "a/😀",
    "😀" * 300,
    "a/\ud800",
    "a/İ",
    "~/a",
    "-/a",
    "a/~",
)
# Few letters, so that names that differ little are drawn often.
close_texts = st.text(alphabet="aAbB_/.~- ", max_size=8)
model_names = close_texts | st.text(st.characters(), max_size=40) | st.sampled_from(HOSTILE)


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("openai/gpt-4.1", "openai__gpt-4.1"),
        ("local/gemma-3-270m", "local__gemma-3-270m"),
        ("local/tiny_model", "local__tiny_model"),
    ],
)
def test_a_plain_name_keeps_its_letters(model: str, folder: str) -> None:
    assert model_folder(model) == folder


def test_a_name_that_is_not_plain_stays_readable_and_gets_a_fingerprint() -> None:
    folder = model_folder("Org/My Model/v2")
    readable, _, fingerprint = folder.rpartition("~")
    assert readable == "org__my-model__v2"
    assert len(fingerprint) == 10
    assert set(fingerprint) <= set("0123456789abcdef")


@given(model_names, model_names)
@example("a/b", "A/b")
@example("a/b", "a/B")
@example("A/b", "a/B")
@example("a/x y", "a/X y")
@example("a__b/c", "a/b__c")
@example("a/b_", "a/b")
@example("a/b/c", "a/b__c")
@example("a/x y", "a/x-y")
@example("a/" + "x" * 299, "a/" + "x" * 300)
@example("a/😀", "a/😁")
def test_two_models_never_share_a_folder_even_where_case_does_not_count(first: str, second: str) -> None:
    assert (model_folder(first).casefold() == model_folder(second).casefold()) == (first == second)


@given(model_names)
def test_the_folder_is_one_safe_component(model: str) -> None:
    folder = model_folder(model)
    assert set(folder) <= set("abcdefghijklmnopqrstuvwxyz0123456789._~-")
    assert folder[0] not in ".-~"
    assert folder[-1] != "."
    assert len(folder.encode()) <= 255


@pytest.mark.parametrize("model", HOSTILE)
def test_a_hostile_name_makes_a_folder_below_submissions_alone(model: str, tmp_path: Path) -> None:
    submissions = Layout(tmp_path, tmp_path).submissions
    folder = submissions / model_folder(model)
    folder.mkdir(parents=True)
    assert folder.resolve().parent == submissions.resolve()
    assert [path.name for path in tmp_path.iterdir()] == ["submissions"]


@pytest.mark.parametrize("model", ["openai/gpt-4.1", "a/b/c", "Org/Name with spaces", "a/" + "x" * 298, "a/é"])
def test_a_model_is_provider_slash_name(model: str) -> None:
    assert check_model_name(model) == model


@pytest.mark.parametrize(
    "model", ["", "gpt-4.1", "/gpt", "openai/", "/", "a/b\nc", "a/\0", "a/\ud800", "a/" + "x" * (MODEL_NAME_LIMIT - 1)]
)
def test_any_other_model_name_is_refused_in_one_line_that_says_what_is_expected(model: str) -> None:
    with pytest.raises(UserError) as caught:
        check_model_name(model)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 250
    assert "PROVIDER/NAME" in message
    assert "openai/gpt-4.1" in message


@pytest.mark.parametrize("name", ["safety", "gsm8k", "0-shot", "a_b-c", "x" * 100])
def test_a_benchmark_name_is_lower_case_letters_digits_and_dashes(name: str) -> None:
    assert check_benchmark_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "Safety", "-a", "_a", "a.b", "safety.jsonl", "../safety", "a/b", "a b", "a\n", "é", "٣", "x" * 101]
)
def test_any_other_benchmark_name_is_refused_and_the_message_says_how_to_write_it(name: str) -> None:
    with pytest.raises(UserError) as caught:
        check_benchmark_name(name)
    message = str(caught.value)
    assert message.isprintable()
    assert message.startswith("benchmark '")
    assert "without '.jsonl'" in message


def test_all_that_is_written_lies_below_the_root(tmp_path: Path) -> None:
    layout = Layout(root=tmp_path / "root", benchmarks=tmp_path / "benchmarks")
    names = ("submissions", "results", "item_tables", "plots", "leaderboard", "artifacts")
    assert {name: getattr(layout, name).relative_to(layout.root).as_posix() for name in names} == {
        "submissions": "submissions",
        "results": "results",
        "item_tables": "results/items",
        "plots": "results/plots",
        "leaderboard": "leaderboard",
        "artifacts": "leaderboard/artifacts",
    }
