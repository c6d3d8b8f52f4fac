"""The logs that Inspect AI and lm-evaluation-harness wrote (see `make_logs.py`), and what an import finds in a file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from runners.importing.eval_archive import Archive
from runners.importing.found import Found, FoundItem, LeftOut, Wanted
from utils.responses import Response

LOGS = Path(__file__).resolve().parent / "logs"
EVAL = LOGS / "reasoning.eval"
JSON_LOG = LOGS / "safety.json"
SCRIPTED = next((LOGS / "lm_eval_scripted").glob("samples_reasoning_2*.jsonl"))
CHOICE = next((LOGS / "lm_eval_scripted").glob("samples_reasoning_choice_*.jsonl"))
DUMMY = next((LOGS / "lm_eval_dummy").glob("samples_reasoning_2*.jsonl"))

Reader = Callable[[Path, Wanted], Iterator[Found]]


def responses(found: Iterator[Found]) -> list[Response]:
    """The responses alone."""
    return [each for each in found if isinstance(each, Response)]


def left_out(found: Iterator[Found]) -> list[LeftOut]:
    """What could not be mapped alone."""
    return [each for each in found if isinstance(each, LeftOut)]


def items(found: Iterator[Found]) -> list[FoundItem]:
    """The items alone."""
    return [each for each in found if isinstance(each, FoundItem)]


def eval_members() -> dict[str, Any]:
    """What the members of the real archive hold."""
    archive = Archive(EVAL)
    return {name: json.loads(archive.content(name)) for name in archive.names}


def eval_file(path: Path, members: dict[str, Any]) -> Path:
    """An archive of these members, deflated, as any zip program writes it; bytes are kept as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            archive.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    return path
