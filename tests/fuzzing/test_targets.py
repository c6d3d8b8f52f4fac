"""Every target of the fuzzer takes its seeds and inputs like them; `make fuzz` searches on from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing.all_targets import TARGETS
from tests.fuzzing.json_changes import changed
from tests.fuzzing.one_target import try_inputs
from tests.fuzzing.target import ALLOWED, Target, seconds_of
from utils.errors import UserError


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
@settings(max_examples=12)
@given(data=st.data())
def test_inputs_like_the_seeds_leave_nothing_but_allowed_errors(target: Target, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from([*target.seeds(), b""][:40]), label="seed")
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(seed))] * 2), label="cut"))
    piece = data.draw(st.binary(max_size=8) | st.sampled_from([t.encode() for t in target.tokens]), label="piece")
    change = data.draw(st.integers(0, 2**32), label="change")
    made = changed(seed, 10**6, change) if target.is_json else None
    seconds_of(target, seed[:start] + piece + seed[end:] if made is None else made)


@pytest.mark.parametrize("error", ALLOWED)
def test_an_allowed_error_is_an_answer_and_any_other_leaves(error: type[Exception]) -> None:
    def fails(data: bytes) -> None:
        raise error("a", "b") if error not in (UserError, *ALLOWED[2:]) else error("a")

    assert seconds_of(Target("x", fails, tuple), b"") >= 0

    def breaks(data: bytes) -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        seconds_of(Target("x", breaks, tuple), b"")


@given(st.integers(0, 2**32))
def test_a_change_to_json_is_json_of_the_wanted_length(seed: int) -> None:
    made = changed(b'{"a": [1, {"b": "c"}], "d": null}', 60, seed)
    assert made is None or (len(made) <= 60 and json.loads(made) is not made)
    lines = changed(b'{"a": 1}\n{"b": [2]}\nno json', 60, seed)
    assert lines is None or len(lines) <= 60


def test_an_input_is_tried_without_the_fuzzer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(data: bytes) -> None:
        assert data != b"bad"

    monkeypatch.setitem(TARGETS, "x", Target("x", check, tuple))
    (good, bad) = (tmp_path / "good", tmp_path / "bad")
    good.write_bytes(b"good")
    bad.write_bytes(b"bad")
    assert try_inputs("x", [good]) == 0
    assert capsys.readouterr().out.startswith(f"{good}: ")
    assert try_inputs("x", [good, bad]) == 1
    assert f"{bad}: failed" in capsys.readouterr().out
