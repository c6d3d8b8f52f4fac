"""Fingerprints are those of SHA-256, the same everywhere, and different for different values."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.hashing import sha256_file, sha256_json, sha256_text

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def test_known_fingerprints() -> None:
    assert sha256_text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256_text("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_json({"b": [1, None], "a": "é"}) == sha256_text('{"a":"\\u00e9","b":[1,null]}')


@given(st.text(st.characters(), max_size=8), st.text(st.characters(), max_size=8))
def test_every_text_has_a_fingerprint_of_its_own(first: str, second: str) -> None:
    assert (sha256_text(first) == sha256_text(second)) == (first == second)


@given(json_values, json_values)
def test_values_have_the_same_fingerprint_when_they_are_the_same_json(first: Any, second: Any) -> None:
    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (sha256_json(first) == sha256_json(second)) == same
    assert sha256_json(json.loads(json.dumps(first))) == sha256_json(first)


@given(st.dictionaries(st.text(max_size=5), json_values), st.randoms())
def test_the_order_of_keys_does_not_count(value: dict[str, Any], random: Any) -> None:
    entries = list(value.items())
    random.shuffle(entries)
    assert sha256_json(dict(entries)) == sha256_json(value)


def test_the_order_of_a_list_counts() -> None:
    assert sha256_json([1, 2]) != sha256_json([2, 1])


def test_a_number_that_json_lacks_has_no_fingerprint() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        sha256_json({"a": float("inf")})


@pytest.mark.parametrize("content", [b"", b"a\r\nb\n\xff\0", b"x" * 1_000_000])
def test_a_files_fingerprint_is_that_of_its_bytes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    assert sha256_file(tmp_path / "f") == hashlib.sha256(content).hexdigest()
