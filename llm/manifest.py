"""`submissions/MODEL_FOLDER/manifest.json`: how a model's responses came about, one entry for each invocation."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from llm.clients import google_sdk
from utils import atomic
from utils.errors import InputError
from utils.layout import REPOSITORY, Layout, model_folder
from utils.responses import MANIFEST
from utils.version import project_version

CLIENT_PACKAGES = {
    "local": "xllamacpp",
    "openai": "openai",
    "anthropic": "anthropic",
    "xai": "httpx2",
    "compatible": "openai",
}


def begin(layout: Layout, model: str, entry: Mapping[str, Any]) -> int:
    """Add an entry for an invocation that begins now; the return is its number, for `end`.

    Args:
        entry: what is said of it; `versions` in it stands in place of the model's client library's.

    Raises:
        InputError: there is a manifest, but it is none of ours.
    """
    invocations = _read(layout, model)
    started = {"started_at": _now(), "ended_at": None, "outcome": None}
    _write(layout, model, [*invocations, {**started, "versions": entry.get("versions") or versions(model), **entry}])
    return len(invocations)


def end(layout: Layout, model: str, number: int, outcome: Mapping[str, Any]) -> None:
    """Say in an entry that its invocation ended, and with what."""
    invocations = _read(layout, model)
    invocations[number] = {**invocations[number], "ended_at": _now(), "outcome": dict(outcome)}
    _write(layout, model, invocations)


def versions(model: str) -> dict[str, str]:
    """The versions that took part: the project's, Python's, the client library's."""
    found = {"trustbench": project_version(REPOSITORY), "python": platform.python_version()}
    provider = model.partition("/")[0]
    package = google_sdk() if provider == "google" else CLIENT_PACKAGES[provider]
    try:
        found[package] = version(package)
    except PackageNotFoundError:
        found[package] = "unknown"
    return found


def _path(layout: Layout, model: str) -> Path:
    return layout.submissions / model_folder(model) / MANIFEST


def _read(layout: Layout, model: str) -> list[dict[str, Any]]:
    path = _path(layout, model)
    if not path.exists():
        return []
    try:
        invocations = json.loads(path.read_text(encoding="utf-8"))["invocations"]
        if isinstance(invocations, list):
            return invocations
    except (ValueError, KeyError, TypeError):
        pass
    raise InputError(path, "is not a manifest of step 1", hint="move it aside and run again; responses are not touched")


def _write(layout: Layout, model: str, invocations: Sequence[Mapping[str, Any]]) -> None:
    document = {"model": model, "invocations": invocations}
    atomic.write_text(_path(layout, model), json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
