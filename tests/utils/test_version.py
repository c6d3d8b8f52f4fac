"""The version stands in one place."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from utils.layout import REPOSITORY
from utils.version import project_version


def test_the_version_is_that_of_the_project_file() -> None:
    stated = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert project_version(REPOSITORY) == stated


@pytest.mark.parametrize("content", [None, b"", b"[project]\nname = 'x'\n", b"[project", b"\xff\xfe", b"project = 3\n"])
def test_without_a_readable_project_file_it_is_unknown(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "pyproject.toml").write_bytes(content)
    assert project_version(tmp_path) == "unknown"
