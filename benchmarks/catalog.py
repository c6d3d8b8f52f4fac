"""What can be fetched: the public benchmarks of `catalog.toml`, each with its files, revision, licence and citation."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils.errors import UserError, quoted

CATALOG = Path(__file__).with_name("catalog.toml")


@dataclass(frozen=True)
class SourceFile:
    """One file of a source. `bytes` and `sha256` are None where they are not established."""

    name: str
    bytes: int | None
    sha256: str | None


@dataclass(frozen=True)
class Source:
    """A public benchmark: where its files are, pinned to a revision, and on what terms."""

    name: str
    title: str
    task: str
    items: int
    licence: str
    licence_url: str
    citation: str
    page: str
    revision: str
    note: str
    bases: tuple[str, ...]
    files: tuple[SourceFile, ...]

    def urls(self, file: SourceFile) -> tuple[str, ...]:
        """The addresses of a file, the first to be tried first."""
        return tuple(base.format(revision=self.revision) + file.name for base in self.bases)


def read_catalog(path: Path = CATALOG) -> dict[str, Source]:
    """The sources by name, in the order of the file."""
    with path.open("rb") as file:
        return {name: _source(name, entry) for name, entry in tomllib.load(file).items()}


def chosen_source(catalog: Mapping[str, Source], name: str) -> Source:
    """The source of that name.

    Raises:
        UserError: there is none; the message lists what there is.
    """
    if name not in catalog:
        raise UserError(f"{quoted(name)} is not in the catalogue; it has: {', '.join(catalog)}")
    return catalog[name]


def _source(name: str, entry: dict[str, Any]) -> Source:
    files = (SourceFile(file, facts.get("bytes"), facts.get("sha256")) for file, facts in entry.pop("files").items())
    return Source(name=name, bases=tuple(entry.pop("bases")), files=tuple(files), **entry)
