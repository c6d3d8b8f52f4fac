"""Where things lie: the folders under `--root`, and the folder that belongs to a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from utils.errors import UserError, quoted
from utils.hashing import sha256_text

REPOSITORY = Path(__file__).resolve().parent.parent
BENCHMARK_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
MODEL_NAME_LIMIT = 300

# Names that are the same on every file system, case-blind ones included, need no fingerprint in their folder.
_PLAIN_MODEL = re.compile(r"[a-z0-9][a-z0-9.-]{0,30}/[a-z0-9](?:[a-z0-9.-]|_(?!_)){0,90}(?<![.])")
_UNSAFE = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True)
class Layout:
    """The folders of one root (`--root`) and the folder of its benchmarks (`--benchmarks-dir`)."""

    root: Path
    benchmarks: Path

    @property
    def submissions(self) -> Path:
        return self.root / "submissions"

    @property
    def results(self) -> Path:
        return self.root / "results"

    @property
    def item_tables(self) -> Path:
        return self.results / "items"

    @property
    def plots(self) -> Path:
        return self.results / "plots"

    @property
    def leaderboard(self) -> Path:
        return self.root / "leaderboard"

    @property
    def artifacts(self) -> Path:
        return self.leaderboard / "artifacts"


def check_inside(layout: Layout) -> None:
    """See that nothing is written, or read as a response, outside the root by way of a link in it.

    The root itself, or a folder above it, may well be a link.

    Raises:
        UserError: a link below the root leads out of it.
    """
    root = layout.root.resolve()
    for path in _places(layout):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            raise UserError(
                f"{path}: is a link that leads out of {root}; put the folder itself there, or name a root with --root"
            )


def _places(layout: Layout) -> Iterator[Path]:
    """The folders that stages write into, and the submissions."""
    yield from (layout.submissions, layout.results, layout.leaderboard, layout.artifacts)
    for folder, depth in ((layout.submissions, 2), (layout.results, 2)):
        level = [folder]
        for _ in range(depth):
            level = [entry for above in level for entry in _entries(above)]
            yield from level


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder; nothing when it is none, or may not be listed (the stage that reads it tells that)."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def check_benchmark_name(name: str) -> str:
    """`name` when it is a benchmark's name (`[a-z0-9][a-z0-9_-]*`), else a UserError."""
    if not BENCHMARK_NAME.fullmatch(name) or len(name) > 100:
        raise UserError(
            f"benchmark {quoted(name)}: a name is lower-case letters, digits, '-' and '_', at most 100; "
            "give the file's name without '.jsonl'"
        )
    return name


def is_submission(path: PurePath) -> bool:
    """Whether the file's name is that of a benchmark's responses."""
    return path.suffix == ".jsonl" and BENCHMARK_NAME.fullmatch(path.stem) is not None


def check_model_name(model: str) -> str:
    """`model` when it has the form PROVIDER/NAME, else a UserError."""
    provider, slash, name = model.partition("/")
    if not slash or not provider or not name or len(model) > MODEL_NAME_LIMIT or not model.isprintable():
        raise UserError(
            f"model {quoted(model)}: expected PROVIDER/NAME of at most {MODEL_NAME_LIMIT} printable characters, "
            "for instance openai/gpt-4.1"
        )
    return model


def model_folder(model: str) -> str:
    """The folder name that belongs to `model`, and to no other model.

    A plain name keeps its letters (`openai/gpt-4.1` -> `openai__gpt-4.1`). Any other (capitals, spaces, `..`, a
    second slash, great length) is reduced to safe characters and told apart by ten hex digits of its SHA-256 after a
    `~`, which no plain name holds.
    """
    if _PLAIN_MODEL.fullmatch(model):
        return model.replace("/", "__")
    readable = _UNSAFE.sub("-", model.lower().replace("/", "__")).strip(".-_")[:80] or "model"
    return f"{readable}~{sha256_text(model)[:10]}"
