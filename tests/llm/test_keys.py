"""Keys are read from the environment and `.env`, and never leave the process in a text."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from llm.keys import SHORTEST_PART, Secret, read_keys, redacted

KEYS = st.text(alphabet="abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_", min_size=12, max_size=60)


@given(KEYS, st.text(max_size=20), st.text(max_size=20))
def test_a_redacted_message_holds_no_telling_part_of_the_key(key: str, before: str, after: str) -> None:
    assume(key not in "[redacted]")
    told = redacted(f"{before} Incorrect API key provided: {key[:6]}****{key[-4:]} {key} {after}", [Secret(key)])
    assert key not in told
    assert all(key[start : start + 8] not in told for start in range(len(key) - 7))
    assert f"{key[:6]}****" not in told


def test_what_looks_like_any_key_is_redacted_even_when_it_is_not_ours() -> None:
    told = redacted("refused sk-proj-abc123XYZ and Bearer abc.def and AIzaSyA1234567 and xai-99887766", [])
    assert "abc123XYZ" not in told
    assert "abc.def" not in told
    assert "SyA1234567" not in told
    assert "99887766" not in told


def test_ordinary_words_stay(tmp_path: Path) -> None:
    assert redacted("The model is overloaded, try again", [Secret("sk-live-Zq81Lm2Pw0")]) == (
        "The model is overloaded, try again"
    )


def test_a_short_part_of_a_key_is_redacted_at_its_head_and_tail() -> None:
    key = "Zq81Lm2Pw0Rt"
    for part in (key[:SHORTEST_PART], key[-SHORTEST_PART:]):
        assert part not in redacted(f"the key {part}... is wrong", [Secret(key)])


def test_a_secret_shows_itself_in_no_form() -> None:
    secret = Secret("Zq81Lm2Pw0Rt")
    shown = f"{secret} {secret!r} {secret!s} {secret:>30} {[secret]} {vars.__name__}"
    assert "Zq81" not in shown
    with pytest.raises(TypeError, match="not stored"):
        pickle.dumps(secret)


def test_the_environment_goes_before_env_files_and_an_empty_variable_hides_the_key(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("OPENAI_API_KEY=from-file\nXAI_API_KEY='quoted one'\nGOOGLE_API_KEY=\nOTHER=x\n")
    keys = read_keys([file], {"OPENAI_API_KEY": "from-environment"})
    assert {provider: key.reveal() for provider, key in keys.items()} == {
        "openai": "from-environment",
        "xai": "quoted one",
    }
    assert "openai" not in read_keys([file], {"OPENAI_API_KEY": ""})


def test_the_first_env_file_goes_before_the_second(tmp_path: Path) -> None:
    first, second = tmp_path / "a.env", tmp_path / "b.env"
    first.write_text("OPENAI_API_KEY=first\n")
    second.write_text("OPENAI_API_KEY=second\nXAI_API_KEY=only-there\n")
    keys = read_keys([first, second, tmp_path / "missing.env"], {})
    assert keys["openai"].reveal() == "first"
    assert keys["xai"].reveal() == "only-there"
