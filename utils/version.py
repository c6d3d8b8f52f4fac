"""The project's version, from the one place that states it."""

from __future__ import annotations

import tomllib
from pathlib import Path


def project_version(repository: Path) -> str:
    """The version in `pyproject.toml`, `unknown` where there is none."""
    try:
        return str(tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
