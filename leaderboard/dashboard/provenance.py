"""Where the leaderboard comes from: the hash of every file behind it, and the versions that made it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from leaderboard.dashboard import address
from leaderboard.dashboard.data import Stamp, read_json, stamp
from leaderboard.dashboard.widgets import Site, advice, broken, table
from utils.errors import InputError, UserError
from utils.hashing import sha256_file
from utils.tables import storable_text

STAGE = "leaderboard.build_leaderboard"
CHECKED_AT_ONCE = 200_000_000  # bytes: about a second; more are read when asked for
SHA256_LENGTH = 64
BENCHMARKS = "benchmarks/"
VERDICTS = {True: "same", False: "changed", None: "not found"}


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Provenance", anchor=False)
    st.markdown("What the leaderboard was made from: SHA-256 of every input and output file, and the versions at work.")
    path = site.layout.artifacts / "provenance.json"
    try:
        record = read_json(path, STAGE)
        if not isinstance(record, dict):
            raise InputError(path, "expected an object", hint=f"run `python3 -m {STAGE}` to write it anew")
    except UserError as error:
        if path.exists():
            broken(site, STAGE, error)
        else:
            advice(site, STAGE)
        return
    files = pd.DataFrame(_files(record), columns=["part", "file", "sha256"], dtype=object)
    facts = [
        (storable_text(" › ".join(place)), _said(value)) for place, value in _leaves(record, ()) if not _is_hash(value)
    ]
    _file_table(site, files)
    st.header("Made by", anchor=False)
    about = pd.DataFrame(facts, columns=["what", "value"], dtype=object)
    table(about.rename(columns={"what": "What", "value": "Value"}), about, "provenance-versions")


def _file_table(site: Site, files: pd.DataFrame) -> None:
    st.header("Files", anchor=False)
    if files.empty:
        st.caption("The record lists no files.")
        return
    display = pd.DataFrame({"Part": files["part"], "File": files["file"], "SHA-256": files["sha256"]})
    places = [_place(site, name) for name in files["file"]]
    if _wants_check(places):
        found = [_matches(place, digest) for place, digest in zip(places, files["sha256"], strict=True)]
        display.insert(1, "Now", [VERDICTS[verdict] for verdict in found])
        display = display.iloc[sorted(range(len(found)), key=lambda row: found[row] is True)]
        _verdict(found)
    table(display, files, "provenance-files")


def _wants_check(places: list[Path | None]) -> bool:
    """Whether to compare the hashes: at once where that is quick, else when it is asked for."""
    size = sum(known[2] for place in places if place and (known := stamp(place)))
    if size <= CHECKED_AT_ONCE:
        return True
    address.follow_switch("check")
    return st.toggle(
        f"Check the files against these hashes ({size / 1e9:,.1f} GB to read)", key="check", on_change=address.write,
        args=("check",),
    )  # fmt: skip


def _verdict(found: list[bool | None]) -> None:
    changed, gone = found.count(False), found.count(None)
    if not changed and not gone:
        st.success(f"Verified: all {len(found):,} files are as they were when the leaderboard was built.")
        return
    st.warning(
        f"Not verified: of {len(found):,} files {changed:,} have changed and {gone:,} are not found; they stand first "
        "below. Build the leaderboard anew, or bring them back."
    )


def _place(site: Site, name: str) -> Path | None:
    """Where the file should be, under the root or among the benchmarks; None for a name that leads elsewhere."""
    folder = site.layout.root
    if name.startswith(BENCHMARKS):  # these may lie anywhere: `--benchmarks-dir`
        folder, name = site.layout.benchmarks, name.removeprefix(BENCHMARKS)
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) else None
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None


def _matches(place: Path | None, digest: str) -> bool | None:
    """Whether the file still has this hash; None when it is not there or cannot be read."""
    known = stamp(place) if place else None
    if place is None or known is None:
        return None
    try:
        return _sha256(place, known) == digest
    except (OSError, UserError):
        return None


@lru_cache(maxsize=4096)
def _sha256(path: Path, _stamp: Stamp) -> str:
    return sha256_file(path)


def _files(record: dict[str, Any], part: str = "") -> Iterator[tuple[str, str, str]]:
    """Every (part, file, SHA-256) in the record, `{part: {file: hash}}`."""
    for name, value in record.items():
        if _is_hash(value):
            yield storable_text(part), storable_text(name), value
        elif isinstance(value, dict):
            yield from _files(value, part or name)


def _leaves(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*place, str(name)))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _leaves(inner, (*place, str(number)))
    else:
        yield place, value


def _said(value: Any) -> str:
    return "not known" if value is None else storable_text(str(value))


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) == SHA256_LENGTH and set(value) <= set("0123456789abcdef")
